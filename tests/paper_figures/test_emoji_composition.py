"""The figure of real pairs: a row a quantity, a mark a way of training, the margins beside the pictures."""

import base64
import io
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

from experiments.cells import plan, run_cell
from experiments.records import open_records
from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from paper_figures import emoji_composition
from paper_figures.reading import NothingToDraw, Reading, read_run
from paper_figures.style import house_style


def trained(setting: Setting, seed: int, context: Context) -> Evidence:
    """Scores that rise from way to way and from seed to seed."""
    ways = ("scratch", "plain", *setting["ways"])
    measured = {}
    for number, way in enumerate(ways):
        for operator in ("swap", "replace", "add"):
            measured[f"{operator}_{way}"] = 0.5 + 0.1 * number + 0.01 * seed
            measured[f"{operator}_{way}_new_vendor"] = 0.45 + 0.1 * number
        measured[f"class_{way}"] = 0.1
        if number > 1:
            measured[f"gain_swap_{way}"] = 0.1
    buffer = io.BytesIO()
    matplotlib.image.imsave(buffer, np.zeros((16, 16, 3)), format="png")
    sheet = {
        "png": base64.b64encode(buffer.getvalue()).decode(),
        "captions": [["a dog left of a cat", "a cat left of a dog"]],
        "scores": {way: [[[0.5, 0.25], [0.75, 0.125]]] for way in ways[1:]},
    }
    branches = {way: {"interval": {"swap": [0.4, 0.9]}} for way in ways}
    series = {"branches": branches if setting["recorded"] else None, "pairs_sheet": sheet}
    series["intervals"] = setting["intervals"]
    return Evidence(measured, {"swap_plain": (0.0, None)}, series=series)


def reading(
    folder: Path,
    *,
    seeds: int,
    recorded: bool = True,
    names: tuple[str, ...] = ("emoji.pairs",),
    intervals: dict[str, list[float]] | None = None,
) -> Reading:
    setting = {"ways": ("hard",), "recorded": recorded, "intervals": intervals or {}}
    claims = tuple(
        Claim(
            id=name,
            statement="Made up.",
            formula="a",
            source="own",
            form="extra",
            track="real",
            assumptions=(),
            check=trained,
            **every_preset(setting, seeds=seeds),
        )
        for name in names
    )
    with open_records(folder / "composition" / "quick-0a1b2c3d4e5f") as store:
        for cell in plan(claims, "quick", None):
            store.append(run_cell(cell, None, {"commit": "0123456789ab", "versions": {}, "platform": "Linux"}))
    return read_run("composition", None, folder)


def test_marks_stand_at_the_means_with_their_intervals(tmp_path: Path) -> None:
    with house_style():
        figure, _ = emoji_composition.draw(reading(tmp_path, seeds=1))
    left, right = figure.axes
    assert [label.get_text() for label in right.get_yticklabels()] == list(emoji_composition.ROWS)
    marks = [float(line.get_xdata()[0]) for line in right.get_lines() if line.get_marker() == "o"]
    assert marks[:3] == pytest.approx([0.5, 0.6, 0.7])  # SWAP: checkpoint, plain, hard
    assert marks[3] == pytest.approx(0.1)  # the gain, of hard alone
    bars = [line.get_xdata() for line in right.get_lines() if line.get_marker() == "None"]
    assert bars[0] == pytest.approx([0.4, 0.9])
    assert np.concatenate(bars[3:6]) == pytest.approx(
        [0.5, 0.5, 0.1, 0.1, 0, 0]
    )  # chance of SWAP; the gain, and that of none
    words = " ".join(text.get_text() for text in left.texts)
    assert "+0.25  -0.62" in words
    assert "2: a cat left of a dog" in words


def test_another_claim_adds_its_swap_below(tmp_path: Path) -> None:
    with house_style():
        figure, _ = emoji_composition.draw(reading(tmp_path, seeds=1, names=("emoji.pairs", "emoji.pairs.order_known")))
    right = figure.axes[1]
    assert [label.get_text() for label in right.get_yticklabels()][:3] == [
        "SWAP",
        "SWAP, order known",
        "SWAP, gain over plain",
    ]
    marks = [line for line in right.get_lines() if line.get_marker() == "o"]
    assert [float(line.get_xdata()[0]) for line in marks[3:6]] == pytest.approx([0.5, 0.6, 0.7])
    assert all(0.5 < float(line.get_ydata()[0]) < 1.5 for line in marks[3:6])
    bars = [line.get_xdata() for line in right.get_lines() if line.get_marker() == "None"]
    assert bars[4] == pytest.approx([0.4, 0.9])  # after three of SWAP and the tick at chance


def test_of_several_seeds_the_interval_is_over_seeds(tmp_path: Path) -> None:
    with house_style():
        figure, _ = emoji_composition.draw(reading(tmp_path, seeds=2))
    bars = [line.get_xdata() for line in figure.axes[1].get_lines() if line.get_marker() == "None"]
    assert np.mean(bars[0]) == pytest.approx(0.505)
    assert bars[0] != pytest.approx([0.4, 0.9])


def test_of_several_runs_the_interval_is_over_runs(tmp_path: Path) -> None:
    with house_style():
        figure, _ = emoji_composition.draw(reading(tmp_path, seeds=1, intervals={"swap_scratch": [0.3, 0.65]}))
    bars = [line.get_xdata() for line in figure.axes[1].get_lines() if line.get_marker() == "None"]
    assert bars[0] == pytest.approx([0.3, 0.65])


def test_without_its_series_nothing_is_drawn(tmp_path: Path) -> None:
    with pytest.raises(NothingToDraw, match="branches and pairs_sheet"):
        emoji_composition.draw(reading(tmp_path, seeds=1, recorded=False))
