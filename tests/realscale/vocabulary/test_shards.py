"""Shards of every kind give the same captions and name the same malformed lines."""

import json
from pathlib import Path

import polars as pl
import pytest

from realscale.vocabulary import shards as module
from realscale.vocabulary.shards import Shard, ahead, identity, shards

FAMILY = "👨\u200d👩\u200d👧"  # joined by characters of the category of format
TEXTS = ["A dog", " a\u00a0cat,\ttwice  ", "", f"naïve café {FAMILY}", "a\x07bell", "x" * 2001, "last"]


def write(folder: Path) -> tuple[Path, ...]:
    text, lines, parquet = (folder / f"c.{kind}" for kind in ("txt", "jsonl", "parquet"))
    text.write_text("\n".join(TEXTS) + "\n", encoding="utf-8")
    lines.write_text("".join(json.dumps({"caption": caption, "url": 1}) + "\n" for caption in TEXTS), encoding="utf-8")
    pl.DataFrame({"url": [1] * len(TEXTS), "TEXT": TEXTS}).write_parquet(parquet)
    return text, lines, parquet


@pytest.mark.parametrize("size", [2, 3, 100])
def test_kinds_agree_and_every_batch_can_be_gone_on_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(module, "BATCH", size)
    for shard in shards(write(tmp_path)):
        batches = list(shard.batches())
        assert max(len(batch.frame) + len(batch.faults) for batch in batches) <= size
        assert [row for batch in batches for row in batch.frame.rows()] == [
            *((1, "A dog"), (2, "a cat, twice"), (4, f"naïve café {FAMILY}"), (7, "last"))
        ]
        assert [fault for batch in batches for fault in batch.faults] == [
            *((3, "empty"), (5, "a control character"), (6, "longer than 2000 characters"))
        ]
        assert batches[-1].position == shard.size
        for number, batch in enumerate(batches):
            rest = list(shard.batches(line=batch.line, position=batch.position))
            assert [b.frame.rows() for b in rest] == [b.frame.rows() for b in batches[number + 1 :]]
            assert [b.faults for b in rest] == [b.faults for b in batches[number + 1 :]]


def test_malformed_lines_of_each_kind_are_named(tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_bytes(b'{"caption": "a"}\n{"caption": 3}\n[1]\n{"cap\n\xff\n{"caption": "b"}')
    (batch,) = shards([tmp_path / "c.jsonl"])[0].batches()
    assert [line for line, _ in batch.faults] == [2, 3, 4, 5]
    assert batch.frame["caption"].to_list() == ["a", "b"]
    pl.DataFrame({"caption": ["a", None]}).write_parquet(tmp_path / "c.parquet")
    (batch,) = shards([tmp_path / "c.parquet"])[0].batches()
    assert batch.faults == ((2, "no caption"),)


def test_rows_whose_picture_was_not_had_are_left_out_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    status = ["success", "failed_to_download", "success", None, "failed_to_resize", "success"]
    captions = ["a", "b", None, "d", None, "f"]
    pl.DataFrame({"caption": captions, "status": status}).write_parquet(tmp_path / "c.parquet")
    batches = list(shards([tmp_path / "c.parquet"])[0].batches())
    assert [row for batch in batches for row in batch.frame.rows()] == [(1, "a"), (6, "f")]
    assert [fault for batch in batches for fault in batch.faults] == [(3, "no caption")]
    assert [batch.failed for batch in batches] == [1, 1, 1]
    pl.DataFrame({"caption": ["a", "b"], "status": [200, 404]}).write_parquet(tmp_path / "http.parquet")
    assert [batch.failed for batch in shards([tmp_path / "http.parquet"])[0].batches()] == [0]


def test_folders_stand_for_their_shards(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "notes.md").write_text("no shard")
    found = shards([tmp_path])
    assert [(shard.path.name, shard.field) for shard in found] == [
        *(("c.jsonl", "caption"), ("c.parquet", "TEXT"), ("c.txt", ""))
    ]
    before = identity(found)
    with (tmp_path / "c.txt").open("a") as file:
        file.write("more\n")
    assert identity(shards([tmp_path])) != before


def test_what_is_no_shard_is_refused(tmp_path: Path) -> None:
    text, lines, parquet = write(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "c.csv").write_text("a,b")
    (tmp_path / "bad.parquet").write_bytes(b"PAR0")
    for sources, message in (
        ([tmp_path / "absent.txt"], "is no file and no folder"),
        ([tmp_path / "empty"], r"holds no \.parquet, \.jsonl or \.txt file"),
        ([tmp_path / "c.csv"], r"ends in '\.csv'; expected"),
        ([tmp_path / "bad.parquet"], "is no parquet file that can be read"),
        ([text, text], "is given twice"),
    ):
        with pytest.raises(ValueError, match=message):
            shards(sources)
    with pytest.raises(
        ValueError, match=r"no column of texts named alt; its columns are url \(Int64\), TEXT \(String\)"
    ):
        shards([parquet], "alt")
    assert shards([lines], "alt") == (Shard(lines, "alt"),)


def test_ahead_keeps_order_and_errors() -> None:
    assert list(ahead(iter([3, 1, 2]))) == [3, 1, 2]
    assert list(ahead(iter([]))) == []
    with pytest.raises(ZeroDivisionError):
        list(ahead(1 // n for n in (1, 0)))


def test_one_rule_for_every_character(tmp_path: Path) -> None:
    """Python's reading of lines and polars' of columns take each character in the same way."""
    characters = [chr(code) for code in (*range(0xD800), *range(0xE000, 0x11000), *range(0x1F300, 0x1FB00, 7))]
    texts = [f"a{character}dog" for character in [*characters, "\U000e0001", "\U000e0067", "\U000f0000", "\U0010ffff"]]
    (tmp_path / "c.jsonl").write_text("".join(json.dumps({"caption": text}) + "\n" for text in texts))
    pl.DataFrame({"caption": texts}).write_parquet(tmp_path / "c.parquet")
    lines, column = ([batch for batch in shard.batches()] for shard in shards([tmp_path]))
    assert [row for batch in lines for row in batch.frame.rows()] == [row for b in column for row in b.frame.rows()]
    assert [fault for batch in lines for fault in batch.faults] == [fault for b in column for fault in b.faults]
