"""How well content and style can be read off each tower's code of real images, by what the captions name."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figures.numbers import short
from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import FAINT, INK, TOWERS, new_figure

FACTORS = {
    "content": "content: which emoji",
    "class": "content: which class of emoji",
    "style": "style: which vendor",
}
CEILING_DASH = (0, (1, 1.5))


def shows(measurement: Measurement) -> bool:
    """Whether the figure has bars of it: a caption mode with a factor decoded."""
    factors = {f"{factor}_{tower}" for factor in FACTORS for tower in TOWERS}
    return "captions" in measurement.records[0]["setting"] and bool(measurement.measured.keys() & factors)


def draw(reading: Reading) -> tuple[Figure, str]:
    """Bars by caption mode and tower for each factor, between its chance floor and its ceiling."""
    modes = [m for m in reading.measurements if shows(m)]
    factors = [f for f in FACTORS if any(f"{f}_{tower}" in m.measured for m in modes for tower in TOWERS)]
    if not modes:
        raise NothingToDraw("no record has a setting `captions` with content_image or style_image measured (real data)")
    figure = new_figure(2.5)
    panels = figure.subplots(1, len(factors), sharey=True, squeeze=False)[0]
    for axes, factor in zip(panels, factors, strict=True):
        axes.set_title(FACTORS[factor])
        for place, mode in enumerate(modes):
            _bars(axes, place, mode, factor)
        axes.set_xticks(range(len(modes)), [mode.records[0]["setting"]["captions"] for mode in modes])
        axes.set_xlabel("captions name")
        axes.tick_params(axis="x", length=0)
        axes.set_ylim(0, 1.08)
    panels[0].set_ylabel("accuracy on held-out emoji")
    handles = [panels[0].bar(0, 0, color=colour, label=f"{tower} tower") for tower, colour in TOWERS.items()]
    handles += panels[0].plot([], [], color=INK, linewidth=1.4, label="chance")
    handles += panels[0].plot([], [], color=FAINT, linewidth=1, linestyle=CEILING_DASH, label="ceiling")
    figure.legend(handles=handles, loc="outside upper right", ncols=len(handles))
    return figure, "Accuracy on held-out emoji by what the captions name; whiskers: least and greatest over seeds."


def _bars(axes: Axes, place: int, mode: Measurement, factor: str) -> None:
    present = [tower for tower in TOWERS if f"{factor}_{tower}" in mode.measured]
    width = 0.38
    for number, tower in enumerate(present):
        name = f"{factor}_{tower}"
        middle = place + (number - (len(present) - 1) / 2) * width
        value, (low, high) = mode.measured[name], mode.summary["range"][name]
        whiskers = [[value - low], [high - value]] if high > low else None
        axes.bar(
            middle, value, width * 0.92, color=TOWERS[tower], yerr=whiskers, ecolor=INK, error_kw={"linewidth": 0.8}
        )
        clear = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}  # of the line of the ceiling
        axes.text(middle, max(value, high) + 0.015, short(value), ha="center", va="bottom", fontsize=6.5, bbox=clear)
        ends = [middle - width / 2, middle + width / 2]
        if name in mode.summary["floor"]:
            axes.plot(ends, [mode.summary["floor"][name]] * 2, color=INK, linewidth=1.4, solid_capstyle="butt")
        if name in mode.summary["ceiling"]:
            ceiling = mode.summary["ceiling"][name]
            axes.plot(ends, [ceiling] * 2, color=FAINT, linewidth=1, linestyle=CEILING_DASH, zorder=0)
