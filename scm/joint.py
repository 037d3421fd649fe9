"""Exact laws of finitely many categorical variables: one float64 table, one named axis a variable."""

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from fractions import Fraction

import numpy as np
from jaxtyping import Float, Int, Shaped
from scipy.special import entr, xlogy

from scm.sampling import check_sampling

Names = str | Iterable[str]
TableLike = Shaped[np.ndarray, "..."] | Sequence[object] | float  # an array, nested lists, or a single number

SUM_TOLERANCE = 1e-9  # on the sum of a row of probabilities: above rounding, below any probability of interest


def as_names(names: Names) -> tuple[str, ...]:
    """One name or several as a tuple without repetition, in the order given."""
    return (names,) if isinstance(names, str) else tuple(dict.fromkeys(names))


def as_array(table: TableLike, what: str, *, exact: bool = False) -> Shaped[np.ndarray, "..."]:
    """A float64 copy of the table; `what` names it in the message. With `exact`, objects become `Fraction`s instead.

    Raises:
        ValueError: rows of different lengths, or entries that are no numbers.
    """
    try:
        array = np.asarray(table)
        if exact and array.dtype == object:
            return np.vectorize(Fraction, otypes=[object])(array)
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{what} is no rectangular array of numbers ({error})") from error


def enumerate_function(
    function: Callable[..., Hashable], shape: Sequence[int], levels: int | None = None
) -> tuple[Int[np.ndarray, "..."], int, tuple[Hashable, ...]]:
    """Table of function(i, j, ...) on the grid of the given shape, its number of levels and its labels.

    With `levels` the function must return integers in [0, levels). Without, its values may be anything hashable and
    are numbered in the order in which the enumeration (last argument fastest) meets them; labels[k] is value k.

    Raises:
        ValueError: a value outside [0, levels).
    """
    values = [function(*index) for index in np.ndindex(*shape)]
    if levels is None:
        labels: tuple[Hashable, ...] = tuple(dict.fromkeys(values))
        number = {label: k for k, label in enumerate(labels)}
        return np.array([number[v] for v in values], dtype=np.int64).reshape(shape), len(labels), labels
    for index, value in zip(np.ndindex(*shape), values, strict=True):
        if not isinstance(value, (int, np.integer)) or not 0 <= value < levels:
            raise ValueError(
                f"the function maps {index} to {value!r}, expected an integer in [0, {levels}); "
                "leave `levels` out to have arbitrary values numbered"
            )
    return np.array(values, dtype=np.int64).reshape(shape), levels, tuple(range(levels))


class FiniteLaw:
    """The exact joint law p(x_1, ..., x_k) of named variables with finitely many levels.

    Args:
        names: one name an axis of `table`.
        table: non-negative array or nested lists of shape (levels of x_1, ..., levels of x_k) that sums to 1.

    Raises:
        ValueError: no rectangular table of numbers, names that repeat or do not match the axes, negative entries, or a
            sum other than 1.
    """

    def __init__(self, names: Sequence[str], table: TableLike) -> None:
        names = tuple(names)
        table = as_array(table, f"the joint table of {names}")
        if len(set(names)) != len(names) or len(names) != table.ndim:
            raise ValueError(f"names {names} do not label the {table.ndim} axes of the table one to one")
        if not (table >= 0).all():  # also refuses nan
            where = tuple(int(i) for i in np.argwhere(~(table >= 0))[0])
            raise ValueError(
                f"the joint table of {names} has the entry {table[where]} at {where}; probabilities are >= 0"
            )
        total = float(table.sum())
        if abs(total - 1.0) > SUM_TOLERANCE:
            raise ValueError(f"the joint table of {names} sums to {total:.12g}, expected 1: it is not a law")
        self._names = names
        self._table = table

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the variables; axis i of `table` is variable names[i]."""
        return self._names

    @property
    def table(self) -> Float[np.ndarray, "..."]:
        """The joint table, float64."""
        return self._table

    def levels(self, name: str) -> int:
        """Number of levels of one variable."""
        return self.table.shape[self._axes([name])[0]]

    def _axes(self, names: Iterable[str]) -> tuple[int, ...]:
        unknown = [name for name in names if name not in self.names]
        if unknown:
            raise ValueError(f"unknown variables {unknown}; this law is about {list(self.names)}")
        return tuple(self.names.index(name) for name in names)

    def _disjoint(self, *groups: Names) -> list[tuple[str, ...]]:
        named = [as_names(group) for group in groups]
        together = [name for group in named for name in group]
        self._axes(together)
        overlap = sorted({name for name in together if together.count(name) > 1})
        if overlap:
            raise ValueError(f"{overlap} are named in two places; the sets of variables must be disjoint")
        return named

    def marginal(self, names: Names) -> Float[np.ndarray, "..."]:
        """p(names): table whose axes follow the order of `names`."""
        wanted = as_names(names)
        axes = self._axes(wanted)
        summed = np.asarray(self.table.sum(axis=tuple(i for i in range(self.table.ndim) if i not in axes)))
        return np.transpose(summed, np.argsort(np.argsort(axes)))

    def condition(self, event: Mapping[str, int] | None = None, /, **values: int) -> "FiniteLaw":
        """The law of the other variables given name=value for each pair.

        Raises:
            ValueError: unknown names, levels out of range, or an event of probability 0 (no positivity).
        """
        event = {**(event or {}), **values}
        index: list[int | slice] = [slice(None)] * self.table.ndim
        for name, axis in zip(event, self._axes(event), strict=True):
            if not 0 <= event[name] < self.table.shape[axis]:
                raise ValueError(f"{name}={event[name]} is not one of the levels 0..{self.table.shape[axis] - 1}")
            index[axis] = int(event[name])
        part = np.asarray(self.table[tuple(index)])
        if not part.sum() > 0:
            raise ValueError(f"the event {event} has probability 0; conditioning on it is undefined (no positivity)")
        return FiniteLaw([name for name in self.names if name not in event], part / part.sum())

    def conditional(self, target: Names, given: Names, *, undefined: str = "raise") -> Float[np.ndarray, "..."]:
        """p(target | given): table of shape (*levels of given, *levels of target).

        Args:
            target: variables whose law is asked for.
            given: variables conditioned on, disjoint from `target`.
            undefined: "raise" or "nan", what to do with rows whose condition has probability 0.

        Raises:
            ValueError: unknown or overlapping names, or conditions of probability 0 under undefined="raise".
        """
        if undefined not in ("raise", "nan"):
            raise ValueError(f"undefined={undefined!r}, expected 'raise' or 'nan'")
        targets, conditions = self._disjoint(target, given)
        joint = self.marginal(conditions + targets)
        row = joint.sum(axis=tuple(range(len(conditions), joint.ndim)), keepdims=True)
        empty = np.argwhere(row.reshape(row.shape[: len(conditions)]) <= 0)
        if len(empty) and undefined == "raise":
            cell = dict(zip(conditions, map(int, empty[0]), strict=True))
            raise ValueError(
                f"p({', '.join(targets)} | {', '.join(conditions)}) is undefined at {len(empty)} of the conditions, "
                f"for example {cell}, which have probability 0 (no positivity); undefined='nan' marks such rows"
            )
        return np.divide(joint, row, out=np.full_like(joint, np.nan), where=row > 0)

    def entropy(self, names: Names, given: Names = ()) -> float:
        """H(names | given) in nats."""
        targets, conditions = self._disjoint(names, given)
        row = self.marginal(conditions)
        # chain rule, H(A|C) = H(A,C) - H(C)
        return float(entr(self.marginal(conditions + targets)).sum() - entr(row).sum())

    def mutual_information(self, a: Names, b: Names) -> float:
        """I(a; b) in nats."""
        return self.conditional_mutual_information(a, b, ())

    def conditional_mutual_information(self, a: Names, b: Names, given: Names) -> float:
        """I(a; b | given) = sum p(a,b,c) log [p(a,b,c) p(c) / (p(a,c) p(b,c))] in nats; never negative."""
        joint, product = self._joint_and_product(a, b, given)
        # terms p log(p/q) - p + q are >= 0 one by one and sum to the divergence, so rounding cannot make it negative
        ratio = np.divide(joint, product, out=np.ones_like(joint), where=joint > 0)
        return max(0.0, float((xlogy(joint, ratio) - joint + product).sum()))

    def independent(self, a: Names, b: Names, given: Names = (), *, tolerance: float = 1e-12) -> bool:
        """Whether a and b are independent given `given`: max |p(a,b,c) - p(a,c) p(b,c) / p(c)| <= tolerance."""
        joint, product = self._joint_and_product(a, b, given)
        return bool(np.abs(joint - product).max() <= tolerance)

    def _joint_and_product(self, a: Names, b: Names, given: Names) -> tuple[np.ndarray, np.ndarray]:
        """p(c, a, b) and p(a, c) p(b, c) / p(c), both as (cells of c, cells of a, cells of b)."""
        left, right, condition = self._disjoint(a, b, given)
        sizes = [math.prod(self.levels(name) for name in group) for group in (condition, left, right)]
        joint = self.marginal(condition + left + right).reshape(sizes)
        row = joint.sum(axis=(1, 2), keepdims=True)
        numerator = joint.sum(axis=2, keepdims=True) * joint.sum(axis=1, keepdims=True)
        return joint, np.divide(numerator, row, out=np.zeros_like(joint), where=row > 0)

    def pushforward(
        self, name: str, function: Callable[..., Hashable], of: Names, *, levels: int | None = None
    ) -> "FiniteLaw":
        """The joint law with one more variable, name = function(*of), as the last axis (`enumerate_function`).

        Raises:
            ValueError: a name that is taken, unknown arguments, or values outside [0, levels).
        """
        arguments = as_names(of)
        axes = self._axes(arguments)
        if name in self.names:
            raise ValueError(f"the law already has a variable {name!r}; choose another name")
        values, count, _ = enumerate_function(function, [self.table.shape[axis] for axis in axes], levels)
        shape = [1] * self.table.ndim
        for axis in axes:
            shape[axis] = self.table.shape[axis]
        spread = np.transpose(values, np.argsort(axes)).reshape(shape)
        indicator = spread[..., None] == np.arange(count)
        return FiniteLaw((*self.names, name), self.table[..., None] * indicator)

    def sample(self, n: int, *, rng: np.random.Generator) -> dict[str, Int[np.ndarray, " n"]]:
        """n independent draws: name -> (n,) levels.

        Raises:
            ValueError: n that is no integer >= 0, or no generator.
        """
        check_sampling(n, rng)
        flat = draw_levels(self.table.reshape(1, -1), np.zeros(n, dtype=np.int64), rng.random(n))
        return {
            name: column.astype(np.int64)
            for name, column in zip(self.names, np.unravel_index(flat, self.table.shape), strict=True)
        }


def draw_levels(
    table: Float[np.ndarray, "rows levels"], rows: Int[np.ndarray, " n"], uniform: Float[np.ndarray, " n"]
) -> Int[np.ndarray, " n"]:
    """Sample i from the law table[rows[i]] by inverting its distribution function at uniform[i] in [0, 1)."""
    cumulative = np.cumsum(table, axis=1)
    cumulative /= cumulative[:, -1:]  # a level of probability 0 at the end is then never drawn
    if len(table) == 1:
        return np.searchsorted(cumulative[0], uniform, side="right").astype(np.int64)
    drawn = np.zeros(len(rows), dtype=np.int64)
    for level in range(table.shape[1] - 1):  # one pass a level: no (n, levels) temporary
        drawn += uniform >= cumulative[rows, level]
    return drawn
