"""How often claims on random problems are run."""

from typing import Any

from identifiability.claims.claim import Setting, every_preset


def drawn_anew(*settings: Setting) -> dict[str, Any]:
    """The same settings in every preset, with other problems for each of 1, 5 and 20 seeds."""
    return every_preset(*settings) | {"seeds": {"quick": 1, "standard": 5, "full": 20}}
