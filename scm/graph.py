"""Causal graphs of named, typed variables with roles: d-separation, do(), JSON and drawing."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

import networkx as nx

if TYPE_CHECKING:
    import matplotlib.axes


class Role(StrEnum):
    """What a variable stands for in the data-generating process; the value is its conventional name."""

    INVARIANT = "z_inv"
    CLASS = "z_cls"
    ENVIRONMENT = "z_env"
    DEPENDENT_IMAGE = "z_dp_img"
    DEPENDENT_TEXT = "z_dp_tex"
    PRIVATE_IMAGE = "z_pr_img"
    PRIVATE_TEXT = "z_pr_tex"
    TOKEN = "token"
    CONTEXT = "context"  # an observed index of the environment
    IMAGE = "x_img"
    TEXT = "x_tex"


@dataclass(frozen=True)
class Variable:
    """One node: `dim` real coordinates, or one categorical value with `levels` levels per coordinate.

    Raises:
        ValueError: empty name, dimension below 1, or `levels` that does not fit `kind`.
    """

    name: str
    role: Role
    dim: int
    kind: Literal["continuous", "categorical"] = "continuous"
    levels: int | None = None
    observed: bool = False

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a variable needs a non-empty name; edges and d-separation queries refer to it")
        if self.dim < 1:
            raise ValueError(f"variable {self.name!r} has dim={self.dim}, expected >= 1; leave empty blocks out")
        if self.kind == "categorical" and (self.levels is None or self.levels < 1):
            raise ValueError(f"categorical variable {self.name!r} has levels={self.levels}, expected an integer >= 1")
        if self.kind == "continuous" and self.levels is not None:
            raise ValueError(f"continuous variable {self.name!r} has levels={self.levels}, expected None")


def _as_set(names: str | Iterable[str]) -> set[str]:
    return {names} if isinstance(names, str) else set(names)


class CausalGraph:
    """Directed acyclic graph over `Variable`s; an edge (a, b) says that a enters the structural equation of b.

    Raises:
        ValueError: duplicate names, an edge that names no variable, or a directed cycle.
    """

    def __init__(self, variables: Iterable[Variable], edges: Iterable[tuple[str, str]]) -> None:
        variables = tuple(variables)
        names = [variable.name for variable in variables]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"variable names {repeated} occur more than once; a name must identify one node")
        self.variables: dict[str, Variable] = {variable.name: variable for variable in variables}
        self.edges: tuple[tuple[str, str], ...] = tuple(dict.fromkeys(edges))
        for edge in self.edges:
            self._check_known(edge, f"edge {edge}")
        self._digraph = nx.DiGraph()
        self._digraph.add_nodes_from(names)
        self._digraph.add_edges_from(self.edges)
        if not nx.is_directed_acyclic_graph(self._digraph):
            loop = [a for a, _ in nx.find_cycle(self._digraph)]
            cycle = " -> ".join([*loop, loop[0]])
            raise ValueError(
                f"the edges contain the cycle {cycle}; a structural causal model needs an acyclic graph, "
                "else no order exists in which its equations can be evaluated"
            )

    def _check_known(self, names: Iterable[str], where: str) -> None:
        unknown = sorted(set(names) - set(self.variables))
        if unknown:
            raise ValueError(f"{where} names {unknown}, which the graph does not have (it has {list(self.variables)})")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, CausalGraph):
            return NotImplemented
        return self.variables == other.variables and set(self.edges) == set(other.edges)

    def __hash__(self) -> int:
        return hash((frozenset(self.variables.values()), frozenset(self.edges)))

    def __repr__(self) -> str:
        return f"CausalGraph({', '.join(self.variables)}; {', '.join(f'{a}->{b}' for a, b in self.edges)})"

    def parents(self, name: str) -> tuple[str, ...]:
        """Direct causes of `name`, in the order in which the edges were given."""
        self._check_known([name], "parents()")
        return tuple(a for a, b in self.edges if b == name)

    def ancestors(self, names: str | Iterable[str]) -> frozenset[str]:
        """All `names` and everything with a directed path into one of them."""
        names = _as_set(names)
        self._check_known(names, "ancestors()")
        return frozenset(names).union(*(nx.ancestors(self._digraph, name) for name in names))

    def order(self) -> tuple[str, ...]:
        """A topological order: every variable after its parents; ties keep the order of construction."""
        rank = {name: position for position, name in enumerate(self.variables)}
        return tuple(nx.lexicographical_topological_sort(self._digraph, key=rank.__getitem__))

    def by_role(self, role: Role) -> tuple[str, ...]:
        """Names of the variables with this role, in order of construction."""
        return tuple(name for name, variable in self.variables.items() if variable.role == role)

    def d_separated(
        self, a: str | Iterable[str], b: str | Iterable[str], given: str | Iterable[str] = frozenset()
    ) -> bool:
        """Whether `given` blocks every path between `a` and `b` (Pearl 2009, Definition 1.2.3).

        d-separation implies independence in every law that factorises along the graph.

        Raises:
            ValueError: unknown names, an empty side, or sides and condition that overlap.
        """
        left, right, condition = _as_set(a), _as_set(b), _as_set(given)
        self._check_known(left | right | condition, "d_separated()")
        if not left or not right:
            raise ValueError("d_separated() got an empty set of variables; name at least one on each side")
        overlap = sorted((left & right) | (left & condition) | (right & condition))
        if overlap:
            raise ValueError(f"d_separated() got {overlap} in two places; the three sets must be disjoint")
        return bool(nx.is_d_separator(self._digraph, left, right, condition))

    def do(self, *names: str) -> "CausalGraph":
        """The mutilated graph of do(names): all edges into `names` removed (Pearl 2009, section 3.2.3)."""
        self._check_known(names, "do()")
        return CausalGraph(self.variables.values(), [(a, b) for a, b in self.edges if b not in names])

    def draw(self, axes: "matplotlib.axes.Axes") -> None:
        """Draw into matplotlib axes: colour by role, latent nodes outlined, observed nodes filled."""
        from scm.drawing import draw

        draw(self, axes)

    def to_json(self) -> str:
        """The graph as one JSON document with the lists `variables` and `edges`."""
        document = {"variables": [asdict(v) for v in self.variables.values()], "edges": [list(e) for e in self.edges]}
        return json.dumps(document, indent=2)

    @classmethod
    def from_json(cls, text: str) -> "CausalGraph":
        """Inverse of `to_json`.

        Raises:
            ValueError: not JSON, or not a document of that shape.
        """
        try:
            document = json.loads(text)
            variables = [Variable(**{**fields, "role": Role(fields["role"])}) for fields in document["variables"]]
            edges = [(str(a), str(b)) for a, b in document["edges"]]
        except (KeyError, TypeError, json.JSONDecodeError) as error:
            raise ValueError(
                f"not a graph document ({type(error).__name__}: {error}); expected the JSON object that to_json() "
                'writes: {"variables": [{"name", "role", "dim", "kind", "levels", "observed"}], "edges": [[a, b]]}'
            ) from error
        return cls(variables, edges)
