"""The figures of the process reward, from records of the claims themselves: exact, and made in a second."""

from collections.abc import Iterator

import numpy as np
import pytest

from experiments.cells import plan, run_cell
from experiments.records import open_records
from identifiability.claims.claim import Claim
from identifiability.claims.reasoning import hacking, shift, training
from paper_figures import exact_training, hacking_table, reward_along_tokens, shift_accuracy
from paper_figures.reading import NothingToDraw, Reading, read_run
from paper_figures.style import house_style

FACTS = {"commit": "0123456789ab", "versions": {"python": "3.11.7"}, "platform": "Linux-x86_64"}
FIGURES = (hacking_table, reward_along_tokens, shift_accuracy, exact_training)


def reading_of(claims: list[Claim], folder) -> Reading:
    with open_records(folder / "reward" / "quick-0a1b2c3d4e5f") as store:
        for cell in plan(claims, "quick", None):
            store.append(run_cell(cell, None, FACTS))
    return read_run("reward", None, folder)


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    claims = [*hacking.CLAIMS, *shift.CLAIMS, *training.CLAIMS]
    return reading_of(claims, tmp_path_factory.mktemp("reward"))


@pytest.fixture(autouse=True)
def _in_house_style() -> Iterator[None]:
    with house_style():
        yield


def test_the_table_has_a_cell_for_each_completion_and_form(reading):
    figure, caption = hacking_table.draw(reading)
    (axes,) = figure.axes
    rows, columns = len(hacking.POLICIES), 3
    assert [label.get_text() for label in axes.get_yticklabels()] == list(hacking.POLICIES)
    cells = np.array([text.get_text() for text in axes.texts]).reshape(rows, columns)
    assert set(cells[:, 2]) == {"0"}
    assert cells[2, 0].startswith("+")
    assert cells[3, 0].startswith("\u2212")
    assert hacking.HONEST in caption


def test_bars_stack_to_the_scores_and_rewards_follow(reading):
    figure, _ = reward_along_tokens.draw(reading)
    scores, rewards = figure.axes
    words = [label.get_text() for label in scores.get_xticklabels()]
    assert words == [*hacking.SENTENCE, "end"]
    likelihood, penalty = (np.array([bar.get_height() for bar in bars]) for bars in scores.containers)
    assert penalty[words.index("snow")] == -1
    printed, mean, potential = (line.get_ydata() for line in rewards.lines[:3])
    np.testing.assert_allclose(printed, likelihood + penalty, atol=1e-12)
    assert mean[-1] == pytest.approx(printed[:-1].mean())
    assert sum(potential) == pytest.approx(0)


def test_a_panel_for_each_form_and_a_line_for_each_scorer(reading):
    figure, _ = shift_accuracy.draw(reading)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["summed, as printed", "averaged"]
    for axes in figure.axes:
        solid = {line.get_label(): line.get_ydata() for line in axes.lines if line.get_linestyle() == "-"}
        assert set(solid) == set(shift_accuracy.LINES)
        assert set(solid["balanced, penalty 1"]) == {1}
        assert solid["pooled, penalty 1"][-1] < 0.5
        assert len(axes.get_xticklabels()) == len(shift.WEIGHTS)


def test_training_has_a_panel_for_each_algorithm_and_a_line_for_each_form(reading):
    figure, _ = exact_training.draw(reading)
    for axes in figure.axes:
        ends = {line.get_label(): line.get_ydata()[-1] for line in axes.lines}
        assert list(ends) == ["outcome only", "potential, weight 2", "printed, weight 2", "mean, weight 4"]
        assert ends["potential, weight 2"] > 0.98 > 0.5 > ends["printed, weight 2"]


def test_each_says_what_it_shows_and_what_is_missing(reading, tmp_path):
    shown = {figure: {m.claim.split(".")[0] for m in reading.measurements if figure.shows(m)} for figure in FIGURES}
    assert list(shown.values()) == [{"hacking"}, {"hacking"}, {"shift"}, {"training"}]
    empty = reading_of([hacking.CLAIMS[3]], tmp_path)
    for figure in FIGURES:
        with pytest.raises(NothingToDraw, match="no record has the series"):
            figure.draw(empty)
