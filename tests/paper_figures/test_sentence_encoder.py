"""The figure of what a pretrained sentence encoder notices, from records made up here."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from paper_figures import sentence_encoder
from paper_figures.reading import NothingToDraw, Reading


def row(median: float) -> dict[str, Any]:
    return {
        "mean": median,
        "quantiles": [median - 0.02, median - 0.01, median, median + 0.001, median + 0.002],
        "count": 7,
    }


def record(claim: str, series: dict[str, Any]) -> dict[str, Any]:
    return {"claim": claim, "setting": {"claim": claim}, "seed": 0, "evidence": {"series": series}}


def sensitive(captions: str) -> dict[str, Any]:
    return record(
        f"sensitivity of {captions}",
        {
            "captions": captions,
            "cosines": {"add": row(0.92), "replace": row(0.84), "swap": row(0.97)},
            "paraphrases": {"synonym": row(0.96)},
            "other_captions": row(0.2),
        },
    )


def reading(*records: dict[str, Any]) -> Reading:
    return Reading("composition", "quick", Path("records.jsonl"), len(records), records)


def test_a_panel_a_set_of_captions_and_one_of_steps() -> None:
    curve = {"captions": 3, "mean": [1.0, 0.9, 0.8], "quartiles": [[1.0, 0.8, 0.7], [1.0, 0.9, 0.8], [1.0, 0.95, 0.9]]}
    steps = record("iteration", {"hardness_steps": [0, 1, 2], "hardness": {"swap": curve, "mixed": curve}})
    figure, caption = sentence_encoder.draw(reading(sensitive("emoji"), sensitive("definitions"), steps))
    assert [axes.get_title() for axes in figure.axes] == [
        "names of emoji",
        "definitions (WordNet)",
        "one step after another",
    ]
    emoji, _, iterated = figure.axes
    assert [label.get_text() for label in emoji.get_yticklabels()] == [
        f"{name} (7)" for name in ("synonym", "SWAP", "ADD", "REPLACE", "other caption")
    ]
    dots = [float(np.asarray(line.get_xdata())[0]) for line in emoji.get_lines() if len(line.get_xdata()) == 1]
    assert dots == pytest.approx([0.04, 0.03, 0.08, 0.16, 0.8])
    assert [list(line.get_ydata()) for line in iterated.get_lines()] == [[1.0, 0.9, 0.8]] * 2
    assert "1 - cosine" in caption


def test_without_its_series_nothing_is_drawn() -> None:
    with pytest.raises(NothingToDraw, match="hardness_steps"):
        sentence_encoder.draw(reading(record("other", {"steps": [1]})))
