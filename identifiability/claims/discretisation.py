"""Gaussian codes cut into cells: what the cells tell of each other, beside the closed form of the codes."""

import numpy as np

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.gaussian_information import block_information, discretised_information, discretised_pair
from scm import FiniteLaw


def discretisation_approaches_from_below(setting: Setting, seed: int, context: Context) -> Evidence:
    """Mutual information of two dependent Gaussian blocks, cut ever finer, against the closed form."""
    factor = np.random.default_rng(seed).normal(size=(setting["n"], setting["n"]))
    covariance, split = factor @ factor.T + np.eye(setting["n"]), setting["n"] // 2
    cells = 2 ** np.arange(1, 8)
    closed = block_information(covariance, split)
    gaps = closed - np.array([discretised_information(covariance, split, int(count)) for count in cells])
    return Evidence(
        measured={"least_gap": float(gaps.min()), "largest_gap_ratio": float((gaps[1:] / gaps[:-1]).max())},
        bar={"least_gap": (0.0, None), "largest_gap_ratio": (0.0, 0.7)},
        series={"cells": cells.tolist(), "gap": gaps.tolist(), "information": closed},
        note="largest_gap_ratio: by how much a doubling of the cells shrinks the gap, at worst",
    )


def flipped_signs_exceed_the_closed_form(setting: Setting, seed: int, context: Context) -> Evidence:
    """B is A with noise, its sign flipped by a fair coin: both Gaussian and uncorrelated, and far from independent."""
    cells, rho = 2 ** np.arange(1, 8), setting["correlation"]
    tables = [(discretised_pair(rho, int(count)) + discretised_pair(-rho, int(count))) / 2 for count in cells]
    information = np.array([FiniteLaw(("a", "b"), table).mutual_information("a", "b") for table in tables])
    closed = block_information(np.eye(2), 1)  # of the covariance, which is the identity
    uneven = max(float(np.abs(table.sum(axis=axis) * len(table) - 1).max()) for table in tables for axis in (0, 1))
    return Evidence(
        measured={
            "least_gap": float((closed - information).min()),
            "marginal_error": uneven,
            "least_growth": float(np.diff(information).min()),
        },
        bar={"least_gap": (None, -0.1), "marginal_error": (0.0, 1e-9), "least_growth": (-1e-12, None)},
        series={"cells": cells.tolist(), "information": information.tolist()},
        note="least_gap: closed form minus discretised information, negative: the cells tell more than the formula "
        "allows; marginal_error: of the equally probable cells, both blocks are standard Gaussian",
    )


_CELLS = "infonce.discretisation_bound"
_SOURCE = "own; the objective of arXiv 2510.26302, Eq. 1"
_GAUSSIAN = "blocks jointly Gaussian"

DISCRETISATION = (
    Claim(
        id=_CELLS,
        statement="Cutting Gaussian codes into cells only lowers their mutual information, minus the best InfoNCE, and "
        "it rises to the closed form as the cells shrink.",
        formula=r"I(\bar A;\bar B)\nearrow I(A;B)=\tfrac12\log\frac{\det S_A\det S_B}{\det S}",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=(_GAUSSIAN,),
        check=discretisation_approaches_from_below,
        **every_preset({"n": 4}),
    ),
    Claim(
        id=f"{_CELLS}.flipped_signs",
        statement="If two standard Gaussian codes are uncorrelated but not jointly Gaussian, their cells tell of each "
        "other while the closed form of their covariance is 0.",
        formula=r"B=\pm(\rho A+\sqrt{1-\rho^2}\,\varepsilon)\ \Rightarrow\ \det S=\det S_A\det S_B,\ "
        r"I(\bar A;\bar B)>0",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=(),
        check=flipped_signs_exceed_the_closed_form,
        drops=(_CELLS, _GAUSSIAN),
        **every_preset({"correlation": 0.9}),
    ),
)
