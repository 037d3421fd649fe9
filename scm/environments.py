"""Families of laws p_e over the same variables: shifts of mechanisms, flipped correlations, balancing weights."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from jaxtyping import Float, Int

from scm.finite import ConditionalTable, FiniteSCM, tabular
from scm.graph import Role
from scm.joint import SUM_TOLERANCE, FiniteLaw, TableLike, as_array


class Environments:
    """Finitely many laws p_e of the same variables with weights pi_e: training environments, or a test one.

    Args:
        laws: name of the environment -> its law; same names and levels in all.
        weights: pi_e in the order of `laws`, positive, sum 1; uniform if left out.

    Raises:
        ValueError: no environment, variables or levels that differ, or weights that are no law.
    """

    def __init__(self, laws: Mapping[str, FiniteLaw], weights: Sequence[float] | None = None) -> None:
        if not laws:
            raise ValueError("a family of environments needs at least one law")
        self.laws = dict(laws)
        first_name, first = next(iter(self.laws.items()))
        shape = {name: first.levels(name) for name in first.names}
        for name, law in self.laws.items():
            other = {variable: law.levels(variable) for variable in law.names}
            if list(other.items()) != list(shape.items()):
                raise ValueError(
                    f"environment {name!r} has the variables {other}, {first_name!r} has {shape}; environments are "
                    "laws of the same variables in the same order"
                )
        count = len(self.laws)
        self.weights = np.full(count, 1 / count) if weights is None else np.asarray(weights, dtype=np.float64)
        if (
            self.weights.shape != (count,)
            or not (self.weights > 0).all()
            or abs(self.weights.sum() - 1) > SUM_TOLERANCE
        ):
            raise ValueError(f"weights={weights} for {count} environments, expected {count} positive numbers of sum 1")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the environments."""
        return tuple(self.laws)

    def joint(self, index: str = "environment") -> FiniteLaw:
        """pi_e p_e(x) as one law whose first variable is the number of the environment."""
        tables = [weight * law.table for weight, law in zip(self.weights, self.laws.values(), strict=True)]
        return FiniteLaw((index, *next(iter(self.laws.values())).names), np.stack(tables))

    def pooled(self) -> FiniteLaw:
        """sum_e pi_e p_e(x): what a learner sees that ignores the environments."""
        joint = self.joint()
        return FiniteLaw(joint.names[1:], joint.table.sum(axis=0))


def shifts(
    model: FiniteSCM, mechanisms: Mapping[str, ConditionalTable], weights: Sequence[float] | None = None
) -> Environments:
    """One environment for each named mechanism: `model` with that mechanism exchanged, everything else kept."""
    return Environments({name: model.replace(mechanism) for name, mechanism in mechanisms.items()}, weights)


def relabel(mechanism: ConditionalTable, permutation: Iterable[int] | None = None) -> ConditionalTable:
    """The mechanism with its own levels permuted: level k now has the probability that permutation[k] had.

    Left out, the permutation is the cyclic shift by one, which flips the correlation of a binary variable with its
    parent and, for more levels, makes every parent value prefer another level.

    Raises:
        ValueError: not a permutation of the levels.
    """
    levels = mechanism.table.shape[-1]
    order = list((np.arange(levels) - 1) % levels if permutation is None else permutation)
    if sorted(order) != list(range(levels)):
        raise ValueError(f"permutation {order} does not rearrange the {levels} levels of {mechanism.variable.name!r}")
    return ConditionalTable(mechanism.variable, mechanism.table[..., order], mechanism.parents)


def flipped(model: FiniteSCM, name: str, permutation: Iterable[int] | None = None) -> FiniteSCM:
    """The model with the levels of one mechanism permuted (`relabel`): a flipped spurious correlation."""
    if name not in model.names:
        raise ValueError(f"the model has no variable {name!r}; its variables are {list(model.names)}")
    return model.replace(relabel(model.mechanisms[name], permutation))


def balancing_weights(joint: TableLike) -> Float[np.ndarray, "a b"]:
    """w(a, b) = p(a) p(b) / p(a, b): under the law w p the two variables are independent, with the same marginals.

    A cell with p(a) p(b) = 0 has weight 0. The mean weight sum w p is 1. The table is an array or nested lists.

    Raises:
        ValueError: no table with two axes, entries that are negative or do not sum to 1, or cells with
            p(a, b) = 0 < p(a) p(b).
    """
    joint = as_array(joint, "the joint table")
    if joint.ndim != 2:
        raise ValueError(f"the joint table has shape {joint.shape}, expected p(a, b): two axes, one a variable")
    if not (joint >= 0).all() or abs(joint.sum() - 1) > SUM_TOLERANCE:
        raise ValueError(
            f"the joint table has minimum {joint.min():.6g} and sum {joint.sum():.12g}, expected >= 0 and 1"
        )
    product = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    empty = [tuple(cell) for cell in np.argwhere((joint == 0) & (product > 0)).tolist()]
    if empty:
        raise ValueError(
            f"no weights balance the two variables: the cells {empty[:5]} ({len(empty)} in all) have p(a, b) = 0 while "
            "p(a) p(b) > 0, and no finite weight puts mass where there is none (positivity)"
        )
    return np.divide(product, joint, out=np.zeros_like(product), where=joint > 0)


def balance(law: FiniteLaw, a: str, b: str) -> FiniteLaw:
    """The law reweighted by p(a) p(b) / p(a, b): a and b independent, the law of the rest given (a, b) unchanged.

    Raises:
        ValueError: unknown variables, or empty cells (`balancing_weights`).
    """
    weights = balancing_weights(law.marginal((a, b)))
    axes = (law.names.index(a), law.names.index(b))
    shape = [1] * law.table.ndim
    for axis, length in zip(axes, weights.shape, strict=True):
        shape[axis] = length
    spread = (weights if axes[0] < axes[1] else weights.T).reshape(shape)
    return FiniteLaw(law.names, law.table * spread)


def balancing_weights_of_samples(a: Int[np.ndarray, " n"], b: Int[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Weight of each of n samples by the counts of its values, w_i = n_a n_b / (n n_ab); the weights average to 1.

    Levels are those that occur.

    Raises:
        ValueError: no samples, or pairs of values that never occur together (empty cells, in the numbers given).
    """
    if not len(a):
        raise ValueError("balancing weights of 0 samples are undefined")
    values_a, rows = np.unique(a, return_inverse=True)
    values_b, columns = np.unique(b, return_inverse=True)
    counts = np.zeros((len(values_a), len(values_b)))
    np.add.at(counts, (rows, columns), 1)
    empty = [(int(values_a[i]), int(values_b[j])) for i, j in np.argwhere(counts == 0)]
    if empty:
        raise ValueError(
            f"the pairs of values {empty[:5]} ({len(empty)} in all) do not occur among the {len(a)} samples, so no "
            "weights make the two variables independent (positivity); take more samples or merge values"
        )
    return balancing_weights(counts / len(a))[rows, columns]


def coloured_bits(
    *, label_noise: float = 0.25, colour: Sequence[float] = (0.9, 0.8), test: float = 0.1
) -> tuple[Environments, FiniteSCM]:
    """The 2-bit Colored-MNIST problem: y fair, c = y xor Bern(label_noise), s = y with probability colour[e].

    The image shows x = (c, s), numbered 2 c + s. c is the invariant content, s the colour whose law shifts. Returned
    are the training environments "train_0", "train_1", ... and the test model, where s = y with probability `test`.

    Source: Colored MNIST of Arjovsky et al. 2019, here with bits for pixels, so that every population risk is a sum
    of 8 terms.

    Raises:
        ValueError: a probability outside [0, 1], or no training environment.
    """

    def model(agreement: float) -> FiniteSCM:
        for name, value in {"label_noise": label_noise, "colour (or test)": agreement}.items():
            if not 0 <= value <= 1:
                raise ValueError(f"{name}={value}, expected a probability in [0, 1]")
        bits = [
            tabular("y", Role.CLASS, [0.5, 0.5], observed=True),
            tabular("c", Role.INVARIANT, _copy(1 - label_noise), "y"),
            tabular("s", Role.ENVIRONMENT, _copy(agreement), "y"),
        ]
        return FiniteSCM(bits).pushforward(
            "x", lambda c, s: 2 * c + s, ("c", "s"), levels=4, role=Role.IMAGE, observed=True
        )

    training = Environments({f"train_{e}": model(agreement) for e, agreement in enumerate(colour)})
    return training, model(test)


def _copy(probability: float) -> Float[np.ndarray, "2 2"]:
    return np.array([[probability, 1 - probability], [1 - probability, probability]])
