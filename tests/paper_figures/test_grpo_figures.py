"""The figures of policies trained by GRPO, from records of arms that are made up."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from experiments.cells import plan, run_cell
from experiments.records import open_records
from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from paper_figures import grpo_accuracy, grpo_curves
from paper_figures.grpo_accuracy import PANELS, START, TESTS
from paper_figures.grpo_runs import ARMS, interval, smoothed
from paper_figures.reading import NothingToDraw, Reading, read_run
from paper_figures.style import house_style

FACTS = {"commit": "0123456789ab", "versions": {"python": "3.11.7"}, "platform": "Linux-x86_64"}
SEEDS, STEPS = 3, 12


def arm(setting: Setting, seed: int, context: Context) -> Evidence:
    """A run whose numbers tell its arm and its seed."""
    level = 0.1 * list(ARMS).index(setting["arm"]) + 0.01 * seed
    numbers = {test: dict.fromkeys(PANELS, level) for test in TESTS}
    curves = {name: [level] * STEPS for name in ("task", "length", "process") if name != setting.get("without")}
    series = {"arm": setting["arm"], "curves": curves, "before": numbers, "after": numbers}
    return Evidence({"gain": level}, {"gain": (None, 9.0)}, series=series)


def reading_of(folder: Path, *settings: Setting) -> Reading:
    runs = every_preset(*settings, seeds=SEEDS)
    claims = [
        Claim(name, "It learns.", "x", "a source", "extra", "learned", (), arm, **runs) for name in ("first", "second")
    ]
    with open_records(folder / "reward" / "quick-0a1b2c3d4e5f") as store:
        for cell in plan(claims, "quick", None):
            store.append(run_cell(cell, None, FACTS))
    return read_run("reward", None, folder)


@pytest.fixture(autouse=True)
def _in_house_style() -> Iterator[None]:
    with house_style():
        yield


def test_a_line_an_arm_taken_once_with_its_interval_over_seeds(tmp_path):
    settings = ({"arm": "outcome", "without": "process"}, {"arm": "printed"}, {"arm": "mean alone"})
    figure, caption = grpo_curves.draw(reading_of(tmp_path, *settings))
    right, length = figure.axes[:2]
    # a handle of the legend has no points
    drawn = [[line for line in axes.lines if len(line.get_xdata())] for axes in figure.axes]
    assert list(map(len, drawn)) == [2, 3, 2]  # no task is paid in one, no process reward in another
    middle = drawn[1][0]
    assert middle.get_xdata().tolist() == [5, 10]  # two steps are left over
    np.testing.assert_allclose(middle.get_ydata(), [0.01] * 2)  # mean of the seeds of the first arm
    mean, low, high = interval([0.0, 0.01, 0.02])
    assert low < mean < high
    band = length.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == (pytest.approx(low), pytest.approx(high))
    assert right.get_legend() is None
    assert "95 %" in caption


def test_rows_are_the_start_and_the_arms_in_every_test(tmp_path):
    figure, _ = grpo_accuracy.draw(reading_of(tmp_path, {"arm": "mean"}, {"arm": "outcome"}))
    assert len(figure.axes) == len(PANELS)
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == [START, ARMS["outcome"][0], ARMS["mean"][0]]
    dots = [
        (float(np.round(line.get_ydata()[0])), line.get_xdata()[0])
        for line in axes.lines
        if line.get_marker() == "o" and len(line.get_xdata())
    ]
    assert len(dots) == 3 * len(TESTS)
    assert [value for row, value in dots if row == 2] == pytest.approx([0.31] * 3)
    assert [value for row, value in dots if row == 1] == pytest.approx([0.01] * 3)


def test_they_say_what_is_missing(tmp_path):
    with open_records(tmp_path / "reward" / "quick-0a1b2c3d4e5f") as store:
        nothing = Claim("none", "It.", "x", "a", "extra", "exact", (), _nothing, **every_preset({}))
        for cell in plan([nothing], "quick", None):
            store.append(run_cell(cell, None, FACTS))
    reading = read_run("reward", None, tmp_path)
    for figure in (grpo_accuracy, grpo_curves):
        assert not any(figure.shows(measurement) for measurement in reading.measurements)
        with pytest.raises(NothingToDraw, match="trained by GRPO"):
            figure.draw(reading)


def test_one_seed_has_no_interval_and_means_do_not_overlap():
    assert interval([0.3]) == (0.3, 0.3, 0.3)
    assert smoothed([1, 1, 1, 3, 3, 3, 9], 3).tolist() == [1, 3]


def _nothing(setting: Setting, seed: int, context: Context) -> Evidence:
    return Evidence({"x": 0.0}, {"x": (0.0, 0.0)})
