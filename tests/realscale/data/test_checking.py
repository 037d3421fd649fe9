"""`check` decodes everything once; what it lists, the loaders leave out."""

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from realscale.data.__main__ import main
from realscale.data.image_folders import load_domain_folders


@pytest.fixture
def folders(tmp_path: Path, paint: Callable[..., None]) -> Path:
    root = tmp_path / "mine"
    for domain in ("photo", "sketch"):
        for index in range(3):
            paint(root / domain / "dog" / f"{index}.png", 50 * index)
            paint(root / domain / "cat" / f"{index}.jpg", 50 * index)
    return root


def break_picture(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_report_lists_what_does_not_decode_and_the_loader_leaves_it_out(
    folders: Path, tmp_path: Path, jobs: int, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = ["photo/cat/1.jpg", "sketch/dog/2.png"]
    for path in broken:
        break_picture(folders / path)
    (folders / "photo" / "dog" / "notes.txt").write_text("dogs")
    file = tmp_path / "report.json"
    assert main(["check", str(folders), "--layout", "domainbed", "--report", str(file), "--jobs", str(jobs)]) == 1
    assert capsys.readouterr().out == ""
    report = json.loads(file.read_text())
    assert report["unusable"] == broken
    assert (report["layout"], report["name"], report["images"]) == ("domainbed", "mine", 10)
    assert (report["classes"], report["contexts"]) == ({"cat": 5, "dog": 5}, {"photo": 5, "sketch": 5})
    assert report["findings"] == {
        "corrupt image": {"count": 2, "first": broken},
        "not an image file": {"count": 1, "first": ["photo/dog/notes.txt"]},
    }
    found = load_domain_folders(folders, skip=file)
    assert not set(found.paths) & set(broken)
    assert len(found) == 10


def test_a_whole_set_exits_with_0_and_prints_its_report(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(folders), "--layout", "domainbed"]) == 0
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert (report["images"], report["unusable"], report["findings"]) == (12, [], {})
    assert report["whole"] is True
    assert "decoding mine: 12 images" in captured.err


def test_shards_are_counted_and_what_is_wrong_is_named(
    write_shards: Callable[..., tuple[Path, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_shards([3, 5], damaged=True)[0].parent
    (folder / "sizes.json").write_text('{"00000.tar": 3, "00001.tar": 9, "00002.tar": 1}')
    assert main(["check", str(folder), "--layout", "shards"]) == 1
    captured = capsys.readouterr()
    assert "decoding: 2 shards" in captured.err
    report = json.loads(captured.out)
    assert (report["images"], report["sizes"]) == (8, {"00000.tar": 3, "00001.tar": 5})
    assert report["findings"]["corrupt image"] == {"count": 2, "first": ["00000.tar/x0", "00001.tar/x0"]}
    first = {reason: entry["first"] for reason, entry in report["findings"].items()}
    assert first["count that is not that of sizes.json"] == ["00001.tar (5, there 9)"]
    assert first["shard of sizes.json that is absent"] == ["00002.tar"]


def test_whole_shards_exit_with_0_and_their_sizes_are_those_of_the_file(
    write_shards: Callable[..., tuple[Path, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_shards([2, 0])[0].parent
    (folder / "sizes.json").write_text('{"00000.tar": 2, "00001.tar": 0}')
    assert main(["check", str(folder), "--layout", "shards", "--quiet"]) == 0
    captured = capsys.readouterr()
    assert (json.loads(captured.out)["findings"], captured.err) == ({}, "")


def test_empty_captions_alone_are_found_and_are_no_damage(
    write_shards: Callable[..., tuple[Path, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    (shard,) = write_shards([3])
    with tarfile.open(shard) as opened:
        members = {member.name: opened.extractfile(member).read() for member in opened}  # type: ignore[union-attr]
    first = next(name for name in members if name.endswith(".txt"))
    with tarfile.open(shard, "w") as opened:
        for name, content in (members | {first: b" \n"}).items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            opened.addfile(entry, io.BytesIO(content))
    assert main(["check", str(shard.parent), "--layout", "shards", "--quiet"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["images"], report["whole"]) == (2, True)
    assert report["findings"]["empty caption"]["count"] == 1


def test_every_split_of_a_set_of_coop_is_checked(
    tmp_path: Path, paint: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    splits = {split: [[f"a/{split}.jpg", 0, "cat"], ["a/both.jpg", 0, "cat"]] for split in ("train", "val", "test")}
    for name in ("train", "val", "test", "both"):
        paint(tmp_path / "images" / "a" / f"{name}.jpg", 9)
    (tmp_path / "split_zhou_OxfordPets.json").write_text(json.dumps(splits))
    break_picture(tmp_path / "images" / "a" / "train.jpg")
    break_picture(tmp_path / "images" / "a" / "both.jpg")
    assert main(["check", str(tmp_path), "--layout", "coop", "--quiet"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["unusable"] == ["a/both.jpg", "a/train.jpg"]
    assert {split: each["images"] for split, each in report["splits"].items()} == {"train": 0, "val": 1, "test": 1}


def test_what_is_no_such_folder_exits_with_1_and_a_paragraph(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for layout in ("domainbed", "nico", "coop", "shards"):
        assert main(["check", str(tmp_path / "absent"), "--layout", layout]) == 1
        captured = capsys.readouterr()
        assert captured.out == ""
        assert "absent is no folder" in captured.err


def test_no_jobs_exit_with_2(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(folders), "--layout", "domainbed", "--jobs", "0"]) == 2
    assert "jobs is 0, expected at least 1" in capsys.readouterr().err


def test_list_shows_the_layouts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    shown = capsys.readouterr().out
    assert "PATH/<domain>/<class>/<image>" in shown
    assert "python -m realscale.data check PATH --layout NAME" in shown
    assert main(["list", "--json"]) == 0
    assert list(json.loads(capsys.readouterr().out)["layouts"]) == ["domainbed", "nico", "coop", "shards"]
