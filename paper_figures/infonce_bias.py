"""Bias of InfoNCE against its limit and spread of a single anchor, against the number K of candidates."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figures.numbers import short
from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import FAINT, PALETTE, new_figure

PANELS = {"bias": r"bias: $L_K - \log K - L_\infty$, nats", "fluctuation": "spread of a single anchor, nats"}
EXPONENTS = {"bias": -1.0, "fluctuation": -0.5}  # the power of K with which each falls in the limit


def shows(measurement: Measurement) -> bool:
    """Whether the figure has a curve of it: the bias of InfoNCE at several K."""
    return bool(measurement.series("k", "bias"))


def draw(reading: Reading) -> tuple[Figure, str]:
    """Exact curves, sampled points and the asymptote c K^(-1) or c K^(-1/2), with the slopes that the claims fitted."""
    curves = [m for m in reading.measurements if shows(m)]
    if not curves:
        raise NothingToDraw("no record has the series k and bias (InfoNCE against the number of candidates)")
    laws = list(dict.fromkeys(_law(m) for m in curves))
    figure = new_figure(3.4)
    for axes, quantity in zip(figure.subplots(1, len(PANELS)), PANELS, strict=True):
        for curve in curves:
            for number, series in enumerate(curve.series("k", quantity)):
                label = _label(curve, series, quantity) if number == 0 else None
                _draw(axes, series, quantity, color=PALETTE[laws.index(_law(curve)) % len(PALETTE)], label=label)
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.set_title(PANELS[quantity])
        axes.set_xlabel("candidates K")
        axes.legend(loc="upper left", bbox_to_anchor=(0, -0.2))
    return figure, (
        "Lines: exact, by quadrature; points: sampled, with two standard errors; dotted: the asymptote with its exact "
        "constant. Slopes: least squares in logarithms, as the claims fit them."
    )


def _law(curve: Measurement) -> str:
    setting = curve.records[0]["setting"]
    return ", ".join(
        f"{sign} = {setting[name]:g}" for name, sign in (("n", "n"), ("temperature", "τ")) if name in setting
    )


def _label(curve: Measurement, series: Mapping[str, Any], quantity: str) -> str:
    kind = "sampled" if "standard_error" in series else "exact"
    slope = curve.measured.get(f"{quantity}_slope")
    return ", ".join(filter(None, (_law(curve), kind, "" if slope is None else f"slope {short(slope, 3)}")))


def _draw(axes: Axes, series: Mapping[str, Any], quantity: str, *, color: str, label: str | None) -> None:
    k, value = np.asarray(series["k"], float), np.asarray(series[quantity], float)
    if "standard_error" not in series:
        axes.plot(k, value, color=color, label=label)
    elif quantity == "bias":
        error = 2 * np.asarray(series["standard_error"], float)
        axes.errorbar(k, value, yerr=error, fmt="o", color=color, markerfacecolor="white", elinewidth=0.8, label=label)
    else:
        axes.plot(k, value, "o", color=color, markerfacecolor="white", label=label)
    constant = series.get(f"{quantity}_constant")
    if constant is not None:
        axes.plot(k, constant * k ** EXPONENTS[quantity], color=FAINT, linewidth=0.8, linestyle=(0, (1, 1.5)), zorder=0)
