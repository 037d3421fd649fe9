"""From a file of captions to a file of negatives: streaming, resumed after a kill without a line lost or doubled."""

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import file_digest
from pathlib import Path
from typing import Any

from realscale.data.cache import write_atomically
from realscale.negatives.english import NOT_ENGLISH, is_english
from realscale.negatives.lines import TOO_LONG, captions
from realscale.negatives.tagging import Tagger
from scm.composition.captions import TYPES, Lexicon, Negative, OperatorName, negatives, parse, split
from scm.streams import stream

CHECKPOINT = 1000  # lines between two records of how far the run came


@dataclass(frozen=True)
class Settings:
    """What decides the output beside the captions themselves."""

    operators: tuple[OperatorName, ...]
    steps: int
    most: int
    seed: int
    field: str | None
    lexicon: str  # identity of the lexicon and the tagger
    types: tuple[str, ...] = TYPES


@dataclass
class Tally:
    """Counts of a run, keys joined by " | " where they are two."""

    captions: int = 0
    without: int = 0  # captions of which no negative could be made
    malformed: int = 0
    longer: int = 0  # lines longer than a caption may be
    negatives: int = 0
    made: dict[str, int] = field(default_factory=dict)  # by operator | type
    refused: dict[str, int] = field(default_factory=dict)  # by operator (or "all") | reason

    def add(self, found: Sequence[Negative], refusals: Mapping[tuple[str, str], int]) -> None:
        """Count what one caption gave."""
        self.captions += 1
        self.without += not found
        self.negatives += len(found)
        for negative in found:
            name = f"{negative.operator} | {negative.type}"
            self.made[name] = self.made.get(name, 0) + 1
        for (operator, reason), count in refusals.items():
            name = f"{operator} | {reason}"
            self.refused[name] = self.refused.get(name, 0) + count


class ResumeError(ValueError):
    """An output file that this run can neither go on with nor overwrite."""


def made_from(caption: str, settings: Settings, tagger: Tagger, lexicon: Lexicon, tally: Tally) -> list[Negative]:
    """The negatives of one caption: its text and the seed decide them, whatever stands before or after it."""
    words = split(caption)
    tags = tagger(words)
    if not is_english(words, tags, lexicon):
        tally.add([], {("all", NOT_ENGLISH): 1})
        return []
    parsed = parse(caption, tags, lexicon)
    refusals: Counter[tuple[str, str]] = Counter()
    found = negatives(
        parsed,
        lexicon,
        rng=stream(settings.seed, "negatives", caption),
        operators=settings.operators,
        most=settings.most,
        steps=settings.steps,
        types=settings.types,
        refusals=refusals,
    )
    tally.add(found, refusals)
    return found


def record(negative: Negative, line: int, seed: int) -> dict[str, Any]:
    """One line of the output: every step with its edits, whose places are those in the caption before the step."""
    return {
        "line": line,
        "caption": negative.caption,
        "negative": negative.negative,
        "operator": negative.operator,
        "type": negative.type,
        "steps": [
            {"operator": step.operator, "type": step.type, "edits": [edit._asdict() for edit in step.edits]}
            for step in negative.steps
        ],
        "seed": seed,
    }


def run(
    source: Path,
    out: Path,
    settings: Settings,
    tagger: Tagger,
    lexicon: Lexicon,
    *,
    fault: Callable[[int, str], None],
    progress: Callable[[int, Tally], None],
) -> Tally:
    """Write the negatives of every caption of `source` to `out`, one JSON object a line, in the order of the lines.

    Beside `out` stands `<out>.state.json`: how many bytes of the input are done and how many of the output belong to
    them, written atomically after the output is on the disk. A run that was stopped, however roughly, is gone on with
    by cutting the output to that length; the result is byte by byte that of an uninterrupted run. `fault` is told of
    malformed and of too long lines, `progress` of the bytes read.

    Raises:
        ResumeError: `out` is there but was made with other settings, of another input, or not by this program.
    """
    state_path = out.with_name(out.name + ".state.json")
    state = _state(state_path, out, {**asdict(settings), "input": _digest(source)})
    tally = Tally(**state["tally"])
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("r+b" if out.exists() else "w+b") as file:
        file.truncate(state["output"])
        file.seek(state["output"])
        number, position = state["line"], state["position"]

        def checkpoint() -> None:
            file.flush()
            os.fsync(file.fileno())
            state.update(line=number, position=position, output=file.tell(), tally=asdict(tally))
            write_atomically(state_path, json.dumps(state, indent=1).encode())
            progress(position, tally)

        checkpoint()
        for line in captions(source, field=settings.field, start=position, number=number):
            if line.caption is None:
                tally.longer += line.fault == TOO_LONG
                tally.malformed += line.fault != TOO_LONG
                fault(line.number, line.fault)
            else:
                for negative in made_from(line.caption, settings, tagger, lexicon, tally):
                    entry = json.dumps(record(negative, line.number, settings.seed), ensure_ascii=False)
                    file.write(entry.encode() + b"\n")
            number, position = line.number, line.end
            if number % CHECKPOINT == 0:
                checkpoint()
        checkpoint()
    return tally


def _state(path: Path, out: Path, made_by: Mapping[str, Any]) -> dict[str, Any]:
    """How far an earlier run came, or the beginning."""
    made_by = json.loads(json.dumps(made_by))
    advice = "Give another --out, or remove both files to begin anew"
    if not path.exists():
        if out.exists():
            raise ResumeError(
                f"{out} is there, but {path.name} beside it, which says how it was made, is not. {advice}"
            )
        return {"made_by": made_by, "line": 0, "position": 0, "output": 0, "tally": asdict(Tally())}
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        before, output = state["made_by"], state["output"]
    except (ValueError, KeyError, TypeError) as error:
        raise ResumeError(f"{path} cannot be read ({type(error).__name__}: {error}). {advice}") from error
    if differing := sorted(key for key in made_by if before.get(key) != made_by[key]):
        shown = ", ".join(f"{key} {before.get(key)!r:.40} there, {made_by[key]!r:.40} now" for key in differing)
        raise ResumeError(
            f"{out} was made otherwise: {shown}; its lines and new ones would not be of one kind. {advice}"
        )
    length = out.stat().st_size if out.exists() else 0
    if length < output:
        raise ResumeError(f"{out} has {length} bytes, but {path.name} counts {output}: it was cut or changed. {advice}")
    return state


def _digest(source: Path) -> str:
    """SHA-256 of the input; a resumed run must read the same."""
    with source.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
