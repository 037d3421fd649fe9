"""Mean correlation coefficient: how well single coordinates, not blocks, are recovered up to order."""

from typing import Literal

import numpy as np
from jaxtyping import Float
from scipy.optimize import linear_sum_assignment
from scipy.stats import rankdata

from identifiability.metrics.samples import checked, refuse_constant, same_rows

Correlation = Literal["pearson", "spearman"]


def matched_correlations(
    codes: Float[np.ndarray, "n p"], latents: Float[np.ndarray, "n q"], *, correlation: Correlation = "pearson"
) -> Float[np.ndarray, "q"]:
    """|correlation| of each latent coordinate with the code coordinate that the best one-to-one matching gives it.

    The matching maximises the sum of |corr(code_i, latent_j)|; a latent left without a partner (p < q) has 0. Unchanged
    by order, shift, scale and sign of the code's coordinates; with "spearman", by strictly monotone maps of each.

    Raises:
        ValueError: not finite, fewer than three samples, unequal lengths, a constant coordinate, unknown correlation.
    """
    if correlation not in ("pearson", "spearman"):
        raise ValueError(f"correlation {correlation!r} is unknown; expected 'pearson' or 'spearman'")
    codes, latents = checked("codes", codes, minimum=3), checked("latents", latents, minimum=3)
    same_rows(codes=codes, latents=latents)
    refuse_constant("codes", codes)
    refuse_constant("latents", latents)
    if correlation == "spearman":
        codes, latents = rankdata(codes, axis=0), rankdata(latents, axis=0)
    strength = np.abs(_standardised(codes).T @ _standardised(latents)) / len(codes)
    rows, columns = linear_sum_assignment(strength, maximize=True)
    matched = np.zeros(latents.shape[1])
    matched[columns] = strength[rows, columns].clip(max=1.0)
    return matched


def mcc(
    codes: Float[np.ndarray, "n p"], latents: Float[np.ndarray, "n q"], *, correlation: Correlation = "pearson"
) -> float:
    """Mean over latent coordinates of `matched_correlations`: 1 iff each is recovered by itself (up to sign and scale).

    Block identification does not imply it: a rotation of the content leaves R2 at 1 and lowers this.
    """
    return float(matched_correlations(codes, latents, correlation=correlation).mean())


def _standardised(matrix: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
    return (matrix - matrix.mean(0)) / matrix.std(0)
