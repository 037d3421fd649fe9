"""The command reads captions as the other commands do."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from realscale.sentence_encoder import __main__ as command
from realscale.sentence_encoder import measuring


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("c.txt", b"a\xc2\xa0dog\n\na \x02 cat\n\xff\na cat\na dog\n"),
        ("c.jsonl", b'{"caption": "a\\tdog"}\n[]\n{"caption": "a \\u0002 cat"}\n{"cap\n{"caption": "a cat"}\n'),
    ],
)
def test_malformed_lines_are_named_and_each_caption_is_taken_once(
    name: str, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found: list[str] = []

    def sampled(texts: Sequence[str], count: int, *, seed: int) -> list[str]:
        found.extend(texts)
        raise ValueError("enough")

    monkeypatch.setattr(measuring, "pretrained", lambda: None)
    monkeypatch.setattr(measuring, "VariantMaker", lambda: None)
    monkeypatch.setattr(measuring, "sample", sampled)
    (tmp_path / name).write_bytes(content)
    assert command.main(["sensitivity", str(tmp_path / name)]) == 2
    assert found == ["a dog", "a cat"]
    said = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in said[:3]] == [f"line {number} is left out" for number in (2, 3, 4)]
    assert said[1].endswith("a control character")
