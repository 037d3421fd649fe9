"""How completions are drawn of a policy."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

import torch

Say = Callable[[int, int, int], None]  # done, of how many, and how many of these now


@dataclass(frozen=True)
class Answering:
    """How completions are drawn."""

    length: int = 1024
    """Tokens of a completion at most."""
    batch: int = 16
    """Completions at once."""
    temperature: float = 0.0
    """0: the likeliest token at each step."""
    seed: int = 0
    """Of drawn tokens, and of scenes."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Of the policy's weights."""

    def __post_init__(self) -> None:
        for name in ("length", "batch"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; expected a positive number")
        if self.temperature < 0:
            raise ValueError(f"temperature is {self.temperature}; expected 0, the likeliest token, or more")

    @property
    def dtype(self) -> torch.dtype:
        """Of the weights."""
        return torch.bfloat16 if self.precision == "bfloat16" else torch.float32

    def told(self) -> dict[str, Any]:
        """All of it, as JSON has it."""
        return asdict(self)

    def drawn(self) -> dict[str, Any]:
        """What `answered` takes."""
        return {"length": self.length, "batch": self.batch, "temperature": self.temperature}
