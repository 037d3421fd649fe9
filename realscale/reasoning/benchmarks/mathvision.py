"""MATH-Vision (Wang et al. 2024): a record a line, answered by a letter, an option's text or an equal value."""

from pathlib import Path

from realscale.composition.files import located, record_lines
from realscale.data.findings import Findings
from realscale.reasoning.benchmarks.asking import prompt
from realscale.reasoning.benchmarks.pictures import PictureFolders
from realscale.reasoning.benchmarks.problems import LETTERS, Kind, Problem, ProblemSet
from realscale.reasoning.benchmarks.records import Record, group, label, letter, options, problems, text

MOST = 5  # options of a question, from A to E


def read(root: Path, images: Path | None, split: str) -> ProblemSet:
    """Read SPLIT.jsonl under root or root/data: records {id, question, options, answer, level, subject, image}.

    Options are empty of a free question, and in hundreds of rows just the letters, the options being in the picture; a
    few rows without options are answered by a letter of the picture.

    Raises:
        BenchmarkError: no such file, or a line that is no record.
    """
    data, findings = located(root, (f"{split}.jsonl",)), Findings()
    folders = PictureFolders([images] if images else [data, root], findings)

    def problem(key: str, record: Record) -> Problem:
        name, answer, choices = label(record, "id"), label(record, "answer"), options(record, "options")
        kind: Kind = "choice" if choices or answer in tuple(LETTERS[:MOST]) else "value"
        return Problem(
            name,
            kind,
            prompt(text(record, "question"), kind, choices),
            answer,
            choices,
            letter(answer, choices) if kind == "choice" else "",
            folders.picture(text(record, "image"), name),
            group(record, "subject", "level"),
        )

    return ProblemSet("mathvision", split, problems(record_lines(data / f"{split}.jsonl"), problem, findings), findings)
