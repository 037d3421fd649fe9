"""The figure of a style left out, from records made up here."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes

from experiments.cells import plan, run_cell
from experiments.records import open_records
from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from paper_figures import domain_bars
from paper_figures.reading import NothingToDraw, Reading, read_run
from paper_figures.style import house_style

FACTS = {"commit": "0123456789ab", "versions": {"python": "3.11.7"}, "platform": "Linux-x86_64"}
PRUNED = [[0.6, 0.4], [0.7, 0.3]]


def measured(setting: Setting, seed: int, context: Context) -> Evidence:
    """Two styles in two splits."""
    other = (np.array(PRUNED) + setting["more"]).tolist()
    names = {"balanced": other, "pruned": PRUNED} if "recipes" in setting else {"all": other, "left_out": PRUNED}
    return Evidence({"gap": 0.1}, {"gap": (None, 1.0)}, series={"styles": ["photo", "line art"], "by_style": names})


def claim(name: str, **setting: object) -> Claim:
    return Claim(
        id=name,
        statement="A statement.",
        formula="x",
        source="own",
        form="extra",
        track="real",
        assumptions=(),
        check=measured,
        **every_preset(setting),
    )


@pytest.fixture
def read(tmp_path: Path) -> Reading:
    claims = [
        claim("cost", components=64, more=0.2),
        claim("full size", components=None, more=0.05),
        claim("parts", components=64, domains="random", more=0.05),
        claim("balanced", recipes=["balanced"], more=0.1),
        claim("correlated", recipes=["balanced"], agreement=0.9, more=0.25),
    ]
    with open_records(tmp_path / "midtraining" / "quick-0a1b2c3d4e5f") as store:
        for cell in plan(claims, "quick", None):
            store.append(run_cell(cell, None, FACTS))
    return read_run("midtraining", None, tmp_path)


def heights(axes: Axes) -> list[float]:
    return sorted(bar.get_height() for bar in axes.patches if bar.get_height())


def test_bars_of_every_style_their_mean_and_their_worst(read: Reading) -> None:
    with house_style():
        figure, caption = domain_bars.draw(read)
    natural, correlated = figure.axes
    assert [label.get_text() for label in natural.get_xticklabels()] == ["photo", "line art", "mean", "worst"]
    pruned, every, balanced = [0.65, 0.35, 0.5, 0.35], [0.85, 0.55, 0.7, 0.55], [0.75, 0.45, 0.6, 0.45]
    assert heights(natural) == pytest.approx(sorted(pruned + every + balanced))
    assert heights(correlated) == pytest.approx(sorted([*pruned, 0.9, 0.6, 0.75, 0.6]))
    assert "from the least split to the greatest" in caption
    (mean,) = [line for line in correlated.lines if line.get_xdata()[0] == pytest.approx(2 - 0.08)]
    assert mean.get_ydata()[0] == pytest.approx(0.5), "the mean over styles is the same in both splits"


def test_the_figure_shows_styles_on_few_components_alone(read: Reading) -> None:
    assert [m.claim for m in read.measurements if domain_bars.shows(m)] == ["cost", "balanced", "correlated"]


def test_without_records_there_is_nothing_to_draw(read: Reading) -> None:
    parts = tuple(record for record in read.records if record["claim"] == "parts")
    with pytest.raises(NothingToDraw, match="by_style"):
        domain_bars.draw(Reading(read.experiment, read.preset, read.path, 1, parts))
