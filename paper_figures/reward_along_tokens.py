"""The process reward along the tokens of one completion: what each window scores, and what each form pays."""

import numpy as np
from matplotlib.figure import Figure

from paper_figures.hacking_table import FORMS
from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import BLUE, FAINT, PALETTE, VERMILION, new_figure


def shows(measurement: Measurement) -> bool:
    """Whether the example is of it."""
    return bool(measurement.series("along_tokens"))


def draw(reading: Reading) -> tuple[Figure, str]:
    """Left: likelihood and penalty of the windows, stacked; right: rewards of the forms, token by token."""
    found = [series["along_tokens"] for m in reading.measurements for series in m.series("along_tokens")]
    if not found:
        raise NothingToDraw("no record has the series along_tokens (an example of the process reward)")
    example = found[0]
    places = np.arange(len(example["words"]))
    likelihood, penalty = np.array(example["likelihood"]), -example["penalty"] * np.array(example["overlap"])
    figure = new_figure(2.4)
    scores, rewards = figure.subplots(1, 2)
    scores.bar(places, likelihood, 0.7, color=BLUE, label="log-likelihood")
    scores.bar(places, penalty, 0.7, bottom=likelihood, color=VERMILION, label="environment words")
    scores.set_title("score of the window that ends here")
    for (form, name), colour, marker in zip(FORMS.items(), PALETTE, "osD", strict=False):
        rewards.plot(places, example["rewards"][form], f"{marker}-", color=colour, label=name, linewidth=0.8)
    rewards.set_title("reward of the token")
    for axes in (scores, rewards):
        axes.axhline(0, color=FAINT, linewidth=0.6, zorder=0)
        axes.set_xticks(places, example["words"])
        axes.set_ylabel("nats")
    scores.legend(loc="lower right")
    rewards.legend(loc="upper left")
    scores.set_ylim(min((likelihood + penalty).min() * 1.45, -0.1), 0)
    return figure, (
        "An image of a dog on snow, and a completion, windows of two words. The log-likelihood of each window against "
        "the classes, less a penalty for each word of the environment, and what the three forms pay each token: the "
        "sum at every step, the mean at the end, the potential in differences that add up to 0."
    )
