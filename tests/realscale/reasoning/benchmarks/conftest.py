"""Small benchmarks, all invented, in exactly the public file layouts."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

Json = Callable[[str, Any], Path]
MATHVISTA = {
    "choices": None,
    "unit": None,
    "precision": None,
    "question_type": "free_form",
    "answer_type": "integer",
}


def png(colour: tuple[int, int, int] = (200, 30, 30)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (12, 8), colour).save(stream, "png")
    return stream.getvalue()


@pytest.fixture
def write(tmp_path: Path) -> Json:
    """write(name, document): JSON, or a record a line if the name ends in jsonl."""

    def write(name: str, document: Any) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = name.endswith(".jsonl")
        path.write_text("\n".join(map(json.dumps, document)) if lines else json.dumps(document), encoding="utf-8")
        return path

    return write


@pytest.fixture
def draw(tmp_path: Path) -> Callable[[str], Path]:
    def draw(name: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png())
        return path

    return draw


@pytest.fixture
def mathvista(tmp_path: Path, write: Json, draw: Callable[[str], Path]) -> Path:
    """Of each kind one: a choice, one between letters, an integer with a unit, a float, a list."""
    records = [
        {
            "question": "How wide?",
            "choices": ["3 cm", "4 cm", "a cup"],
            "answer": "4 cm",
            "question_type": "multi_choice",
            "answer_type": "text",
        },
        {
            "question": "Which comes next?",
            "choices": ["A", "B", "C"],
            "answer": "C",
            "question_type": "multi_choice",
            "answer_type": "text",
        },
        {"question": "How many cups?", "answer": "4", "unit": "cups"},
        {"question": "What is the mean?", "answer": "1.5", "precision": 1.0, "answer_type": "float"},
        {"question": "Which two?", "answer": "[1, 2]", "answer_type": "list"},
    ]
    document = {}
    for number, record in enumerate(records, start=1):
        metadata = {"context": "table" if number < 3 else "bar chart", "skills": ["counting", "reading"][: number % 3]}
        document[str(number)] = {
            **MATHVISTA,
            **record,
            "image": f"images/{number}.jpg",
            "pid": str(number),
            "metadata": metadata,
        }
        draw(f"images/{number}.jpg")
    write("testmini.json", document)
    return tmp_path


@pytest.fixture
def mathvision(tmp_path: Path, write: Json, draw: Callable[[str], Path]) -> Path:
    records = [
        {"question": "How many? <image1>", "options": [], "answer": "6", "subject": "counting"},
        {"question": "Which one? <image1>", "options": list("ABCDE"), "answer": "B", "subject": "counting"},
        {
            "question": "How long is <image1> beside <image2>?",
            "options": ["$\\frac{1}{2}$", "1", "2", "$\\sqrt{2}$", "3"],
            "answer": "D",
            "subject": "geometry",
        },
        {"question": "<image1> Where?", "options": [], "answer": "(1, 2)", "subject": "geometry"},
        {"question": "Which side?\n<image1>\nLook.", "options": [], "answer": "C", "subject": "geometry"},
    ]
    for number, record in enumerate(records, start=1):
        record |= {"id": str(number), "solution": None, "level": number, "image": f"images/{number}.jpg"}
        draw(f"images/{number}.jpg")
    write("data/test.jsonl", records)
    (tmp_path / "images").rename(tmp_path / "data" / "images")
    return tmp_path


@pytest.fixture
def mathverse(tmp_path: Path, write: Json, draw: Callable[[str], Path]) -> Path:
    """Two problems in five versions with a picture, and one without; the sample indices of the two files overlap."""
    folders = ["images_version_1-4"] * 3 + ["images_version_5", "images_version_6"]
    versions = ["Text Dominant", "Text Lite", "Vision Intensive", "Vision Dominant", "Vision Only"]
    records = []
    for problem, answer, kind in (("1", "B", "multi-choice"), ("2", "12 cm", "free-form")):
        for version, folder in zip(versions, folders, strict=True):
            image = f"{folder}/image_{problem}.png"
            draw(f"images/{image}")
            asked = "Find b.\nChoices:\nA:30\nB:50" if kind == "multi-choice" else "Find b."
            records.append(
                {
                    "sample_index": str(len(records) + 1),
                    "problem_index": problem,
                    "problem_version": version,
                    "question": "" if version == "Vision Only" else asked,
                    "image": image,
                    "answer": answer,
                    "question_type": kind,
                    "metadata": {"split": "testmini", "subject": "Plane Geometry", "subfield": "Angle"},
                    "query_wo": "",
                    "query_cot": "",
                }
            )
    write("testmini.json", records)
    alone = {**records[0], "sample_index": "1", "problem_version": "Text Only", "image": ""}
    write("testmini_text_only.json", [alone])
    return tmp_path


# (category, subcategory, visual_input, set, figure, question, gt_answer)
HALLUSION = [
    ("VD", "illusion", "1", "0", "0", "0", "1"),
    ("VD", "illusion", "1", "0", "0", "1", "0"),
    ("VD", "illusion", "2", "0", "1", "0", "0"),
    ("VD", "illusion", "2", "0", "1", "1", "0"),
    ("VS", "map", "0", "3", "0", "0", "1"),
    ("VS", "map", "1", "3", "1", "0", "1"),
    ("VS", "map", "2", "3", "2", "0", "0"),
]


@pytest.fixture
def hallusionbench(tmp_path: Path, write: Json, draw: Callable[[str], Path]) -> Path:
    names = ("category", "subcategory", "visual_input", "set_id", "figure_id", "question_id", "gt_answer")
    records = []
    for row in HALLUSION:
        record = dict(zip(names, row, strict=True))
        name = f"{row[0]}/{row[1]}/{row[3]}_{row[4]}.png"
        filename = None if row[2] == "0" else f"./{'hallusion_bench/' * (row[0] == 'VS')}{name}"
        if filename:
            draw(f"hallusion_bench/{name}")
        records.append(
            record | {"sample_note": "", "question": "Is it so?", "gt_answer_details": "", "filename": filename}
        )
    write("HallusionBench.json", records)
    return tmp_path


@pytest.fixture
def geometry_folders(tmp_path: Path, write: Json, draw: Callable[[str], Path]) -> Path:
    """Inter-GPS's folders; of one problem an option has no value, and the folders' names sort as numbers."""
    for name, answer, values in (("9", "B", [3.0, 12.0, 15.0, 20.0]), ("10", "A", [3.0, None, 15.0, 20.0])):
        place = f"data/geometry3k/test/{name}"
        record = {
            "id": int(name),
            "problem_text": "Find x.",
            "choices": ["3", "12", "15", "20"],
            "precise_value": values,
            "answer": answer,
            "data_type": "test",
            "problem_type_graph": ["Circle"],
            "problem_type_goal": ["Length"],
        }
        write(f"{place}/data.json", record)
        draw(f"{place}/img_diagram.png")
    return tmp_path


@pytest.fixture
def parquet(tmp_path: Path) -> Callable[[str, dict[str, list[Any]]], Path]:
    """parquet(name, columns): a table under the test's folder."""
    pl = pytest.importorskip("polars", reason="needs the extra: pip install 'token-scm[vocabulary]'")

    def write_table(name: str, columns: dict[str, list[Any]]) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pl.DataFrame(columns).write_parquet(path)
        return path

    return write_table


@pytest.fixture
def geometry_table(tmp_path: Path, parquet: Callable[[str, dict[str, list[Any]]], Path]) -> Path:
    """The parquet layout: the answer is an option's text, and ground_truth its letter or, as here once, its text."""
    columns = {
        "images": [[{"bytes": png(), "path": "a.png"}]] * 2,
        "problem": ["<image>Find x.", "<image>Find y."],
        "answer": ["12", "2 \\sqrt { 221 }"],
        "id": [9, 10],
        "choices": [["3", "12", "15", "20"], ["1", "2", "3", "2 \\sqrt { 221 }"]],
        "ground_truth": ["B", "2 \\sqrt { 221 }"],
    }
    parquet("data/test-00000-of-00001.parquet", columns)
    return tmp_path


@pytest.fixture
def mmk12(tmp_path: Path, parquet: Callable[[str, dict[str, list[Any]]], Path]) -> Path:
    columns = {
        "id": ["u1", "u2", "u3"],
        "question": ["Acid?\nA. soap\nB. vinegar", "Which?\nA. one\nB. two\nC. three", "<image>Which of the four?"],
        "answer": ["B", "C", "D"],
        "subject": ["chemistry", "math", "math"],
        "image": [{"bytes": png(), "path": None}] * 3,
    }
    parquet("data/test-00000-of-00001.parquet", columns)
    train = {
        "id": ["t1", "t2"],
        "question": ["What is half of 3?", "Acid?\nA. soap\nB. vinegar"],
        "answer": ["$\\frac{3}{2}$", "B"],
        "subject": ["math", "chemistry"],
        "image": [{"bytes": png(), "path": None}] * 2,
    }
    parquet("data/train-00000-of-00001.parquet", train)
    return tmp_path
