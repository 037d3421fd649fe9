"""NICO++ made here in the layout of its release and of its lists."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from realscale.data.errors import DataError
from realscale.data.labelled import LabelledImages
from realscale.data.nico import load_nico, load_nico_lists

CLASSES = {"fishing rod": 0, "car": 1, "cat": 2}  # the mapping's own order, not that of the names
CONTEXTS = ("autumn", "grass")


@pytest.fixture
def track(tmp_path: Path, paint: Callable[..., None]) -> Path:
    """`track_1` with two images a context and class; the level tells both."""
    root = tmp_path / "track_1"
    for number, context in enumerate(CONTEXTS):
        for name, label in CLASSES.items():
            for index in (1, 2):
                folder = root / "public_dg_0416" / "train" / context / name
                paint(folder / f"{context}_{index:06}.jpg", 100 * number + 20 * label)
    paint(root / "public_dg_0416" / "public_test_flat" / "d41d8cd98f00b204e9800998ecf8427e.jpg", 250)
    (root / "dg_label_id_mapping.json").write_text(json.dumps(CLASSES))
    return root


def levels(found: LabelledImages) -> np.ndarray:
    return found.pictures(np.arange(len(found)), size=4)[:, 0, 0, 0].astype(int)


def test_track_1_has_the_labels_of_its_mapping(track: Path) -> None:
    found = load_nico(track)
    assert isinstance(found, LabelledImages)
    assert (found.name, len(found), found.findings.counts) == ("NICO++", 12, {})
    assert found.class_names == ("fishing rod", "car", "cat")
    assert found.context_names == CONTEXTS
    assert np.abs(levels(found) - 100 * found.contexts - 20 * found.classes).max() <= 2  # JPEG


def test_a_class_folder_without_a_label_is_skipped_and_named(track: Path, paint: Callable[..., None]) -> None:
    paint(track / "public_dg_0416" / "train" / "grass" / "dog" / "grass_000001.jpg", 9)
    found = load_nico(track)
    assert len(found) == 12
    assert found.findings.named == {"class folder without a label": ["grass/dog"]}


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"cat": 1}', '{"cat": 0, "car": 0}', '{"cat": null}', '{"cat": 0, "car": 2}']
)
def test_a_broken_mapping_is_refused(track: Path, text: str) -> None:
    (track / "dg_label_id_mapping.json").write_text(text)
    with pytest.raises(DataError, match=r"dg_label_id_mapping\.json (cannot be read|gives)"):
        load_nico(track)


def test_another_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"dg_label_id_mapping\.json cannot be read"):
        load_nico(tmp_path)


@pytest.fixture
def lists(track: Path, tmp_path: Path) -> Path:
    """Lists as the DomainBed loader reads them: image 1 of every cell in train, image 2 in test, absolute paths."""
    folder = tmp_path / "lists" / "NICO"
    folder.mkdir(parents=True)
    train = track / "public_dg_0416" / "train"
    for context in CONTEXTS:
        for split, index in (("train", 1), ("test", 2)):
            lines = [f"{train}/{context}/{name}/{context}_{index:06}.jpg {label}" for name, label in CLASSES.items()]
            (folder / f"{context}_{split}.txt").write_text("\n".join(lines) + "\n")
    return folder


@pytest.mark.parametrize("split", ["train", "test"])
def test_lists_are_split_at_the_last_blank(track: Path, lists: Path, split: str) -> None:
    found = load_nico_lists(lists, images=track / "public_dg_0416" / "train", split=split)
    assert (len(found), found.class_names, found.context_names) == (6, ("fishing rod", "car", "cat"), CONTEXTS)
    assert found.findings.counts == {}
    assert all(path.endswith(f"_00000{1 if split == 'train' else 2}.jpg") for path in found.paths)
    assert np.abs(levels(found) - 100 * found.contexts - 20 * found.classes).max() <= 2


def test_bad_lines_are_skipped_and_named(track: Path, lists: Path, tmp_path: Path, paint: Callable[..., None]) -> None:
    paint(tmp_path / "out" / "car" / "1.jpg", 1)
    with (lists / "grass_test.txt").open("a") as opened:
        opened.write("\n")
        opened.write("grass/car/grass_000001.jpg 1\n")  # relative to the images: fine
        opened.write("grass/car/grass_000001.jpg\ncar -1\n 1\n")
        opened.write("grass/car/absent.jpg 1\ngrass/car/grass_000002.jpg 2\ngrass/car/grass_000002.jpg 99\n")
        opened.write(f"{tmp_path}/out/car/1.jpg 1\n../train/grass/car/grass_000001.jpg 1\ngrass/car/\0.jpg 1\n")
    images, mapping = track / "public_dg_0416" / "train", track / "dg_label_id_mapping.json"
    found = load_nico_lists(lists, images=images, mapping=mapping)
    assert len(found) == 7
    assert found.findings.named == {
        "malformed line": ["grass_test.txt:6", "grass_test.txt:7", "grass_test.txt:8"],
        "absent file": ["grass/car/absent.jpg"],
        "label that contradicts the folder": ["grass/car/grass_000002.jpg"] * 2,
        "path leads out of the folder": [f"{tmp_path}/out/car/1.jpg", "../train/grass/car/grass_000001.jpg"],
        "unreadable file": ["grass/car/\0.jpg"],
    }


def test_a_class_that_the_lists_lack_takes_its_name_from_the_mapping(track: Path, lists: Path) -> None:
    for path in lists.iterdir():
        path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.endswith(" 1\n")))
    images = track / "public_dg_0416" / "train"
    with pytest.raises(DataError, match=r"the lists have 2 labels \[0, 2\].*dg_label_id_mapping\.json"):
        load_nico_lists(lists, images=images)
    found = load_nico_lists(lists, images=images, mapping=track / "dg_label_id_mapping.json")
    assert (len(found), found.class_names) == (4, ("fishing rod", "car", "cat"))
    assert found.findings.named == {"class not in every domain": ["car (only in: none)"]}


def test_a_folder_without_lists_is_refused(track: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no list <context>_val\.txt"):
        load_nico_lists(tmp_path, images=track, split="val")
