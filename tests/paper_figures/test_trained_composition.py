"""The two figures of trained towers, from records of the composition experiment made up here."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from experiments.cells import plan, run_cell
from experiments.records import open_records
from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from paper_figures import operator_accuracy, trained_contrast
from paper_figures.catalogue import draw_all
from paper_figures.reading import NothingToDraw, Reading, read_run
from paper_figures.style import house_style

FACTS = {"commit": "0123456789ab", "versions": {"python": "3.11.7"}, "platform": "Linux-x86_64"}


def encoders(setting: Setting, seed: int, context: Context) -> Evidence:
    """A blind encoder of SWAP that replaces well; seeds differ in what edited scenes give."""
    scores = {
        "swap_objects": {"accuracy": 0.5, "altered": 0.5 + 0.1 * seed, "ties": 1.0},
        "add_extras": {"accuracy": 0.9, "altered": 0.1, "ties": 0.1},
    }
    exact = {"constructed g*": {"add_extras": {"accuracy": 1.0, "ties": 0.0}}}
    return Evidence({"swap": 0.5}, {"swap": (0.0, 1.0)}, series={"encoders": {**exact, setting["name"]: scores}})


def contrast(setting: Setting, seed: int, context: Context) -> Evidence:
    """A bag on its curve, or a transformer; distinct bags have no curve."""
    point = {"text": setting["text"], "share": 0.5, "excess": 0.26, "gap": 0.24, "swap": 0.5 + 0.4 * seed}
    if setting.get("batch"):
        point |= {"batch": setting["batch"], "bags": 10, "shares": [0.1, 0.5], "curve": [0.1, 0.24]}
    return Evidence({"swap": 0.5}, {"swap": (0.0, 1.0)}, series={"contrast": point})


def scales(setting: Setting, seed: int, context: Context) -> Evidence:
    """SWAP against the scale of the positions."""
    series = {"scale": [0.05, 1.0], "scale_swap": [0.6, 1.0], "scale_held_out": [0.5, 0.9]}
    return Evidence({"swap": 1.0}, {"swap": (0.0, 1.0)}, series=series)


def claim(name: str, check: object, *settings: Setting) -> Claim:
    return Claim(
        id=name,
        statement="A statement.",
        formula="x",
        source="own",
        form="extra",
        track="learned",
        assumptions=(),
        check=check,  # type: ignore[arg-type]
        **every_preset(*settings, seeds=2),
    )


CLAIMS = (
    claim("one.encoders", encoders, {"name": "bag"}),
    claim("two.contrast", contrast, {"text": "bag", "batch": 128}, {"text": "transformer", "batch": 16}),
    claim("three.apart", contrast, {"text": "transformer"}),
    claim("four.scales", scales, {}),
)


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    out = tmp_path_factory.mktemp("composition")
    with open_records(out / "composition" / "quick-0a1b2c3d4e5f") as store:
        for cell in plan(CLAIMS, "quick", None):
            store.append(run_cell(cell, None, FACTS))
    return read_run("composition", None, out)


@pytest.fixture(autouse=True)
def _in_house_style() -> Iterator[None]:
    with house_style():
        yield


def only(reading: Reading, *claims: str) -> Reading:
    return dataclasses.replace(reading, records=tuple(r for r in reading.records if r["claim"].startswith(claims)))


def bars(figure: Figure, panel: int) -> list[tuple[float, float, float]]:
    """Row, start and length of each bar that has a length."""
    patches = [patch for patch in figure.axes[panel].patches if isinstance(patch, Rectangle) and patch.get_width()]
    return [(round(p.get_y() + p.get_height() / 2, 6), round(p.get_x(), 6), round(p.get_width(), 6)) for p in patches]


def test_bars_are_what_is_right_and_half_of_the_ties(reading: Reading) -> None:
    figure, caption = operator_accuracy.draw(reading)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["SWAP\nof objects", "ADD\nan extra"]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["constructed g*", "bag"]
    assert bars(figure, 0) == [(1.0, 0.0, 0.5)]  # nothing right, all ties
    assert bars(figure, 1) == [(0.0, 0.0, 1.0), (1.0, 0.0, 0.85), (1.0, 0.85, 0.05)]
    rings = [line for line in figure.axes[0].lines if list(line.get_ydata()) == [1]]
    assert [line.get_xdata()[0] for line in rings] == [pytest.approx(0.55)]  # the mean of two seeds
    assert "half of the ties" in caption


def test_points_lie_where_their_records_say(reading: Reading) -> None:
    figure, caption = trained_contrast.draw(reading)
    excess, gap, scale = figure.axes
    curves = {tuple(line.get_xdata()): list(line.get_ydata()) for line in excess.lines if line.get_linestyle() == "-"}
    assert curves == {(0.1, 0.5): [0.1, 0.24]}
    labels = [text.get_text() for text in excess.get_legend().get_texts()]
    assert labels == ["batch of 128, exact", "batch of 16, exact", "bag", "transformer"]
    points = [line for line in excess.lines if line.get_linestyle() == "None" and len(line.get_xdata())]
    assert [list(line.get_ydata()) for line in points] == [[0.26, 0.26], [0.26, 0.26]]
    (swap,) = (line for line in gap.lines if line.get_linestyle() == "None")
    np.testing.assert_allclose(swap.get_xydata(), [[0.24, 0.5], [0.24, 0.9]] * 2)
    drawn = [list(line.get_ydata()) for line in scale.lines if line.get_linestyle() == "-"]
    assert drawn == [[0.6, 1.0], [0.5, 0.9]] * 2
    assert "dashed: chance" in caption


def test_what_is_missing_is_said_and_the_rest_is_drawn(reading: Reading) -> None:
    with pytest.raises(NothingToDraw, match="the series encoders"):
        operator_accuracy.draw(only(reading, "two", "three", "four"))
    with pytest.raises(NothingToDraw, match="the series contrast"):
        trained_contrast.draw(only(reading, "one"))
    assert len(trained_contrast.draw(only(reading, "four"))[0].axes) == 1
    assert len(trained_contrast.draw(only(reading, "three"))[0].axes) == 1


def test_the_catalogue_points_claims_to_both(reading: Reading) -> None:
    pictures, missing = draw_all(reading)
    shown = {picture.name: picture.claims for picture in pictures}
    assert shown["operator_accuracy"] == ("one.encoders",)
    assert shown["trained_contrast"] == ("two.contrast", "three.apart", "four.scales")
    assert "blind_excess" in missing
