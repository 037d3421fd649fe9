from pathlib import Path

import pytest

from realscale.negatives.lines import LONGEST, captions


def test_lines_are_numbered_and_malformed_ones_named(tmp_path: Path) -> None:
    path = tmp_path / "captions.txt"
    path.write_bytes(b"a dog\r\n\n\xff\xfe\n" + b"x" * 200_000 + b"\na\x07b\n" + b"y" * (LONGEST + 1) + b"\na cat")
    found = list(captions(path, field=None))
    assert [line.number for line in found] == [1, 2, 3, 4, 5, 6, 7]
    assert [line.caption for line in found] == ["a dog", None, None, None, None, None, "a cat"]
    assert [line.fault.split(" at ")[0] for line in found] == [
        "",
        "empty",
        "not UTF-8",
        f"longer than {LONGEST} characters",
        "a control character",
        f"longer than {LONGEST} characters",
        "",
    ]
    assert found[-1].end == path.stat().st_size
    assert list(captions(path, field=None, start=found[3].end, number=4)) == found[4:]


def test_json_lines_need_the_field(tmp_path: Path) -> None:
    path = tmp_path / "captions.jsonl"
    path.write_text('{"text": "a dog"}\n{"text": 3}\n[1]\n{"text"\n{"other": "a cat"}\n', encoding="utf-8")
    found = list(captions(path, field="text"))
    assert [line.caption for line in found] == ["a dog", None, None, None, None]
    assert found[1].fault == "no object with a text under 'text'"
    assert found[3].fault.startswith("not JSON: ")


@pytest.mark.parametrize(
    ("written", "caption"),
    [
        ("a\u00a0red\tdog", "a red dog"),
        ("a\u2009dog\u200b on\u3000a bed\ufeff", "a dog  on a bed"),
        ("a dog\u2028", "a dog"),
        ("a family 👨\u200d👩\u200d👧 ❤\ufe0f", "a family 👨\u200d👩\u200d👧 ❤\ufe0f"),
        ("the flag 🏴\U000e0067\U000e0062\U000e007f", "the flag 🏴\U000e0067\U000e0062\U000e007f"),
        ("a pink heart \U0001fa77", "a pink heart \U0001fa77"),  # newer than some Pythons
    ],
)
def test_white_space_is_a_space_and_emoji_stay_whole(tmp_path: Path, written: str, caption: str) -> None:
    path = tmp_path / "captions.txt"
    path.write_text(written, encoding="utf-8")
    assert [line.caption for line in captions(path, field=None)] == [caption]


@pytest.mark.parametrize("character", ["\x00", "\x1c", "\x7f", "\x9b", "\xad", "\u202e", "\ue000", "\ufffe"])
def test_control_and_format_characters_are_named(tmp_path: Path, character: str) -> None:
    path = tmp_path / "captions.txt"
    path.write_text(f"a{character}dog\nb", encoding="utf-8")
    assert [(line.number, line.caption, line.fault) for line in captions(path, field=None)] == [
        (1, None, "a control character"),
        (2, "b", ""),
    ]


def test_half_a_character_in_json_is_malformed(tmp_path: Path) -> None:
    path = tmp_path / "captions.jsonl"
    path.write_text('{"caption": "a \\ud83d dog"}\n{"caption": "a\\tdog\\n"}\n', encoding="utf-8")
    assert [line.caption for line in captions(path, field="caption")] == [None, "a dog"]
