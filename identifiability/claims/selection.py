"""Captions that name some semantics of the image, and state some of them at random."""

import numpy as np

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.common_part import common_part
from identifiability.exact.random_laws import random_law
from identifiability.exact.selection import selected_common_parts


def _evidence(n: int, named: np.ndarray, redrawn: np.ndarray) -> Evidence:
    result, kept = selected_common_parts(n, named, redrawn), named & ~redrawn
    predicted = 2 ** np.bitwise_count(kept).astype(np.int64)
    return Evidence(
        measured={
            "captions": float(len(named)),
            "wrong_counts": float((result.components != predicted).sum()),
            "mismatched_images": float(result.mismatches(kept).sum()),
            "largest_component_count": float(result.components.max()),
        },
        bar={"wrong_counts": (0.0, 0.0), "mismatched_images": (0.0, 0.0)},
    )


def named_semantics_are_identified(setting: Setting, seed: int, context: Context) -> Evidence:
    """Every non-empty choice of named semantics; with `perturb`, a random subset of them is redrawn."""
    n = setting["n"]
    named = np.arange(1, 2**n)
    redrawn = (
        np.random.default_rng(seed).integers(2**n, size=len(named)) if setting["perturb"] else np.zeros_like(named)
    )
    return _evidence(n, named, named & redrawn)


def every_perturbation_is_tried(setting: Setting, seed: int, context: Context) -> Evidence:
    """Every pair of a choice of named semantics and a subset of them that is redrawn: 3^n captions."""
    named, redrawn = _nested(setting["n"])
    return _evidence(setting["n"], named, redrawn)


def flipped_semantics_stay_identified(setting: Setting, seed: int, context: Context) -> Evidence:
    """Perturbed semantics always stated as their opposite: the common part of each joint law of image and caption."""
    n, rng = setting["n"], np.random.default_rng(seed)
    image = np.arange(2**n)
    wrong, identified = 0.0, 0.0
    for named, flipped in zip(*_nested(n), strict=True):
        joint = np.zeros((2**n, 2**n))
        joint[image, (image ^ flipped) & named] = random_law(2**n, rng=rng)
        found = common_part(joint)
        wrong += found.count != 2 ** (named & ~flipped).bit_count()
        values = np.unique(np.stack([found.image, image & named]), axis=1)  # one pair a value: the partitions are equal
        identified += values.shape[1] == found.count == 2 ** named.bit_count()
    return Evidence(
        measured={"captions": float(3**n), "wrong_counts": wrong, "named_identified": identified},
        bar={"wrong_counts": (float(3**n - 2**n), None), "named_identified": (float(3**n), None)},
        note="wrong_counts: captions with another number of components than the semantics that are named and not "
        "perturbed have values; named_identified: captions of which all named semantics are identified",
    )


def _nested(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Every pair (named, perturbed) of bit masks with the second a subset of the first."""
    named, perturbed = (axis.ravel() for axis in np.meshgrid(np.arange(2**n), np.arange(2**n), indexing="ij"))
    nested = (perturbed & ~named) == 0
    return named[nested], perturbed[nested]


def token_noise_identifies_nothing(setting: Setting, seed: int, context: Context) -> Evidence:
    """Each named token is wrong with positive probability: every caption's support graph is connected."""
    named = np.arange(1, 2 ** setting["n"])
    result = selected_common_parts(setting["n"], named, named)
    return Evidence(
        measured={"captions": float(len(named)), "largest_component_count": float(result.components.max())},
        bar={"largest_component_count": (1.0, 1.0)},
    )


_NAMED = "selection.named_semantics"
_SOURCE = "arXiv 2504.10143, Theorem 4.1, restated for finite semantics"
_STATED = "semantics outside the perturbed set stated without error"
_EVERY = "selection.every_perturbation"
_REDRAWN = "perturbed semantics redrawn, each value with positive probability"
_POSITIVE = ("every combination of semantics has positive probability", "the image determines all semantics")

CLAIMS = (
    Claim(
        id=_NAMED,
        statement="Exact alignment identifies precisely the semantics that the caption names and does not perturb, for "
        "every choice of named semantics.",
        formula=r"W\cong z_{I_\theta\setminus I_\rho},\quad \#W=2^{|I_\theta\setminus I_\rho|}"
        r"\quad\forall\,\emptyset\neq I_\theta\subset\{1..n\}",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=(*_POSITIVE, _STATED),
        check=named_semantics_are_identified,
        **every_preset({"n": 10, "perturb": False}, {"n": 10, "perturb": True}),
    ),
    Claim(
        id=_EVERY,
        statement="The same holds for every pair of named and perturbed semantics.",
        formula=r"W\cong z_{I_\theta\setminus I_\rho}\quad\forall\,I_\rho\subset I_\theta\subset\{1..n\}",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=(*_POSITIVE, _STATED, _REDRAWN),
        check=every_perturbation_is_tried,
        **every_preset({"n": 6}),
    ),
    Claim(
        id=f"{_EVERY}.always_flipped",
        statement="If perturbed semantics are always stated as their opposite, they are identified like the others: "
        "what counts is not whether a statement is true but whether it varies.",
        formula=r"\text{flip instead of redraw}\ \Rightarrow\ W\cong z_{I_\theta}",
        source=f"{_SOURCE} (redrawing dropped)",
        form="violation",
        track="exact",
        assumptions=(*_POSITIVE, _STATED),
        check=flipped_semantics_stay_identified,
        drops=(_EVERY, _REDRAWN),
        **every_preset({"n": 4}),
    ),
    Claim(
        id=f"{_NAMED}.token_noise",
        statement="If every named semantics may be stated wrongly, however rarely, nothing is identified by any choice "
        "of named semantics.",
        formula=r"I_\rho=I_\theta\ \Rightarrow\ \#W=1",
        source=f"{_SOURCE} (error-free naming dropped)",
        form="violation",
        track="exact",
        assumptions=_POSITIVE,
        check=token_noise_identifies_nothing,
        drops=(_NAMED, _STATED),
        **every_preset({"n": 8}),
    ),
)
