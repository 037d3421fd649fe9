"""The command with the real tagger and WordNet, where they are installed."""

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from realscale.data.errors import MissingData
from realscale.negatives import lexicon
from realscale.negatives.__main__ import main
from realscale.negatives.lines import LONGEST
from realscale.negatives.tagging import Tagger, tagger
from scm.composition.captions import Lexicon, negatives, parse, split

CAPTIONS = Path(__file__).parent / "captions.txt"


@pytest.fixture(scope="module")
def real() -> tuple[Tagger, Lexicon]:
    try:
        return tagger(), lexicon.load()
    except MissingData as error:
        pytest.skip(str(error))


def test_missing_textblob_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "textblob.taggers", None)
    monkeypatch.setitem(sys.modules, "textblob", None)
    with pytest.raises(MissingData, match=r"TextBlob.*pip install 'token-scm\[negatives\]'"):
        tagger()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no captions: give a file"),
        (["absent.txt"], "absent.txt is no file"),
        ([str(CAPTIONS), "--ops", "swap,turn"], "--ops has ['turn']"),
        ([str(CAPTIONS), "--types", "object,colour"], "--types has ['colour']; expected some of object, attribute"),
        ([str(CAPTIONS), "--iterate", "0"], "--iterate is 0"),
        ([str(CAPTIONS), "--per-caption", "0"], "--per-caption is 0"),
    ],
)
def test_bad_input_is_code_2(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty; expected captions"),
        ("\n\n", "holds no caption (line 1: not JSON"),
        ('{"text": "a dog", "id": 1}\n{"url": ""}\n', "has a field 'caption'; there are 'text', 'id', 'url': give one"),
        ('{"caption": 3}\n', "holds no caption (line 1: no object with a text under 'caption')"),
    ],
)
def test_a_file_without_captions_is_code_2(
    tmp_path: Path, content: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = tmp_path / "captions.jsonl", tmp_path / "out.jsonl"
    source.write_text(content, encoding="utf-8")
    assert main([str(source), "--out", str(out)]) == 2
    assert message in capsys.readouterr().err
    assert not out.exists()


def test_help_says_the_limit_and_that_what_is_added_may_be_true(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert f"at most {LONGEST} characters" in text
    assert "an added attribute above all may well be true" in text
    assert "--types" in text


def test_a_closed_pipe_is_code_141(
    real: tuple[Tagger, Lexicon], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    source = tmp_path / "captions.txt"
    source.write_text("a dog", encoding="utf-8")
    with os.fdopen(writer, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        assert main([str(source), "--out", str(tmp_path / "out.jsonl")]) == 141
    assert capsys.readouterr().err == ""


def test_tags_are_one_a_word_and_right_on_plain_captions(real: tuple[Tagger, Lexicon]) -> None:
    tag = real[0]
    assert tag([]) == []
    assert tag(split("A brown dog is sitting on two red chairs.")) == [
        *["DT", "JJ", "NN", "VBZ", "VBG", "IN", "CD", "JJ", "NNS", "."]
    ]
    assert tag(["Giraffes", "run"])[0].startswith("NNS")
    odd = ["a/b", "&slash;", "…", "2", "日本", "(", "x-ray"]
    assert len(tag(odd)) == len(odd)


def test_command_writes_records_that_replay(
    real: tuple[Tagger, Lexicon], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "negatives.jsonl"
    arguments = [str(CAPTIONS), "--iterate", "2", "--per-caption", "2", "--out", str(out), "--json"]
    assert main(arguments) == 0
    summary = json.loads(capsys.readouterr().out)
    records = [json.loads(line) for line in out.read_text().splitlines()]
    assert summary["negatives"] == len(records) > 600
    assert summary["captions"] == len(CAPTIONS.read_text().splitlines())
    assert {record["operator"] for record in records} >= {"swap", "replace", "add", "swap+replace"}
    first = out.read_bytes()
    assert main([*arguments[:-1], "--quiet"]) == 0
    assert out.read_bytes() == first
    assert "negatives of" in capsys.readouterr().out


def test_interrupt_is_code_130(
    real: tuple[Tagger, Lexicon], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("realscale.negatives.__main__.tagger", interrupted)
    assert main([str(CAPTIONS), "--out", str(tmp_path / "out.jsonl")]) == 130
    assert "interrupted" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("caption", "never"),
    [
        ("a couch next to a dog", "a sofa next to a dog"),
        ("a dog next to a cat", "a cat next to a dog"),
        ("a cup and a plate on a table", "a plate and a cup on a table"),
        ("a big dog", "a large dog"),
    ],
)
def test_true_captions_are_not_made(real: tuple[Tagger, Lexicon], caption: str, never: str) -> None:
    tag, words = real
    found = negatives(parse(caption, tag(split(caption)), words), words, rng=np.random.default_rng(0), most=500)
    assert len(found) > 5
    assert never not in {negative.negative for negative in found}
