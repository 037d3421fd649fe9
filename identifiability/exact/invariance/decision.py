"""Is a predictor's empirical risk optimum invariant? Decided on a user's own table of counts."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Shaped
from numpy.typing import ArrayLike
from scipy.special import entr, rel_entr
from scipy.stats import chi2

from identifiability.exact.invariance.counts import as_counts
from identifiability.exact.invariance.irm import block_information, combine, solve
from identifiability.exact.invariance.partitions import MAXIMUM_ELEMENTS, partition_table
from identifiability.exact.invariance.sampling import (
    SamplingTest,
    g_test,
    g_test_of_coarsenings,
    g_test_of_predictions,
)

SHOWN = 2  # violations in the text of a decision


@dataclass(frozen=True)
class Violation:
    """A context in which the best predictor of the class from the prediction is not calibrated.

    `predictions` are the values of the prediction (axis 2) with the pooled frequencies `predicted`; in `context` the
    classes follow them with the frequencies `observed`. `cost` is P(context, predictions) KL(observed || predicted) in
    nats, a part of I(class; context | prediction). `p_value` is that of a G-test of this context against the others, of
    use for sampled counts.
    """

    context: int
    predictions: tuple[int, ...]
    predicted: tuple[float, ...]
    observed: tuple[float, ...]
    cost: float
    p_value: float


@dataclass(frozen=True)
class Decision:
    """Answer of `is_irm_optimal`; all values in nats.

    Attributes:
        optimal: the answer. Without `level`: whether V_IRM = V_ERM holds exactly for the table. With it: whether the
            table is compatible with V_IRM = V_ERM at that level.
        exact: whether V_IRM = V_ERM holds exactly for the table, in rational arithmetic.
        violations: contexts and predictions where calibration fails, the costliest first; with `level` those whose
            p-value is below level / (number of contexts and predictions), none if `optimal`.
        v_erm: H(class | prediction).
        v_irm: the least H(class | Phi) over the coarsenings Phi of the prediction on which one classifier is optimal
            in every context (with `level`: is not rejected to be), +inf if there is none, None if there are too many
            predictions to enumerate.
        calibration_cost: I(class; context | q), q the best predictor: what recalibrating it in every context saves.
        test: the test of sampling noise, with `level`.
        level: the probability of a false "no" that was asked for.
        samples: number of samples.
    """

    optimal: bool
    exact: bool
    violations: tuple[Violation, ...]
    v_erm: float
    v_irm: float | None
    calibration_cost: float
    test: SamplingTest | None
    level: float | None
    samples: int

    @property
    def cost(self) -> float:
        """V_IRM - V_ERM where it was enumerated (+inf: no coarsening is invariant), else the calibration cost."""
        if self.exact:
            return 0.0
        return self.calibration_cost if self.v_irm is None else max(0.0, self.v_irm - self.v_erm)

    def __str__(self) -> str:
        answer = "not IRM-optimal"
        if self.optimal:
            answer = "IRM-optimal" if self.test is None else "no evidence against IRM-optimality"
        lines = [f"{answer}: {self._price()}"]
        if self.test is not None:
            lines.append(
                f"  {'within' if self.optimal else 'beyond'} sampling noise: G = {self.test.statistic:.3f} on "
                f"{self.test.degrees_of_freedom} degrees of freedom, p = {self.test.p_value:.3g} at level "
                f"{self.level:g}, {self.samples} samples"
            )
            if self.test.least_expected < 5:
                lines.append(f"  few samples: a cell expects {self.test.least_expected:.2g}, p is a rough figure")
        lines += [f"  {_line(violation)}" for violation in self.violations[:SHOWN]]
        if len(self.violations) > SHOWN:
            lines.append(f"  and {len(self.violations) - SHOWN} more")
        return "\n".join(lines)

    def _price(self) -> str:
        if self.v_irm is None:
            return (
                f"V_ERM = {self.v_erm:.6f}, calibration costs {self.calibration_cost:.6f} nats (more than "
                f"{MAXIMUM_ELEMENTS} predictions: V_IRM was not enumerated)"
            )
        if self.v_irm == np.inf:
            return f"V_ERM = {self.v_erm:.6f}, and no coarsening of the predictions is invariant (V_IRM = inf)"
        return f"V_IRM - V_ERM = {self.v_irm:.6f} - {self.v_erm:.6f} = {self.cost:.6f} nats"


def is_irm_optimal(counts: ArrayLike, *, level: float | None = None) -> Decision:
    r"""Whether the best predictor of the class from a prediction is invariant across contexts, V_IRM = V_ERM.

    The best predictor is q(y | k), the frequency of class y among the samples with prediction k. It is optimal for
    invariant risk minimisation over all coarsenings of the prediction iff it is calibrated in every context,
    p_e(y | q(K) = q) = q(y). This is decided by comparing products of whole numbers, N(y, e, q) N(q) = N(y, q) N(e, q):
    no tolerance. Where it fails, the price of invariance is V_IRM - V_ERM nats.

    A table that IS the law (an enumeration, a design) is answered exactly. Frequencies of samples never agree exactly:
    give a `level`, and the answer is "no" only if the counts contradict V_IRM = V_ERM at that level, by
    likelihood-ratio tests of every coarsening (with more than 10 predictions: of calibration at each prediction).

    Two contexts of a coloured problem, prediction = 2 * shape + colour: the shape agrees with the class in 3 of 4
    samples, the colour in 9 of 10 and in 8 of 10. Then the same with the colours of the second context reversed.

    >>> print(is_irm_optimal([[[54, 6, 18, 2], [48, 12, 16, 4]], [[2, 18, 6, 54], [4, 16, 12, 48]]]))
    not IRM-optimal: V_IRM - V_ERM = 0.562335 - 0.354463 = 0.207872 nats
      context 0, predictions [1]: class frequencies (0.250, 0.750) where (0.346, 0.654) is predicted, 0.001616 nats
      context 0, predictions [2]: class frequencies (0.750, 0.250) where (0.654, 0.346) is predicted, 0.001616 nats
      and 6 more
    >>> print(is_irm_optimal([[[54, 6, 18, 2], [6, 54, 2, 18]], [[2, 18, 6, 54], [18, 2, 54, 6]]]))
    IRM-optimal: V_IRM - V_ERM = 0.562335 - 0.562335 = 0.000000 nats

    Args:
        counts: counts[class, context, prediction], numbers of samples: an array or nested sequences, at least two
            contexts. The prediction is anything discrete that was predicted or seen: a class, a bin of scores, an
            image. Contexts weigh as they were counted.
        level: probability of answering "no" although V_IRM = V_ERM, for sampled counts.

    Raises:
        ValueError: counts that are not counts, a class or context without samples, fewer than two contexts, a class
            that a context lacks (positivity), or a level outside (0, 1).
    """
    table = as_counts(counts)
    if level is not None and not 0 < level < 1:
        raise ValueError(f"level={level}, expected a probability in (0, 1): the rate of false alarms of a test")
    samples = int(table.sum())
    occurs = np.flatnonzero(table.sum(axis=(0, 1)) > 0)
    kept = table[:, :, occurs]
    groups = _same_posterior(kept)
    grouped = np.stack([kept[:, :, group].sum(axis=2).T for group in groups])
    exact = bool(_independent(grouped).all())
    law = (kept.sum(axis=1).T / samples).astype(np.float64)
    v_erm = float(entr(law).sum() - entr(law.sum(axis=1)).sum())
    enumerable = len(occurs) <= MAXIMUM_ELEMENTS
    test, optimal, v_irm = None, exact, v_erm if exact else None
    if level is not None:
        if enumerable:
            test, feasible = g_test_of_coarsenings(kept.astype(np.float64), level)
            v_irm = solve(combine(law)._replace(feasible=feasible), v_erm).v_irm
        else:
            test = g_test_of_predictions(kept.astype(np.float64))
        optimal = test.p_value > level
    elif enumerable:
        v_irm = solve(combine(law, _invariant(kept)), v_erm).v_irm
    violations = [] if optimal else _violations(grouped, [tuple(occurs[group].tolist()) for group in groups])
    if level is not None:
        violations = [v for v in violations if v.p_value <= level / grouped[:, :, 0].size]
    return Decision(
        optimal,
        exact,
        tuple(sorted(violations, key=lambda violation: -round(violation.cost, 12))),  # equal costs: as in the table
        v_erm,
        v_irm,
        float(block_information((grouped / samples).astype(np.float64)).sum()),
        test,
        level,
        samples,
    )


def _invariant(kept: Shaped[np.ndarray, "y e k"]) -> Bool[np.ndarray, " subsets"]:
    """For every set of predictions, by its bits, whether class and context are independent in it, in whole numbers."""
    members = partition_table(kept.shape[2]).members.astype(object)
    blocks = members @ kept.reshape(-1, kept.shape[2]).T
    return _independent(blocks.reshape(-1, *kept.shape[:2]))


def _same_posterior(kept: Shaped[np.ndarray, "y e k"]) -> list[list[int]]:
    """Columns with the same pooled frequencies of the classes, in lowest terms."""
    groups: dict[tuple[int, ...], list[int]] = {}
    for k, column in enumerate(kept.sum(axis=1).T.tolist()):
        groups.setdefault(tuple(n // math.gcd(*column) for n in column), []).append(k)
    return list(groups.values())


def _independent(tables: Shaped[np.ndarray, "s a b"]) -> Bool[np.ndarray, " s"]:
    """Whether N(a, b) N = N(a) N(b) in every cell of each table of whole numbers; a row of zeros imposes nothing."""
    total = tables.sum(axis=(1, 2), keepdims=True)
    margins = tables.sum(axis=2, keepdims=True) * tables.sum(axis=1, keepdims=True)
    return (tables * total == margins).all(axis=(1, 2))


def _violations(grouped: Shaped[np.ndarray, "g e y"], predictions: list[tuple[int, ...]]) -> list[Violation]:
    """Every context and prediction whose class frequencies are not exactly the pooled ones."""
    found = []
    samples = grouped.sum()
    for table, columns in zip(grouped, predictions, strict=True):
        pooled = table.sum(axis=0)
        for context, row in enumerate(table):
            pair = np.stack([row, pooled - row])  # this context against the others
            if not row.sum() or _independent(pair[None])[0]:
                continue
            observed, predicted = ((n / n.sum()).astype(np.float64) for n in (row, pooled))
            statistic, freedom = g_test(pair[None].astype(np.float64))
            found.append(
                Violation(
                    context,
                    columns,
                    tuple(predicted.tolist()),
                    tuple(observed.tolist()),
                    float(row.sum() / samples * rel_entr(observed, predicted).sum()),
                    float(chi2.sf(statistic[0], freedom[0])),
                )
            )
    return found


def _line(violation: Violation) -> str:
    observed, predicted = (
        "(" + ", ".join(f"{p:.3f}" for p in law) + ")" for law in (violation.observed, violation.predicted)
    )
    return (
        f"context {violation.context}, predictions {list(violation.predictions)}: class frequencies {observed} where "
        f"{predicted} is predicted, {violation.cost:.6f} nats"
    )
