"""Finite structural causal models: conditional tables along a graph, and the exact joint law they define."""

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cached_property, reduce

import numpy as np
from jaxtyping import Float, Int, Shaped

from scm.graph import CausalGraph, Role, Variable
from scm.joint import (
    SUM_TOLERANCE,
    FiniteLaw,
    Names,
    TableLike,
    as_array,
    as_names,
    draw_levels,
    enumerate_function,
)
from scm.sampling import check_sampling

MAXIMUM_CELLS = 2**24  # of a joint table: 128 MB in float64


class ConditionalTable:
    """The mechanism p(x | parents) of one categorical variable, as a table.

    Args:
        variable: the variable x, of kind "categorical" and dimension 1.
        table: probabilities of shape (*levels of the parents, levels of x); rows along the last axis sum to 1. Array
            or nested lists; `fractions.Fraction`s are kept exactly, besides their float64 copy.
        parents: names of the parents, one for each leading axis.

    Raises:
        ValueError: no rectangular table of numbers, axes that do not match, negative entries, or a row that does not
            sum to 1.
    """

    def __init__(self, variable: Variable, table: TableLike, parents: Names = ()) -> None:
        parents = as_names(parents)
        name = variable.name
        if variable.kind != "categorical" or variable.dim != 1:
            raise ValueError(
                f"variable {name!r} is {variable.kind} of dimension {variable.dim}, expected categorical of dimension "
                "1: a finite model needs finitely many levels, and a vector is a set of variables"
            )
        array = as_array(table, f"the table of {name!r}", exact=True)
        if array.ndim != len(parents) + 1 or array.shape[-1] != variable.levels:
            raise ValueError(
                f"the table of {name!r} has shape {array.shape}, expected one axis for each of the parents "
                f"{list(parents)} and a last axis of {variable.levels} levels"
            )
        self.variable = variable
        self._parents = parents
        self.fractions = array if array.dtype == object else None
        self.table = array.astype(np.float64)
        self._check_rows()

    def _check_rows(self) -> None:
        name, rows = self.variable.name, self.table.reshape(-1, self.table.shape[-1])
        if not (rows >= 0).all():  # also refuses nan
            row, level = np.argwhere(~(rows >= 0))[0]
            raise ValueError(
                f"p({name}={level} | {self._row(row)}) is {rows[row, level]:.6g}; a probability is at least 0"
            )
        sums = rows.sum(axis=1)
        wrong = np.flatnonzero(np.abs(sums - 1.0) > SUM_TOLERANCE)
        if self.fractions is not None:
            exact = self.fractions.reshape(rows.shape).sum(axis=1)
            wrong = np.flatnonzero(exact != Fraction(1))
            sums = exact
        if len(wrong):
            raise ValueError(
                f"the row ({self._row(wrong[0])}) of the table of {name!r} sums to {sums[wrong[0]]}, expected 1: "
                f"each row is a law of {name!r} given its parents ({len(wrong)} of {len(sums)} rows are wrong)"
            )

    def _row(self, row: int | np.integer) -> str:
        index = np.unravel_index(row, self.table.shape[:-1]) if self._parents else ()
        return ", ".join(f"{p}={int(i)}" for p, i in zip(self._parents, index, strict=True)) or "no parents"

    @property
    def parents(self) -> tuple[str, ...]:
        """Names of the variables that the law conditions on."""
        return self._parents

    def probabilities(self, parents: Mapping[str, np.ndarray]) -> Float[np.ndarray, "n levels"]:
        """p(x = k | parents of sample i), shape (n, levels); (1, levels) without parents."""
        if not self._parents:
            return self.table[None]
        return self.table[tuple(np.asarray(parents[name]) for name in self._parents)]

    def transform(self, parents: Mapping[str, np.ndarray], uniform: Float[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
        """Levels as a function of the parents and of one uniform a sample; equal noise gives counterfactuals."""
        rows = np.zeros(len(uniform), dtype=np.int64)
        if self._parents:
            rows = np.ravel_multi_index([np.asarray(parents[p]) for p in self._parents], self.table.shape[:-1])
        return draw_levels(self.table.reshape(-1, self.table.shape[-1]), rows, uniform)


def tabular(
    name: str,
    role: Role,
    table: TableLike,
    parents: Names = (),
    *,
    observed: bool = False,
) -> ConditionalTable:
    """The mechanism of a new variable `name`; the last axis of `table` gives its number of levels."""
    array = as_array(table, f"the table of {name!r}", exact=True)
    levels = array.shape[-1] if array.ndim else 0
    return ConditionalTable(Variable(name, role, 1, "categorical", levels, observed), array, parents)


class FiniteSCM(FiniteLaw):
    """A structural causal model with finitely many states: p(x_1..x_k) = prod_i p(x_i | parents of x_i).

    Every query of `FiniteLaw` (marginal, condition, conditional, entropy, mutual information, independence) is
    answered from the exact joint table; axes follow the order of the mechanisms.

    Args:
        mechanisms: one table a variable; any order, as long as the parents form an acyclic graph.
        maximum_cells: the largest joint table that may be built.

    Raises:
        ValueError: unknown parents, a cycle, or parents whose levels do not match an axis.
    """

    def __init__(self, mechanisms: Iterable[ConditionalTable], *, maximum_cells: int = MAXIMUM_CELLS) -> None:
        mechanisms = tuple(mechanisms)
        edges = [(parent, m.variable.name) for m in mechanisms for parent in m.parents]
        self.graph = CausalGraph([m.variable for m in mechanisms], edges)
        self.mechanisms = {m.variable.name: m for m in mechanisms}
        self.maximum_cells = maximum_cells
        for mechanism in mechanisms:
            expected = tuple(self.levels(parent) for parent in mechanism.parents)
            if mechanism.table.shape[:-1] != expected:
                raise ValueError(
                    f"the table of {mechanism.variable.name!r} has axes of length {mechanism.table.shape[:-1]} for its "
                    f"parents {list(mechanism.parents)}, which have {expected} levels"
                )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the variables; axis i of `table` is variable names[i]."""
        return tuple(self.mechanisms)

    def levels(self, name: str) -> int:
        """Number of levels of one variable."""
        self._axes([name])
        return self.mechanisms[name].table.shape[-1]

    @cached_property
    def _joint(self) -> Float[np.ndarray, "..."]:
        return np.asarray(self._product({name: m.table for name, m in self.mechanisms.items()}), dtype=np.float64)

    @property
    def table(self) -> Float[np.ndarray, "..."]:
        """The exact joint table in float64, computed once.

        Raises:
            ValueError: more cells than `maximum_cells`.
        """
        return self._joint

    def exact_table(self) -> Shaped[np.ndarray, "..."]:
        """The joint table in rational arithmetic: an object array of `fractions.Fraction`.

        Raises:
            ValueError: a mechanism that was given in floats.
        """
        tables = {name: m.fractions for name, m in self.mechanisms.items() if m.fractions is not None}
        inexact = [name for name in self.names if name not in tables]
        if inexact:
            raise ValueError(f"the tables of {inexact} are floats; an exact joint table needs Fractions everywhere")
        return self._product(tables)

    def _product(self, tables: Mapping[str, np.ndarray]) -> np.ndarray:
        cells = math.prod(self.levels(name) for name in self.names)
        if cells > self.maximum_cells:
            raise ValueError(
                f"the joint table of {len(self.names)} variables has {cells} cells, the limit is {self.maximum_cells}; "
                "drop variables, or raise maximum_cells if the memory (8 bytes a cell) is there; sample() needs none"
            )
        factors = []
        for name, mechanism in self.mechanisms.items():
            axes = self._axes((*mechanism.parents, name))
            shape = [1] * len(self.names)
            for axis, length in zip(axes, mechanism.table.shape, strict=True):
                shape[axis] = length
            factors.append(np.transpose(tables[name], np.argsort(axes)).reshape(shape))
        return np.asarray(reduce(np.multiply, factors))

    def do(
        self, interventions: Mapping[str, int | Sequence[float]] | None = None, /, **values: int | Sequence[float]
    ) -> "FiniteSCM":
        """The model after do(name=value): the mechanism of `name` replaced by a constant, its parents cut off.

        A sequence of probabilities instead of a level is a stochastic intervention.

        Raises:
            ValueError: unknown names, or a level that the variable does not have.
        """
        model = self
        for name, value in {**(interventions or {}), **values}.items():
            levels = self.levels(name)
            if isinstance(value, (int, np.integer)):
                if not 0 <= value < levels:
                    raise ValueError(f"do({name}={value}): the levels of {name!r} are 0..{levels - 1}")
                law: TableLike = np.eye(levels)[value]
            else:
                law = value
            model = model.replace(ConditionalTable(self.mechanisms[name].variable, law))
        return model

    def replace(self, mechanism: ConditionalTable) -> "FiniteSCM":
        """The model with one mechanism exchanged (a soft intervention, a shift); parents may change too.

        Raises:
            ValueError: a variable that the model does not have.
        """
        self._axes([mechanism.variable.name])
        exchanged = {**self.mechanisms, mechanism.variable.name: mechanism}
        return FiniteSCM(exchanged.values(), maximum_cells=self.maximum_cells)

    def ancestral(self, names: Names) -> "FiniteSCM":
        """The model of `names` and their ancestors alone: the same law of these, from a smaller joint table."""
        kept = self.graph.ancestors(as_names(names))
        mechanisms = [m for name, m in self.mechanisms.items() if name in kept]
        return FiniteSCM(mechanisms, maximum_cells=self.maximum_cells)

    def pushforward(
        self,
        name: str,
        function: Callable[..., Hashable],
        of: Names,
        *,
        levels: int | None = None,
        role: Role = Role.INVARIANT,
        observed: bool = False,
    ) -> "FiniteSCM":
        """The model with one more, deterministic variable: name = function(*of) (see `enumerate_function`)."""
        arguments = as_names(of)
        values, count, _ = enumerate_function(function, [self.levels(argument) for argument in arguments], levels)
        table = np.eye(count)[values]
        if self.mechanisms and all(m.fractions is not None for m in self.mechanisms.values()):
            table = np.vectorize(Fraction, otypes=[object])(table)
        mechanism = tabular(name, role, table, arguments, observed=observed)
        return FiniteSCM((*self.mechanisms.values(), mechanism), maximum_cells=self.maximum_cells)

    def sample(self, n: int, *, rng: np.random.Generator) -> dict[str, Int[np.ndarray, " n"]]:
        """n independent draws by ancestral sampling (no joint table needed): name -> (n,) levels.

        Raises:
            ValueError: n that is no integer >= 0, or no generator.
        """
        check_sampling(n, rng)
        drawn: dict[str, np.ndarray] = {}
        for name in self.graph.order():
            drawn[name] = self.mechanisms[name].transform(drawn, rng.random(n))
        return {name: drawn[name] for name in self.names}
