"""The figure of recipes under a spurious context, from records made up here."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest
from matplotlib.figure import Figure

from experiments.cells import plan, run_cell
from experiments.records import open_records
from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from paper_figures import recipe_accuracy
from paper_figures.reading import NothingToDraw, Reading, read_run
from paper_figures.style import house_style

FACTS = {"commit": "0123456789ab", "versions": {"python": "3.11.7"}, "platform": "Linux-x86_64"}
OF_PRUNED, OF_RECIPE = {"id": 0.8, "uniform": 0.6, "reversed": 0.4}, {"id": 0.7, "uniform": 0.72, "reversed": 0.74}


def recipes(setting: Setting, seed: int, context: Context) -> Evidence:
    """Two splits, .02 apart; the second seed is .1 better."""
    splits = {
        f"{test}_{side}": [accuracy + 0.1 * seed - 0.01, accuracy + 0.1 * seed + 0.01]
        for side, accuracies in (("pruned", OF_PRUNED), ("recipe", OF_RECIPE))
        for test, accuracy in accuracies.items()
    }
    series = {"recipe": setting["recipe"], "splits": splits}
    return Evidence({"gain": 0.34}, {"gain": (0.1, None)}, series=series)


def claim(name: str, setting: Setting) -> Claim:
    return Claim(
        id=name,
        statement="A statement.",
        formula="x",
        source="own",
        form="extra",
        track="real",
        assumptions=(),
        check=recipes,
        **every_preset(setting, seeds=2),
    )


CLAIMS = (
    claim("one.interpolating", {"recipe": "balanced", "components": None}),
    claim("one.balanced", {"recipe": "balanced"}),
    claim("one.words", {"recipe": "full", "prompt": "matched", "contexts": "random"}),
    claim("one.erm", {"recipe": "erm", "balanced": True}),
)


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    out = tmp_path_factory.mktemp("midtraining")
    with open_records(out / "midtraining" / "quick-0a1b2c3d4e5f") as store:
        for cell in plan(CLAIMS, "quick", None):
            store.append(run_cell(cell, None, FACTS))
    return read_run("midtraining", None, out)


@pytest.fixture(autouse=True)
def _in_house_style() -> Iterator[None]:
    with house_style():
        yield


def rows(figure: Figure) -> list[str]:
    return [label.get_text() for label in figure.axes[0].get_yticklabels()]


def test_rows_are_named_and_interpolation_comes_last(reading: Reading) -> None:
    figure, caption = recipe_accuracy.draw(reading)
    words = "full, matched prompt, random context words"
    apart = ["pruned, interpolating", "token-balanced, interpolating"]
    assert rows(figure) == ["pruned", "token-balanced", "ERM, reweighted", words, *apart]
    assert "unseen concepts" in caption


def drawn(figure: Figure, name: str) -> list[np.ndarray]:
    """Points (x, y) of the lines of a row, y counted from the row."""
    row = rows(figure).index(name)
    points = [np.array(line.get_xydata(), dtype=float) - [0, row] for line in figure.axes[0].lines]
    return [own for own in points if len(own) and np.abs(own[:, 1]).max() < 0.3 and own[0, 0] > 0]


def test_dots_are_means_over_seeds_and_splits(reading: Reading) -> None:
    figure, _ = recipe_accuracy.draw(reading)
    dots = [own[0] for own in drawn(figure, "token-balanced") if len(own) == 1]
    np.testing.assert_allclose(dots, [[0.75, -0.2], [0.77, 0.0], [0.79, 0.2]], atol=1e-12)


def test_lines_are_the_middle_of_the_splits(reading: Reading) -> None:
    figure, _ = recipe_accuracy.draw(reading)
    lines = [own[:, 0] for own in drawn(figure, "token-balanced") if len(own) == 2]
    np.testing.assert_allclose(lines[0], np.quantile([0.69, 0.71, 0.79, 0.81], [0.1, 0.9]))


def test_without_recipes_there_is_nothing_to_draw(reading: Reading) -> None:
    with pytest.raises(NothingToDraw, match="recipe and splits"):
        recipe_accuracy.draw(dataclasses.replace(reading, records=()))
