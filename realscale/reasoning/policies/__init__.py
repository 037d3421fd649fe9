"""Policies that reason: a tiny vision-language model made here, real ones by path or name, and a supervised start."""

from realscale.reasoning.policies.answering import answered
from realscale.reasoning.policies.conversation import rows
from realscale.reasoning.policies.loading import Policy, load_policy
from realscale.reasoning.policies.tiny import tiny_vision_policy
from realscale.reasoning.policies.warm_start import warm_start

__all__ = ["Policy", "answered", "load_policy", "rows", "tiny_vision_policy", "warm_start"]
