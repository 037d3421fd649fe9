"""What a person sees: the table of verdicts on standard output, progress on standard error."""

import math
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from rich.console import Console, Group
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from experiments.row_tables import row_tables
from experiments.summary import headlines, settings_shown
from identifiability.claims.claim import Claim, Preset

_STYLE = {"holds": "green", "fails as predicted": "cyan", "refuted": "bold red", "not run": "yellow"}


def results_console() -> Console:
    """Standard output: as wide as the terminal, or 160 columns where there is none (a log, a pipe)."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=160)


class CellProgress:
    """A bar of finished cells (on a terminal), or a line a cell (elsewhere)."""

    def __init__(self, console: Console, cells: int) -> None:
        self.console = console
        self.cells = cells
        self.done = 0
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.bar = Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
        self.overall = self.bar.add_task("cells", total=cells)
        self.inner = self.bar.add_task("steps", total=None, visible=False)

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def within(self, done: int, total: int) -> None:
        """Progress inside the running cell (training steps)."""
        self.bar.update(self.inner, completed=done, total=total, visible=True)

    def finished(self, record: Mapping[str, Any]) -> None:
        """One cell is done."""
        self.done += 1
        self.bar.update(self.overall, completed=self.done)
        self.bar.update(self.inner, visible=False)
        if not self.console.is_terminal:
            line = f"[{self.done}/{self.cells}] {record['key']}: {record['verdict']} ({record['seconds']:.1f} s)"
            self.console.print(line)


def number(value: float) -> str:
    """A measured number, short: `0.9987`, `3.20e-14`."""
    if not math.isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.2e}" if abs(value) < 1e-3 or abs(value) >= 1e5 else f"{value:.4f}"


def interval(bar: Sequence[float | None]) -> str:
    """A bar: `>= 0.99`, `<= 0.02`, `= 3`, `in [-1.1, -0.9]`."""
    low, high = bar
    if low is None and high is None:
        return ""
    if low is None:
        return f"<= {number(high or 0.0)}"
    if high is None:
        return f">= {number(low)}"
    return f"= {number(low)}" if low == high else f"in [{number(low)}, {number(high)}]"


def verdict_text(entry: Mapping[str, Any]) -> Text:
    """The verdict in its colour; a refuted printed form is marked as such."""
    if entry["verdict"] == "refuted" and entry["form"] == "printed":
        return Text("REFUTED (as printed)", style="magenta")
    return Text(
        entry["verdict"].upper() if entry["verdict"] == "refuted" else entry["verdict"], style=_STYLE[entry["verdict"]]
    )


def claim_table(document: Mapping[str, Any], *, details: bool = False) -> Group:
    """The ledger of one run: claim, measured, bar, ceiling, verdict.

    A claim shows what `headlines` chooses, all its quantities with `details`. Claims without a record are only counted.
    """
    table = Table(title=f"{document['experiment']}, preset {document['preset']}", title_justify="left")
    for name in ("claim", "quantity", "measured", "bar", "ceiling / floor", "verdict"):
        table.add_column(name, overflow="fold")
    for entry in _recorded(document):
        names = list(entry["bar"]) if details else headlines(entry)
        inside = f", {len(entry['bar'])} quantities" if len(names) < len(entry["bar"]) else ""
        head = Text(entry["id"], style="bold")
        some = ", ".join(filter(None, (_seeds(entry), settings_shown(entry))))
        head += Text(f"\n{entry['form']}, {entry['track']}, {some}{inside}", style="dim")
        if entry["verdict"] == "not run":
            table.add_row(head, Text(entry["reason"]), "", "", "", verdict_text(entry), end_section=True)
            continue
        for row, name in enumerate(names):
            numbers = (name, _with_range(entry, name), interval(entry["bar"][name]), _limits(entry, name))
            verdict = verdict_text(entry) if row == 0 else Text()
            table.add_row(head if row == 0 else Text(), *map(Text, numbers), verdict)
        table.add_section()
    return Group(table, _counts(document))


def _seeds(entry: Mapping[str, Any]) -> str:
    return f"{len(entry['seeds'])} seed{'s' if len(entry['seeds']) != 1 else ''}"


def _with_range(entry: Mapping[str, Any], name: str) -> str:
    low, high = entry["range"][name]
    mean = number(entry["measured"][name])
    return mean if number(low) == number(high) else f"{mean} [{number(low)}, {number(high)}]"


def _limits(entry: Mapping[str, Any], name: str) -> str:
    parts = [f"{kind} {number(entry[kind][name])}" for kind in ("ceiling", "floor") if name in entry[kind]]
    return ", ".join(parts)


def _counts(document: Mapping[str, Any]) -> Text:
    counts: dict[str, int] = {}
    for entry in _recorded(document):
        verdict = str(verdict_text(entry))
        counts[verdict] = counts.get(verdict, 0) + 1
    parts = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    left = document["unrecorded"]
    told = [parts] if parts else []
    told += [f"{len(left)} without a record"] if left else []
    return Text(f"{len(document['claims'])} claims: {', '.join(told)}; {document['seconds']:.1f} s")


def _recorded(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [entry for entry in document["claims"] if entry["id"] not in document["unrecorded"]]


def claim_list(claims: Sequence[Claim]) -> Table:
    """All claims, a line each."""
    table = Table(show_edge=False)
    for name in ("id", "form", "track", "statement"):
        table.add_column(name, overflow="fold")
    for claim in claims:
        table.add_row(claim.id, claim.form, claim.track, claim.statement)
    return table


def claim_details(claim: Claim, preset: Preset, records: Sequence[Mapping[str, Any]]) -> Group:
    """One claim whole, with what its records say."""
    lines = [
        Text(claim.id, style="bold"),
        Text(claim.statement),
        Text(f"formula: {claim.formula}"),
        Text(f"source: {claim.source}; form: {claim.form}; track: {claim.track}"),
        Text("assumptions: " + ("; ".join(claim.assumptions) or "none")),
    ]
    if claim.drops:
        lines.append(Text(f"violation: drops “{claim.drops[1]}” of {claim.drops[0]}"))
    lines.append(Text(f"preset {preset}: {len(claim.settings[preset])} setting(s), {claim.seeds[preset]} seed(s)"))
    if not records:
        lines.append(Text("no record yet", style="yellow"))
    for record in records:
        lines.append(Text(f"{record['key']}: {record['verdict']} in {record['seconds']} s {record['reason']}"))
        evidence = record["evidence"] or {"measured": {}, "bar": {}}
        for name, value in evidence["measured"].items():
            bar = interval(evidence["bar"][name]) if name in evidence["bar"] else ""
            lines.append(Text(f"  {name} = {number(float('nan') if value is None else value)}  {bar}"))
    return Group(*lines, *row_tables(records))
