"""What a policy is trained on: scenes, and public sets answered freely."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from realscale.reasoning.tasks import SceneSettings
from realscale.reasoning.trainer.data import Data, task_reward


@pytest.fixture
def geometry(tmp_path: Path) -> Path:
    """Inter-GPS's folders of the train split."""
    for name, answer in (("1", "B"), ("2", "D")):
        folder = tmp_path / "train" / name
        folder.mkdir(parents=True)
        record = {
            "problem_text": f"Find x in {name}.",
            "choices": ["3", "12", "15", "2 \\sqrt { 3 }"],
            "answer": answer,
        }
        (folder / "data.json").write_text(json.dumps(record))
        Image.new("RGB", (40, 30), "white").save(folder / "img_diagram.png")
    return tmp_path


@pytest.fixture
def mmk12(tmp_path: Path) -> Path:
    polars = pytest.importorskip("polars", reason="needs the extra: pip install 'token-scm[vocabulary]'")
    Image.new("RGB", (40, 30), "white").save(tmp_path / "drawn.png")
    image = {"bytes": (tmp_path / "drawn.png").read_bytes(), "path": None}
    columns = {"id": ["t1"], "question": ["What is half of 3?"], "answer": ["$\\frac{3}{2}$"], "subject": ["math"]}
    polars.DataFrame({**columns, "image": [image]}).write_parquet(tmp_path / "train-00000-of-00001.parquet")
    return tmp_path


def test_scenes_are_drawn_by_the_seed_and_verified_exactly() -> None:
    data = Data(count=20, scene=SceneSettings(kinds=("count",), objects=3))
    examples = list(data.examples(0))
    assert len(examples) == 20
    assert [one.question + one.answer for one in data.examples(0)] == [one.question + one.answer for one in examples]
    assert [one.question + one.answer for one in data.examples(1)] != [one.question + one.answer for one in examples]
    assert data.vocabulary is not None
    assert "3" in data.vocabulary.words
    reward = task_reward(data.answers_rightly)
    said = [[{"role": "assistant", "content": text}] for text in ("Two. Answer: 2", "Answer: 2.001", "2")]
    assert reward(completions=said, answer=["2"] * 3, environment=["beach"] * 3) == [1.0, 0.0, 0.0]


def test_public_sets_are_asked_and_answered_freely(geometry: Path) -> None:
    data = Data("geometry3k", geometry)
    examples = list(data.examples(0))
    assert [example.answer for example in examples] == ["12", "2 \\sqrt { 3 }"]
    assert all("(A)" not in example.question and example.image is not None for example in examples)
    assert len(list(Data("geometry3k", geometry, count=1).examples(0))) == 1
    assert data.vocabulary is None
    for text, right in {
        "Answer: 12": True,
        "So \\boxed{12}.": True,
        "Answer: 12.001": True,  # two decimals, as the set's own scorers have it
        "Answer: 13": False,
        "12": False,
        "": False,
    }.items():
        assert data.answers_rightly(text, "12") == right, text
    assert data.answers_rightly("Answer: $2\\sqrt{3}$", "2 \\sqrt { 3 }")


def test_mmk12_is_read_in_its_own_layout(mmk12: Path) -> None:
    data = Data("mmk12", mmk12)
    example = next(iter(data.examples(0)))
    assert example.question.startswith("What is half of 3?")
    assert data.answers_rightly("Answer: 1.5", example.answer)


@pytest.mark.parametrize("given", [lambda root: Data(root=root), lambda root: Data("mmk12")])
def test_a_folder_is_for_public_sets(given: Callable[[Path], Data], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected the folder of a public set, and none for scenes"):
        given(tmp_path).examples(0)
