"""`make` writes examples with their latents and law, `sheet` a picture, `law` exact numbers."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from realscale.reasoning.tasks import SceneSettings, scene_examples, scene_laws
from realscale.reasoning.tasks.__main__ import main
from scm.streams import stream

SMALL = ["--scene.size", "28", "--scene.kinds", "attribute", "relation"]
TASK = SceneSettings(size=28, kinds=("attribute", "relation"))


def test_make_writes_what_the_library_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new"
    command = ["make", str(out), "--count", "5", "--split", "reversed", "--seed", "3", *SMALL]
    assert main(command) == 0
    assert capsys.readouterr().out.strip() == str(out / "examples.jsonl")
    rows = [json.loads(line) for line in (out / "examples.jsonl").read_text().splitlines()]
    examples = scene_examples(TASK, 5, rng=stream(3, "scenes", "reversed"), split="reversed")
    for row, example in zip(rows, examples, strict=True):
        assert row["facts"] == example.facts
        assert (row["question"], row["answer"], row["solution"]) == (example.question, example.answer, example.solution)
        np.testing.assert_array_equal(np.asarray(Image.open(out / row["image"])), np.asarray(example.image))
    law = json.loads((out / "law.json").read_text())
    np.testing.assert_allclose(law["probability"]["reversed"], scene_laws(TASK).laws["reversed"].table)
    assert law["chance"]["all"] == 0.25
    assert main(command) == 2
    assert "expected a new folder" in capsys.readouterr().err


def test_a_sheet_has_a_row_a_kind(tmp_path: Path) -> None:
    assert main(["sheet", str(tmp_path / "sheet.png"), "--columns", "3", *SMALL]) == 0
    sheet = np.asarray(Image.open(tmp_path / "sheet.png"))
    assert sheet.shape[1] == 3 * 188
    assert 2 * 188 < sheet.shape[0] < 2 * 320


def test_law_says_what_the_background_alone_reaches(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["law", *SMALL]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["background_alone"]["train"]["all"] == pytest.approx(0.9)
    with pytest.raises(SystemExit):
        main(["law", "--scene.shapes", "1"])
    assert "to confound" in capsys.readouterr().err
