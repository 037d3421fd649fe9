"""Folders in DomainBed's layout, made here: labels, domains, and everything that does not belong there."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from realscale.data.errors import DataError
from realscale.data.image_folders import load_domain_folders, readable
from realscale.data.labelled import LabelledImages

COLOURS = {"art_painting": 40, "cartoon": 80, "photo": 120, "sketch": 200}


@pytest.fixture
def pacs(tmp_path: Path, paint: Callable[..., None]) -> Path:
    """`PACS/<domain>/<class>/<n>.png`, two images a class, with a level that tells domain and class."""
    root = tmp_path / "PACS"
    for domain, level in COLOURS.items():
        for number, label in enumerate(("dog", "elephant", "giraffe", "guitar", "horse", "house", "person")):
            for index in range(2):
                paint(root / domain / label / f"{index}.png", level + number)
    return root


def test_domains_and_classes_are_numbered_by_their_sorted_names(pacs: Path) -> None:
    found = load_domain_folders(pacs)
    assert isinstance(found, LabelledImages)
    assert (found.name, len(found), found.findings.counts) == ("PACS", 56, {})
    assert found.context_names == ("art painting", "cartoon", "photo", "sketch")
    assert found.class_names[:2] == ("dog", "elephant")
    row = found.paths.index("sketch/dog/1.png")
    assert (found.contexts[row], found.classes[row], found.captions[row]) == (3, 0, "dog")
    assert len(set(found.groups.tolist())) == 56


def test_pictures_belong_to_their_labels(pacs: Path) -> None:
    found = load_domain_folders(pacs)
    rows = np.random.default_rng(5).permutation(len(found))
    levels = found.pictures(rows, size=5)[:, 2, 2, 0]
    expected = np.array([COLOURS[name.replace(" ", "_")] for name in found.context_names])
    assert (levels == expected[found.contexts[rows]] + found.classes[rows]).all()


@pytest.mark.parametrize(
    ("folder", "words"),
    [("Alarm_Clock", "Alarm Clock"), ("location_38", "location 38"), ("Real World", "Real World"), ("__a_", "a")],
)
def test_readable_names(folder: str, words: str) -> None:
    assert readable(folder) == words


def test_a_class_in_one_domain_only_shifts_no_label_and_is_named(pacs: Path, paint: Callable[..., None]) -> None:
    paint(pacs / "sketch" / "cat" / "0.png", 10)
    found = load_domain_folders(pacs)
    assert found.class_names[:2] == ("cat", "dog")
    photo_dog = found.paths.index("photo/dog/0.png")
    assert found.classes[photo_dog] == found.classes[found.paths.index("sketch/dog/0.png")] == 1
    assert found.findings.named["class not in every domain"] == ["cat (only in: sketch)"]
    assert found.findings.named["number of classes"] == ["8, DomainBed has 7"]


def test_what_does_not_belong_there_is_skipped_and_named(
    pacs: Path, tmp_path: Path, paint: Callable[..., None]
) -> None:
    paint(tmp_path / "elsewhere.png", 1)
    dog = pacs / "photo" / "dog"
    (dog / "notes.txt").write_text("about dogs")
    (dog / "empty.png").touch()
    (dog / "page.jpg").write_text("<html>404</html>")
    (dog / "out.png").symlink_to(tmp_path / "elsewhere.png")
    (dog / "gone.png").symlink_to(dog / "never.png")
    (dog / "more").mkdir()
    (pacs / "photo" / "cat").mkdir()
    (pacs / "readme.txt").write_text("text")
    (pacs / ".git").mkdir()
    (pacs / "__MACOSX").mkdir()
    found = load_domain_folders(pacs)
    assert len(found) == 56
    assert found.findings.named == {
        "file where a folder is expected": ["readme.txt"],
        "hidden folder": [".git", "__MACOSX"],
        "empty folder": ["photo/cat"],
        "empty file": ["photo/dog/empty.png"],
        "absent file": ["photo/dog/gone.png"],
        "folder inside a class": ["photo/dog/more"],
        "not an image file": ["photo/dog/notes.txt"],
        "link leads out of the folder": ["photo/dog/out.png"],
        "not a picture by its first bytes": ["photo/dog/page.jpg"],
        "class not in every domain": ["cat (only in: none)"],
        "number of classes": ["8, DomainBed has 7"],
    }


def test_a_domain_without_an_image_is_a_finding_and_no_domain(pacs: Path) -> None:
    (pacs / "blank").mkdir()
    (pacs / "drawings" / "dog").mkdir(parents=True)
    for path in (pacs / "cartoon").glob("*/*.png"):
        path.write_bytes(b"")
    found = load_domain_folders(pacs)
    assert found.context_names == ("art painting", "photo", "sketch")
    assert found.contexts[found.paths.index("sketch/dog/1.png")] == 2
    assert found.findings.named["domain without an image"] == ["blank", "cartoon", "drawings"]
    assert found.findings.named["absent domain"] == ["cartoon"]
    assert "class not in every domain" not in found.findings.named


def test_a_link_inside_of_the_folder_is_an_image(pacs: Path) -> None:
    (pacs / "photo" / "dog" / "again.png").symlink_to(pacs / "photo" / "dog" / "0.png")
    assert "photo/dog/again.png" in load_domain_folders(pacs).paths


@pytest.mark.parametrize("link", ["photo2", "photo/cat"])
def test_a_folder_that_is_a_link_out_of_the_root_is_refused(
    pacs: Path, tmp_path: Path, link: str, paint: Callable[..., None]
) -> None:
    paint(tmp_path / "other" / "dog" / "0.png", 1)
    (pacs / link).symlink_to(tmp_path / "other")
    with pytest.raises(DataError, match=r"is refused: it is a link to .*other, outside of .*PACS"):
        load_domain_folders(pacs)


def test_a_folder_that_cannot_be_read_is_an_error(pacs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = os.scandir

    def denied(folder: Path) -> object:
        if folder.name == "horse":
            raise PermissionError(13, "Permission denied")
        return scan(folder)

    monkeypatch.setattr("os.scandir", denied)
    with pytest.raises(DataError, match=r"art_painting/horse cannot be read \(Permission denied\)"):
        load_domain_folders(pacs)


def test_the_root_itself_may_be_a_link(pacs: Path, tmp_path: Path) -> None:
    (tmp_path / "sets").symlink_to(tmp_path)
    assert len(load_domain_folders(tmp_path / "sets" / "PACS")) == 56


def test_a_known_set_with_another_domain_is_noted(pacs: Path) -> None:
    (pacs / "sketch").rename(pacs / "sketches")
    found = load_domain_folders(pacs)
    assert found.findings.named["absent domain"] == ["sketch"]
    assert found.findings.named["domain that DomainBed does not have"] == ["sketches"]


def test_a_picture_that_fails_later_is_an_error_that_says_what_to_do(pacs: Path, tmp_path: Path) -> None:
    broken = pacs / "photo" / "dog" / "0.png"
    broken.write_bytes(broken.read_bytes()[:40])
    found = load_domain_folders(pacs)
    row = found.paths.index("photo/dog/0.png")
    with pytest.raises(DataError, match=r"image .*photo/dog/0\.png of the set 'PACS': corrupt image.*data check ROOT"):
        found.pictures(np.array([row]), size=4)
    report = tmp_path / "report.json"
    report.write_text(json.dumps({"unusable": ["photo/dog/0.png"]}))
    again = load_domain_folders(pacs, skip=report)
    assert len(again) == 55
    assert again.findings.named == {"no picture by the report of a check": ["photo/dog/0.png"]}


def test_a_file_that_vanishes_is_an_error_that_names_it(pacs: Path) -> None:
    found = load_domain_folders(pacs)
    (pacs / found.paths[3]).unlink()
    with pytest.raises(DataError, match=r"art_painting/elephant/1\.png of the set 'PACS'.*No such file"):
        found.pictures(np.array([3]), size=4)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"unusable": 3}'])
def test_a_broken_report_is_refused(pacs: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "report.json").write_text(text)
    with pytest.raises(DataError, match=r"is no report of `python -m realscale.data check`"):
        load_domain_folders(pacs, skip=tmp_path / "report.json")


def test_nothing_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is no folder"):
        load_domain_folders(tmp_path / "absent")
    (tmp_path / "set" / "photo" / "dog").mkdir(parents=True)
    with pytest.raises(DataError, match=r"no image of the set 'set' is left under .*empty folder: photo/dog"):
        load_domain_folders(tmp_path / "set")
