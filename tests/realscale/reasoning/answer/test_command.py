"""`python -m realscale.reasoning.answer`: completions that can be scored, gone on with, and measures in three laws."""

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("transformers", reason="needs the extra: pip install 'token-scm[realscale]'")

from realscale.reasoning.answer.__main__ import main
from realscale.reasoning.benchmarks.scoring import read_completions
from realscale.reasoning.tasks import Example, SceneSettings, chance, scene_examples, shortcut_accuracies
from scm.streams import stream

SMALL = ["--length", "6", "--batch", "2", "--cpu"]
SCENE = SceneSettings(size=28, kinds=("attribute", "count"))


@pytest.fixture
def asked(tmp_path: Path) -> Path:
    """Five prompts: with a picture, but for the second and the last."""
    scenes = scene_examples(SCENE, 5, rng=stream(0, "asked"))
    records: list[dict[str, Any]] = []
    for number, example in enumerate(scenes):
        path = tmp_path / f"{number}.png"
        assert example.image is not None
        example.image.save(path)
        image = None if number in (1, 4) else str(path)
        records.append({"id": f"q{number}", "prompt": example.question, "image": image, "options": []})
    out = tmp_path / "asked.jsonl"
    out.write_text("".join(json.dumps(record) + "\n" for record in records))
    return out


def prompts(policy: Path, asked: Path, out: Path, *others: str) -> int:
    return main(["prompts", str(policy), str(asked), str(out), *SMALL, *others])


def test_every_prompt_is_asked_with_its_picture(
    policy_folder: Path, asked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown(policy: Any, examples: list[Example], **others: Any) -> list[str]:
        return [f"{e.question} {e.image and e.image.tobytes().hex()}" for e in examples]

    monkeypatch.setattr("realscale.reasoning.answer.prompts.answered", shown)
    out = tmp_path / "new" / "answers.jsonl"
    assert prompts(policy_folder, asked, out) == 0
    scenes = scene_examples(SCENE, 5, rng=stream(0, "asked"))
    assert read_completions(out) == {
        f"q{k}": f"{e.question} {None if k in (1, 4) or e.image is None else e.image.tobytes().hex()}"
        for k, e in enumerate(scenes)
    }


def test_an_interrupted_file_is_gone_on_with_and_another_run_is_told(
    policy_folder: Path, asked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, drawn = tmp_path / "answers.jsonl", ("--temperature", "1.0", "--seed", "3")
    assert prompts(policy_folder, asked, out, *drawn) == 0
    whole = out.read_text()
    lines = whole.splitlines(keepends=True)
    out.write_text("".join(lines[:3]) + lines[3][:9])  # a batch and a half, and a torn line
    capsys.readouterr()
    assert prompts(policy_folder, asked, out, *drawn) == 0
    assert out.read_text() == whole
    said = capsys.readouterr()
    assert said.out == f"{out}\n"
    assert "answered 4/5" in said.err
    assert "3 completions written now" in said.err
    assert prompts(policy_folder, asked, out, *drawn) == 0
    assert "0 completions written now" in capsys.readouterr().err
    assert prompts(policy_folder, asked, out, "--temperature", "0.5", "--seed", "3") == 2
    assert "(temperature was 1.0 and is 0.5); expected the same ones" in capsys.readouterr().err
    assert out.read_text() == whole


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"id": "a", "image": None}, 'expected {"id": ..., "prompt": ..., "image": ...}'),
        ({"id": "a", "prompt": "What?", "image": "/no/picture.png"}, "its picture /no/picture.png cannot be read"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    record: dict[str, Any], message: str, policy_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = tmp_path / "asked.jsonl"
    asked.write_text(json.dumps(record))
    assert prompts(policy_folder, asked, tmp_path / "out.jsonl") == 2
    assert message in capsys.readouterr().err


def test_a_policy_that_is_not_there_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenes", str(tmp_path), "--cpu"]) == 1
    assert "there is no policy" in capsys.readouterr().err


def test_scenes_are_measured_in_each_law_beside_chance_and_shortcut(
    policy_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def shown(policy: Any, examples: list[Example], *, seed: int, **others: Any) -> list[str]:
        return [f"I see a purple star. Answer: {example.facts['shortcut']}" for example in examples]

    monkeypatch.setattr("realscale.reasoning.answer.scenes.answered", shown)
    told = ["--count", "40", "--scene.size", "28", "--scene.kinds", "attribute", "count", "--cpu", "--quiet"]
    rows = tmp_path / "rows.jsonl"
    assert main(["scenes", str(policy_folder), *told, "--json", "--completions", str(rows)]) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)["laws"]
    assert list(found) == ["id", "uniform", "reversed"]
    assert all(law["suggested"] == 1.0 and law["chance"] == chance(SCENE) for law in found.values())
    assert found["id"]["background_alone"] == shortcut_accuracies(SCENE)["train"]
    assert found["reversed"]["background_alone"] == shortcut_accuracies(SCENE)["reversed"]
    assert found["id"]["accuracy"] > 0.6 > 0.4 > found["reversed"]["accuracy"]
    assert found["id"]["hallucination"]["coverage"]["share"] == 1.0
    written = [json.loads(line) for line in rows.read_text().splitlines()]
    assert len(written) == 120
    assert sum(row["right"] for row in written if row["law"] == "id") == 40 * found["id"]["accuracy"]
    answers = [example.answer for example in scene_examples(SCENE, 40, rng=stream(0, "scenes", "id"), split="id")]
    assert [row["answer"] for row in written[:40]] == answers

    assert main(["scenes", str(policy_folder), *told, "--laws", "reversed"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("reversed: 40 scenes")
    assert "\nid:" not in printed
    assert f"accuracy                         {found['reversed']['accuracy']:.3f} [" in printed
    assert "background alone" in printed
    assert "coverage" in printed


def test_a_policy_answers_scenes_itself(policy_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = ["--count", "3", "--laws", "id", "--scene.size", "28"]
    assert main(["scenes", str(policy_folder), *SMALL, *told, "--json"]) == 0
    said = capsys.readouterr()
    assert "answered 3/3" in said.err
    assert json.loads(said.out)["sees"] is True
