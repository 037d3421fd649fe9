"""What is reported of every objective on every problem: accuracies, model selection, penalty, calibration."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from paper_figures.numbers import short
from paper_figures.reading import Reading
from paper_figures.style import FAINT, INK, SCORES, WIDTH, bare, new_figure
from paper_figures.trained_runs import Run, by_problem, trained_runs

LABELS, ROW, HEAD = 2.1, 0.155, 2.2  # inches: row labels, a row; rows that the heads take
ACCURACIES = ("training", "test", "worst", "selected\nby training", "selected\nby test")
OTHERS = ("gap to\ninvariant", "penalty", "calibration,\ntraining", "calibration,\ntest")
UNIT = (WIDTH - LABELS) / len(ACCURACIES + OTHERS)  # inches a column


def draw(reading: Reading) -> tuple[Figure, str]:
    """A block a problem, a row an objective, and a row for each other prompt that classifies."""
    problems = by_problem(trained_runs(reading))
    prompted = {
        problem: [(words, prompt, runs) for words, runs in own.items() for prompt in runs[0].series["prompts"]]
        for problem, own in problems.items()
    }
    length = HEAD + sum(len(rows) + 1.5 for rows in prompted.values())
    figure = new_figure(ROW * length + 0.25)
    axes = figure.subplots()
    bare(axes)
    axes.set_xlim(-LABELS / UNIT, len(ACCURACIES + OTHERS))
    axes.set_ylim(length - HEAD, -HEAD)
    for x, head in enumerate(ACCURACIES + OTHERS):
        axes.text(x + 0.5, -0.2, head, fontsize=5.5, ha="center", va="bottom", color=FAINT, linespacing=1.1)
    y = 0.0
    for problem, rows in prompted.items():
        axes.text(-LABELS / UNIT, y + 1, problem, fontsize=6.5, weight="bold", va="center")
        for number, row in enumerate(rows):
            _row(axes, y + 1.5 + number, *row)
        y += 1.5 + len(rows)
    return figure, (
        "Means over seeds on unseen images. Accuracy: mean of the training environments, test environment, worst of "
        "all; test accuracy at the step that accuracy in training selects, or in the test, which no user can; distance "
        "of the test accuracy from the invariant posterior's; IRMv1 penalty; expected calibration error (training: the "
        "larger). In grey: the same towers with another prompt than the objective's own."
    )


def _row(axes: Axes, y: float, words: str, prompt: str, runs: Sequence[Run]) -> None:
    own = prompt == runs[0].series["prompt"]
    colour = INK if own else FAINT
    axes.text(-0.1, y + 0.5, words if own else f"{prompt} prompt", fontsize=6, ha="right", va="center", color=colour)
    found = [_numbers(run, prompt) for run in runs]
    for x, name in enumerate(ACCURACIES + OTHERS):
        if name not in found[0]:
            continue
        value = float(np.mean([numbers[name] for numbers in found]))
        if name in ACCURACIES:
            axes.add_patch(Rectangle((x + 0.03, y + 0.05), 0.94, 0.9, facecolor=SCORES(value), edgecolor="none"))
        text = f"{value:.1e}".replace("e-0", "e-").replace("-", "−") if name == "penalty" else short(value, 3)
        axes.text(x + 0.5, y + 0.5, text, fontsize=6, ha="center", va="center", color=colour)


def _numbers(run: Run, prompt: str) -> dict[str, float]:
    """The numbers of a row; only the objective's own prompt selects a step."""
    scores = run.series["prompts"][prompt]
    accuracy, calibration = scores["accuracy"], scores["calibration"]
    found = {
        "training": float(np.mean(accuracy[:-1])),
        "test": accuracy[-1],
        "worst": min(accuracy),
        "penalty": scores["penalty"],
        "calibration,\ntraining": max(calibration[:-1]),
        "calibration,\ntest": calibration[-1],
    }
    if run.invariant is not None:
        found["gap to\ninvariant"] = run.invariant - accuracy[-1]
    if prompt == run.series["prompt"]:
        rules = {"training": "selected\nby training", "oracle": "selected\nby test"}
        found |= {head: run.series["selection"][rule]["ood"] for rule, head in rules.items()}
    return found
