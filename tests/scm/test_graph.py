"""Causal graphs: order, d-separation, do(), JSON, drawing, and what malformed graphs say."""

import subprocess
import sys
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scm.graph import CausalGraph, Role, Variable

Parts = tuple[list[Variable], list[tuple[str, str]]]


def node(name: str, observed: bool = False) -> Variable:
    return Variable(name, Role.IMAGE if observed else Role.INVARIANT, 1, observed=observed)


@st.composite
def graphs(draw: st.DrawFn, largest: int = 6) -> Parts:
    """Variables and edges of random DAGs whose order of construction is not a topological order.

    The test builds the graph: type checks of constructors draw random numbers, which strategies must not.
    """
    size = draw(st.integers(1, largest))
    hidden_order = draw(st.permutations(range(size)))
    pairs = [(f"v{hidden_order[i]}", f"v{hidden_order[j]}") for i, j in combinations(range(size), 2)]
    kept = draw(st.lists(st.booleans(), min_size=len(pairs), max_size=len(pairs)))
    variables = [
        Variable(f"v{i}", draw(st.sampled_from(list(Role))), i + 1, observed=draw(st.booleans())) for i in range(size)
    ]
    return variables, [pair for pair, keep in zip(pairs, kept, strict=True) if keep]


def separated_by_moral_graph(graph: CausalGraph, a: str, b: str, given: set[str]) -> bool:
    """Reference: a and b are disconnected in the moral graph of the ancestors once `given` is removed (Lauritzen)."""
    ancestors = {a, b, *given}
    while True:
        wider = ancestors | {parent for parent, child in graph.edges if child in ancestors}
        if wider == ancestors:
            break
        ancestors = wider
    moral = nx.Graph()
    moral.add_nodes_from(ancestors)
    for child in ancestors:
        parents = [parent for parent, c in graph.edges if c == child]
        moral.add_edges_from([(parent, child) for parent in parents] + list(combinations(parents, 2)))
    moral.remove_nodes_from(given)
    return not nx.has_path(moral, a, b)


@given(graphs(), st.data())
@settings(max_examples=150)
def test_d_separation_agrees_with_the_moral_graph_criterion(parts: Parts, data: st.DataObject) -> None:
    graph = CausalGraph(*parts)
    names = list(graph.variables)
    if len(names) < 2:
        return
    a, b, *rest = data.draw(st.permutations(names))
    condition = set(data.draw(st.lists(st.sampled_from(rest), unique=True))) if rest else set()
    assert graph.d_separated(a, b, condition) == separated_by_moral_graph(graph, a, b, condition)


def test_chain_fork_and_collider() -> None:
    a, b, c = (node(name) for name in "abc")
    chain, fork = CausalGraph([a, b, c], [("a", "b"), ("b", "c")]), CausalGraph([a, b, c], [("b", "a"), ("b", "c")])
    collider = CausalGraph([a, b, c], [("a", "b"), ("c", "b")])
    for graph in (chain, fork):
        assert not graph.d_separated("a", "c")
        assert graph.d_separated("a", "c", "b")
    assert collider.d_separated("a", "c")
    assert not collider.d_separated("a", "c", "b")


@given(graphs())
@settings(max_examples=60)
def test_order_puts_every_parent_before_its_child(parts: Parts) -> None:
    graph = CausalGraph(*parts)
    rank = {name: position for position, name in enumerate(graph.order())}
    assert sorted(rank) == sorted(graph.variables)
    assert all(rank[parent] < rank[child] for parent, child in graph.edges)


@given(graphs(), st.data())
@settings(max_examples=60)
def test_do_removes_exactly_the_edges_into_the_named_variables(parts: Parts, data: st.DataObject) -> None:
    graph = CausalGraph(*parts)
    names = data.draw(st.lists(st.sampled_from(list(graph.variables)), unique=True))
    mutilated = graph.do(*names)
    assert set(mutilated.edges) == {(a, b) for a, b in graph.edges if b not in names}
    assert mutilated.variables == graph.variables
    assert all(mutilated.parents(name) == () for name in names)


@given(graphs())
@settings(max_examples=60)
def test_json_round_trip(parts: Parts) -> None:
    graph = CausalGraph(*parts)
    again = CausalGraph.from_json(graph.to_json())
    assert again == graph
    assert hash(again) == hash(graph)
    assert again.order() == graph.order()
    assert again.edges == graph.edges


def test_graphs_that_differ_in_one_edge_are_not_equal() -> None:
    variables = [node("a"), node("b")]
    assert CausalGraph(variables, [("a", "b")]) != CausalGraph(variables, [("b", "a")])


def test_by_role_and_ancestors() -> None:
    graph = CausalGraph([node("x", observed=True), node("z"), node("w")], [("z", "x"), ("w", "z")])
    assert graph.by_role(Role.INVARIANT) == ("z", "w")
    assert graph.by_role(Role.TOKEN) == ()
    assert graph.ancestors("x") == {"x", "z", "w"}
    assert graph.ancestors("z") == {"z", "w"}


def test_malformed_graphs_say_what_is_wrong() -> None:
    a, b, c = (node(name) for name in "abc")
    with pytest.raises(ValueError, match=r"cycle a -> b -> c -> a; .* needs an acyclic graph"):
        CausalGraph([a, b, c], [("a", "b"), ("b", "c"), ("c", "a")])
    with pytest.raises(ValueError, match=r"names \['a'\] occur more than once"):
        CausalGraph([a, a], [])
    with pytest.raises(ValueError, match=r"edge \('a', 'q'\) names \['q'\], which the graph does not have"):
        CausalGraph([a], [("a", "q")])
    graph = CausalGraph([a, b, c], [])
    with pytest.raises(ValueError, match=r"got \['a'\] in two places; the three sets must be disjoint"):
        graph.d_separated("a", "b", {"a"})
    with pytest.raises(ValueError, match=r"empty set of variables"):
        graph.d_separated(set(), "b")
    for query in (lambda: graph.do("q"), lambda: graph.parents("q"), lambda: graph.d_separated("a", "q")):
        with pytest.raises(ValueError, match=r"names \['q'\], which the graph does not have"):
            query()
    for text in ("{", "[]", '{"variables": [{"name": "a"}], "edges": []}', '{"variables": []}'):
        with pytest.raises(ValueError, match=r"not a graph document .* expected the JSON object that to_json"):
            CausalGraph.from_json(text)


def test_malformed_variables_say_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="needs a non-empty name"):
        Variable("", Role.TOKEN, 1)
    with pytest.raises(ValueError, match=r"'z' has dim=0, expected >= 1"):
        Variable("z", Role.TOKEN, 0)
    with pytest.raises(ValueError, match=r"categorical variable 'z' has levels=None"):
        Variable("z", Role.TOKEN, 1, "categorical")
    with pytest.raises(ValueError, match=r"continuous variable 'z' has levels=3, expected None"):
        Variable("z", Role.TOKEN, 1, levels=3)


@given(graphs(largest=8))
@settings(max_examples=10)
def test_drawing_shows_every_node_and_edge_without_overlap(parts: Parts) -> None:
    graph = CausalGraph(*parts)
    from matplotlib.colors import to_hex
    from matplotlib.figure import Figure
    from matplotlib.patches import Ellipse, FancyArrowPatch

    from scm.drawing import COLOURS

    axes = Figure().add_subplot()
    graph.draw(axes)
    ellipses = [patch for patch in axes.patches if isinstance(patch, Ellipse)]
    assert len(ellipses) == len(graph.variables)
    assert sum(isinstance(patch, FancyArrowPatch) for patch in axes.patches) == len(graph.edges)
    for ellipse, variable in zip(ellipses, graph.variables.values(), strict=True):
        assert to_hex(ellipse.get_edgecolor()).upper() == COLOURS[variable.role].upper()
        assert (to_hex(ellipse.get_facecolor()) == "#ffffff") == (not variable.observed)
    boxes = np.array([[*e.get_center(), e.get_width(), e.get_height()] for e in ellipses])
    for first, second in combinations(boxes, 2):
        apart = np.abs(first[:2] - second[:2]) - (first[2:] + second[2:]) / 2
        assert apart.max() > 0.1


def test_drawing_does_not_cut_an_edge_that_swings_out() -> None:
    from matplotlib.figure import Figure
    from matplotlib.patches import FancyArrowPatch

    roles = {
        "z_inv": Role.INVARIANT,
        "style": Role.DEPENDENT_IMAGE,
        "words": Role.DEPENDENT_TEXT,
        "copied": Role.PRIVATE_IMAGE,
        "copy": Role.PRIVATE_TEXT,
        "image": Role.IMAGE,
        "text": Role.TEXT,
    }
    edges = [("z_inv", "style"), ("z_inv", "words"), ("style", "image"), ("words", "text"), ("z_inv", "image")]
    edges += [("z_inv", "text"), ("copied", "image"), ("copied", "copy"), ("copy", "text")]
    axes = Figure().add_subplot()
    CausalGraph([Variable(name, role, 1) for name, role in roles.items()], edges).draw(axes)
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    arrows = [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]
    points = np.concatenate([np.concatenate(arrow.get_path().to_polygons(closed_only=False)) for arrow in arrows])
    assert points[:, 1].max() > top - 0.25, "the bent edge is what reaches highest"
    assert ((points > [left, bottom]) & (points < [right, top])).all()


def test_importing_scm_imports_neither_torch_nor_matplotlib() -> None:
    code = "import sys, scm; print([m for m in ('torch', 'matplotlib', 'sklearn', 'pandas') if m in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
