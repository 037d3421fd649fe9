"""MathVerse (Zhang et al. 2024): each problem in versions that move information from its text into its picture."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from realscale.composition.files import located, records
from realscale.data.findings import Findings
from realscale.reasoning.benchmarks.asking import listed_options, prompt
from realscale.reasoning.benchmarks.pictures import PictureFolders
from realscale.reasoning.benchmarks.problems import Kind, Problem, ProblemSet
from realscale.reasoning.benchmarks.records import Malformed, Record, group, label, problems, text

# of a problem's versions these have a picture and enter the official mean; "Text Only" has none and stands apart
VERSIONS = ("Text Dominant", "Text Lite", "Vision Intensive", "Vision Dominant", "Vision Only")
TEXT_ONLY = "Text Only"


def read(root: Path, images: Path | None, split: str) -> ProblemSet:
    """Read testmini.json and, if it is there, testmini_text_only.json under root or root/data.

    Arrays of records {problem_index, problem_version, question, image, answer, question_type, metadata}. An id is
    PROBLEM_INDEX/VERSION, because the sample indices of the two files overlap. The question of "Vision Only" is empty:
    it stands in the picture. Images are named from root, root/images or the file's folder.

    Raises:
        BenchmarkError: no such file, or another document.
    """
    data, findings = located(root, (f"{split}.json",)), Findings()
    folders = PictureFolders([images] if images else [data, root, data / "images", root / "images"], findings)

    def problem(key: str, record: Record) -> Problem:
        version = text(record, "problem_version")
        if version not in (*VERSIONS, TEXT_ONLY):
            raise Malformed("problem_version that is none of the six")
        name, answer = f"{label(record, 'problem_index')}/{version}", text(record, "answer").strip()
        question = text(record, "question", empty=version == "Vision Only")
        kind: Kind = "choice" if text(record, "question_type") == "multi-choice" else "value"
        letters = "".join(answer.split()) if kind == "choice" else ""  # some ask for several: "C\nD"
        if kind == "choice" and not (letters.isalpha() and letters.isupper() and letters.isascii()):
            raise Malformed("answer of a choice that is no letter")
        listed = listed_options(question, letters) if kind == "choice" else ()
        metadata = record.get("metadata")
        columns = group(metadata if isinstance(metadata, dict) else {}, "subject", "subfield")
        picture = None if version == TEXT_ONLY else folders.picture(text(record, "image"), name)
        facts = {"problem": label(record, "problem_index"), "version": version}
        groups = {"version": (version,), **columns, "question_type": (text(record, "question_type"),)}
        return Problem(name, kind, prompt(question, kind), answer, listed, letters, picture, groups, facts)

    def all_records() -> Iterator[tuple[str, Record]]:
        without = data / f"{split}_text_only.json"
        parts = [data / f"{split}.json", *([without] if without.exists() else [])]
        return chain.from_iterable(
            ((f"{path.stem} {key}", record) for key, record in records(path, list)) for path in parts
        )

    return ProblemSet("mathverse", split, problems(all_records(), problem, findings), findings)
