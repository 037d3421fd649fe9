"""Text, image and group score from the scores of two items a record, and what the command prints of them."""

import json
from pathlib import Path

import numpy as np
import pytest

from realscale.composition.__main__ import main
from realscale.composition.scoring import Scores, random_draw
from realscale.composition.winoground import winoground, winoground_shares


def scores_of(*records: tuple[float, float, float, float]) -> Scores:
    """Of each record picture 0 with captions 0 and 1, then picture 1 with captions 0 and 1."""
    return [item for a, b, c, d in records for item in ((a, np.array([b])), (d, np.array([c])))]


def test_pictures_and_captions_are_compared_as_the_authors_do(winoground_data: Path) -> None:
    benchmark = winoground(winoground_data, winoground_data / "images")
    scores = scores_of((0.9, 0.1, 0.2, 0.8), (0.5, 0.4, 0.8, 0.9), (0.5, 0.6, 0.4, 0.7))
    shares = winoground_shares(benchmark, scores)
    assert shares["Object"] == {"text": 1, "image": 0.5, "group": 0.5}  # of the second, picture 1 fits caption 0 better
    assert shares["Both"] == {"text": 0, "image": 1, "group": 0}
    assert shares["all"] == pytest.approx({"text": 2 / 3, "image": 2 / 3, "group": 1 / 3})
    assert list(shares) == ["Both", "Object", "all"]
    assert winoground_shares(benchmark, scores, official_ties=True) == shares


@pytest.mark.parametrize("tolerance", [0.0, 1e-6])
def test_ties_are_guesses_or_by_the_authors_rule_lost(winoground_data: Path, tolerance: float) -> None:
    benchmark = winoground(winoground_data, winoground_data / "images")
    scores = scores_of(*[(0.5, 0.5 + tolerance / 2, 0.5, 0.5)] * 3)
    shares = winoground_shares(benchmark, scores, tolerance=tolerance)
    assert shares["all"] == pytest.approx({"text": 1 / 4, "image": 1 / 4, "group": 1 / 6})
    lost = winoground_shares(benchmark, scores, official_ties=True, tolerance=tolerance)
    assert lost["all"] == {"text": 0, "image": 0, "group": 0}


def test_the_command_prints_the_three_scores(winoground_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "winoground", str(winoground_data), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    draw = random_draw(winoground(winoground_data, winoground_data / "images"), seed=0)
    expected = winoground_shares(winoground(winoground_data, winoground_data / "images"), draw)
    assert document["scores"]["random (seed 0)"]["winoground"] == expected
    assert document["scores"]["random (seed 0)"]["official"] is None
    assert [document["chance"][figure] for figure in ("text", "image", "group")] == [1 / 4, 1 / 4, 1 / 6]
    assert main(["score", "winoground", str(winoground_data)]) == 0
    printed = capsys.readouterr().out
    assert "official not defined (rule: text, image and group score)" in printed
    assert "group 0." in printed
    assert "chance, exactly: macro 0.5000, micro 0.5000, text 0.2500, image 0.2500, group 0.1667\n" in printed


def test_every_pair_exchanges_two_concepts(winoground_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("textblob", reason="needs the extra: pip install 'token-scm[negatives]'")
    assert main(["coverage", "winoground", str(winoground_data)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split()[:3] == ["all", "0.0000", "1.0000"]
