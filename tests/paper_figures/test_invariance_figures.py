"""The figures of the experiments on invariance show the numbers of their records."""

from collections.abc import Iterator

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from paper_figures import (
    chain,
    environment_bars,
    environment_table,
    penalty_accuracy,
    phase_diagram,
    sphere_threshold,
    unit_tests,
)
from paper_figures.catalogue import draw_all
from paper_figures.objectives import LOOKS, look, place
from paper_figures.reading import NothingToDraw, Reading
from paper_figures.style import BLUE, ORANGE, SCORES, house_style
from paper_figures.trained_runs import by_problem, trained_runs

Readings = dict[str, Reading]


@pytest.fixture(autouse=True)
def _in_house_style() -> Iterator[None]:
    with house_style():
        yield


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def marks(axes: Axes, marker: str, size: float | None = None) -> list[tuple[float, float]]:
    """Where the marks of a kind are, as (x, y)."""
    lines = [line for line in axes.lines if line.get_marker() == marker and len(line.get_xdata())]
    return [(x, y) for line in lines if size in {None, line.get_markersize()} for x, y in line.get_xydata().tolist()]


def test_every_figure_is_drawn_and_shows_its_claims(invariance: Readings) -> None:
    shown = {}
    for reading in invariance.values():
        pictures, missing = draw_all(reading)
        assert missing == {}
        shown |= {picture.name: picture.claims for picture in pictures}
    trained = ("bits.invariant", "bits.invariant.changed", "digits.pruned")
    assert shown["environment_bars"] == shown["penalty_accuracy"] == shown["environment_table"] == trained
    assert shown["phase_diagram"] == ("phase.iff",)
    assert shown["sphere_threshold"] == ("sphere.threshold",)
    assert shown["unit_tests"] == ("unit.erm", "unit.new")
    assert shown["chain"] == ("chain.erm", "chain.irm")


def test_a_dot_where_the_optimum_is_invariant_and_a_ring_a_place_of_trained_runs(invariance: Readings) -> None:
    figure, caption = phase_diagram.draw(invariance["equivalence"])
    pruned, balanced = figure.axes[:2]
    assert pruned.get_title(loc="left") == "pruned captions"
    everywhere = {(x, y) for x in (0.5, 0.85, 0.9) for y in (0.0, 0.25)}
    assert set(marks(pruned, "o", 1.6)) == everywhere - {(0.85, 0.25), (0.9, 0.25)}
    assert set(marks(balanced, "o", 1.6)) == everywhere
    assert marks(pruned, "o", 7) == [(0.5, 0.25)]
    assert np.allclose(marks(balanced, "o", 7), [(0.85, 0.25)]), "neither outside the grid nor of another law"
    (ring,) = (line for line in balanced.lines if line.get_markersize() == 7)
    assert to_hex(ring.get_markerfacecolor()) == to_hex(SCORES(0.747)), "the mean over seeds"
    shades = pruned.collections[0].get_array()
    assert np.asarray(shades).tolist() == [[1.0, 1.0, 1.0], [0.75, 0.1, 0.1]]
    assert "Rings" in caption


def test_bars_end_at_the_worst_environment(invariance: Readings) -> None:
    figure, _ = environment_bars.draw(invariance["equivalence"])
    rows = {}
    for axes in figure.axes:
        labels = dict(zip(axes.get_yticks(), [label.get_text() for label in axes.get_yticklabels()], strict=True))
        rows |= {(axes, y): label for y, label in labels.items()}
        tests = dict((y, x) for x, y in marks(axes, "o", 4))
        for bar in (patch for patch in axes.patches if patch.get_width()):
            y = bar.get_y() + bar.get_height() / 2
            everywhere = [x for x, at in [*marks(axes, "o", 3.5), *marks(axes, "o", 4)] if abs(at - y) < 1e-9]
            assert bar.get_width() == pytest.approx(min(everywhere))
            assert len(everywhere) == 3
            assert abs(y - round(y)) < 1e-9
            assert round(y) in tests
    full = "full captions, matched prompt"
    balanced, pruned = (look(name).words.replace("\n", " ") for name in ("balanced", "pruned"))
    deep, linear = f"{full}, ood=0.74, penalty=1e-09", f"{full}, layers=0, ood=0.5, penalty=0.0001"
    assert sorted(rows.values()) == sorted([balanced] * 3 + [pruned] * 2 + [deep, linear])
    assert {"2 classes, bits", "10 classes, digits", "2 classes, bits, colour agrees 0.5 and 0.5"} <= set(words(figure))


def test_one_mark_a_run_at_its_penalty_and_accuracy(invariance: Readings) -> None:
    figure, _ = penalty_accuracy.draw(invariance["equivalence"])
    bits, digits = figure.axes[:2]
    assert [axes.get_title(loc="left") for axes in (bits, digits)] == ["2 classes, bits", "10 classes, digits"]
    balanced = marks(bits, LOOKS["balanced"].marker)
    assert np.allclose(sorted(balanced), [(1e-5, 0.745), (1e-5, 0.749), (1e-4, 0.2), (1e-4, 0.3)])
    assert marks(bits, LOOKS["full"].marker)[0] == (penalty_accuracy.LEAST, 0.74), "not lost at the left"
    assert marks(digits, LOOKS["pruned"].marker) == [(7e-3, 0.1)]
    hollow = [line for line in bits.lines if line.get_markerfacecolor() == "none"]
    assert len(hollow) == 4, "runs of a changed law or encoder"


def test_the_table_has_every_prompt_and_selection_for_the_own_one(invariance: Readings) -> None:
    shown = words(environment_table.draw(invariance["equivalence"])[0])
    assert shown.count("mean prompt") == 2
    assert {".400", ".350", "1.0e−5", "7.0e−3", ".060", ".300"} <= set(shown)
    assert shown.count(".123") == shown.count(".777") == 7, "a row each, none for the other prompt"
    assert shown.count(".747") == 1, "the mean over two seeds"
    assert shown.count(".720") == 3, "the worst environment is one of training there"


def test_runs_are_marked_on_both_sides_of_the_critical_temperature(invariance: Readings) -> None:
    losses, dependences = sphere_threshold.draw(invariance["equivalence"])[0].axes
    assert sorted(marks(losses, "o")) == [(0.3, -0.95), (0.3, -0.9499), (0.6, -0.9), (0.6, -0.9)]
    assert sorted(marks(dependences, "o")) == [(0.3, 0.8), (0.3, 1.2), (0.6, sphere_threshold.LEAST), (0.6, 1e-7)]
    assert len(marks(dependences, "x")) == 4
    for axes in (losses, dependences):
        assert 0.4046 in [line.get_xdata()[0] for line in axes.lines if len(line.get_xdata()) == 2]


def test_reported_errors_stand_beside_ours(invariance: Readings) -> None:
    figure, caption = unit_tests.draw(invariance["invariance_tests"])
    first, second = figure.axes
    assert np.allclose(marks(first, "o"), [(0.3, 0)])
    assert marks(first, "D") == [(0.42, 0)]
    assert np.allclose(marks(second, "o"), [(0.3, 1)])
    assert marks(second, "D") == [], "nothing is reported of what is new"
    assert [label.get_text() for label in first.get_yticklabels()] == ["ERM", "balanced"]
    assert "reported by Aubin et al. (2021)" in caption


def test_coefficients_of_causes_and_effects_by_method(invariance: Readings) -> None:
    causes, effects = chain.draw(invariance["invariance_tests"])[0].axes
    for axes, ours, theirs in ((causes, 0.2, 0.26), (effects, 0.3, 0.33)):
        dots = {(line.get_ydata()[0], line.get_color()): line.get_xdata()[0] for line in axes.lines
                if line.get_marker() == "o" and len(line.get_xdata())}  # fmt: skip
        assert [colour for _, colour in sorted(dots)] == [ORANGE, BLUE, ORANGE]
        assert np.allclose(list(dots.values()), ours)
        assert [x for x, _ in marks(axes, "D")] == [theirs, theirs]


def test_a_variant_looks_like_its_objective_and_says_what_it_is() -> None:
    assert look("irmv1 (unbiased)").words == "IRMv1\n(unbiased)"
    assert look("irmv1 (unbiased)").colour == look("irmv1").colour
    assert look("swapped (uniform)").colour != look("swapped (conditional)").colour == look("swapped").colour
    assert look("new_one").words == "new one"
    listed = sorted(["oracle", "zzz", "irmv1 (unbiased)", "erm", "irmv1 (biased)"], key=place)
    assert listed == ["erm", "irmv1 (biased)", "irmv1 (unbiased)", "oracle", "zzz"]


def test_problems_are_told_apart_by_what_changes_the_law(invariance: Readings) -> None:
    problems = by_problem(trained_runs(invariance["equivalence"]))
    changed = {"colour agrees 0.5 and 0.5", "colour agrees 0.9995 and 0.999", "of the mislabelled 0.5"}
    assert set(problems) == {"2 classes, bits", "10 classes, digits", *(f"2 classes, bits, {law}" for law in changed)}
    assert next(iter(problems)) == "2 classes, bits", "in the order of the ledger"
    assert [len(runs) for runs in problems["2 classes, bits"].values()] == [2, 1, 2], "a row a setting, a run a seed"


@pytest.mark.parametrize(
    ("module", "named"),
    [
        (phase_diagram, "label_noise, strength"),
        (environment_bars, "objective, strength, environments"),
        (penalty_accuracy, "objective, strength, environments"),
        (environment_table, "objective, strength, environments"),
        (sphere_threshold, "critical_temperature"),
        (unit_tests, "example, environments, method"),
        (chain, "by_run"),
    ],
)
def test_without_its_records_each_says_what_it_looked_for(reading: Reading, module: object, named: str) -> None:
    with pytest.raises(NothingToDraw, match=named):
        module.draw(reading)  # type: ignore[attr-defined]
