"""MMK12 (Meng et al. 2025): school questions in parquet files; the test split has options in the question."""

from collections.abc import Iterator
from pathlib import Path

from realscale.data.findings import Findings
from realscale.reasoning.benchmarks.asking import listed_options, prompt
from realscale.reasoning.benchmarks.problems import Kind, Problem, ProblemSet
from realscale.reasoning.benchmarks.records import Record, group, label, letter, problems, text
from realscale.reasoning.benchmarks.tables import PictureColumn, rows, table_files


def read(root: Path, images: Path | None, split: str) -> ProblemSet:
    """Read SPLIT-*.parquet under root or root/data: rows {id, question, answer, subject, image}.

    A row of the test split is answered by a letter; of the train split by a value, unless its answer is a letter and
    options stand in its question.

    Raises:
        BenchmarkError: no such file, or no such columns.
    """
    findings, files = Findings(), table_files(root, split)
    columns = {path.name: PictureColumn(path, "image") for path in files}

    def problem(key: str, record: Record) -> Problem:
        name, question, answer = label(record, "id"), text(record, "question"), text(record, "answer").strip()
        listed = listed_options(question, answer)
        kind: Kind = "choice" if split == "test" or (listed and len(answer) == 1) else "value"
        letters = letter(answer, listed) if kind == "choice" else ""
        file, row = key.rsplit(":", 1)
        picture = columns[file].picture(int(row))
        options = listed if kind == "choice" else ()
        return Problem(name, kind, prompt(question, kind), answer, options, letters, picture, group(record, "subject"))

    def all_rows() -> Iterator[tuple[str, Record]]:
        for path in files:
            yield from rows(path, "image")

    return ProblemSet("mmk12", split, problems(all_rows(), problem, findings), findings)
