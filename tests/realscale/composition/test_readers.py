"""The official layouts are read as they are; what is not so is named."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from realscale.composition.__main__ import main, read
from realscale.composition.aro import LEAST_OF_PAIR, order, plain_caption, vg_attribution, vg_relation
from realscale.composition.items import BenchmarkError
from realscale.composition.sugarcrepe import TYPES, sugarcrepe
from realscale.composition.valse import PIECES, UNCONFIRMED, valse
from realscale.composition.winoground import winoground


def tag(words: Sequence[str]) -> list[str]:
    return [
        "NN" if word in {"dog", "sofa", "man", "hat"} else "JJ" if word in {"red", "big"} else "DT" for word in words
    ]


def test_vg_relation_crops_and_counts_all_but_the_relations_left_out(aro: Path) -> None:
    benchmark = vg_relation(aro, aro / "images")
    assert [item.type for item in benchmark.items] == ["under", "under", "near"]
    assert benchmark.items[0].box == (4, 0, 6, 4)
    assert benchmark.official_types == {"under"}
    assert (benchmark.official_ties, benchmark.official_average) == ("lose", "macro")


def test_vg_attribution_counts_pairs_with_enough_cases(aro: Path) -> None:
    benchmark = vg_attribution(aro, aro / "images")
    assert len(benchmark.items) == LEAST_OF_PAIR + 1
    assert benchmark.official_types == {"red_blue"}


def test_sugarcrepe_reads_seven_files_with_gaps_in_their_keys(crepe: Path) -> None:
    benchmark = sugarcrepe(crepe, crepe / "images")
    assert len(benchmark.items) == 2 * len(TYPES) == 14
    assert benchmark.items[1].name == "add_att/2"
    assert benchmark.official_ties == "lose"
    assert not benchmark.missing_images()


def test_valse_keeps_what_two_workers_confirmed(valse_data: Path) -> None:
    benchmark = valse(valse_data, valse_data / "images")
    assert len(benchmark.items) == 2 * len(PIECES)
    assert benchmark.skipped == {UNCONFIRMED: len(PIECES)}


def test_order_sets_keep_the_words_and_repeat_by_seed(write: Callable[[str, Any], Path], tmp_path: Path) -> None:
    captions = ["A big dog, on a red sofa with a man in a hat.", "dog"]
    path = write("coco_karpathy_test.json", [{"image": "val2014/7.jpg", "caption": captions}])
    first = order(path, tmp_path, name="coco_order", tagger=tag, seed=0)
    assert [item.caption for item in first.items] == [plain_caption(captions[0])]
    assert first.skipped["a shuffle gave the caption back"] >= 4  # one word has no other order
    for negative in first.items[0].negatives:
        assert sorted(negative.split()) == sorted(first.items[0].caption.split())
    nouns = [[word for word in text.split() if tag([word]) == ["DT"]] for text in first.items[0].negatives]
    assert [word for word in first.items[0].caption.split() if tag([word]) == ["DT"]] == nouns[0]
    assert order(path, tmp_path, name="coco_order", tagger=tag, seed=0) == first
    assert order(path, tmp_path, name="coco_order", tagger=tag, seed=1) != first
    assert first.official_ties == "win"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (None, r"^\S*add_att.json is not there; expected the benchmark's own file"),
        ("not json", "cannot be read as JSON"),
        ("3", "holds a JSON number"),
        ([], "holds a JSON array; the official layout is a JSON object of records"),
        ({"0": 3}, "record 0: 3 is no object"),
        ({"0": {"filename": "x.jpg", "caption": " "}}, "field 'caption' is ' '; expected a text that is not empty"),
        ({"0": {"filename": "../x.jpg", "caption": "a", "negative_caption": "b"}}, "leads out of"),
        ({}, "has no item to score"),
    ],
)
def test_files_that_are_not_so_are_named(crepe: Path, change: Any, text: str) -> None:
    path = crepe / "add_att.json"
    path.unlink()
    if change is not None:
        path.write_text(change if isinstance(change, str) else json.dumps(change))
    with pytest.raises(BenchmarkError, match=text):
        sugarcrepe(crepe, crepe / "images")


def test_a_box_and_a_vote_must_be_there(aro: Path, valse_data: Path) -> None:
    path = aro / "visual_genome_relation.json"
    records = json.loads(path.read_text())
    path.write_text(json.dumps([{**records[0], "bbox_w": 0}]))
    with pytest.raises(BenchmarkError, match=r"record 1: .* expected four numbers, width and height positive"):
        vg_relation(aro, aro / "images")
    piece = valse_data / "plurals.json"
    piece.write_text(json.dumps({"a": {"caption": "x", "foil": "y", "image_file": "b.jpg"}}))
    with pytest.raises(BenchmarkError, match="field 'mturk' is None"):
        valse(valse_data, valse_data / "images")


def test_winoground_asks_of_each_picture_its_caption_against_the_other(winoground_data: Path) -> None:
    benchmark = winoground(winoground_data, winoground_data / "images")
    assert [item.name for item in benchmark.items] == ["0/0", "0/1", "1/0", "1/1", "2/0", "2/1"]
    assert [(item.caption, *item.negatives) for item in benchmark.items[:2]] == [
        ("cat above box", "box above cat"),
        ("box above cat", "cat above box"),
    ]
    assert [item.type for item in benchmark.items] == ["Object"] * 4 + ["Both"] * 2
    assert benchmark.missing_images() == []
    assert benchmark.official_ties == "lose"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("{", "line 4 cannot be read as JSON"),
        ("[]", "record 4: .* is no object"),
        ('{"image_0": "../x", "image_1": "x"}', "leads out of"),
        ('{"image_0": "x", "image_1": "y", "caption_0": "a"}', "field 'caption_1' is None"),
    ],
)
def test_a_line_of_winoground_that_is_not_so_is_named(winoground_data: Path, line: str, text: str) -> None:
    with (winoground_data / "examples.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(BenchmarkError, match=text):
        winoground(winoground_data, winoground_data / "images")


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("vg_relation", "aro"),
        ("vg_attribution", "aro"),
        ("sugarcrepe", "crepe"),
        ("valse", "valse_data"),
        ("winoground", "winoground_data"),
    ],
)
def test_a_repository_and_its_folder_data_are_both_roots(
    name: Any, folder: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    flat: Path = request.getfixturevalue(folder)
    here = read(name, flat, None)
    data = tmp_path / "repository" / "data"
    data.mkdir(parents=True)
    for path in [*flat.glob("*.json*"), flat / "images"]:
        path.rename(data / path.name)
    for root in (data.parent, data):
        there = read(name, root, None)
        assert [item.caption for item in there.items] == [item.caption for item in here.items]
        assert there.missing_images() == []
    (data / "images").rename(data.parent / "images")  # pictures beside the folder of the files
    assert read(name, data.parent, None).missing_images() == []


def test_files_in_two_places_are_refused_and_none_names_both(crepe: Path) -> None:
    (crepe / "data").mkdir()
    (crepe / "data" / "swap_obj.json").write_text((crepe / "swap_obj.json").read_text())
    with pytest.raises(BenchmarkError, match=r"and \S*data both hold some of add_att.json"):
        read("sugarcrepe", crepe, None)
    with pytest.raises(BenchmarkError, match=r"neither \S*nowhere nor \S*nowhere/data holds any of it"):
        read("sugarcrepe", crepe / "nowhere", None)


def test_pictures_in_two_places_are_refused(crepe: Path) -> None:
    data = crepe / "data"
    (data / "images").mkdir(parents=True)
    for path in crepe.glob("*.json"):
        path.rename(data / path.name)
    with pytest.raises(BenchmarkError, match="are both there; expected one, or which to read by --images"):
        read("sugarcrepe", crepe, None)
    assert read("sugarcrepe", crepe, crepe / "images").missing_images() == []


def test_valse_is_read_without_pieces_and_says_which(valse_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (valse_data / "plurals.json").unlink()
    (valse_data / "relations.json").unlink()
    assert main(["score", "valse", str(valse_data)]) == 0
    printed = capsys.readouterr().out
    assert f"2 of {len(PIECES)} pieces whose files are not in {valse_data} (plurals, relations)" in printed
    assert "official not defined (rule: mean over all 11 pieces, of which these are not there" in printed
    assert main(["score", "valse", str(valse_data), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["chance"]["official"] is None
