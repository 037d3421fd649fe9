"""Scoring completions: joined with the problems by id, judged, and summed up beside baselines that see no picture."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from realscale.composition.files import record_lines
from realscale.composition.items import BenchmarkError
from realscale.data.cache import write_atomically
from realscale.reasoning.benchmarks.figures import Figure, Outcomes, mean, right
from realscale.reasoning.benchmarks.judging import Judged
from realscale.reasoning.benchmarks.problems import Problem, ProblemSet
from realscale.reasoning.benchmarks.sets import BENCHMARKS


def read_completions(path: Path) -> dict[str, str]:
    """The completions of a file with a record {id, completion} a line, by id; a completion that is null is none.

    Raises:
        BenchmarkError: a line that is no such record, or an id that comes twice: which one counts cannot be told.
    """
    found: dict[str, str] = {}
    seen = set()
    for line, record in record_lines(path):
        name, completion = record.get("id"), record.get("completion")
        if isinstance(name, int) and not isinstance(name, bool):
            name = str(name)
        if not isinstance(name, str) or "completion" not in record or not isinstance(completion, str | None):
            raise BenchmarkError(
                f'{path}, line {line}: {dict(record)!r:.80}; expected {{"id": ..., "completion": ...}}, the id as '
                "`prompts` writes it and a text or null"
            )
        if name in seen:
            raise BenchmarkError(f"{path}, line {line}: id {name!r} comes twice; expected one completion of a problem")
        seen.add(name)
        if completion is not None:
            found[name] = completion
    return found


@dataclass(frozen=True, eq=False)
class Scored:
    """What completions of a set are worth.

    Attributes:
        figures: as the authors print them.
        groups: accuracy by the values of each column, sets of several values counting in each.
        problems, unanswered: how many; unanswered ones, also empty completions, are wrong.
        unclear: completions that give no answer, for instance several options or a negated one; wrong too, and as
            unanswered ones not among the answered.
        unknown: ids of completions that are no problem's, sorted.
        answered: accuracy over the answered alone.
        how: how the answers were found, by number.
        points: how many of these were right.
        verdicts: a record {id, given, how, right} of each problem; given null: no answer.
    """

    figures: Mapping[str, Figure]
    groups: Mapping[str, Mapping[str, Figure]]
    problems: int
    unanswered: int
    unclear: int
    unknown: tuple[str, ...]
    answered: Figure
    how: Mapping[str, int]
    points: Mapping[str, int]
    verdicts: tuple[Mapping[str, Any], ...]

    def to_record(self) -> dict[str, Any]:
        """As JSON has it, without the verdicts."""
        return {name: value for name, value in asdict(self).items() if name != "verdicts"}


def score(found: ProblemSet, completions: Mapping[str, str]) -> Scored:
    """Judge the completions of a set.

    Raises:
        BenchmarkError: none of the ids is a problem's.
    """
    benchmark, names = BENCHMARKS[found.name], {problem.name for problem in found.problems}
    unknown = tuple(sorted(set(completions) - names))
    if completions and len(unknown) == len(completions):
        raise BenchmarkError(
            f"none of the {len(unknown)} ids is one of {found.name}, split {found.split}: the first is {unknown[0]!r}, "
            f"there {found.problems[0].name!r}; expected the ids that `prompts` writes for this set and split"
        )
    outcomes: Outcomes = [
        (
            problem,
            benchmark.judge(problem, completion) if (completion := completions.get(problem.name, "")).strip() else None,
        )
        for problem in found.problems
    ]
    completed = [judged for _, judged in outcomes if judged is not None]
    answered = [judged for judged in completed if judged.given is not None]
    how = dict(Counter[str](judged.how for judged in completed).most_common())
    return Scored(
        benchmark.figures(outcomes),
        _groups(outcomes),
        len(outcomes),
        len(outcomes) - len(completed),
        len(completed) - len(answered),
        unknown,
        mean([float(judged.right) for judged in answered]),
        how,
        {way: sum(judged.right for judged in completed if judged.how == way) for way in how},
        tuple(_verdict(problem, judged) for problem, judged in outcomes),
    )


def _verdict(problem: Problem, judged: Judged | None) -> dict[str, Any]:
    given, how = (None, "unanswered") if judged is None else (judged.given, judged.how)
    return {"id": problem.name, "given": given, "how": how, "right": right(judged)}


def write_verdicts(result: Scored, out: Path) -> None:
    """Write the verdict of each problem, a record {id, given, how, right} a line, in the order of the set.

    Raises:
        DataError: the file cannot be written.
    """
    write_atomically(out, "".join(f"{json.dumps(verdict)}\n" for verdict in result.verdicts).encode())


def _groups(outcomes: Outcomes) -> dict[str, dict[str, Figure]]:
    columns: dict[str, dict[str, list[float]]] = {}
    for problem, judged in outcomes:
        for column, values in problem.groups.items():
            for value in dict.fromkeys(values):
                columns.setdefault(column, {}).setdefault(value, []).append(float(right(judged)))
    return {
        column: {value: mean(credits) for value, credits in sorted(values.items())}
        for column, values in columns.items()
    }


def answered_rightly(found: ProblemSet) -> dict[str, str]:
    """The completions that state each problem's own answer: whatever is judged wrong of them, nobody can get right."""
    return {problem.name: f"Answer: {problem.expected}" for problem in found.problems}


def constant(found: ProblemSet) -> tuple[dict[str, str], dict[str, str]]:
    """The most frequent answer to each kind of question, and completions that always state it.

    It is chosen on the answers of this very set, so that no constant that is chosen elsewhere is expected to do
    better; of equally frequent ones the first in order counts.
    """
    answers: dict[str, Counter[str]] = {}
    for problem in found.problems:
        answers.setdefault(problem.kind, Counter())[problem.expected] += 1
    most = {kind: min(counts, key=lambda answer: (-counts[answer], answer)) for kind, counts in answers.items()}
    return most, {problem.name: f"Answer: {most[problem.kind]}" for problem in found.problems}


def chance(problems: Sequence[Problem]) -> float | None:
    """The exact expectation of a guess among the options, over choices of one letter whose options are known."""
    choices = [1 / len(problem.options) for problem in problems if problem.options and len(problem.letters) == 1]
    return sum(choices) / len(choices) if choices else None
