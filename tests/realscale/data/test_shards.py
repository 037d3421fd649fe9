"""Shards made here as img2dataset writes them, whole and damaged in every way that a long run may meet."""

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from realscale.data.errors import DataError
from realscale.data.findings import Findings
from realscale.data.shards import list_shards, read_shard, shard_sizes

Member = tuple[str | tarfile.TarInfo, bytes]


def picture(level: int, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (3, 2), (level, level, level)).save(buffer, format=kind)
    return buffer.getvalue()


def sample(number: int, shard: int = 0) -> list[Member]:
    """The three members of one sample; its caption and the level of its image tell its number."""
    key = f"{shard:05}{number:04}"
    record = {
        "url": f"http://x/{number}.jpg",
        "caption": f"mug {number}",
        "key": key,
        "status": "success",
        "error_message": None,
        "width": 3,
        "height": 2,
        "original_width": 400,
        "original_height": 300,
        "exif": "{}",
        "sha256": "ab",
    }
    image = picture(number % 256)
    return [
        (f"{key}.png", image),
        (f"{key}.txt", f"mug {number}".encode()),
        (f"{key}.json", json.dumps(record).encode()),
    ]


def tar(members: Sequence[Member]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as opened:
        for name, content in members:
            entry = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            if entry.isreg():
                entry.size = len(content)
            opened.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def special(name: str, kind: bytes, target: str = "000000000.jpg") -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry


def read(path: Path) -> tuple[list[str], Findings]:
    findings = Findings()
    return [entry.key for entry, _ in read_shard(path, findings.add)], findings


def test_a_whole_shard(tmp_path: Path) -> None:
    path = tmp_path / "00000.tar"
    path.write_bytes(tar([member for number in range(3) for member in sample(number)]))
    findings = Findings()
    found = [
        (entry.key, entry.image_suffix, {suffix: span.read(opened) for suffix, span in entry.spans.items()})
        for entry, opened in read_shard(path, findings.add)
    ]
    assert [key for key, _, _ in found] == ["000000000", "000000001", "000000002"]
    for number, (key, suffix, content) in enumerate(found):
        assert suffix == "png"
        assert {f"{key}.{kind}": value for kind, value in content.items()} == dict(sample(number))
    assert not findings


def test_a_shard_of_webdataset_is_read_as_webdataset_reads_it(tmp_path: Path) -> None:
    """Written by its writer, which img2dataset uses; the whole shard has the same keys, suffixes and bytes."""
    webdataset = pytest.importorskip("webdataset", reason="webdataset (extra `data`) is not installed")
    path = tmp_path / "00000.tar"
    with webdataset.TarWriter(str(path)) as writer:
        for number in range(5):
            content = {name.partition(".")[2]: value for name, value in sample(number)}
            writer.write({"__key__": f"{number:09}", **content})
    reading = webdataset.tariterators
    with path.open("rb") as opened:
        files = ({**file, "__url__": "here"} for file in reading.tar_file_iterator(opened))
        theirs = {
            each["__key__"]: {suffix: value for suffix, value in each.items() if not suffix.startswith("__")}
            for each in reading.group_by_keys(files)
        }
    findings = Findings()
    ours = {
        entry.key: {suffix: span.read(opened) for suffix, span in entry.spans.items()}
        for entry, opened in read_shard(path, findings.add)
    }
    assert ours == theirs
    assert list(ours) == list(theirs)
    assert (len(ours), findings.counts) == (5, {})


SECOND = "second member of the same kind"


@pytest.mark.parametrize(
    ("members", "reason", "name"),
    [
        ([("a.png", b"x")], "no caption", "a"),
        ([("a.txt", b"cup"), ("a.json", b"{}")], "no image", "a"),
        ([("a.png", b"x"), ("a.jpg", b"x"), ("a.txt", b"cup")], SECOND, "a.jpg"),
        ([("a.png", b"x"), ("a.txt", b"cup"), ("a.txt", b"mug")], SECOND, "a.txt"),
        ([("../a.png", b"x"), ("../a.txt", b"")], "unsafe member: a path that climbs out of the archive", "../a.png"),
        ([("/etc/a.png", b"x")], "unsafe member: an absolute path", "/etc/a.png"),
        ([(special("a.png", tarfile.SYMTYPE), b"")], "unsafe member: a link", "a.png"),
        ([(special("a.png", tarfile.LNKTYPE), b"")], "unsafe member: a link", "a.png"),
        ([(special("a.png", tarfile.FIFOTYPE), b"")], "unsafe member: a device or another special file", "a.png"),
        ([("a.txt", bytes(2**20 + 1))], "oversize member", "a.txt (1048577 bytes)"),
    ],
)
def test_what_is_wrong_with_one_sample_is_named_and_costs_that_sample_alone(
    tmp_path: Path, members: list[Member], reason: str, name: str
) -> None:
    path = tmp_path / "s.tar"
    path.write_bytes(tar([*sample(0), *members, *sample(1)]))
    keys, findings = read(path)
    kept = ["a"] if reason == SECOND else []
    assert keys == ["000000000", *kept, "000000001"]
    assert findings.named[reason][0] == f"s.tar/{name}"


def test_a_key_that_comes_back_is_skipped_and_named_once(tmp_path: Path) -> None:
    path = tmp_path / "s.tar"
    path.write_bytes(tar([*sample(0), *sample(1), *sample(0), *sample(2)]))
    keys, findings = read(path)
    assert keys == ["000000000", "000000001", "000000002"]
    assert findings.named == {"key that was there before": ["s.tar/000000000"]}


def test_folders_and_capital_suffixes_and_other_columns(tmp_path: Path) -> None:
    path = tmp_path / "s.tar"
    folder = special("part", tarfile.DIRTYPE)
    members = [
        (folder, b""),
        ("part/1.0.JPG", b"x"),
        ("part/1.0.TXT", b"x"),
        ("part/a.Png", b"x"),
        ("part/a.json", b"{}"),
    ]
    path.write_bytes(tar([*members, ("part/a.npy", b"x"), ("part/a.cls", b"3")]))
    keys, findings = read(path)
    assert keys == ["part/a"], "a key ends at the first dot of the name"
    assert findings.named == {"no image": ["s.tar/part/1"]}


@pytest.mark.parametrize("cut", [511, 512, 600, 1024, 1500, 1538, 2048, 3072, 3500, 4096])
def test_a_shard_that_is_cut_off_gives_what_comes_before_the_cut(tmp_path: Path, cut: int) -> None:
    whole = tar([member for number in range(2) for member in sample(number)])
    path = tmp_path / "s.tar"
    path.write_bytes(whole[:cut])
    keys, findings = read(path)
    members = cut // 1024  # header and content take a block each
    assert keys == ([] if members < 2 else ["000000000"] if members < 5 else ["000000000", "000000001"])
    assert findings.counts["damaged shard"] == 1


def test_no_end_mark_is_damage_too(tmp_path: Path) -> None:
    path = tmp_path / "s.tar"
    path.write_bytes(tar(sample(0))[: 3 * 1024])
    keys, findings = read(path)
    assert (keys, findings.named) == (
        ["000000000"],
        {"damaged shard": ["s.tar (no end mark where the last member ends)"]},
    )


def test_a_header_damaged_in_the_middle_is_named(tmp_path: Path) -> None:
    content = bytearray(tar([*sample(0), *sample(1)]))
    content[3 * 1024 + 148] ^= 255  # its checksum
    path = tmp_path / "s.tar"
    path.write_bytes(bytes(content))
    keys, findings = read(path)
    assert keys == ["000000000"]
    assert findings.counts["damaged shard"] == 1


def test_a_member_of_negative_size_ends_the_shard(tmp_path: Path) -> None:
    """Older versions of tarfile would go round in circles (CVE-2025-8194)."""
    content = bytearray(tar(sample(0)))
    content[124:136] = (-1024 + 256**12).to_bytes(12, "big")
    content[148:156] = b" " * 8
    content[148:156] = f"{sum(content[:512]):06o}\0 ".encode()
    path = tmp_path / "s.tar"
    path.write_bytes(bytes(content))
    keys, findings = read(path)
    assert (keys, findings.counts["damaged shard"]) == ([], 1)


@pytest.mark.parametrize("content", [b"", b"no tar at all", bytes(10)])
def test_a_file_that_is_no_tar_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "s.tar"
    path.write_bytes(content)
    keys, findings = read(path)
    assert (keys, findings.counts) == ([], {"damaged shard": 1})


def test_a_shard_that_is_gone_is_named(tmp_path: Path) -> None:
    assert read(tmp_path / "s.tar")[1].named == {"unreadable shard": ["s.tar (No such file or directory)"]}


@settings(deadline=None, max_examples=150)
@given(damage=st.lists(st.tuples(st.integers(0, 6 * 1024), st.integers(0, 255)), min_size=1, max_size=8))
def test_any_damage_ends_in_findings_or_in_whole_samples(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[int, int]]
) -> None:
    content = bytearray(tar([*sample(0), *sample(1)]))
    for position, value in damage:
        content[position] = value
    path = tmp_path_factory.mktemp("damage") / "s.tar"
    path.write_bytes(bytes(content))
    findings = Findings()
    for entry, opened in read_shard(path, findings.add):
        assert all(len(span.read(opened)) == span.length for span in entry.spans.values())


def test_shards_are_listed_by_name(tmp_path: Path) -> None:
    for name in ("00001.tar", "00000.tar", "00000.parquet", "00000_stats.json", ".00002.tar"):
        (tmp_path / name).touch()
    assert [path.name for path in list_shards(tmp_path)] == ["00000.tar", "00001.tar"]
    with pytest.raises(DataError, match="is no folder"):
        list_shards(tmp_path / "absent")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"holds no shard \*\.tar"):
        list_shards(tmp_path / "empty")


def test_sizes(tmp_path: Path) -> None:
    assert shard_sizes(tmp_path) is None
    (tmp_path / "sizes.json").write_text('{"00000.tar": 9712, "00001.tar": 0}')
    assert shard_sizes(tmp_path) == {"00000.tar": 9712, "00001.tar": 0}
    for text in ("", "[3]", '{"00000.tar": -1}', '{"00000.tar": true}', '{"00000.tar": "9"}'):
        (tmp_path / "sizes.json").write_text(text)
        with pytest.raises(DataError, match=r"sizes\.json cannot be read"):
            shard_sizes(tmp_path)
