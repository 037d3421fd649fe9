"""Trained runs on coloured problems as figures need them: by problem and by objective, one entry a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paper_figures.objectives import place
from paper_figures.reading import Measurement, NothingToDraw, Reading

# what of a setting says which problem it is, in words that follow it
_PROBLEM = {
    "classes": "{} classes",
    "images": "{}",
    "label_noise": "label noise {}",
    "colour": "colour {}",
    "colour_of_mislabelled": "colour of mislabelled {}",
    "labelled_once": "each picture labelled once",
}


@dataclass(frozen=True)
class Run:
    """One trained run: its series, and the test accuracy of the invariant and of the pooled posterior."""

    series: Mapping[str, Any]
    invariant: float | None
    pooled: float | None

    @property
    def objective(self) -> str:
        """Its label: the objective, and what of it differs from the default."""
        return str(self.series["objective"])

    @property
    def environments(self) -> Mapping[str, float]:
        """Accuracy by environment; the test environment is the last."""
        return dict(zip(self.series["environments"], self.series["accuracy"], strict=True))

    @property
    def ood(self) -> float:
        """Accuracy in the test environment."""
        return float(self.series["accuracy"][-1])


def shows(measurement: Measurement) -> bool:
    """Whether it is a trained run that was scored in every environment."""
    return bool(measurement.series("objective", "environments", "accuracy", "penalty"))


def runs_by_problem(reading: Reading) -> dict[str, dict[str, list[Run]]]:
    """problem -> objective -> its runs, objectives in the order in which figures list them.

    Raises NothingToDraw where no record is of a trained run.
    """
    found: dict[str, dict[str, list[Run]]] = {}
    for measurement in filter(shows, reading.measurements):
        setting = measurement.records[0]["setting"]
        for series in measurement.series("objective", "environments", "accuracy", "penalty"):
            limits = (measurement.summary[kind].get("ood") for kind in ("ceiling", "floor"))
            run = Run(series, *limits)
            found.setdefault(problem_words(setting), {}).setdefault(run.objective, []).append(run)
    if not found:
        raise NothingToDraw("no record has the series objective, environments, accuracy and penalty (a trained run)")
    return {problem: {name: own[name] for name in sorted(own, key=place)} for problem, own in found.items()}


def objectives(problems: Mapping[str, Mapping[str, Sequence[Run]]]) -> list[str]:
    """The labels of all objectives that were run, in the order in which figures list them."""
    return sorted({name for own in problems.values() for name in own}, key=place)


def problem_words(setting: Mapping[str, Any]) -> str:
    """`2 classes, digits, label noise 0`: what tells one problem from another."""
    told = [words.format(setting[name]) for name, words in _PROBLEM.items() if setting.get(name) not in (None, False)]
    return ", ".join(told)
