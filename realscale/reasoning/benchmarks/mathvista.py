"""MathVista (Lu et al. 2024): testmini.json and its images; a choice is answered by the text of its option."""

from pathlib import Path

from realscale.composition.files import located, records
from realscale.data.findings import Findings
from realscale.reasoning.benchmarks.asking import prompt
from realscale.reasoning.benchmarks.pictures import PictureFolders
from realscale.reasoning.benchmarks.problems import LETTERS, Kind, Problem, ProblemSet
from realscale.reasoning.benchmarks.records import Malformed, Record, group, label, options, problems, text

_KINDS: dict[str, Kind] = {"integer": "integer", "float": "float", "list": "list"}
_COLUMNS = ("context", "task", "source", "category", "grade", "language", "skills")


def read(root: Path, images: Path | None, split: str) -> ProblemSet:
    """Read SPLIT.json under root or root/data: an object of records {question, image, choices, unit, precision, answer,
    question_type, answer_type, pid, metadata}; images are named from the folder of that file.

    Raises:
        BenchmarkError: no such file, or another document.
    """
    data, findings = located(root, (f"{split}.json",)), Findings()
    folders = PictureFolders([images] if images else [data, root], findings)

    def problem(key: str, record: Record) -> Problem:
        name, answer = label(record, "pid"), text(record, "answer")
        choices, question_type = options(record, "choices"), text(record, "question_type")
        kind: Kind = "choice" if question_type == "multi_choice" else _kind(record)
        places, letters = _places(record), ""
        if kind == "choice":
            if answer not in choices:
                raise Malformed("answer of a choice that is the text of no option")
            letters = LETTERS[choices.index(answer)]
        question, metadata = text(record, "question"), record.get("metadata")
        if record.get("unit"):
            question += f" (unit: {text(record, 'unit')})"
        columns = group(metadata if isinstance(metadata, dict) else {}, *_COLUMNS)
        return Problem(
            name,
            kind,
            prompt(question, kind, choices if kind == "choice" else (), places=places),
            answer,
            choices if kind == "choice" else (),
            letters,
            folders.picture(text(record, "image"), name),
            columns | group(record, "question_type", "answer_type"),
            {"precision": places},
        )

    found = problems(records(data / f"{split}.json", dict), problem, findings)
    return ProblemSet("mathvista", split, found, findings)


def _kind(record: Record) -> Kind:
    answer_type = text(record, "answer_type")
    if answer_type not in _KINDS:
        raise Malformed(f"answer_type of a free question that is none of {', '.join(_KINDS)}")
    return _KINDS[answer_type]


def _places(record: Record) -> int | None:
    """Decimal places; a float in files that were made from a table."""
    value = record.get("precision")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1 or not 0 <= value <= 20:
        raise Malformed("precision that is no number of decimal places")
    return int(value)
