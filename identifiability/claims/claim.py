"""A claim: a statement with its source, its assumptions, a check that measures it, and the bar it must meet."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Form = Literal["printed", "corrected", "violation", "extra"]
Track = Literal["exact", "learned", "real"]
Verdict = Literal["holds", "fails as predicted", "refuted", "not run"]
Preset = Literal["quick", "standard", "full"]
Interval = tuple[float | None, float | None]
Setting = Mapping[str, Any]

PRESETS: tuple[Preset, ...] = ("quick", "standard", "full")


class NotAvailable(RuntimeError):
    """The check cannot be made here (data or an extra is missing); the message says what to do about it."""


@dataclass(frozen=True)
class Evidence:
    """What one check measured: numbers beside their bars, ceilings and floors.

    `bar[name] = (low, high)` bounds `measured[name]` (None: unbounded). For a violation the bar is the region in which
    the conclusion visibly FAILS; for a printed form it is what the statement says as printed.
    `ceiling` and `floor` hold the population ceiling and the chance floor of the measured number of the same name.
    `series` holds what figures need (curves, matrices as nested lists); it takes no part in the verdict.
    """

    measured: Mapping[str, float]
    bar: Mapping[str, Interval]
    ceiling: Mapping[str, float] = field(default_factory=dict)
    floor: Mapping[str, float] = field(default_factory=dict)
    series: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""

    def __post_init__(self) -> None:
        unknown = set(self.bar) - set(self.measured)
        if unknown:
            raise ValueError(
                f"bars {sorted(unknown)} name nothing that was measured (measured: {sorted(self.measured)}); "
                "a bar without a measurement would hold vacuously"
            )
        if not self.bar:
            raise ValueError("evidence without a bar decides nothing; give at least one bar")
        for name, (low, high) in self.bar.items():
            if low != low or high != high or (low is not None and high is not None and low > high):
                raise ValueError(f"bar [{low}, {high}] of {name!r} holds no number; no measurement could meet it")
        for kind, limits in (("ceiling", self.ceiling), ("floor", self.floor)):
            unknown = set(limits) - set(self.measured)
            if unknown:
                raise ValueError(
                    f"{kind} {sorted(unknown)} names nothing that was measured (measured: {sorted(self.measured)}); "
                    "it would stand beside no number"
                )

    def missed(self) -> list[str]:
        """Names of the measured numbers outside their bar (NaN is outside every bar)."""
        return [name for name, bar in self.bar.items() if not _inside(self.measured[name], *bar)]


def _inside(value: float, low: float | None, high: float | None) -> bool:
    return bool(value == value and (low is None or value >= low) and (high is None or value <= high))


@dataclass(frozen=True)
class Context:
    """What a check may use beside its setting: a folder for checkpoints, and a callback `progress(done, total)`.

    shared: a folder in which the checks of one run leave what others would make again, each file written whole.
    """

    workspace: Path | None = None
    progress: Callable[[int, int], None] | None = None
    shared: Path | None = None


Check = Callable[[Setting, int, Context], Evidence]


@dataclass(frozen=True)
class Claim:
    """One claim of the ledger.

    `check(setting, seed, context)` must be a module-level function (cells run in worker processes) and depend on
    nothing but its arguments. `settings[preset]` lists the settings that the preset runs; `seeds[preset]` how many
    seeds (an exact claim on a fixed model needs one). `drops` is, for a violation, (claim id, the assumption dropped).
    """

    id: str
    statement: str
    formula: str  # LaTeX, without dollar signs
    source: str
    form: Form
    track: Track
    assumptions: tuple[str, ...]
    check: Check
    settings: Mapping[Preset, Sequence[Setting]]
    seeds: Mapping[Preset, int]
    drops: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        if (self.form == "violation") != (self.drops is not None):
            raise ValueError(f"claim {self.id}: a violation, and only a violation, names the assumption it drops")
        for preset in PRESETS:
            if not self.settings.get(preset) or self.seeds.get(preset, 0) < 1:
                raise ValueError(
                    f"claim {self.id}: preset {preset} has no setting or no seed; expected one of each at least, "
                    "because every preset gives every claim a verdict"
                )

    def verdict(self, evidence: Evidence) -> Verdict:
        """`holds` inside every bar (`fails as predicted` for a violation), else `refuted`."""
        if evidence.missed():
            return "refuted"
        return "fails as predicted" if self.form == "violation" else "holds"


def every_preset(*settings: Setting, seeds: int = 1) -> dict[str, Any]:
    """The same settings and number of seeds in every preset, as keyword arguments of `Claim`."""
    return {"settings": dict.fromkeys(PRESETS, settings), "seeds": dict.fromkeys(PRESETS, seeds)}
