"""Hyper-parameters of the published sweep: the default first, then random draws."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float

Method = Literal["ERM", "IRMv1", "IGA", "ANDMask", "V-REx", "group DRO", "Oracle", "token-balanced InfoNCE"]
METHODS: tuple[Method, ...] = get_args(Method)

# default, and the range of the base-10 logarithm; lambda of IRMv1 is 1 - 10^u
_RATE = {"ANDMask": (1e-3, -4.0, 0.0)}
_DECAY = {"ANDMask": (0.0, -5.0, 0.0)}
_STRENGTH = {
    "IRMv1": (0.9, -3.0, -0.3),  # lambda in (1 - lambda) mean risk + lambda sum of penalties
    "IGA": (1000.0, 1.0, 5.0),
    "V-REx": (10.0, 0.0, 4.0),  # not in the published sweep: ranges of our own
    "group DRO": (0.01, -3.0, -1.0),
}


@dataclass(frozen=True, eq=False)
class Draws:
    """H settings of a method: learning rate, weight decay (added to the gradient), penalty or step of the ascent."""

    rate: Float[np.ndarray, "h"]
    decay: Float[np.ndarray, "h"]
    strength: Float[np.ndarray, "h"]

    def of(self, index: int) -> dict[str, float]:
        """The setting with this index, as plain numbers."""
        return {name: float(values[index]) for name, values in vars(self).items()}


def hyper_parameters(method: str, count: int, *, rng: np.random.Generator) -> Draws:
    """The default of a method and count - 1 random draws, by the ranges of Aubin et al. 2021.

    Raises:
        ValueError: an unknown method or no draw.
    """
    if method not in METHODS or count < 1:
        raise ValueError(f"{count} draws of {method!r}; expected at least one of {', '.join(METHODS)}")

    def drawn(default: float, low: float, high: float) -> Float[np.ndarray, "h"]:
        exponents = 10 ** rng.uniform(low, high, count - 1)
        return np.append(default, 1 - exponents if method == "IRMv1" and default == 0.9 else exponents)

    return Draws(
        rate=drawn(*_RATE.get(method, (1e-3, -4.0, -2.0))),
        decay=drawn(*_DECAY.get(method, (0.0, -6.0, -2.0))),
        strength=drawn(*_STRENGTH[method]) if method in _STRENGTH else np.zeros(count),
    )
