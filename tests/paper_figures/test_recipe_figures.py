"""The figures of recipes under a spurious context, from records made up here."""

import base64
import dataclasses
import io
from collections.abc import Iterator

import matplotlib.image
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from experiments.cells import plan, run_cell
from experiments.records import open_records
from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from paper_figures import caption_pairs, recipe_accuracy, recipe_leakage, recipe_rows, reversed_confusion
from paper_figures.reading import NothingToDraw, Reading, read_run
from paper_figures.style import house_style

FACTS = {"commit": "0123456789ab", "versions": {"python": "3.11.7"}, "platform": "Linux-x86_64"}
PRUNED = {"id": 0.8, "uniform": 0.6, "reversed": 0.4, "context_in_code": 0.7, "context_in_scores": 0.65}
OTHER = {"id": 0.7, "uniform": 0.72, "reversed": 0.74, "context_in_code": 0.71, "context_in_scores": 0.3}
ERRORS = {"calibration_error_id": 0.05, "calibration_error_uniform": 0.1, "calibration_error_reversed": 0.2}
PULLED, READ = np.array([[0.2, 0.8], [0.7, 0.3]]), np.array([[0.9, 0.1], [0.05, 0.95]])


def recipes(setting: Setting, seed: int, context: Context) -> Evidence:
    """Two splits, .02 apart; the second seed is .1 better."""
    rows = {
        name: {key: [value + 0.1 * seed - 0.01, value + 0.1 * seed + 0.01] for key, value in (own | ERRORS).items()}
        for name, own in (("pruned", PRUNED), (setting["row"], OTHER))
    }
    buffer = io.BytesIO()
    matplotlib.image.imsave(buffer, np.zeros((8, 4, 3)), format="png")
    series = {
        "test_bed": setting["bed"],
        "regime": setting.get("regime", ""),
        "rows": rows,
        "confusion": {"pruned": PULLED.tolist(), setting["row"]: READ.tolist()},
        "predicted": {setting["row"]: {"id": 1.0, "uniform": 0.9, "reversed": 0.8}}
        if setting["bed"] == "rendered"
        else {},
        "caption_pairs": {
            "png": base64.b64encode(buffer.getvalue()).decode("ascii"),
            "full": ["a noto picture of a bus", "a fluent picture of a stop sign"],
            "pruned": ["a stop sign", "a bus"],
            "classes": ["place", "place"],
        },
    }
    return Evidence({"gain": 0.34}, {"gain": (0.1, None)}, series=series)


def claim(name: str, **setting: str) -> Claim:
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
    claim("one.interpolating", bed="pretrained", row="balanced", regime="interpolating"),
    claim("one.balanced", bed="pretrained", row="balanced"),
    claim("one.words", bed="pretrained", row="full_matched_random_words"),
    claim("two.rendered", bed="rendered", row="balanced"),
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


def labels(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


def lines(axes: Axes) -> list[tuple[str, np.ndarray]]:
    """Marker and points (x, y) of every line."""
    return [(str(line.get_marker()), np.array(line.get_xydata(), dtype=float)) for line in axes.lines]


def drawn(axes: Axes, row: int, marker: str = "o") -> list[float]:
    """Where the row's marks are, from left to right."""
    own = [xy[0] for kind, xy in lines(axes) if kind == marker and len(xy) == 1]
    return sorted(float(x) for x, y in own if abs(y - row) < 0.4)


def test_rows_are_named_and_special_training_comes_last(reading: Reading) -> None:
    figure, caption = recipe_accuracy.draw(reading)
    pretrained, rendered = figure.axes
    apart = ["pruned (interpolating)", "token-balanced (interpolating)"]
    words = "full, matched prompt (random context words)"
    assert labels(pretrained) == ["pruned", "token-balanced", *apart, words]
    assert labels(rendered) == ["pruned", "token-balanced"]
    assert pretrained.get_title(loc="left") == "Pretrained features"
    assert "unseen pictures" in caption


def test_dots_are_means_over_seeds_and_splits(reading: Reading) -> None:
    axes = recipe_accuracy.draw(reading)[0].axes[0]
    assert drawn(axes, 1) == pytest.approx([0.75, 0.77, 0.79])
    assert drawn(axes, 0) == pytest.approx([0.45, 0.65, 0.85])


def test_a_row_that_several_claims_measured_is_counted_once(reading: Reading) -> None:
    rows = recipe_rows.read_rows(reading)["pretrained"]
    assert len(rows.values["pruned"]["id"]) == 4
    reach = 3.182446 * np.std([0.69, 0.71, 0.79, 0.81], ddof=1) / 2  # the .975 quantile of Student's t, 3 degrees
    expected = [0.75 - reach, 0.75 + reach]
    drawn_lines = [xy[:, 0] for _, xy in lines(recipe_accuracy.draw(reading)[0].axes[0]) if len(xy) == 2]
    assert any(np.allclose(line, expected) for line in drawn_lines)


def test_predictions_are_crosses_where_there_are_any(reading: Reading) -> None:
    pretrained, rendered = recipe_accuracy.draw(reading)[0].axes
    assert drawn(rendered, 1, "x") == pytest.approx([0.8, 0.9, 1.0])
    assert drawn(pretrained, 1, "x") == []


def test_leakage_and_calibration_stand_beside_each_other(reading: Reading) -> None:
    axes = recipe_leakage.draw(reading)[0].axes
    left = next(one for one in axes if labels(one)[:2] == ["pruned", "token-balanced"])
    assert drawn(left, 1) == pytest.approx([0.35, 0.76])
    assert drawn(axes[axes.index(left) + 1], 0) == pytest.approx([0.1, 0.15, 0.25])


def test_confusions_are_of_the_usual_training_with_the_pull_outlined(reading: Reading) -> None:
    figure, _ = reversed_confusion.draw(reading)
    shown = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title(loc="left") for axes in shown] == ["pruned", "token-balanced"] * 2
    np.testing.assert_allclose(np.asarray(shown[0].images[0].get_array()), PULLED)
    corners = {patch.get_xy() for patch in shown[0].patches if isinstance(patch, Rectangle)}
    assert {(round(x), round(y)) for x, y in corners} == {(1, 0), (0, 1)}


def test_the_sheet_has_both_captions_of_each_picture(reading: Reading) -> None:
    figure, _ = caption_pairs.draw(reading)
    told = [text.get_text().replace("\n", " ") for text in figure.axes[0].texts]
    assert "a fluent picture of a stop sign" in told
    assert told.index("a stop sign") < told.index("a fluent picture of a stop sign")
    assert len(figure.axes[0].images) == 2


@pytest.mark.parametrize("module", [recipe_accuracy, recipe_leakage, reversed_confusion, caption_pairs])
def test_without_recipes_there_is_nothing_to_draw(reading: Reading, module) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NothingToDraw, match="no record has the series"):
        module.draw(dataclasses.replace(reading, records=()))
