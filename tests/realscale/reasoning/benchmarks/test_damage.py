"""A record that is not as its layout says is counted, named and left out; a file that is not so is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from realscale.composition.items import BenchmarkError
from realscale.data.decoding import NoPicture
from realscale.reasoning.benchmarks import read, score
from realscale.reasoning.benchmarks.records import REPEATED
from realscale.reasoning.benchmarks.scoring import answered_rightly
from realscale.reasoning.benchmarks.tables import CHUNK

Parquet = Callable[[str, dict[str, list[Any]]], Path]


def records_of(path: Path) -> Any:
    """The records of a file of JSON or of lines."""
    text = path.read_text()
    return [json.loads(line) for line in text.splitlines()] if path.suffix == ".jsonl" else json.loads(text)


def put(path: Path, document: Any) -> None:
    lines = path.suffix == ".jsonl"
    path.write_text("\n".join(map(json.dumps, document)) if lines else json.dumps(document))


def changed(path: Path, place: Any, **fields: Any) -> None:
    """Replace fields of one record; a field `...` is taken out."""
    document = records_of(path)
    document[place] = {key: value for key, value in (document[place] | fields).items() if value is not ...}
    put(path, document)


FILES = {
    "mathvista": ("testmini.json", "1"),
    "mathvision": ("data/test.jsonl", 1),
    "mathverse": ("testmini.json", 0),
    "hallusionbench": ("HallusionBench.json", 0),
}


@pytest.mark.parametrize(
    ("name", "fields", "reason"),
    [
        ("mathvista", {"question": ...}, "field 'question' is no text"),
        ("mathvista", {"answer": 4}, "field 'answer' is no text"),
        ("mathvista", {"answer": " "}, "field 'answer' is empty"),
        ("mathvista", {"answer": "5 cm"}, "answer of a choice that is the text of no option"),
        ("mathvista", {"choices": "4 cm"}, "field 'choices' is no list of texts"),
        ("mathvista", {"choices": ["4 cm"] * 27}, "field 'choices' has more options than there are letters"),
        ("mathvista", {"precision": "two"}, "precision that is no number of decimal places"),
        ("mathvista", {"precision": float("nan")}, "precision that is no number of decimal places"),
        ("mathvista", {"precision": 1.5}, "precision that is no number of decimal places"),
        ("mathvista", {"question_type": "free_form"}, "answer_type of a free question that is none of integer, float"),
        ("mathvista", {"pid": None}, "field 'pid' is no text"),
        ("mathvista", {"image": ["a"]}, "field 'image' is no text"),
        ("mathvision", {"answer": "F"}, "answer of a choice that is no letter of an option"),
        ("mathvision", {"answer": "b"}, "answer of a choice that is no letter"),
        ("mathvision", {"options": [1, 2]}, "field 'options' is no list of texts"),
        ("mathverse", {"problem_version": "Text"}, "problem_version that is none of the six"),
        ("mathverse", {"answer": "30"}, "answer of a choice that is no letter"),
        ("mathverse", {"problem_index": True}, "field 'problem_index' is no text"),
        ("hallusionbench", {"category": "VX"}, "category that is neither VD nor VS"),
        ("hallusionbench", {"gt_answer": "2"}, "visual_input that is none of 0, 1, 2, or gt_answer that is neither"),
        ("hallusionbench", {"visual_input": "3"}, "visual_input that is none of 0, 1, 2, or gt_answer that is neither"),
        ("hallusionbench", {"filename": None}, "field 'filename' is no text"),
    ],
)
def test_a_malformed_record_is_named(name: str, fields: Any, reason: str, request: pytest.FixtureRequest) -> None:
    root = request.getfixturevalue(name)
    whole = len(read(name, root).problems)
    file, place = FILES[name]
    changed(root / file, place, **fields)
    found = read(name, root)
    assert len(found.problems) == whole - 1
    ((said, count),) = found.findings.counts.items()
    assert said.startswith(reason)
    assert count == 1


VALUES = [
    None,
    True,
    -1,
    1.5,
    float("nan"),
    "",
    "x",
    "../x",
    "1\n",
    [],
    [1],
    ["A", ""],
    {},
    {"skills": 3, "subject": {}},
]


@pytest.mark.parametrize("name", FILES)
def test_no_value_of_no_field_breaks_a_reader(name: str, request: pytest.FixtureRequest) -> None:
    root = request.getfixturevalue(name)
    path, place = root / FILES[name][0], FILES[name][1]
    document = records_of(path)
    put(path, {key: document[key] for key in ("1", "2")} if name == "mathvista" else document[:2])
    whole = path.read_text()
    for field in records_of(path)[place]:
        for value in VALUES:
            path.write_text(whole)
            changed(path, place, **{field: value})
            found = read(name, root)
            shown, asked = len(list(found.examples())), len(found.problems)
            assert shown == asked or found.findings
            assert score(found, answered_rightly(found)).problems == asked


def test_numbers_are_ids_too_and_an_id_that_comes_again_is_left_out(mathvision: Path) -> None:
    changed(mathvision / "data/test.jsonl", 1, id=2)
    assert [problem.name for problem in read("mathvision", mathvision).problems] == ["1", "2", "3", "4", "5"]
    changed(mathvision / "data/test.jsonl", 1, id=1)
    found = read("mathvision", mathvision)
    assert [problem.name for problem in found.problems] == ["1", "3", "4", "5"]
    assert found.findings.named == {REPEATED: ["1 (record 2)"]}


def test_precision_may_be_left_out_as_officially(mathvista: Path) -> None:
    changed(mathvista / "testmini.json", "4", precision=None)
    assert read("mathvista", mathvista).problems[3].facts["precision"] is None


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ("images/9.jpg", "absent file"),
        ("../secret.png", "path leads out of the folder"),
        ("/etc/passwd", "path leads out of the folder"),
        ("testmini.json", "not an image file"),
        ("images/empty.png", "empty file"),
        ("images/text.png", "not a picture by its first bytes"),
        ("images/link.png", "link leads out of the folder"),
        ("images\0/1.jpg", "unreadable file"),
        ("images/1\0.jpg", "unreadable file"),
    ],
)
def test_a_picture_that_cannot_be_had_is_a_finding_and_the_question_stays(
    mathvista: Path, tmp_path_factory: pytest.TempPathFactory, image: str, reason: str
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.png"
    outside.write_bytes((mathvista / "images/1.jpg").read_bytes())
    (mathvista / "images/empty.png").touch()
    (mathvista / "images/text.png").write_text("no picture at all")
    (mathvista / "images/link.png").symlink_to(outside)
    changed(mathvista / "testmini.json", "1", image=image)
    found = read("mathvista", mathvista)
    assert len(found.problems) == 5
    assert found.findings.named == {f"picture: {reason}": [f"1 ({image})"]}
    with pytest.raises(NoPicture, match=reason):
        found.problems[0].picture.image()
    assert len(list(found.examples())) == 4
    assert sum(found.findings.counts.values()) == 1  # it is not counted twice


def test_a_picture_that_does_not_decode_is_found_when_it_is_decoded(mathvista: Path) -> None:
    whole = (mathvista / "images/2.jpg").read_bytes()
    (mathvista / "images/2.jpg").write_bytes(whole[:-30])
    found = read("mathvista", mathvista)
    assert not found.findings
    assert len(list(found.examples())) == 4
    assert found.findings.named == {"picture: corrupt image": ["2"]}


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("mathvista", None, r"testmini.json is not there: neither .* nor .* holds any of it"),
        ("mathvista", "{", "cannot be read as JSON"),
        ("mathvista", "[]", "holds a JSON array; the official layout is a JSON object of records"),
        ("mathvista", '{"1": 3}', "record 1: 3 is no object"),
        ("mathvista", "{}", r"mathvista, split testmini, has no problem to ask; .* Found: nothing in the files"),
        ("mathvista", '{"1": {}}', r"has no problem to ask; .* Found: 1 x field 'pid' is no text: 1"),
        ("mathvision", '{"id": "1"}\n{', "line 2 cannot be read as JSON"),
        ("hallusionbench", "{}", "holds a JSON object; the official layout is a JSON array of records"),
    ],
)
def test_a_file_that_is_not_so_is_refused(
    name: str, content: str | None, text: str, request: pytest.FixtureRequest
) -> None:
    root = request.getfixturevalue(name)
    path = root / FILES[name][0]
    path.unlink()
    if content is not None:
        path.write_text(content)
    with pytest.raises(BenchmarkError, match=text):
        read(name, root)


def test_a_split_without_answers_is_refused(mathvista: Path) -> None:
    with pytest.raises(BenchmarkError, match="mathvista has no split 'test' with answers; expected one of testmini"):
        read("mathvista", mathvista, split="test")


def test_geometry3k_names_folders_without_data(geometry_folders: Path) -> None:
    folder = geometry_folders / "data/geometry3k/test"
    (folder / "11").mkdir()
    (folder / "12").mkdir()
    (folder / "12/data.json").write_text("[]")
    (folder / "10/img_diagram.png").unlink()
    found = read("geometry3k", geometry_folders)
    assert found.findings.named == {
        "data.json that is absent or cannot be read": ["11"],
        "data.json that is no object": ["12"],
        "picture: absent file": ["10 (10/img_diagram.png)"],
    }
    with pytest.raises(BenchmarkError, match=r"holds neither val/ID/data\.json"):
        read("geometry3k", geometry_folders, split="validation")


def test_geometry3k_refuses_a_letter_and_a_text_that_disagree(geometry_folders: Path, parquet: Parquet) -> None:
    columns = {
        "images": [[{"bytes": b"", "path": None}]] * 3,
        "problem": ["Find x."] * 3,
        "answer": ["12", "13", "3"],
        "id": [1, 2, 3],
        "choices": [["3", "12"]] * 3,
        "ground_truth": ["A", "B", None],
    }
    parquet("validation-00000-of-00001.parquet", columns)
    found = read("geometry3k", geometry_folders, split="validation")
    assert [problem.letters for problem in found.problems] == ["A"]
    assert found.findings.named == {
        "ground_truth and answer that are different options": ["validation-00000-of-00001.parquet:0"],
        "answer that is the text of no option": ["validation-00000-of-00001.parquet:1"],
    }


def table(images: list[Any]) -> dict[str, list[Any]]:
    count = len(images)
    return {
        "id": [f"u{row}" for row in range(count)],
        "question": ["Which?"] * count,
        "answer": ["A"] * count,
        "subject": ["math"] * count,
        "image": images,
    }


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ({"bytes": None, "path": None}, "absent picture"),
        ({"bytes": b"no picture", "path": None}, "corrupt image"),
        ({"bytes": None, "path": "../out.png"}, "path leads out of the folder"),
        ([b"a", b"b"], "not one picture"),
        ([], "not one picture"),
        (7, "absent picture"),
    ],
)
def test_a_row_without_one_picture_is_a_finding(tmp_path: Path, parquet: Parquet, image: Any, reason: str) -> None:
    parquet("test-00000-of-00001.parquet", table([image]))
    found = read("mmk12", tmp_path)
    assert list(found.examples()) == []
    assert found.findings.named == {f"picture: {reason}": ["u0"]}


def test_pictures_of_a_table_are_those_of_their_rows(tmp_path: Path, parquet: Parquet, mathvista: Path) -> None:
    (tmp_path / "near.png").write_bytes((mathvista / "images/1.jpg").read_bytes())
    images: list[Any] = [{"bytes": None, "path": "near.png"}]
    for shade in range(1, CHUNK + 2):
        path = tmp_path / f"{shade}.png"
        Image.new("RGB", (2, 2), (shade, 0, 0)).save(path)
        images.append({"bytes": path.read_bytes(), "path": None})
    parquet("test-00000-of-00001.parquet", table(images))
    found = read("mmk12", tmp_path)
    for row in (CHUNK + 1, 1, CHUNK, 2):  # to and fro over the border of a chunk
        assert found.problems[row].picture.image().getpixel((0, 0)) == (row, 0, 0)
    assert found.problems[0].picture.image().size == (12, 8)


def test_a_table_that_is_not_so_is_refused(tmp_path: Path, parquet: Parquet) -> None:
    with pytest.raises(BenchmarkError, match=r"no test-\*.parquet is in"):
        read("mmk12", tmp_path)
    path = parquet("test-00000-of-00001.parquet", {"id": ["1"]})
    with pytest.raises(BenchmarkError, match=r"has no column 'image' \(it has \['id'\]\)"):
        read("mmk12", tmp_path)
    path.write_bytes(b"PAR1 no table")
    with pytest.raises(BenchmarkError, match="cannot be read as a table"):
        read("mmk12", tmp_path)
