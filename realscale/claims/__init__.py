"""Claims that are checked on real data."""

from realscale.claims.emoji import EMOJI, emoji_missing

__all__ = ["EMOJI", "emoji_missing"]
