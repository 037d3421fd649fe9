"""How a learned claim reads trained codes: content forward, linear and reverse, other blocks beside their ceilings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from identifiability.claims.claim import Evidence, Interval
from identifiability.learning.codes import TOWERS, LearnedCodes, Tower
from identifiability.metrics import block_report

Block = tuple[str, float]  # a latent and its population ceiling given the content


@dataclass
class Measures:
    """Measured numbers with their ceilings and floors, as `Evidence` wants them; names end in the tower."""

    measured: dict[str, float] = field(default_factory=dict)
    ceiling: dict[str, float] = field(default_factory=dict)
    floor: dict[str, float] = field(default_factory=dict)

    def evidence(self, bar: Mapping[str, Interval], series: Mapping[str, Any], note: str = "") -> Evidence:
        """These numbers beside the bars of a claim."""
        return Evidence(self.measured, bar, self.ceiling, self.floor, series, note)


def block_measures(
    codes: LearnedCodes,
    content: str,
    others: Mapping[Tower, Mapping[str, Block]],
    *,
    rng: np.random.Generator,
) -> Measures:
    """Scores of both towers, each a mean over the coordinates of its block.

    forward_T: R2 of the content from the code (kernel ridge); linear_T: the same by least squares; reverse_T: R2 of the
    raw code from the content (never whitened: a code with too many coordinates hides private parts in directions of
    tiny variance). For each others[T][name] = (latent, ceiling): name_T, the block's score from the code, R2 or for a
    categorical latent accuracy, and excess_name_T = name_T - ceiling. Floors: shuffled samples, or the commonest class.
    """
    ceilings = {content: 1.0, **{latent: value for blocks in others.values() for latent, value in blocks.values()}}
    latents = {name: codes.latents[name] for name in ceilings}
    towers: dict[str, np.ndarray] = {tower: code for tower, code in codes.codes.items()}
    report = block_report(towers, latents, rng=rng, ceilings=ceilings, reverse=(content,), train=codes.probe_samples)
    result = Measures()
    for tower in TOWERS:
        score = report[tower, content]
        assert score.reverse is not None  # it was asked for
        for name, values in (("forward", score.kernel), ("linear", score.linear), ("reverse", score.reverse)):
            result.measured[f"{name}_{tower}"] = float(np.mean(values))
            result.ceiling[f"{name}_{tower}"] = 1.0
        result.floor[f"forward_{tower}"] = float(np.mean(score.floor))
        for name, (latent, ceiling) in others[tower].items():
            score = report[tower, latent]
            result.measured[f"{name}_{tower}"] = float(np.mean(score.kernel))
            result.measured[f"excess_{name}_{tower}"] = float(np.mean(score.kernel)) - ceiling
            result.ceiling[f"{name}_{tower}"] = ceiling
            result.floor[f"{name}_{tower}"] = float(np.mean(score.floor))
    return result
