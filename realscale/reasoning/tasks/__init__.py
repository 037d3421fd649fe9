"""Tasks with verified answers: scenes whose latents are known, procedural questions in words, and their measures."""

from realscale.reasoning.tasks.example import Example
from realscale.reasoning.tasks.verification import extracted, verify

__all__ = ["Example", "extracted", "verify"]
