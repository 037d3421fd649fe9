"""Likelihood-ratio test of "V_IRM = V_ERM" on sampled counts, where no frequencies agree exactly."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float
from scipy.stats import chi2

from identifiability.exact.invariance.irm import block_information
from identifiability.exact.invariance.partitions import partition_table


class SamplingTest(NamedTuple):
    """G-test of the hypothesis that V_IRM = V_ERM, on the coarsening of the predictions that fits the counts best.

    `statistic` is G = 2 N I (I in nats), of `degrees_of_freedom`; `p_value` is the test's. `coarsening` labels the
    predictions that occur. `least_expected` is the smallest expected count of a cell: the chi-squared law is an
    approximation, usually held good from 5 on.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float
    coarsening: tuple[int, ...]
    least_expected: float


def g_test(tables: Float[np.ndarray, "s a y"]) -> tuple[Float[np.ndarray, " s"], Float[np.ndarray, " s"]]:
    """G = 2 N I(A; Y) and (levels of A - 1)(levels of Y - 1) of each two-way table of counts.

    Levels that do not occur in a table do not count: nothing was estimated from them.
    """
    levels = [(tables.sum(axis=axis) > 0).sum(axis=1) for axis in (1, 2)]
    return 2 * block_information(tables), np.maximum(levels[0] - 1, 0) * np.maximum(levels[1] - 1, 0).astype(np.float64)


def g_test_of_coarsenings(
    counts: Float[np.ndarray, "y e k"], level: float
) -> tuple[SamplingTest, Bool[np.ndarray, " partitions"]]:
    r"""Test of the hypothesis that V_IRM = V_ERM over coarsenings of the predictions, and which ones may be feasible.

    V_IRM = V_ERM iff for some coarsening Phi both Y is independent of E given Phi (Phi is feasible) and Y of the
    prediction given Phi (Phi loses nothing). Under either, G is asymptotically chi-squared, so min(1, 2 min(p_1, p_2))
    is a valid p-value for this Phi, whatever the dependence of the two (Bonferroni); where nothing is merged, p_1 is.
    The hypothesis is that SOME Phi does: its p-value is the largest over all Phi, because it is rejected only if every
    one is (an intersection-union test). It is valid whichever Phi is true, and consistent.

    Args:
        counts: samples of (class, context, prediction), every prediction occurring.
        level: a coarsening may be feasible if independence of Y and E given it is not rejected at this level.

    Raises:
        ValueError: more predictions than can be enumerated (`set_partitions`).
    """
    table = partition_table(counts.shape[2])
    contexts = np.einsum("sk,yek->sey", table.members.astype(np.float64), counts)
    members = table.members[:, :, None] * counts.sum(axis=1).T
    tests = [[parts[table.blocks].sum(axis=1) for parts in g_test(tables)] for tables in (contexts, members)]
    tails = np.array([chi2.sf(g, np.maximum(freedom, 1)) for g, freedom in tests])
    tested = np.array([freedom > 0 for _, freedom in tests])
    tails[~tested] = 1.0
    tails = np.minimum(1.0, tails * np.maximum(tested.sum(axis=0), 1))
    p_values = tails.min(axis=0)
    best = int(p_values.argmax())
    decisive = int(tails[:, best].argmin())
    statistic, freedom = tests[decisive]
    blocks = (contexts, members)[decisive][table.blocks[best]]
    labels = tuple(table.labels[best].tolist())
    test = SamplingTest(
        float(statistic[best]), int(freedom[best]), float(p_values[best]), labels, least_expected(blocks)
    )
    return test, tails[0] > level


def least_expected(tables: Float[np.ndarray, "s a y"]) -> float:
    """Smallest expected count N_a N_y / N of a cell whose row and column occur in its table."""
    total = tables.sum(axis=(1, 2), keepdims=True)
    margins = tables.sum(axis=2, keepdims=True) * tables.sum(axis=1, keepdims=True)
    return float((margins / np.where(total > 0, total, 1.0))[margins > 0].min())
