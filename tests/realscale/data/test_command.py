"""The command line: help, listing, folder, exit codes; one start by subprocess."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from realscale.data.__main__ import main


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_SCM_DATA", str(tmp_path))


def test_help_by_subprocess() -> None:
    done = subprocess.run([sys.executable, "-m", "realscale.data", "--help"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert all(word in done.stdout for word in ("fetch", "list", "path"))


def test_list_shows_licence_and_attribution_of_every_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    shown = capsys.readouterr().out
    assert "nothing (python -m realscale.data fetch emoji)" in shown
    assert main(["list", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert len(document["emoji"]["packages"]) == 7
    for package in document["emoji"]["packages"].values():
        assert f"{package['package']} {package['version']}" in shown
        assert f"{package['licence']}: {package['attribution']}" in shown
        assert len(package["sha256"]) == 64


def test_path_of_a_set_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["path", "emoji"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "python -m realscale.data fetch emoji" in captured.err


@pytest.mark.parametrize("arguments", [["path", "photos"], ["fetch", "photos"], ["fetch", "--styles", "photos"]])
def test_unknown_names_exit_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "photos" in capsys.readouterr().err


def test_no_npm_exits_with_1_and_a_paragraph(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("resvg_py", reason="resvg-py (extra `data`) is not installed")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["fetch", "emoji", "--quiet"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: no npm")
    assert captured.err.count("\n") == 1


def test_an_interruption_exits_with_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(package: object) -> bytes:
        raise KeyboardInterrupt

    pytest.importorskip("resvg_py", reason="resvg-py (extra `data`) is not installed")
    monkeypatch.setattr("realscale.data.emoji_fetch.fetch_archive", interrupted)
    assert main(["fetch"]) == 130
    assert "goes on from there" in capsys.readouterr().err
