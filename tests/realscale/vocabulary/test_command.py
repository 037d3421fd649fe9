"""The commands, from captions to tables and report, and what they say when something is wrong."""

import json
import sys
from pathlib import Path

import polars as pl
import pytest

from realscale.vocabulary.__main__ import main
from realscale.vocabulary.writing import load

CAPTIONS = [f"a {style} of a {animal} at {time}" for style in ("sketch", "rough painting") for animal in ("dog", "cat")
            for time in ("night", "sunset") if (animal, time) != ("cat", "night")] * 40  # fmt: skip


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.txt").write_text("\n".join([*CAPTIONS, "", "a \x02 dog"]))
    (tmp_path / "names.txt").write_text("dog\n\ncat\n")
    return tmp_path


def test_from_captions_to_report(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mine", "c.txt", "--classes", "names.txt", "--out", "v.yaml", "--lexicon", "none"]) == 0
    said = capsys.readouterr()
    assert "2 classes, 4 environments, 0 undecided in v.yaml (version 1); review it before use" in said.out
    assert "c.txt, line 241 is left out: empty" in said.err
    assert "c.txt, line 242 is left out: a control character" in said.err
    assert main(["match", "c.txt", "--vocabulary", "v.yaml", "--out", "ids", "--prune", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["with_both"] == 240
    table = pl.read_parquet("ids/*.parquet")
    assert set(table["pruned"]) == {"a dog", "a cat"}
    assert main(["report", "ids", "--vocabulary", "v.yaml", "--kind", "time"]) == 0
    said = capsys.readouterr()
    assert "1 of 8 cells break positivity, 1 not by chance\n  no cat with night: 26.67 expected" in said.out
    assert main(["report", "ids", "--vocabulary", "v.yaml", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["coverage"]["captions"] == 240
    assert main(["report", "ids", "--vocabulary", "v.yaml", "--kind", "time", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["joint"]["empty not by chance"] == 1


@pytest.mark.parametrize("content", ["", "\n\n", "a \x02 dog\n"])
def test_captions_of_which_none_can_be_read(content: str, files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mine", "c.txt", "--classes", "names.txt", "--out", "v.yaml", "--lexicon", "none"]) == 0
    (files / "none.txt").write_text(content)
    assert main(["match", "none.txt", "--vocabulary", "v.yaml", "--out", "ids"]) == 0
    capsys.readouterr()
    assert main(["report", "ids", "--vocabulary", "v.yaml"]) == 2
    assert "ids holds no caption" in capsys.readouterr().err


def test_files_and_folders_that_cannot_be_used_are_named(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "bytes.txt").write_bytes(b"dog\n\xff\n")
    for name in ("absent.txt", "bytes.txt"):
        assert main(["mine", "c.txt", "--classes", name, "--out", "v.yaml", "--lexicon", "none"]) == 2
        assert f"the classes {name} cannot be read" in capsys.readouterr().err
    assert main(["mine", "c.txt", "--classes", "names.txt", "--out", "v.yaml", "--lexicon", "none"]) == 0
    assert main(["match", "c.txt", "--vocabulary", "v.yaml", "--out", "c.txt"]) == 2
    assert "c.txt cannot be a folder of tables: File exists" in capsys.readouterr().err


def test_what_a_user_has_to_know_is_said(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = ["success"] * 3 + ["failed_to_download"]
    pl.DataFrame({"caption": ["a dog", "a cat", "a tree", "a dog"], "status": status}).write_parquet("c.parquet")
    assert main(["mine", "c.parquet", "--out", "v.yaml", "--lexicon", "none", "--least", "1"]) == 0
    said = capsys.readouterr()
    assert 'status is not "success" and no shard has their pictures: 1' in said.out
    assert "no class was found" in said.out
    assert "expected --classes FILE with one class name a line" in said.out
    assert load(files / "v.yaml").source["captions"] == 3
    mine = ["mine", "c.parquet", "--classes", "names.txt", "--out", "w.yaml", "--lexicon", "none"]
    assert main(mine) == 0
    assert "no class was found" not in capsys.readouterr().out
    assert main(["match", "c.parquet", "--vocabulary", "w.yaml", "--out", "ids"]) == 0
    said = capsys.readouterr()
    assert "3 captions in ids" in said.out
    assert 'status is not "success" and no shard has their pictures: 1' in said.out
    assert "w.yaml: it has not been reviewed" in said.err
    assert "w.yaml: it has no environments: pruning erases nothing" in said.err


def test_a_reviewed_file_is_updated_only_when_told(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = ["mine", "c.txt", "--out", "v.yaml", "--lexicon", "none"]
    assert main([*mine, "--classes", "names.txt"]) == 0
    text = (files / "v.yaml").read_text()
    (files / "v.yaml").write_text(text.replace("- name: dog", "- name: dog\n  note: checked"))
    assert main(mine) == 2
    assert "v.yaml is there; a reviewed file is not overwritten" in capsys.readouterr().err
    assert main([*mine, "--update", "v.yaml"]) == 0
    assert load(files / "v.yaml").version == 2
    assert load(files / "v.yaml").classes[0].note == "checked"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["mine", "absent.txt", "--lexicon", "none"], "absent.txt is no file and no folder"),
        (["mine", "c.txt", "--lexicon", "none", "--least", "0"], "least is 0"),
        (["mine", "c.txt", "--lexicon", "none", "--classes", "absent"], "absent"),
        (["match", "c.txt", "--vocabulary", "names.txt"], "names.txt, line 1: the document: 'dog\\ncat' is str"),
        (["report", "absent", "--vocabulary", "v.yaml"], "v.yaml cannot be read"),
    ],
)
def test_bad_input_is_code_2(
    files: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("module", ["polars", "yaml"])
def test_a_missing_library_names_the_extra(
    module: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    assert main(["mine", "c.txt"]) == 2
    assert f"{module} is not installed" in (message := capsys.readouterr().err)
    assert "pip install 'token-scm[vocabulary]'" in message


def test_wordnet_that_is_not_there_names_its_command(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOKEN_SCM_DATA", str(files / "nothing"))
    assert main(["mine", "c.txt"]) == 2
    assert "python -m realscale.negatives --fetch" in capsys.readouterr().err


def test_interrupt_is_code_130(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("realscale.vocabulary.commands.shards", interrupted)
    assert main(["mine", "c.txt", "--lexicon", "none"]) == 130
    assert "goes on" in capsys.readouterr().err


def test_many_malformed_lines_are_counted_alone(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (files / "bad.txt").write_text("\n" * 150 + "a dog\n")
    assert main(["mine", "bad.txt", "--lexicon", "none"]) == 0
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 101
    assert said[-1] == "further malformed lines are counted alone"
    assert load(Path("vocabulary.yaml")).source["malformed"] == 150
