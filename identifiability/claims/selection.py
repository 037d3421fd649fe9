"""Captions that name some semantics of the image, and state some of them at random."""

import numpy as np

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
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
    n = setting["n"]
    named, redrawn = (axis.ravel() for axis in np.meshgrid(np.arange(2**n), np.arange(2**n), indexing="ij"))
    nested = (redrawn & ~named) == 0
    return _evidence(n, named[nested], redrawn[nested])


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
        id="selection.every_perturbation",
        statement="The same holds for every pair of named and perturbed semantics.",
        formula=r"W\cong z_{I_\theta\setminus I_\rho}\quad\forall\,I_\rho\subset I_\theta\subset\{1..n\}",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=(*_POSITIVE, _STATED),
        check=every_perturbation_is_tried,
        **every_preset({"n": 6}),
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
