"""What degenerate completions earn above an honest one, a column for each form of the process reward."""

import numpy as np
from matplotlib.figure import Figure

from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import FAINT, INK, SCORES, new_figure

FORMS = {"printed": "summed, as printed", "mean": "averaged", "potential": "potential"}


def shows(measurement: Measurement) -> bool:
    """Whether the table has a column of it."""
    return bool(measurement.series("policies", "gain"))


def draw(reading: Reading) -> tuple[Figure, str]:
    """A row a completion, a column a form; coloured where it pays, grey where nothing is answered."""
    found = [series for m in reading.measurements for series in m.series("policies", "gain")]
    if not found:
        raise NothingToDraw("no record has the series policies and gain (what degenerate completions earn)")
    series = found[0]
    policies, forms = list(series["policies"]), [form for form in FORMS if form in series["gain"]]
    table = np.array([series["gain"][form] for form in forms], float).T
    figure = new_figure(0.24 * len(policies) + 0.8, width=5.2)
    axes = figure.subplots()
    axes.imshow(np.clip(table, 0, 1), cmap=SCORES, vmin=0, vmax=1, aspect="auto")
    for (row, column), gain in np.ndenumerate(table):
        text = "0" if abs(gain) < 5e-4 else f"{gain:+.2f}".replace("-", "\u2212")
        axes.text(column, row, text, ha="center", va="center", fontsize=7, color=INK if gain > 1e-9 else FAINT)
    axes.set_xticks(range(len(forms)), [FORMS[form] for form in forms])
    axes.set_yticks(range(len(policies)), policies)
    for label, policy in zip(axes.get_yticklabels(), policies, strict=True):
        label.set_color(FAINT if policy in series["silent"] else INK)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return figure, (
        f"Process reward of completions above that of the one that {series['honest']}, in nats, with one image; blue "
        "where it pays. Rows in grey give no answer. A potential pays all alike."
    )
