"""The command: one record a model and set, tables from the records, errors by exit code; on folders made here."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from realscale.data.cache import ENVIRONMENT_VARIABLE
from realscale.evaluate import main
from realscale.evaluation import session as session_module
from realscale.evaluation.models import Evaluated, evaluated
from realscale.evaluation.record import Record, named, read_record
from realscale.evaluation.tables import UNKNOWN, as_markdown, read_records, tables

pytestmark = pytest.mark.filterwarnings("ignore")  # open_clip's own, of its dependencies


@pytest.fixture
def pacs(tmp_path: Path) -> Path:
    """Four classes of twelve pictures in two domains, in the layout of DomainBed."""
    rng, root = np.random.default_rng(0), tmp_path / "PACS"
    for domain in ("photo", "art_painting"):
        for number, name in enumerate(("dog", "guitar", "house", "person")):
            folder = root / domain / name
            folder.mkdir(parents=True)
            for k in range(12):
                picture = rng.integers(0, 60, size=(20, 16, 3), dtype=np.uint8)
                picture[:, :, number % 3] += 60 * (1 + number // 3)
                Image.fromarray(picture).save(folder / f"{k}.png")
    return root


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def _record(out: Path) -> dict[str, Any]:
    (path,) = out.glob("*.json")
    return read_record(path)


def test_every_evaluation_ends_in_one_record_and_a_table(
    architecture: str, pacs: Path, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = ["--architecture", architecture, "--out", str(out), "--data", str(pacs), "--layout", "domainbed"]
    assert main(["all", *target, "--device", "cpu"]) == 0
    printed = capsys.readouterr()
    assert "weights: random" in printed.err
    assert "codes of PACS 96/96" in printed.err
    record = _record(out)
    assert Path(printed.out.strip()) == next(iter(out.glob("*.json")))
    sections = {name.rpartition(" ")[0] or name: section for name, section in record["sections"].items()}
    assert set(sections) == {
        *("zero_shot class", "zero_shot matched", "zero_shot ensemble", "probe", "retrieval", "leakage", "calibration")
    }
    assert (record["model"]["weights"], record["model"]["device"]) == ("random", "cpu")
    assert record["set"]["contexts"] == {"art painting": 48, "photo": 48}
    assert record["set"]["part"] == "full set"
    assert sections["zero_shot matched"]["prompts"]["art painting"] == "an art painting of a {}"
    quick = ["--methods", "coop", "kgcoop", "--seeds", "2", "--shots", "2", "--epochs", "2", "--left-out"]
    assert main(["prompt-tuning", *target, *quick]) == 0
    assert "kgcoop, seed 1: epoch 2/2" in capsys.readouterr().err
    (tuned,) = (
        section["base_to_new"]
        for name, section in _record(out)["sections"].items()
        if name.startswith("prompt_tuning kgcoop")
    )
    assert tuned["classes"] == [2, 2]
    assert [run["n_shots"] for run in tuned["runs"]] == [4, 4]
    assert tuned["base"]["mean"] == pytest.approx(np.mean([run["base"]["accuracy"] for run in tuned["runs"]]))
    capsys.readouterr()
    assert main(["table", str(out), "--markdown", str(tmp_path / "tables.md")]) == 0
    written = (tmp_path / "tables.md").read_text()
    assert capsys.readouterr().out == written
    for title in (
        "Zero-shot accuracy, %",
        "beside the paper's Table 1",
        "Linear probe",
        "Context in",
        "Retrieval",
        "base to new",
        "a context left out, %",
    ):
        assert title in written


def test_a_finished_method_is_not_tuned_again(
    architecture: str, pacs: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["prompt-tuning", "--architecture", architecture, "--out", str(out), "--data", str(pacs)]
    command += ["--layout", "domainbed", "--methods", "coop", "--seeds", "1", "--shots", "1", "--epochs", "1"]
    assert main(command) == 0
    monkeypatch.setattr("realscale.evaluate.base_to_new", None)
    assert main(command) == 0


def test_benchmarks_have_records_of_their_own_and_need_no_set(
    architecture: str, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path / "empty"))
    (tmp_path / "images").mkdir()
    Image.new("RGB", (20, 16)).save(tmp_path / "images" / "7.png")
    item = {"filename": "7.png", "caption": "a dog on a sofa", "negative_caption": "a sofa on a dog"}
    for name in ("add_att", "add_obj", "replace_att", "replace_obj", "replace_rel", "swap_att", "swap_obj"):
        (tmp_path / f"{name}.json").write_text(json.dumps({"0": item}))
    (tmp_path / "split.json").write_text(json.dumps([{"image": "images/7.png", "caption": ["a dog", "a sofa"]}]))
    target = ["--architecture", architecture, "--out", str(out)]
    assert main(["composition", *target, "--benchmark", "sugarcrepe", "--root", str(tmp_path)]) == 0
    assert main(["retrieval", *target, "--captions", str(tmp_path / "split.json")]) == 0
    records = {record["set"]["name"]: record for record in read_records([out])}
    assert set(records) == {"sugarcrepe", "split"}
    assert (
        records["sugarcrepe"]["set"]["n"]
        == records["sugarcrepe"]["sections"]["composition sugarcrepe"]["micro"]["items"]
    )
    titles = [table.title for table in tables(list(records.values()))]
    assert [title.split(",")[0].split(":")[0] for title in titles] == ["Retrieval", "Composition"]


def test_weights_of_which_nobody_knows_the_activation_are_refused_until_it_is_said(
    architecture: str, model: Evaluated, pacs: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = out.with_name("weights.pt")
    torch.save(model.model.clip.state_dict(), path)
    command = ["zero-shot", "--architecture", architecture, "--out", str(out), "--pretrained", str(path)]
    command += ["--data", str(pacs), "--layout", "domainbed", "--device", "cpu"]
    assert main(command) == 2
    assert "nothing says whether the weights" in capsys.readouterr().err
    assert main([*command, "--activation", "quickgelu"]) == 2
    assert "trained with QuickGELU and the architecture" in capsys.readouterr().err
    assert main([*command, "--activation", "gelu"]) == 0
    assert _record(out)["model"]["sha256"] == model.fingerprint


def test_another_template_stands_beside_the_first(
    architecture: str, pacs: Path, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "templates.txt").write_text("a photo of a {}\nmany {}\n")
    command = ["zero-shot", "--architecture", architecture, "--out", str(out), "--data", str(pacs)]
    command += ["--layout", "domainbed", "--device", "cpu"]
    assert main([*command, "--templates", str(tmp_path / "templates.txt")]) == 0
    for template in ("a drawing of a {}", "a photo of a {}"):
        assert main([*command, "--template", template]) == 0
    first = tables(read_records([out]))[0]
    rows = [dict(zip(first.header, row, strict=True)) for row in first.rows]
    assert [(row["prompt"], row["template"].partition(" and ")[0]) for row in rows] == [
        ("class", "a photo of a {}"),
        ("matched", "an art painting of a {}"),
        ("ensemble", "an art painting of a {}"),
        ("templates", "a photo of a {}"),
        ("class", "a drawing of a {}"),
    ]
    assert [row["template"].split(", ")[-1] == row["template"] for row in rows] == [True, False, False, False, True]
    assert {row["chance"] for row in rows} == {"25.0"}
    assert any("of the minimum over contexts" in note for note in first.notes)


def test_a_part_is_stated(architecture: str, pacs: Path, out: Path) -> None:
    target = ["--architecture", architecture, "--out", str(out), "--data", str(pacs), "--layout", "domainbed"]
    assert main(["zero-shot", *target, "--limit", "16", "--seed", "3"]) == 0
    about = _record(out)["set"]
    assert (about["n"], about["whole"], about["part_seed"]) == (16, 96, 3)
    assert about["part"] == "stratified over class and context"


def test_bad_input_is_told_from_what_is_missing(
    architecture: str, pacs: Path, out: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    target = ["--architecture", architecture, "--out", str(out)]
    for arguments, said in (
        (["--data", str(pacs)], "expected --layout beside it"),
        (["--data", str(pacs / "photo"), "--layout", "domainbed"], "no image"),
        (["--data", "nothing"], "no real set is named 'nothing'"),
        (["--data", str(pacs), "--layout", "domainbed", "--template", "a photo"], "expected exactly one {}"),
    ):
        assert main(["zero-shot", *target, *arguments]) == 2
        assert said in capsys.readouterr().err
    assert main(["table", str(out)]) == 2
    assert main(["composition", *target, "--benchmark", "valse"]) == 2
    capsys.readouterr()
    folder = ["--data", str(pacs), "--layout", "domainbed"]
    (pacs / "file").write_text("no folder")
    assert main(["zero-shot", "--architecture", architecture, "--out", str(pacs / "file" / "out"), *folder]) == 2
    told = capsys.readouterr().err
    assert "cannot make the folder" in told
    assert "codes of" not in told
    (out / "templates.txt").write_bytes(b"\xff {}")
    assert main(["zero-shot", *target, *folder, "--templates", str(out / "templates.txt")]) == 2
    assert "templates.txt cannot be read" in capsys.readouterr().err
    assert main(["prompt-tuning", *target, *folder, "--seeds", "0"]) == 2
    assert "seeds is 0; expected at least 1" in capsys.readouterr().err
    for domain in ("photo", "art_painting"):
        shutil.rmtree(pacs / domain / "house")
    assert main(["prompt-tuning", *target, *folder, "--methods", "coop", "--seeds", "1"]) == 2
    assert "has 3 classes; expected 4 at least" in capsys.readouterr().err

    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(out))
    assert main(["zero-shot", *target]) == 1
    assert "python -m realscale.data fetch emoji" in capsys.readouterr().err

    def interrupted(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(session_module, "open_set", interrupted)
    assert main(["zero-shot", *target]) == 130


def test_a_record_keeps_the_sections_that_are_there(model: Evaluated, tmp_path: Path) -> None:
    about = {"name": "toy", "fingerprint": "0" * 64}
    Record(tmp_path, model, about).write("one", {"value": 1})
    again = Record(tmp_path, model, about)
    again.write("two", {"value": 2})
    document = json.loads(again.path.read_text())
    assert {name: section["value"] for name, section in document["sections"].items()} == {"one": 1, "two": 2}
    assert "torch" in document["sections"]["two"]["versions"]
    assert again.holds("one")
    assert not again.holds("three")
    assert named("one", {"shots": 4, "seeds": [0]}) == named("one", {"seeds": [0], "shots": 4})
    assert named("one", {"shots": 4}) != named("one", {"shots": 8})
    assert document["warning"].startswith("random weights")
    again.path.write_text("{")
    with pytest.raises(ValueError, match="is no record of an evaluation"):
        read_records([tmp_path])


def _zero_shot_record(name: str, accuracy: float) -> dict[str, Any]:
    entry = {"accuracy": accuracy, "interval": [accuracy - 0.01, accuracy + 0.01]}
    figures = {"mean": entry, "worst": entry, "balanced": entry, "contexts": {"sketch": entry}}
    kind = {**figures, "worst_context": "sketch", "kind": "class", "prompts": ["a photo of a {}"], "chance": 1 / 7}
    return {
        "model": {"architecture": "ViT-B-16", "pretrained": "mid.safetensors", "sha256": "ab" * 32},
        "set": {"name": name, "n": 100, "whole": 100, "part_seed": None},
        "sections": {"zero_shot class 0": kind},
    }


def test_what_the_paper_prints_stands_apart_and_what_it_does_not_say_is_not_known() -> None:
    first, paper = tables([_zero_shot_record("PACS", 0.5), _zero_shot_record("somewhere", 0.25)])
    assert [row[0] for row in first.rows] == ["PACS (n 100)", "somewhere (n 100)"]
    (ours, average) = paper.rows
    columns = dict(zip(paper.header, ours, strict=True))
    assert columns["ours, mean over contexts"] == "50.0 [49.0, 51.0]"
    assert columns["reported: CLIP"] == "97.7"
    assert columns["reported: ERM"] == columns["reported: CLIP-IRMv1"] == UNKNOWN
    assert dict(zip(paper.header, average, strict=True))["reported: CLIP"] == "83.4"
    assert "averages 84.4, printed 83.4" in paper.notes[0]
    assert "random" not in as_markdown([first, paper])


def test_the_device_that_is_not_there_is_refused(architecture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(ValueError, match="device is 'cuda' and torch finds none here"):
        evaluated(architecture, device="cuda")
