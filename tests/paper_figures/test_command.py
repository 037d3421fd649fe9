"""`python -m paper_figures`: what it writes, what it says, and how it refuses."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import paper_figures
from paper_figures.__main__ import main
from paper_figures.catalogue import CATALOGUES, Picture
from paper_figures.page import page
from paper_figures.reading import read_run

Drawn = tuple[list[Picture], dict[str, str]]

NAMES = {entry.name for entry in CATALOGUES["identifiability"]}


@pytest.fixture(scope="module")
def exact_only(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Records of one exact claim: one figure, so that the command is quick."""
    (path,) = runs.glob("identifiability/*/records.jsonl")
    out = tmp_path_factory.mktemp("exact")
    (out / "identifiability" / "standard-0").mkdir(parents=True)
    lines = [line for line in path.read_text().splitlines(keepends=True) if "gk.exact" in line]
    (out / "identifiability" / "standard-0" / "records.jsonl").write_text("".join(lines))
    return out


def test_another_process_writes_the_same_bytes_and_says_where(runs: Path, drawn: Drawn, tmp_path: Path) -> None:
    code = (
        "import sys; from paper_figures.__main__ import main; code = main(sys.argv[1:]); "
        "loaded = {'matplotlib.pyplot', 'identifiability.claims.registry', 'realscale'} & set(sys.modules); "
        "sys.exit(f'loaded {loaded}' if loaded else code)"
    )
    arguments = ["identifiability", "--out", str(runs), "--to", str(tmp_path)]
    environment = os.environ | {"PYTHONHASHSEED": "1"}  # the order of sets must not show
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, env=environment
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[-1] == str(tmp_path / "identifiability.html")
    assert "preset quick, 17 records of 12 claims (9 hold, 1 fails as predicted" in lines[0]
    assert any(line.startswith("not run: emoji.missing: no emoji here") for line in lines)
    expected = {f"{picture.name}.{kind}": content for picture in drawn[0] for kind, content in picture.files.items()}
    assert {path.name for path in (tmp_path / "identifiability").iterdir()} == set(expected)
    for name, content in expected.items():
        assert (tmp_path / "identifiability" / name).read_bytes() == content, name
    reading = read_run("identifiability", None, runs)
    assert (tmp_path / "identifiability.html").read_text() == page(reading, *drawn)


def test_what_is_missing_is_said_and_does_not_stay_behind(
    exact_only: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stale = tmp_path / "identifiability" / "r2_matrix.png"
    stale.parent.mkdir()
    stale.write_bytes(b"of an earlier call")
    kept = stale.with_name("mine.png")
    kept.write_bytes(b"not ours")
    arguments = ["identifiability", "--preset", "standard", "--out", str(exact_only), "--to", str(tmp_path)]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert all(f"not drawn: {name}: no record" in said for name in NAMES - {"verdicts"})
    assert not stale.exists()
    assert kept.exists()
    page = (tmp_path / "identifiability.html").read_bytes()
    assert main(arguments) == 0
    assert (tmp_path / "identifiability.html").read_bytes() == page, "a rerun gives identical bytes"


def test_without_records_it_names_the_command_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = tmp_path / "output"
    assert main(["identifiability", "--out", str(tmp_path), "--preset", "full", "--to", str(to)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "`python -m experiments.identifiability --preset full` makes them" in captured.err
    assert captured.err.count("\n") == 1, "one paragraph"
    assert not to.exists()


def test_broken_records_are_an_error_not_a_page(
    exact_only: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(exact_only / "identifiability", tmp_path / "identifiability")
    path = tmp_path / "identifiability" / "standard-0" / "records.jsonl"
    path.write_text("not a record\n" + path.read_text())
    before = path.read_bytes()
    assert main(["identifiability", "--out", str(tmp_path), "--to", str(tmp_path / "to")]) == 2
    assert "line 1, is no record ('not a record')" in capsys.readouterr().err
    assert path.read_bytes() == before
    assert not (tmp_path / "to").exists()


def test_an_unwritable_folder_is_an_error(exact_only: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("in the way")
    assert main(["identifiability", "--out", str(exact_only), "--to", str(tmp_path / "file")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_the_ledger_is_one_page_and_names_what_was_not_run(
    exact_only: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ledger", "--out", str(exact_only), "--to", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "preset standard, 1 record of 1 claim (1 holds)" in said
    assert said.count("not run: ") == len(CATALOGUES) - 1
    assert "`python -m experiments.equivalence` makes them" in said
    assert [path.name for path in tmp_path.iterdir()] == ["ledger.html"]
    text = (tmp_path / "ledger.html").read_text()
    assert 'id="claim-gk.exact"' in text
    assert "<b>equivalence</b>: not run" in text
    assert main(["ledger", "--out", str(exact_only), "--to", str(tmp_path)]) == 0
    assert (tmp_path / "ledger.html").read_text() == text


def test_a_ledger_of_nothing_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "--out", str(tmp_path), "--preset", "full", "--to", str(tmp_path / "to")]) == 2
    error = capsys.readouterr().err
    assert "expected those of one experiment at least" in error
    assert "`python -m experiments.identifiability --preset full` makes them" in error
    assert not (tmp_path / "to").exists()


def test_figures_are_made_from_records_alone() -> None:
    allowed = {"experiments.records", "experiments.summary", "scm.graph"}
    ours = {"scm", "identifiability", "realscale", "experiments"}
    for path in Path(paper_figures.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert {name for name in names if name.split(".")[0] in ours} <= allowed, path.name
