"""The figure of what blindness to order costs, from records of the composition experiment."""

from pathlib import Path

import numpy as np
import pytest

from experiments.command import main
from experiments.composition import EXPERIMENT
from paper_figures import blind_excess
from paper_figures.reading import NothingToDraw, Reading, read_run


def recorded(folder: Path, *claims: str) -> Reading:
    assert main(EXPERIMENT, ["--claims", *claims, "--jobs", "1", "--out", str(folder)]) == 0
    return read_run("composition", None, folder)


def test_a_panel_a_law_with_a_line_a_batch_below_the_limit(tmp_path: Path) -> None:
    reading = recorded(tmp_path, "composition.contrasting_share", "iteration.balls")
    figure, _ = blind_excess.draw(reading)
    assert [axes.get_title() for axes in figure.axes] == [
        "10 bags of words",
        "1000 bags of words",
        "iterated operators",
    ]
    for axes in figure.axes[:2]:
        *batches, limit = [np.asarray(line.get_ydata(), float) for line in axes.get_lines()]
        assert len(batches) == 4
        assert all((batch <= limit).all() for batch in batches)
    for line in figure.axes[2].get_lines():
        assert (np.diff(np.asarray(line.get_ydata(), float)) <= 0).all()


def test_without_its_series_nothing_is_drawn(tmp_path: Path) -> None:
    with pytest.raises(NothingToDraw, match="share, batch, gap and limit"):
        blind_excess.draw(recorded(tmp_path, "prop11.constant_gap"))
