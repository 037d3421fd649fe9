"""Records survive what happens to files: kills in mid-line, foreign versions, two writers, folders that are none."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from experiments.records import SCHEMA, RecordsError, RecordStore, canonical, open_records, plain, read_records


def record(key: str, **fields: object) -> dict[str, object]:
    return {"schema": SCHEMA, "key": key, **fields}


def written(folder: Path, *lines: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "records.jsonl"
    path.write_text("".join(lines), encoding="utf-8")
    return path


def line(key: str, **fields: object) -> str:
    return json.dumps(record(key, **fields)) + "\n"


def folder_content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "lock"}


def test_each_record_is_one_line_at_once_readable_and_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda number: (synced.append(os.fstat(number).st_size), fsync(number)))
    with open_records(tmp_path / "new" / "folder") as store:
        for number in range(3):
            store.append(record(f"claim/{number}", text="a\nb\u2028c"))
            content = store.path.read_bytes()
            assert content.count(b"\n") == number + 1
            assert synced[-1] == len(content)  # fsync came after the whole line, not before
    assert [entry["key"] for entry in read_records(store.path)] == ["claim/0", "claim/1", "claim/2"]
    assert read_records(store.path)[0]["text"] == "a\nb\u2028c"


def test_the_last_record_of_a_cell_counts(tmp_path: Path) -> None:
    with open_records(tmp_path) as store:
        store.append(record("a", verdict="not run"))
        store.append(record("a", verdict="holds"))
        assert store.records["a"]["verdict"] == "holds"
    with open_records(tmp_path) as store:
        assert store.records["a"]["verdict"] == "holds"
        assert len(read_records(store.path)) == 2


@pytest.mark.parametrize("torn", [line("b")[:-1], line("b")[:9], "\x00\x00"], ids=["unended", "cut", "zeros"])
def test_a_torn_last_line_is_set_aside_reported_and_its_cell_redone(tmp_path: Path, torn: str) -> None:
    path = written(tmp_path, line("a"), torn)
    with open_records(tmp_path) as store:
        assert list(store.records) == ["a"]
        assert f"its last line was torn ({len(torn)} bytes, kept in records.torn)" in store.reports[0]
        store.append(record("b"))
    assert [entry["key"] for entry in read_records(path)] == ["a", "b"]
    assert (tmp_path / "records.torn").read_text() == torn + "\n"


def test_a_torn_last_line_does_not_disturb_who_only_reads(tmp_path: Path) -> None:
    path = written(tmp_path, line("a"), line("b")[:9])
    before = folder_content(tmp_path)
    assert [entry["key"] for entry in read_records(path)] == ["a"]
    assert folder_content(tmp_path) == before


BROKEN = ["{broken\n", "\n", "[1]\n", '"schema"\n', '{"key": "a"}\n', '{"schema": 1}\n']


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("torn", ["", '{"sch'], ids=["whole tail", "torn tail"])
def test_a_line_that_is_no_record_is_named_and_nothing_is_written(tmp_path: Path, broken: str, torn: str) -> None:
    written(tmp_path, line("a"), broken, line("c"), torn)
    before = folder_content(tmp_path)
    with pytest.raises(RecordsError, match=r"records\.jsonl, line 2, is no record .*left untouched.*--fresh"):
        RecordStore(tmp_path)
    assert folder_content(tmp_path) == before


def test_a_line_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "records.jsonl").write_bytes(line("a").encode() + b'{"\xff": 1}\n')
    with pytest.raises(RecordsError, match="line 2, is no record"):
        read_records(tmp_path / "records.jsonl")


def test_records_of_another_version_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    written(tmp_path, line("a"), json.dumps({"schema": SCHEMA + 1, "cell": "a"}) + "\n", '{"torn')
    before = folder_content(tmp_path)
    with pytest.raises(RecordsError, match=rf"line 2, has schema {SCHEMA + 1}; expected {SCHEMA}, because .*--out"):
        RecordStore(tmp_path)
    assert folder_content(tmp_path) == before


@pytest.mark.parametrize("below", ["", "sub", "sub/deeper"])
def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path, below: str) -> None:
    # a path below a regular file: it stops root too, whom permission bits do not bind
    (tmp_path / "file").write_text("kept")
    with pytest.raises(RecordsError, match=r"output folder .*file.* cannot be written \(.*--out"):
        RecordStore(tmp_path / "file" / below)
    assert (tmp_path / "file").read_text() == "kept"


def test_records_that_are_a_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "records.jsonl").mkdir()
    with pytest.raises(RecordsError, match="cannot be written"):
        RecordStore(tmp_path)


def test_a_full_disk_is_reported_and_keeps_what_was_recorded(tmp_path: Path) -> None:
    # the limit of the file's size stands for the disk's: in a process of its own, for it binds every file written
    code = """
import resource, sys
from pathlib import Path
from experiments.records import SCHEMA, RecordsError, open_records
with open_records(Path(sys.argv[1])) as store:
    store.append({"schema": SCHEMA, "key": "a"})
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
    try:
        store.append({"schema": SCHEMA, "key": "b", "long": "x" * 10000})
    except RecordsError as error:
        assert "b" not in store.records
        print(error)
"""
    ran = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert "could not be written" in ran.stdout
    assert "run the same command again" in ran.stdout
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    with open_records(tmp_path) as store:
        assert list(store.records) == ["a"]
        assert "torn" in store.reports[0]


def test_a_second_writer_is_refused_until_the_first_is_done(tmp_path: Path) -> None:
    with open_records(tmp_path) as first:
        with pytest.raises(RecordsError, match="in use by another running command; expected one writer"):
            RecordStore(tmp_path)
        first.append(record("a"))
    with open_records(tmp_path) as second:
        assert list(second.records) == ["a"]


def test_a_refused_store_gives_its_lock_back(tmp_path: Path) -> None:
    path = written(tmp_path, "broken\n")
    with pytest.raises(RecordsError) as kept_alive:
        RecordStore(tmp_path)
    path.unlink()
    RecordStore(tmp_path).close()
    assert kept_alive.value.__traceback__ is not None


def test_fresh_sets_the_earlier_records_aside_each_time(tmp_path: Path) -> None:
    for number in range(3):
        with open_records(tmp_path, fresh=True) as store:
            assert store.records == {}
            assert len(store.reports) == (number > 0)
            store.append(record(f"run {number}"))
    kept = {path.name: read_records(path)[0]["key"] for path in tmp_path.glob("records*.jsonl")}
    assert kept == {
        "records.previous-1.jsonl": "run 0",
        "records.previous-2.jsonl": "run 1",
        "records.jsonl": "run 2",
    }


def test_fresh_helps_where_the_records_are_broken(tmp_path: Path) -> None:
    written(tmp_path, "broken\n")
    with open_records(tmp_path, fresh=True) as store:
        assert store.records == {}
    assert (tmp_path / "records.previous-1.jsonl").read_text() == "broken\n"


def test_fresh_goes_on_from_no_half_trained_model(tmp_path: Path) -> None:
    with open_records(tmp_path) as store:
        left = store.checkpoints / "cell" / "training.safetensors"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half trained")
    with open_records(tmp_path):
        assert left.exists()
    with open_records(tmp_path, fresh=True):
        assert not left.exists()


def test_plain_numbers_are_what_json_can_hold() -> None:
    value = {
        "scalar": np.float64(0.1),
        "integer": np.int64(3),
        "matrix": np.eye(2),
        "none": None,
        "pair": (1, float("inf")),
        "nan": np.array([np.nan]),
        "truth": np.bool_(True),
    }
    expected = {
        "scalar": 0.1,
        "integer": 3,
        "matrix": [[1.0, 0.0], [0.0, 1.0]],
        "none": None,
        "pair": [1, None],
        "nan": [None],
        "truth": True,
    }
    assert plain(value) == expected
    assert json.loads(json.dumps(plain(value), allow_nan=False)) == expected


def test_canonical_text_is_the_same_for_equal_settings() -> None:
    assert canonical({"a": 1, "b": (1, 2)}) == canonical({"b": [1, 2], "a": 1}) == '{"a":1,"b":[1,2]}'
    assert canonical({"a": 1}) != canonical({"a": 2})
    with pytest.raises(ValueError, match="Out of range float"):
        canonical(float("nan"))
