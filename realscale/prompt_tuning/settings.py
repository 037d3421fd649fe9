"""Hyper-parameters of the five methods, by default those of their authors' base-to-new configurations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Method = Literal["coop", "cocoop", "kgcoop", "maple", "prograd"]

MOMENTUM, WEIGHT_DECAY = 0.9, 5e-4  # of SGD in Dassl, on which all five were run
WARM_UP_RATE = 1e-5
HAND_TEMPLATE = "a photo of a {}."


@dataclass(frozen=True)
class Tuning:
    """What is learned, from how many images, for how long.

    length: learned context tokens. words: what they begin as; None: normal with deviation .02. Where there are more
    tokens than words, the first ones begin at zero (ProGrad); where there are fewer, the words behind them stay fixed
    (MaPLe). Source: the configurations that each method's authors give.
    """

    method: Method
    shots: int
    length: int
    words: str | None
    epochs: int
    batch: int
    rate: float
    weight: float = 0.0
    """Of the second loss: of KgCoOp's distance to the hand-written prompts, of ProGrad's projection."""
    depth: int = 1
    """Layers with prompts of their own (MaPLe); no more than a tower has."""
    template: str = HAND_TEMPLATE
    """Hand-written prompt: what KgCoOp stays near to and ProGrad does not contradict."""

    def __post_init__(self) -> None:
        for name in ("shots", "length", "epochs", "batch", "depth"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; expected a whole number from 1 on")
        for name in ("rate", "weight"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} is {getattr(self, name)}; expected a number from 0 on")


AUTHORS: Mapping[Method, Tuning] = {
    "coop": Tuning("coop", shots=16, length=4, words="a photo of a", epochs=200, batch=32, rate=0.002),
    "cocoop": Tuning("cocoop", shots=16, length=4, words="a photo of a", epochs=10, batch=1, rate=0.002),
    "kgcoop": Tuning("kgcoop", shots=16, length=4, words="a photo of a", epochs=100, batch=128, rate=0.002, weight=8.0),
    "maple": Tuning("maple", shots=16, length=2, words="a photo of a", epochs=5, batch=4, rate=0.0035, depth=9),
    "prograd": Tuning(
        "prograd", shots=4, length=16, words="a photo of a", epochs=100, batch=32, rate=0.002, weight=1.0
    ),
}
