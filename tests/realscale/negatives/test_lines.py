from pathlib import Path

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
