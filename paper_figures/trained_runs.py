"""Trained runs on coloured problems as figures need them: by problem and by objective, one entry a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.summary import setting_label
from paper_figures.objectives import look, place
from paper_figures.reading import Measurement, NothingToDraw, Reading

# what of a setting changes the law of the coloured problem of Arjovsky et al. (2019), in words
_CHANGES = {
    "label_noise": "label noise {}",
    "colour": "colour agrees {}",
    "colour_of_mislabelled": "of the mislabelled {}",
    "token_noise": "context words wrong {}",
    "labelled_once": "pictures labelled once",
}


@dataclass(frozen=True)
class Run:
    """One trained run: setting, series, and the test accuracy of the invariant and of the pooled posterior."""

    setting: Mapping[str, Any]
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

    @property
    def images(self) -> str:
        """What the images are and how many classes they have: `2 classes, bits`."""
        return f"{self.setting['classes']} classes, {self.setting.get('images', 'bits')}"

    @property
    def changes(self) -> str:
        """What of the law differs from the coloured problem: `label noise 0`, or nothing."""
        return ", ".join(
            _words(form, self.setting.get(name)) for name, form in _CHANGES.items() if name in self.setting
        )

    @property
    def changed(self) -> bool:
        """Whether the law or the depth of the encoder is another than the claims about objectives have."""
        return bool(self.changes) or "layers" in self.setting

    @property
    def problem(self) -> str:
        """Images and changes."""
        return ", ".join(filter(None, (self.images, self.changes)))

    @property
    def label_noise(self) -> float:
        """Probability that content and class differ."""
        return float(self.series["label_noise"])

    @property
    def strength(self) -> float:
        """Probability in the pool that colour and class agree."""
        return float(self.series["strength"])


def shows(measurement: Measurement) -> bool:
    """Whether it is a trained run that was scored in every environment."""
    return bool(measurement.series("objective", "strength", "environments", "accuracy", "penalty"))


def trained_runs(reading: Reading) -> list[Run]:
    """Every run, in the order of the ledger."""
    runs = []
    for measurement in filter(shows, reading.measurements):
        setting, limits = measurement.records[0]["setting"], measurement.summary
        for series in measurement.series("objective", "strength", "environments", "accuracy", "penalty"):
            runs.append(Run(setting, series, limits["ceiling"].get("ood"), limits["floor"].get("ood")))
    return runs


def by_problem(runs: Sequence[Run]) -> dict[str, dict[str, list[Run]]]:
    """problem -> words of a row -> its runs, one a seed; rows in the order in which figures list objectives.

    A row is an objective, or several where it was trained in several ways; the words then say what differs.
    Raises NothingToDraw where there is no run.
    """
    if not runs:
        raise NothingToDraw(
            "no record has the series objective, strength, environments, accuracy and penalty (a trained run)"
        )
    found: dict[str, dict[str, list[Run]]] = {run.problem: {} for run in runs}
    for run in sorted(runs, key=lambda run: place(run.objective)):
        others = [o.setting for o in runs if (o.problem, o.objective) == (run.problem, run.objective)]
        own = {name: value for name, value in run.setting.items() if any(o.get(name) != value for o in others)}
        words = ", ".join(filter(None, (look(run.objective).words.replace("\n", " "), setting_label(own))))
        found[run.problem].setdefault(words, []).append(run)
    return found


def _words(form: str, value: Any) -> str:
    numbers = value if isinstance(value, list | tuple) else [value]
    return form.format(" and ".join(f"{number:g}" for number in numbers))
