"""The figures that the authors of each benchmark print, from which problems were answered rightly."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from identifiability.metrics.pairwise import wilson_interval
from realscale.reasoning.benchmarks.judging import Judged
from realscale.reasoning.benchmarks.latex import value
from realscale.reasoning.benchmarks.mathverse import TEXT_ONLY, VERSIONS
from realscale.reasoning.benchmarks.problems import LETTERS, Problem

Outcomes = Sequence[tuple[Problem, Judged | None]]  # None: unanswered


@dataclass(frozen=True)
class Figure:
    """A mean of credits with Wilson's 95 % interval over `n` units; not defined (None) where the rule has no unit."""

    accuracy: float | None
    interval: tuple[float, float] | None
    n: int


def mean(credits: Sequence[float]) -> Figure:
    """The mean of credits in [0, 1], each a unit of its own."""
    if not credits:
        return Figure(None, None, 0)
    accuracy = sum(credits) / len(credits)
    return Figure(accuracy, wilson_interval(accuracy, len(credits)), len(credits))


def right(judged: Judged | None) -> bool:
    """Whether a problem was answered, and rightly."""
    return judged is not None and judged.right


def accuracy(outcomes: Outcomes) -> dict[str, Figure]:
    """The share of problems answered rightly; an unanswered one is wrong."""
    return {"accuracy": mean([float(right(judged)) for _, judged in outcomes])}


def mathverse(outcomes: Outcomes) -> dict[str, Figure]:
    """The mean over the five versions with a picture, each version once, and "Text Only" beside it.

    The unit of the mean is a problem with the mean of its versions: these are not independent. It is not defined
    unless every problem of the five has all of them.
    """
    versions: dict[Hashable, dict[str, float]] = defaultdict(dict)
    for problem, judged in outcomes:
        versions[problem.facts["problem"]][problem.facts["version"]] = float(right(judged))
    seen = [found for found in versions.values() if set(found) & set(VERSIONS)]
    whole = all(set(VERSIONS) <= set(found) for found in seen)
    means = [sum(found[version] for version in VERSIONS) / len(VERSIONS) for found in seen] if whole else []
    alone = [found[TEXT_ONLY] for found in versions.values() if TEXT_ONLY in found]
    return {"mean of the five versions": mean(means), TEXT_ONLY: mean(alone)}


def hallusionbench(outcomes: Outcomes) -> dict[str, Figure]:
    """aAcc over questions, fAcc over figures and qAcc over questions of a set, whole ones; of all, of VD and of VS.

    A question of VS without its figure (figure 0) is of no figure. qAcc easy takes original figures alone (figure 0),
    hard all others. An unanswered question is wrong, not unclear. The intervals take units as independent, which
    questions on one figure are not: that of aAcc is too narrow.
    """
    found = {}
    for part in ("", "VD", "VS"):
        rows = [row for row in outcomes if part in ("", row[0].facts["category"])]
        label = f" {part}" if part else ""
        found["aAcc" + label] = mean([float(right(judged)) for _, judged in rows])
        found["fAcc" + label] = _whole(rows, "figure", lambda problem: not problem.facts["without_figure"])
        found["qAcc" + label] = _whole(rows, "pair", lambda problem: True)
        found["qAcc easy" + label] = _whole(rows, "pair", lambda problem: problem.facts["original"])
        found["qAcc hard" + label] = _whole(rows, "pair", lambda problem: not problem.facts["original"])
    return found


def _whole(rows: Outcomes, group: str, counted: Callable[[Problem], bool]) -> Figure:
    """The share of groups all of whose counted questions are right."""
    groups: dict[Hashable, bool] = {}
    for problem, judged in rows:
        if counted(problem):
            key = problem.facts[group]
            groups[key] = groups.get(key, True) and right(judged)
    return mean([float(whole) for whole in groups.values()])


def geometry3k(outcomes: Outcomes) -> dict[str, Figure]:
    """Accuracy, and where options have values the rule of Inter-GPS: the option nearest to the number that is given.

    There an unanswered problem, or an answer that is neither letter nor number, counts 1/4, a guess among four; the
    right option wins ties; a problem with an option without a value is wrong unless its letter was given.
    """
    figures = accuracy(outcomes)
    if any(problem.facts["values"] is not None and problem.options for problem, _ in outcomes):
        figures["nearest option (Inter-GPS)"] = mean([_nearest(problem, judged) for problem, judged in outcomes])
    return figures


def _nearest(problem: Problem, judged: Judged | None) -> float:
    if judged is None or judged.given is None:
        return 1 / 4
    if judged.given in tuple(LETTERS):
        return float(judged.right)
    number, values = value(judged.given), problem.facts["values"]
    if number is None:
        return 1 / 4
    if values is None:
        return 0.0
    distances = [abs(option - number) for option in values]
    return float(distances[LETTERS.index(problem.letters)] == min(distances))
