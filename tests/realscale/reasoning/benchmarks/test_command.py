"""The command: what it prints, writes and returns; 0 all went well, 1 something was found, 2 bad input."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from PIL import Image

from realscale.reasoning.benchmarks import BENCHMARKS, read
from realscale.reasoning.benchmarks.__main__ import UNACCEPTED, Name, main
from realscale.reasoning.benchmarks.scoring import answered_rightly

Captured = pytest.CaptureFixture[str]
Predictions = Callable[..., str]


@pytest.fixture
def predictions(tmp_path: Path) -> Predictions:
    """predictions({id: completion}): a file of completions."""

    def write(completions: dict[str, Any]) -> str:
        path = tmp_path / "predictions.jsonl"
        path.write_text("\n".join(json.dumps({"id": id, "completion": text}) for id, text in completions.items()))
        return str(path)

    return write


def test_list_names_every_benchmark_and_what_others_report(capsys: Captured) -> None:
    assert set(get_args(Name)) == set(BENCHMARKS)
    assert main(["list", "--json"]) == 0
    listing = json.loads(capsys.readouterr().out)
    assert list(listing) == list(BENCHMARKS)
    assert {entry["ours"] for entry in listing.values()} == {"not run"}
    assert all(row["source"] and 0 < row["figure"] < 1 for entry in listing.values() for row in entry["reported"])
    for name in ("mmk12", "mathverse", "mathvista", "hallusionbench"):
        assert "rule-based, not the official LLM judge" in listing[name]["differs"]
    assert main(["list"]) == 0
    assert "  reported  0.609 Qwen2-VL-7B, by open-r1-multimodal (testmini)\n" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["mathvista", "mathvision", "mathverse", "hallusionbench", "mmk12"])
def test_check_finds_nothing_in_a_whole_set(name: str, request: pytest.FixtureRequest, capsys: Captured) -> None:
    root = str(request.getfixturevalue(name))
    assert main(["check", name, root]) == 0
    assert capsys.readouterr().out.endswith("with a picture\nnothing is wrong with it\n")
    assert main(["check", name, root, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["whole"] is True


def test_check_finds_pictures_and_answers_that_nobody_can_give(mathvista: Path, capsys: Captured) -> None:
    document = json.loads((mathvista / "testmini.json").read_text())
    document["4"]["answer"] = "1.50"  # a float of one decimal is written 1.5
    (mathvista / "testmini.json").write_text(json.dumps(document))
    (mathvista / "images/2.jpg").write_bytes((mathvista / "images/2.jpg").read_bytes()[:-30])
    assert main(["check", "mathvista", str(mathvista), "--json"]) == 1
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert findings == {
        "picture: corrupt image": {"count": 1, "first": ["2"]},
        UNACCEPTED: {"count": 1, "first": ["4"]},
    }


def test_prompts_are_answered_by_id_by_any_model(mathverse: Path, tmp_path: Path, capsys: Captured) -> None:
    out = tmp_path / "asked" / "prompts.jsonl"
    assert main(["prompts", "mathverse", str(mathverse), "--out", str(out)]) == 0
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert [record["id"] for record in records] == [entry.name for entry in read("mathverse", mathverse).problems]
    assert records[0]["prompt"].endswith('"Answer: X", where X is the letter of the right option.')
    assert records[0]["options"] == ["30", "50"]
    with Image.open(records[0]["image"]) as image:
        assert image.size == (12, 8)
    assert records[-1]["image"] is None
    assert capsys.readouterr().out == f"{out}: 11 of 11 problems\n"


def test_pictures_of_tables_are_written_beside_the_prompts(geometry_table: Path, tmp_path: Path) -> None:
    out = tmp_path / "prompts.jsonl"
    assert main(["prompts", "geometry3k", str(geometry_table), "--out", str(out), "--free-response"]) == 0
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert [Path(record["image"]).name for record in records] == ["0.png", "1.png"]
    assert Path(records[1]["image"]).parent == tmp_path / "prompts.jsonl.pictures"
    with Image.open(records[1]["image"]) as image:
        assert image.getpixel((0, 0)) == (200, 30, 30)
    assert records[0]["options"] == []


def test_prompts_leave_out_what_cannot_be_shown_and_say_so(mathvista: Path, tmp_path: Path, capsys: Captured) -> None:
    (mathvista / "images/3.jpg").unlink()
    out = tmp_path / "prompts.jsonl"
    assert main(["prompts", "mathvista", str(mathvista), "--out", str(out)]) == 1
    said = capsys.readouterr()
    assert said.out == f"{out}: 4 of 5 problems\n"
    assert said.err == "1 x picture: absent file: 3 (images/3.jpg)\n"
    assert len(out.read_text().splitlines()) == 4


def test_score_stands_beside_a_constant_and_chance(mmk12: Path, predictions: Predictions, capsys: Captured) -> None:
    path = predictions({"u1": "Answer: B", "u2": "I take (A)", "u3": None, "u9": "Answer: A"})
    assert main(["score", "mmk12", str(mmk12), path, "--json"]) == 1  # one has no answer, one id is unknown
    document = json.loads(capsys.readouterr().out)
    assert document["score"]["figures"]["accuracy"]["accuracy"] == pytest.approx(1 / 3)
    assert document["score"]["answered"]["accuracy"] == 1 / 2
    assert (document["score"]["unanswered"], document["score"]["unknown"]) == (1, ["u9"])
    assert document["score"]["how"] == {"stated": 1, "loose letter": 1}
    assert document["constant"]["answers"] == {"choice": "B"}
    assert document["constant"]["figures"]["accuracy"]["accuracy"] == pytest.approx(1 / 3)
    assert document["chance"] == pytest.approx(5 / 12)
    assert document["differs"] == "rule-based, not the official LLM judge"
    assert main(["score", "mmk12", str(mmk12), path]) == 1
    printed = capsys.readouterr().out
    assert "scorer: rule-based, not the official LLM judge\nunanswered 1 (wrong), ids of no problem 1\n" in printed
    assert "completions without one answer 0 (wrong, counted as unanswered)\n" in printed
    assert "found by: stated 1 (1 right), loose letter 1 (0 right)\n" in printed
    assert "accuracy                     0.3333 [0.0615, 0.7923] n 3  most frequent answer 0.3333 [" in printed
    assert "chance among the options, exactly: 0.4167\n" in printed


def test_verdicts_say_of_each_problem_what_was_taken_for_its_answer(
    mathvista: Path, tmp_path: Path, predictions: Predictions, capsys: Captured
) -> None:
    path = predictions({"1": "Answer: 4 cmm", "2": "Answer: B or C", "3": "so .4 cm^2", "4": "It is 1 1/2 m"})
    out = tmp_path / "made" / "verdicts.jsonl"
    assert main(["score", "mathvista", str(mathvista), path, "--verdicts", str(out)]) == 1
    assert [json.loads(line) for line in out.read_text().splitlines()] == [
        {"id": "1", "given": "4 cm", "how": "nearest option", "right": True},
        {"id": "2", "given": None, "how": "several answers", "right": False},
        {"id": "3", "given": "0", "how": "last number", "right": False},
        {"id": "4", "given": "1.5", "how": "last number", "right": True},
        {"id": "5", "given": None, "how": "unanswered", "right": False},
    ]
    printed = capsys.readouterr().out
    assert "unanswered 1 (wrong), ids of no problem 0\ncompletions without one answer 1 (wrong" in printed
    assert "nearest option 1 (1 right)" in printed
    assert "of the answered alone        0.6667 [" in printed
    assert main(["score", "mathvista", str(mathvista), path, "--json"]) == 1
    document = json.loads(capsys.readouterr().out)["score"]
    assert document["points"] == {"last number": 1, "nearest option": 1, "several answers": 0}
    assert "verdicts" not in document
    assert main(["score", "mathvista", str(mathvista), path, "--verdicts", path]) == 2
    assert "expected a file of its own" in capsys.readouterr().err
    assert len(Path(path).read_text().splitlines()) == 4


def test_score_of_all_answers_is_a_success(hallusionbench: Path, predictions: Predictions, capsys: Captured) -> None:
    path = predictions(answered_rightly(read("hallusionbench", hallusionbench)))
    assert main(["score", "hallusionbench", str(hallusionbench), path]) == 0
    printed = capsys.readouterr().out
    assert "fAcc VS                      1.0000 [" in printed
    assert "most frequent answer, chosen on this very file and blind to pictures: yes/no: no\n" in printed


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ('{"id": "u1"}', "line 1: {'id': 'u1'}; expected {"),
        ('{"id": ["u1"], "completion": "B"}', "line 1: {'id': ['u1'], 'completion': 'B'}; expected {"),
        ('{"id": "u1", "completion": 3}', "line 1: {'id': 'u1', 'completion': 3}; expected {"),
        ("[]", "record 1: [] is no object"),
        ('{"id": "u1", "completion": "A"}\n{"id": "u1", "completion": "B"}', "line 2: id 'u1' comes twice"),
        ('{"id": "1", "completion": "A"}', "none of the 1 ids is one of mmk12"),
    ],
)
def test_completions_that_are_not_so_are_bad_input(mmk12: Path, line: str, text: str, capsys: Captured) -> None:
    path = mmk12 / "predictions.jsonl"
    path.write_text(line)
    assert main(["score", "mmk12", str(mmk12), str(path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert text in said.err


def test_bad_input_ends_with_2(mathvista: Path, tmp_path: Path, capsys: Captured) -> None:
    assert main(["check", "mathvista", str(tmp_path / "nowhere")]) == 2
    assert main(["check", "mathvista", str(mathvista), "--split", "test"]) == 2
    out = str(tmp_path / "out.jsonl")
    assert main(["prompts", "mathvista", str(mathvista), "--out", out, "--free-response"]) == 2
    assert "--free-response of mathvista: expected geometry3k" in capsys.readouterr().err


def test_reading_and_scoring_load_no_learning_stack() -> None:
    code = (
        "import sys, realscale.reasoning.benchmarks.__main__\n"
        "print(sorted({'torch', 'transformers', 'trl', 'datasets', 'polars'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ran.stdout == "[]\n", ran.stderr
