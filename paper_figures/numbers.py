"""Numbers and bars as a reader sees them in print: `0.9987`, `3.2 × 10⁻¹⁴`, `≥ 0.99`, `0.41 to 0.55`."""

import math
import textwrap
from collections.abc import Sequence

_TIMES = "\u00a0×\u00a0"  # a number is not broken over two lines
LINE = 70  # letters
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float | None) -> str:
    """A measured number, short; records hold null for what is not a finite number, and that is said."""
    if value is None or not math.isfinite(value):
        return "not finite"
    if value == int(value) and abs(value) < 1e6:
        return _signed(str(int(value)))
    if 1e-3 <= abs(value) < 1e5:
        return _signed(f"{value:.4f}")
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{_signed(mantissa)}{_TIMES}10{str(int(exponent)).translate(_RAISED)}"


def short(value: float, digits: int = 2) -> str:
    """Fixed decimals for the cells of a picture: `.99`, `1.00`, `−.01`; never a negative zero."""
    if value != value:
        return "nan"
    text = f"{value:.{digits}f}"
    text = text.removeprefix("-") if float(text) == 0.0 else text
    return _signed(text.replace("0.", ".", 1) if abs(float(text)) < 1 else text)


def bar(bounds: Sequence[float | None]) -> str:
    """A bar: `≥ 0.99`, `≤ 0.02`, `= 3`, `−1.1 to −0.9`, `0.85 ± 10⁻⁹`."""
    low, high = bounds
    if low is None:
        return "" if high is None else f"≤ {_bound(high)}"
    if high is None:
        return f"≥ {_bound(low)}"
    if low == high:
        return f"= {_bound(low)}"
    if _bound(low) == _bound(high):  # narrower than what is printed of its ends
        return f"{_bound((low + high) / 2)} ± {_bound((high - low) / 2)}"
    return f"{_bound(low)} to {_bound(high)}"


def quantity(name: str) -> str:
    """The name of a quantity; a setting in its brackets that would fill lines is cut."""
    return textwrap.shorten(name, LINE, placeholder=" …]")


def counted(count: int, noun: str) -> str:
    """`1 seed`, `3 seeds`."""
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _bound(value: float) -> str:
    """A bar is a choice, not a measurement: no digits that were never chosen."""
    mantissa, _, exponent = f"{value:g}".partition("e")
    if not exponent:
        return _signed(mantissa)
    power = f"10{str(int(exponent)).translate(_RAISED)}"
    return power if mantissa == "1" else f"{_signed(mantissa)}{_TIMES}{power}"


def _signed(text: str) -> str:
    return text.replace("-", "−")
