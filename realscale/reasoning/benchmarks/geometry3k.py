"""Geometry3K (Lu et al. 2021): folders as Inter-GPS has them, or the parquet files made from these."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from realscale.composition.files import inside, read_json
from realscale.composition.items import BenchmarkError
from realscale.data.findings import Findings
from realscale.reasoning.benchmarks.asking import prompt
from realscale.reasoning.benchmarks.pictures import PictureFolders
from realscale.reasoning.benchmarks.problems import LETTERS, Problem, ProblemSet
from realscale.reasoning.benchmarks.records import Malformed, Record, group, label, letter, options, problems, text
from realscale.reasoning.benchmarks.tables import PictureColumn, rows, table_files

LARGEST = 1e300  # of a value of an option: no infinity, and no whole number that no float is
FOLDERS = {"train": "train", "validation": "val", "test": "test"}  # of Inter-GPS, by the names of splits elsewhere


def read(root: Path, images: Path | None, split: str) -> ProblemSet:
    """Read the folders SPLIT/ID/{data.json, img_diagram.png} of root, root/geometry3k or root/data/geometry3k (the
    validation split is `val`), or SPLIT-*.parquet of root or root/data.

    data.json: {problem_text, choices, answer (a letter), precise_value, problem_type_graph, problem_type_goal}. Rows:
    {images, problem, answer (text of the option), id, choices, ground_truth (its letter)}.

    Raises:
        BenchmarkError: neither is there.
    """
    near = [folder / FOLDERS[split] for folder in (root, root / "geometry3k", root / "data" / "geometry3k")]
    found = [folder for folder in near if folder.is_dir() and next(folder.glob("*/data.json"), None)]
    if found:
        return _folders(found[0], split)
    try:
        files = table_files(root, split)
    except BenchmarkError as error:
        raise BenchmarkError(
            f"{root} holds neither {FOLDERS[split]}/ID/data.json (as Inter-GPS) nor {split}-*.parquet; expected one of "
            "the two, also in its folders geometry3k or data/geometry3k, or data"
        ) from error
    return _table(files, split)


def _folders(folder: Path, split: str) -> ProblemSet:
    findings = Findings()
    folders = PictureFolders([folder], findings)

    def records() -> Iterator[tuple[str, Record]]:
        for place in sorted(folder.iterdir(), key=lambda path: (len(path.name), path.name)):
            if not place.is_dir():
                continue
            try:
                record = read_json(inside(folder, f"{place.name}/data.json"))
            except BenchmarkError:
                findings.add("data.json that is absent or cannot be read", place.name)
                continue
            if isinstance(record, dict):
                yield place.name, record
            else:
                findings.add("data.json that is no object", place.name)

    def problem(key: str, record: Record) -> Problem:
        choices = options(record, "choices")
        right = letter(text(record, "answer"), choices)
        if not choices:
            raise Malformed("field 'choices' is empty")
        values = record.get("precise_value")
        picture = folders.picture(f"{key}/img_diagram.png", key)
        columns = group(record, "problem_type_goal", "problem_type_graph")
        question = prompt(text(record, "problem_text"), "choice", choices)
        facts = {"values": _numbers(values, len(choices)), "question": text(record, "problem_text")}
        return Problem(key, "choice", question, choices[LETTERS.index(right)], choices, right, picture, columns, facts)

    return ProblemSet("geometry3k", split, problems(records(), problem, findings), findings)


def _table(files: list[Path], split: str) -> ProblemSet:
    findings = Findings()
    columns = {path.name: PictureColumn(path, "images") for path in files}

    def problem(key: str, record: Record) -> Problem:
        choices, answer = options(record, "choices"), text(record, "answer")
        given, question = record.get("ground_truth"), text(record, "problem")
        if answer not in choices:
            raise Malformed("answer that is the text of no option")
        right = LETTERS[choices.index(answer)]
        if isinstance(given, str) and given in tuple(LETTERS[: len(choices)]):  # else it is no letter, but the answer
            if choices[LETTERS.index(given)] != answer:
                raise Malformed("ground_truth and answer that are different options")
            right = given
        file, row = key.rsplit(":", 1)
        facts = {"values": None, "question": question}
        asked = prompt(question, "choice", choices)
        picture = columns[file].picture(int(row))
        return Problem(label(record, "id"), "choice", asked, answer, choices, right, picture, {}, facts)

    def all_rows() -> Iterator[tuple[str, Record]]:
        for path in files:
            yield from rows(path, "images")

    return ProblemSet("geometry3k", split, problems(all_rows(), problem, findings), findings)


def _numbers(values: object, count: int) -> list[float] | None:
    """The values of all options, if each has one: only then Inter-GPS compares with them."""
    if not isinstance(values, list) or len(values) != count:
        return None
    if not all(isinstance(value, int | float) and -LARGEST < value < LARGEST for value in values):
        return None
    return [float(value) for value in values]


def free_response(found: ProblemSet) -> ProblemSet:
    """The same problems without their options, answered by a value, as reinforcement learning on this set has them."""
    return found.with_problems(
        tuple(
            replace(
                problem,
                kind="value",
                prompt=prompt(problem.facts["question"], "value"),
                options=(),
                letters="",
            )
            for problem in found.problems
        )
    )
