"""A run that is stopped and gone on with writes what an uninterrupted one writes."""

import json
from pathlib import Path
from typing import Any

import pytest

from realscale.negatives import run as module
from realscale.negatives.run import ResumeError, Settings, Tally, run
from realscale.negatives.tagging import Tagger
from scm.composition.captions import Lexicon

SETTINGS = Settings(("swap", "replace", "add"), steps=2, most=2, seed=0, field=None, lexicon="small")
LINES = [
    f"a {colour} {one} on a {other}" for colour in ("red", "blue") for one in ("dog", "cat") for other in ("bed", "car")
]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "captions.txt"
    path.write_text("\n".join([*LINES, "", *LINES[::-1]]), encoding="utf-8")
    return path


def quiet(*_: Any) -> None:
    pass


def go(source: Path, out: Path, tags: Tagger, lexicon: Lexicon, **changes: Any) -> Tally:
    settings = Settings(**{**SETTINGS.__dict__, **changes})
    return run(source, out, settings, tags, lexicon, fault=quiet, progress=quiet)


def test_records_and_counts(source: Path, tmp_path: Path, tags: Tagger, small_lexicon: Lexicon) -> None:
    faults: list[tuple[int, str]] = []
    out = tmp_path / "out.jsonl"
    tally = run(source, out, SETTINGS, tags, small_lexicon, fault=lambda *line: faults.append(line), progress=quiet)
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert faults == [(9, "empty")]
    assert (tally.captions, tally.malformed, tally.negatives) == (16, 1, len(records))
    assert sum(tally.made.values()) == tally.negatives
    assert set(records[0]) == {"line", "caption", "negative", "operator", "type", "steps", "seed"}
    for record in records:
        text = record["caption"]
        for step in record["steps"]:
            for edit in sorted(step["edits"], key=lambda edit: -edit["start"]):
                assert text[edit["start"] : edit["end"]] == edit["old"]
                text = text[: edit["start"]] + edit["new"] + text[edit["end"] :]
        assert text == record["negative"] != record["caption"]
        assert record["operator"] == "+".join(step["operator"] for step in record["steps"])


def test_lines_that_are_too_long_are_counted_as_such(tmp_path: Path, tags: Tagger, small_lexicon: Lexicon) -> None:
    source = tmp_path / "captions.txt"
    source.write_text("a red dog\n" + "a dog " * 1000 + "\n\n", encoding="utf-8")
    tally = go(source, tmp_path / "out.jsonl", tags, small_lexicon)
    assert (tally.captions, tally.longer, tally.malformed) == (1, 1, 1)


def test_types_are_kept_to(source: Path, tmp_path: Path, tags: Tagger, small_lexicon: Lexicon) -> None:
    tally = go(source, tmp_path / "out.jsonl", tags, small_lexicon, types=("attribute",))
    assert tally.negatives
    assert {kind for key in tally.made for kind in key.split(" | ")[1].split("+")} == {"attribute"}


def test_a_caption_has_the_same_negatives_wherever_it_stands(
    source: Path, tmp_path: Path, tags: Tagger, small_lexicon: Lexicon
) -> None:
    out = tmp_path / "out.jsonl"
    go(source, out, tags, small_lexicon)
    by_line: dict[int, list[str]] = {}
    for line in out.read_text().splitlines():
        record = json.loads(line)
        by_line.setdefault(record["line"], []).append(record["negative"])
    for place in range(1, 9):
        assert by_line[place] == by_line[18 - place]
    assert by_line[1] != by_line[2]


@pytest.mark.parametrize("killed_at", [1, 5, 12, 16])
def test_a_killed_run_is_gone_on_with_byte_by_byte(
    source: Path, tmp_path: Path, tags: Tagger, small_lexicon: Lexicon, monkeypatch: pytest.MonkeyPatch, killed_at: int
) -> None:
    monkeypatch.setattr(module, "CHECKPOINT", 3)
    whole, out = tmp_path / "whole.jsonl", tmp_path / "out.jsonl"
    expected = go(source, whole, tags, small_lexicon)
    count = 0

    def killed(words: Any) -> Any:
        nonlocal count
        count += 1
        if count == killed_at:
            raise KeyboardInterrupt
        return tags(words)

    with pytest.raises(KeyboardInterrupt):
        go(source, out, killed, small_lexicon)
    with out.open("ab") as stream:
        stream.write(b'{"half a record' * 10_000)  # what a kill amid a write leaves
    found = go(source, out, tags, small_lexicon)
    assert out.read_bytes() == whole.read_bytes()
    assert found == expected
    assert go(source, out, tags, small_lexicon) == expected  # finished: nothing is done again
    assert out.read_bytes() == whole.read_bytes()


def test_an_output_of_other_settings_or_input_is_kept(
    source: Path, tmp_path: Path, tags: Tagger, small_lexicon: Lexicon
) -> None:
    out = tmp_path / "out.jsonl"
    go(source, out, tags, small_lexicon)
    before = out.read_bytes()
    with pytest.raises(ResumeError, match="made otherwise: seed 0 there, 1 now"):
        go(source, out, tags, small_lexicon, seed=1)
    source.write_text("a dog", encoding="utf-8")
    with pytest.raises(ResumeError, match="made otherwise: input"):
        go(source, out, tags, small_lexicon)
    assert out.read_bytes() == before
    out.write_bytes(before[:-3])
    source.write_text("\n".join([*LINES, "", *LINES[::-1]]), encoding="utf-8")
    with pytest.raises(ResumeError, match="it was cut or changed"):
        go(source, out, tags, small_lexicon)
    (tmp_path / "out.jsonl.state.json").unlink()
    with pytest.raises(ResumeError, match=r"out\.jsonl\.state\.json beside it.* is not"):
        go(source, out, tags, small_lexicon)
