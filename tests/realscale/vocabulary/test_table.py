"""Tables of ids: right, and the same whether or not the run was stopped on its way."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
import torch

from realscale.vocabulary import shards as shards_module
from realscale.vocabulary import table as module
from realscale.vocabulary.document import Entry, ReviewedVocabulary
from realscale.vocabulary.shards import shards
from realscale.vocabulary.table import ResumeError, Tally, run, table
from realscale.vocabulary.tokens import tokens
from realscale.vocabulary.writing import save

VOCABULARY = ReviewedVocabulary((Entry("dog"), Entry("cat")), (Entry("beach"), Entry("snow")))


def ids(out: Path, *sources: Path, prune: bool = False, vocabulary: ReviewedVocabulary = VOCABULARY) -> Tally:
    return run(shards(sources), vocabulary, out, prune=prune, fault=lambda *_: None, progress=lambda *_: None)


@pytest.fixture
def captions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    monkeypatch.setattr(shards_module, "BATCH", 3)
    lines = ["a dog on the beach", "a cat", "", "snow", "a cat and a dog in the snow", "x", "Dog, snow.", "cat beach"]
    (tmp_path / "a.txt").write_text("\n".join(lines))
    pl.DataFrame({"caption": ["a cat on the beach", None, "a dog"]}).write_parquet(tmp_path / "b.parquet")
    return tmp_path / "a.txt", tmp_path / "b.parquet"


def test_ids_of_every_caption(captions: tuple[Path, Path], tmp_path: Path) -> None:
    tally = ids(tmp_path / "out", *captions, prune=True)
    assert tally == Tally(captions=9, malformed=2, with_class=7, with_context=6, with_both=5)
    rows = table(tmp_path / "out", VOCABULARY).collect()
    assert rows.select("shard", "line", "class", "context").rows() == [
        *((0, 1, 0, 0), (0, 2, 1, -1), (0, 4, -1, 1), (0, 5, 1, 1), (0, 6, -1, -1), (0, 7, 0, 1), (0, 8, 1, 0)),
        *((1, 1, 1, 0), (1, 3, 0, -1)),
    ]
    assert rows["classes"].to_list()[3] == [1, 0]
    assert rows["pruned"].to_list()[:4] == ["a dog", "a cat", "", "a cat and a dog"]
    both = tokens(rows.filter((pl.col("class") >= 0) & (pl.col("context") >= 0)))
    assert both.classes.tolist() == [0, 1, 0, 1, 1]
    assert both.column("contexts").tolist() == [0, 1, 1, 0, 0]
    assert both.classes.dtype == torch.int64
    with pytest.raises(ValueError, match="-1 pads ragged captions"):
        tokens(rows)


@pytest.mark.parametrize("stop", range(5))
def test_a_stopped_run_goes_on_to_the_same_bytes(
    captions: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: int
) -> None:
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    tally = ids(whole, *captions)
    calls = 0
    write = module.write_atomically

    def interrupted(path: Path, content: bytes) -> None:  # the part is on the disk, its state is not
        nonlocal calls
        calls += 1
        if calls == stop + 1:
            raise KeyboardInterrupt
        write(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(module, "write_atomically", interrupted)
        with pytest.raises(KeyboardInterrupt):
            ids(stopped, *captions)
    if stop:
        with pytest.raises(ValueError, match="has not finished"):
            table(stopped)
    assert ids(stopped, *captions) == tally
    assert {p.name: p.read_bytes() for p in stopped.iterdir()} == {p.name: p.read_bytes() for p in whole.iterdir()}
    assert ids(stopped, *captions) == tally


def test_killed_command_goes_on(tmp_path: Path) -> None:
    lines = [f"a {'dog' if i % 3 else 'cat'} {i} on the {'beach' if i % 2 else 'snow'}" for i in range(70_000)]
    (tmp_path / "c.txt").write_text("\n".join(lines))
    save(VOCABULARY, tmp_path / "v.yaml")
    command = [sys.executable, "-m", "realscale.vocabulary", "match", str(tmp_path / "c.txt"), "--out"]
    command += [str(tmp_path / "out"), "--vocabulary", str(tmp_path / "v.yaml"), "--quiet"]
    started = subprocess.Popen(command, env={**os.environ, "POLARS_MAX_THREADS": "1"}, stdout=subprocess.DEVNULL)
    while not (tmp_path / "out" / "state.json").exists() and started.poll() is None:
        time.sleep(0.01)
    started.send_signal(signal.SIGKILL)
    assert started.wait() == -signal.SIGKILL
    tally = ids(tmp_path / "out", tmp_path / "c.txt")
    assert tally.captions == tally.with_both == 70_000
    rows = table(tmp_path / "out").select("line", "class").collect()
    assert rows["line"].to_list() == list(range(1, 70_001))
    assert rows["class"].to_list() == [int(i % 3 == 0) for i in range(70_000)]


def test_other_runs_are_not_overwritten(captions: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    ids(out, *captions)
    other = ReviewedVocabulary((Entry("dog"),), (), version=2)
    for act, message in (
        (lambda: ids(out, captions[0]), "made with another shards"),
        (lambda: ids(out, *captions, prune=True), "made with another prune"),
        (lambda: ids(out, *captions, vocabulary=other), "made with another vocabulary"),
    ):
        with pytest.raises(ResumeError, match=f"{message}.* Give another --out"):
            act()
    with pytest.raises(ValueError, match=r"its ids name other entries; match again"):
        table(out, other)
    (out / "part-000001.parquet").unlink()
    with pytest.raises(ResumeError, match=r"lacks part-000001\.parquet, which state\.json counts"):
        ids(out, *captions)
    (out / "state.json").write_text("{")
    with pytest.raises(ResumeError, match=r"state\.json cannot be read"):
        ids(out, *captions)
    (out / "state.json").unlink()
    with pytest.raises(ResumeError, match=r"holds part-000002\.parquet but no state\.json"):
        ids(out, *captions)
