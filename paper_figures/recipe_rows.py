"""The recipes under a spurious context, row by row: what the figures of mid-training share."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from matplotlib.axes import Axes

from experiments.summary import student_interval
from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import BLUE, GREEN, RULE, VERMILION

TESTS = {"id": ("contexts as in training", BLUE), "uniform": ("uniform", GREEN), "reversed": ("reversed", VERMILION)}
BEDS = {
    "pretrained": "Pretrained features",
    "from scratch": "From scratch, emoji",
    "rendered": "From scratch, rendered pictures",
}
CHANCE = {"pretrained": 1 / 5, "from scratch": 1 / 4, "rendered": 1 / 2}  # one of as many classes, and contexts
NAMES = {
    "pruned": "pruned",
    "erm": "ERM",
    "erm_reweighted": "ERM, reweighted",
    "balanced": "token-balanced",
    "stratified": "stratified",
    "full_matched": "full, matched prompt",
    "full_mean": "full, mean prompt",
    "hardneg_matched": "hard negatives, matched",
    "pruned_and_full": "eq. 11, λ = 1",
    "pruned_and_full_matched": "eq. 11, λ = 1, matched prompt",
    "pruned_and_10_full": "eq. 11, λ = 10",
    "balanced_and_full": "eq. 11, λ = 1, token-balanced",
    "resampled": "balanced draws",
    "pruned_augmented": "pruned, altered pictures",
    "resampled_augmented": "balanced draws, altered",
}


@dataclass
class Rows:
    """The rows of one test bed: label -> name of a number -> its values over seeds and splits."""

    values: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    predicted: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def labels(self) -> list[str]:
        """The usual training first, each special one after it, pruned captions before the others."""
        found = list(self.values)
        return sorted(
            found, key=lambda label: (label.partition(" (")[2], not label.startswith("pruned"), found.index(label))
        )


def shows(measurement: Measurement) -> bool:
    """Whether it was measured row by row."""
    return bool(measurement.series("test_bed", "rows"))


def read_rows(reading: Reading) -> dict[str, Rows]:
    """The rows of each test bed that the records have; one measured by several claims is taken once.

    Raises:
        NothingToDraw: no record has any.
    """
    beds: dict[str, Rows] = {}
    for measurement in filter(shows, reading.measurements):
        taken: set[tuple[str, str]] | None = None
        for series in measurement.series("test_bed", "rows"):
            bed = beds.setdefault(series["test_bed"], Rows())
            labels = {row: label(row, series["regime"]) for row in series["rows"]}
            if taken is None:
                taken = {(series["test_bed"], name) for name in labels.values() if name in bed.values}
            for row, own in series["rows"].items():
                if (series["test_bed"], labels[row]) in taken:
                    continue
                numbers = bed.values.setdefault(labels[row], {})
                for name, values in own.items():
                    numbers.setdefault(name, []).extend(values)
            for row, accuracies in series.get("predicted", {}).items():
                bed.predicted[labels[row]] = accuracies
    if not beds:
        raise NothingToDraw("no record has the series test_bed and rows (a recipe of mid-training)")
    return {bed: beds[bed] for bed in BEDS if bed in beds}


def label(row: str, regime: str) -> str:
    """`token-balanced (interpolating)`: a row's name in words, and in brackets what is special."""
    name, words, _ = row.partition("_random_words")
    special = ", ".join(filter(None, [regime, "random context words" if words else ""]))
    return f"{NAMES[name]} ({special})" if special else NAMES[name]


def dots(axes: Axes, place: float, values: Iterable[float], colour: str) -> None:
    """The mean as a dot on a line over its 95 % interval; of one value a dot alone."""
    known = list(values)
    if ends := student_interval(known):
        axes.plot(ends, [place, place], color=colour, linewidth=1.0)
    axes.plot(sum(known) / len(known), place, "o", color=colour, markersize=3.5)


def lay_out(axes: Axes, labels: Sequence[str]) -> None:
    """A horizontal rule a row, its label beside it."""
    for place in range(len(labels)):
        axes.axhline(place, color=RULE, linewidth=0.5, zorder=0)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
