"""Is a predictor's empirical risk optimum invariant? Decided on a user's own table of counts."""

import math
from dataclasses import dataclass
from numbers import Real

import numpy as np
from jaxtyping import Bool, Shaped
from numpy.typing import ArrayLike
from scipy.special import rel_entr
from scipy.stats import chi2

from identifiability.exact.invariance.counts import as_counts
from identifiability.exact.invariance.irm import block_information, combine, conditional_entropy, solve
from identifiability.exact.invariance.merging import g_test_of_mergings
from identifiability.exact.invariance.partitions import MAXIMUM_ELEMENTS, partition_table
from identifiability.exact.invariance.sampling import SamplingTest, g_test, g_test_of_coarsenings

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
    """Answer of `is_irm_optimal`; all values in nats. As a truth value it is `optimal`.

    Attributes:
        optimal: the answer. Without `level`: whether V_IRM = V_ERM holds exactly for the table. With it: whether the
            table is compatible with V_IRM = V_ERM at that level; None, undecided, where calibration given each
            prediction is rejected and there are too many ways to merge predictions to test them all.
        exact: whether V_IRM = V_ERM holds exactly for the table, in rational arithmetic.
        violations: contexts and predictions where calibration fails, the costliest first; with `level` those whose
            p-value is below level / (number of contexts and predictions), none if `optimal`. Where predictions have
            one posterior in truth, violations of single ones may cancel: it is `optimal` that answers.
        v_erm: H(class | prediction).
        v_irm: the least H(class | Phi) over the coarsenings Phi of the prediction on which one classifier is optimal
            in every context (with `level`: is not rejected to be), +inf if there is none, None if there are too many
            predictions to enumerate.
        v_irm_of_table: the same without sampling noise: of the coarsenings on which one classifier is exactly optimal
            in every context of the table itself. `v_irm` without `level`.
        calibration_cost: I(class; context | q), q the best predictor: what recalibrating it in every context saves.
        test: the test of sampling noise, with `level`.
        level: the probability of a false "no" that was asked for.
        samples: number of samples.
    """

    optimal: bool | None
    exact: bool
    violations: tuple[Violation, ...]
    v_erm: float
    v_irm: float | None
    v_irm_of_table: float | None
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

    def __bool__(self) -> bool:
        """`optimal`.

        Raises:
            ValueError: undecided.
        """
        if self.optimal is None:
            raise ValueError(
                f"the decision is undecided at level {self.level:g}, expected True or False of a truth value: "
                "neither is known; ask for `.optimal is None`, or merge predictions before counting"
            )
        return self.optimal

    def __str__(self) -> str:
        lines = [self._answer()] if self.test is None else [self._answer(), *self._noise(self.test)]
        lines += [f"  {_line(violation)}" for violation in self.violations[:SHOWN]]
        if len(self.violations) > SHOWN:
            lines.append(f"  and {len(self.violations) - SHOWN} more")
        return "\n".join(lines)

    def _answer(self) -> str:
        if self.test is None:
            return f"{'' if self.optimal else 'not '}IRM-optimal: {_price(self, self.v_irm)}"
        if self.optimal is None:
            return f"undecided at level {self.level:g}: {_price(self, None)}"
        if self.optimal:
            return f"not rejected at level {self.level:g}; on the table itself {_price(self, self.v_irm_of_table)}"
        estimated = "" if self.v_irm is None else ", of the coarsenings that are not rejected"
        return f"not IRM-optimal at level {self.level:g}: {_price(self, self.v_irm)}{estimated}"

    def _noise(self, test: SamplingTest) -> list[str]:
        numbers = (
            f"G = {test.statistic:.3f} on {test.degrees_of_freedom} degrees of freedom, p = {test.p_value:.3g}, "
            f"{self.samples} samples"
        )
        if self.optimal is None:
            lines = [
                f"  calibration at each prediction is rejected ({numbers}),",
                "  but predictions of one posterior may cancel, and the ways to merge them are too many to test",
            ]
        elif self.optimal:
            lines = [
                f"  compatible with V_IRM = V_ERM: {numbers}",
                "  that is no proof of it: a small table has little power against a small difference",
            ]
        else:
            lines = [f"  beyond sampling noise: {numbers}"]
        if test.least_expected < 5:
            lines.append(f"  few samples: a cell expects {test.least_expected:.2g}, p is a rough figure")
        return lines


def is_irm_optimal(counts: ArrayLike, *, level: float | None = None) -> Decision:
    r"""Whether the best predictor of the class from a prediction is invariant across contexts, V_IRM = V_ERM.

    The best predictor is q(y | k), the frequency of class y among the samples with prediction k. It is optimal for
    invariant risk minimisation over all coarsenings of the prediction iff it is calibrated in every context,
    p_e(y | q(K) = q) = q(y). This is decided by comparing products of whole numbers, N(y, e, q) N(q) = N(y, q) N(e, q):
    no tolerance. Where it fails, the price of invariance is V_IRM - V_ERM nats.

    A table that IS the law (an enumeration, a design) is answered exactly. Frequencies of samples never agree exactly:
    give a `level`, and the answer is "no" only if the counts contradict V_IRM = V_ERM at that level, by
    likelihood-ratio tests of every coarsening (with more than 10 predictions: of those that merge predictions whose
    posteriors are not told apart, or undecided where these are too many).

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
            contexts. (`irm_by_enumeration` takes a law, joint[environment, image, class].) The prediction is anything
            discrete that was predicted or seen: a class, a bin of scores, an image. Contexts weigh as they were
            counted.
        level: for sampled counts, a bound on the probability of answering "no" although V_IRM = V_ERM, for any number
            of predictions, as far as the chi-squared law is a good approximation (the text warns of few samples). The
            answers "not rejected" and undecided (`optimal` None, more than 10 predictions only) are not bounded.

    Raises:
        ValueError: counts that are not counts, a class or context without samples, fewer than two contexts, a class
            that a context lacks (positivity), or a level that is no number in (0, 1).
    """
    table = as_counts(counts)
    if level is not None and not (isinstance(level, Real) and 0 < level < 1):
        raise ValueError(f"level={level!r}, expected a probability in (0, 1): the rate of false alarms of a test")
    samples = int(table.sum())
    occurs = np.flatnonzero(table.sum(axis=(0, 1)) > 0)
    kept = table[:, :, occurs]
    groups = _same_posterior(kept)
    grouped = np.stack([kept[:, :, group].sum(axis=2).T for group in groups])
    exact = bool(_independent(grouped).all())
    law = (kept.sum(axis=1).T / samples).astype(np.float64)
    v_erm = conditional_entropy(law)
    enumerable = len(occurs) <= MAXIMUM_ELEMENTS
    test: SamplingTest | None = None
    optimal: bool | None = exact
    of_table = solve(combine(law, _invariant(kept)), v_erm).v_irm if enumerable else v_erm if exact else None
    v_irm = of_table
    if level is not None and enumerable:
        test, feasible = g_test_of_coarsenings(kept.astype(np.float64), level)
        v_irm = solve(combine(law)._replace(feasible=feasible), v_erm).v_irm
        optimal = test.p_value > level
    elif level is not None:
        test, optimal = g_test_of_mergings(kept.astype(np.float64), level)
    violations = [] if optimal else _violations(grouped, [tuple(occurs[group].tolist()) for group in groups])
    if level is not None:
        violations = [v for v in violations if v.p_value <= level / grouped[:, :, 0].size]
    return Decision(
        optimal,
        exact,
        tuple(sorted(violations, key=lambda violation: -round(violation.cost, 12))),  # equal costs: as in the table
        v_erm,
        v_irm,
        of_table,
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
                    max(0.0, float(row.sum() / samples * rel_entr(observed, predicted).sum())),
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


def _price(decision: Decision, v_irm: float | None) -> str:
    """`V_IRM - V_ERM = 0.562335 - 0.354463 = 0.207872 nats`, or what is known of it."""
    if v_irm is None:
        return (
            f"V_ERM = {decision.v_erm:.6f}, calibration costs {decision.calibration_cost:.6f} nats (more than "
            f"{MAXIMUM_ELEMENTS} predictions: V_IRM was not enumerated)"
        )
    if v_irm == np.inf:
        return (
            f"V_ERM = {decision.v_erm:.6f} nats, and no coarsening of the predictions is invariant (V_IRM = inf), "
            f"calibration costs {decision.calibration_cost:.6f}"
        )
    cost = 0.0 if decision.exact else max(0.0, v_irm - decision.v_erm)
    return f"V_IRM - V_ERM = {v_irm:.6f} - {decision.v_erm:.6f} = {cost:.6f} nats"
