"""Tables from the records alone; what a paper prints stands in columns of its own, called reported."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table as Shown

from realscale.evaluation.record import WARNING, named, read_record

UNKNOWN = "not known here"
NOT_RUN = "not run"
INTERVALS = (
    "In brackets 95 % intervals: of a context Wilson's, of the other figures by bootstrap over groups of images. That "
    "of the worst context is of the minimum over contexts, which each draw takes anew: it may lie below the "
    "interval of the context that is named."
)


@dataclass(frozen=True)
class Table:
    """A title, a header, rows of the same length, and notes below."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def read_records(folders: Sequence[Path]) -> list[dict[str, Any]]:
    """The records in these folders, by folder and name.

    Raises:
        ValueError: no folder, none with a record, or a JSON file that is no record.
    """
    found = [read_record(path) for folder in folders for path in sorted(folder.glob("*.json"))]
    if not found:
        raise ValueError(
            f"no record is in {', '.join(map(str, folders)) or 'no folder'}; expected folders that were --out of "
            "another command"
        )
    return found


def tables(records: Sequence[Mapping[str, Any]]) -> list[Table]:
    """A table for each kind of section that some record has."""
    found = [builder(records) for builder in (_zero_shot, _reported, _probe, _leakage, _retrieval)]
    found += [_composition(records), _prompt_tuning(records), _cross_dataset(records), _left_out(records)]
    return [table for table in found if table.rows]


def as_markdown(found: Sequence[Table]) -> str:
    """The tables in Markdown."""
    parts = []
    for table in found:
        lines = [table.header, ("---",) * len(table.header), *table.rows]
        body = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
        parts.append("\n\n".join([f"## {table.title}", body, *table.notes]))
    return "\n\n".join(parts) + "\n"


def show(found: Sequence[Table]) -> None:
    """The tables on stdout: drawn on a terminal, in Markdown elsewhere."""
    console = Console()
    if not console.is_terminal:
        print(as_markdown(found), end="")
        return
    for table in found:
        drawn = Shown(*table.header, title=table.title, caption="\n".join(table.notes) or None)
        for row in table.rows:
            drawn.add_row(*row)
        console.print(drawn)


def _model(record: Mapping[str, Any]) -> str:
    about = record["model"]
    weights = "random weights" if about["pretrained"] is None else about["pretrained"]
    return f"{about['architecture']} ({weights}, {about['sha256'][:8]})"


def _set(record: Mapping[str, Any]) -> str:
    about = record["set"]
    size = (
        f"n {about['n']}"
        if about["n"] == about["whole"]
        else f"{about['n']} of {about['whole']}, seed {about['part_seed']}"
    )
    return f"{about['name']} ({size})"


def _percent(value: float, interval: Sequence[float] | None = None) -> str:
    if interval is None:
        return f"{100 * value:.1f}"
    return f"{100 * value:.1f} [{100 * interval[0]:.1f}, {100 * interval[1]:.1f}]"


def _figure(entry: Mapping[str, Any] | None, key: str = "accuracy") -> str:
    return NOT_RUN if entry is None else _percent(entry[key], entry["interval"])


def _sections(records: Sequence[Mapping[str, Any]], name: str) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """The sections of this name, or of this one and what was asked for (`realscale.evaluation.record.named`)."""
    return [
        (record, section)
        for record in records
        for key, section in record["sections"].items()
        if key == name or key.startswith(f"{name} ")
    ]


def _prompts(section: Mapping[str, Any]) -> str:
    """The template of a section; of many the first one, and what tells them from others."""
    prompts = section["prompts"]
    first, *more = prompts.values() if isinstance(prompts, Mapping) else prompts
    return f"{first} and {len(more)} more, {named('templates', prompts)}" if more else first


def _random_note(records: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return (f"Rows with {WARNING}.",) if any("warning" in record for record in records) else ()


def _table(
    title: str,
    header: tuple[str, ...],
    found: Sequence[tuple[Mapping[str, Any], Any]],
    rows_of: Callable[[Any], Sequence[tuple[str, ...]]],
    notes: tuple[str, ...] = (),
) -> Table:
    rows = [(_set(record), _model(record), *row) for record, section in found for row in rows_of(section)]
    return Table(
        title, ("set", "model", *header), tuple(rows), (*notes, *_random_note([record for record, _ in found]))
    )


def _zero_shot(records: Sequence[Mapping[str, Any]]) -> Table:
    def rows(entry: Mapping[str, Any]) -> list[tuple[str, ...]]:
        return [
            (
                entry["kind"],
                _prompts(entry),
                _figure(entry["mean"]),
                f"{_figure(entry['worst'])} {entry['worst_context']}",
                _figure(entry["balanced"]),
                _percent(entry["chance"]),
                ", ".join(
                    f"{name} {_percent(row['accuracy'], row['interval'])}" for name, row in entry["contexts"].items()
                ),
            )
        ]

    return _table(
        "Zero-shot accuracy, %",
        (
            "prompt",
            "template",
            "mean over contexts",
            "worst context",
            "balanced over classes",
            "chance",
            "each context",
        ),
        _sections(records, "zero_shot"),
        rows,
        (f"{INTERVALS} The prompt `matched` names the context of each image, which a user must know.",),
    )


def _reported(records: Sequence[Mapping[str, Any]]) -> Table:
    """Sets of the paper's Table 1: ours beside what it prints."""
    paper = json.loads((resources.files("realscale.evaluation") / "reported.json").read_text("utf-8"))
    systems = paper["systems"]
    found = [(r, s) for r, s in _sections(records, "zero_shot class") if r["set"]["name"] in paper["sets"]]
    rows = []
    for record, section in found:
        name = paper["sets"][record["set"]["name"]]
        printed = [f"{row[name]:.1f}" if name in row else UNKNOWN for row in systems.values()]
        rows.append((_set(record), _model(record), _prompts(section), _figure(section["mean"]), *printed))
    if rows:
        rows.append(("average of the five sets", "", "", "", *(f"{row['average']:.1f}" for row in systems.values())))
    entries = [value for name, value in systems["CLIP"].items() if name != "average"]
    backbones = ", ".join(f"{name} {backbone}" for name, backbone in paper["backbones"].items())
    notes = (
        f"Reported: by {paper['source']}, not by us. Its CLIP row averages {np.mean(entries):.1f}, printed "
        f"{systems['CLIP']['average']:.1f}. Backbones there: {backbones}, of the others {UNKNOWN}; it does not say how "
        "many images a set has, so that its figures and ours need not be of the same images.",
    )
    header = ("set", "model", "template", "ours, mean over contexts", *(f"reported: {name}" for name in systems))
    return Table("Zero-shot accuracy beside the paper's Table 1, %", header, tuple(rows), notes)


def _probe(records: Sequence[Mapping[str, Any]]) -> Table:
    def rows(section: Mapping[str, Any]) -> list[tuple[str, ...]]:
        left = section["left_out"] or {}
        worst = f"{_figure(left['worst'])} {left['worst_context']}" if left else NOT_RUN
        return [(_figure(section["within"]["mean"]), _figure(left.get("mean")), worst, _percent(section["chance"]))]

    header = ("within a context", "context left out", "worst one left out", "chance")
    note = f"Penalty by loss on held-out images of the contexts that are trained on. {INTERVALS}"
    return _table("Linear probe of the class, %", header, _sections(records, "probe"), rows, (note,))


def _leakage(records: Sequence[Mapping[str, Any]]) -> Table:
    found: list[tuple[Mapping[str, Any], Any]] = []
    for record, leakage in _sections(records, "leakage"):
        calibrations: list[Any] = [section for _, section in _sections([record], "calibration")]
        found += [(record, (leakage, calibration)) for calibration in calibrations or [None]]

    def rows(both: tuple[Mapping[str, Any], Mapping[str, Any] | None]) -> list[tuple[str, ...]]:
        leak, calibration = both
        low, high = leak["information_interval"]
        decided = {True: "not rejected", False: "rejected", None: "undecided"}
        return [
            (
                _percent(leak["accuracy"], leak["interval"]),
                _percent(leak["chance"]),
                f"{leak['information']:.3f} [{low:.3f}, {high:.3f}]",
                f"{leak['shuffled']['information']:.3f}",
                NOT_RUN if calibration is None else calibration["template"],
                NOT_RUN if calibration is None else decided[calibration["right_given_confidence"]["invariant"]],
                NOT_RUN
                if calibration is None
                else ", ".join(f"{name} {_percent(row['ece'])}" for name, row in calibration["contexts"].items()),
            )
        ]

    header = (
        "context from code, %",
        "chance",
        "information, nats",
        "of shuffled contexts",
        "template",
        "calibration alike",
        "ECE, %",
    )
    note = (
        "Information on the context beyond the class that a linear probe finds. Calibration alike: whether one "
        "calibration of confidence in every context is rejected at level .01 on held-out halves."
    )
    return _table("Context in image codes", header, found, rows, (note,))


def _retrieval(records: Sequence[Mapping[str, Any]]) -> Table:
    def rows(section: Mapping[str, Any]) -> list[tuple[str, ...]]:
        return [
            (
                way.replace("_", " "),
                *(_figure(entry[f"R@{rank}"], "recall") for rank in (1, 5, 10)),
                _percent(entry["R@1"]["chance"]),
            )
            for way in ("image_to_text", "text_to_image")
            for entry in (section[way],)
        ]

    header = ("way", "R@1", "R@5", "R@10", "chance at 1")
    return _table("Retrieval, %", header, _sections(records, "retrieval"), rows)


def _composition(records: Sequence[Mapping[str, Any]]) -> Table:
    found = [
        (record, (name.removeprefix("composition "), section))
        for record in records
        for name, section in record["sections"].items()
        if name.startswith("composition ")
    ]

    def rows(named: tuple[str, Mapping[str, Any]]) -> list[tuple[str, ...]]:
        name, section = named
        types = ", ".join(f"{kind} {_percent(row['accuracy'])}" for kind, row in section["types"].items())
        micro = section["micro"]
        return [(name, _figure(micro), _percent(section["macro"]), types, _percent(micro["ties"]), str(micro["items"]))]

    header = ("benchmark", "micro", "macro", "types", "ties", "n")
    return _table("Composition: the right caption above the wrong ones, %", header, found, rows)


def _run(section: Mapping[str, Any]) -> str:
    """What was asked for, in words."""
    told = section["settings"]
    shown = f"{told['shots']} shots, {told['epochs']} epochs, rate {told['rate']:g}, length {told['length']}"
    return f"{shown}, {len(section['seeds'])} seeds, {told['template']}"


def _over_seeds(entry: Mapping[str, Any]) -> str:
    return _percent(entry["mean"], entry["interval"])


def _prompt_tuning(records: Sequence[Mapping[str, Any]]) -> Table:
    def rows(section: Mapping[str, Any]) -> list[tuple[str, ...]]:
        found, settings = section["base_to_new"], section["settings"]
        hand = found["hand"]
        return [
            (
                settings["method"],
                _run(section),
                *(_over_seeds(found[name]) for name in ("base", "new", "harmonic_mean")),
                " / ".join(_percent(hand[name]) for name in ("base", "new", "harmonic_mean")),
            )
        ]

    header = ("method", "run", "base", "new", "harmonic mean", "hand-written prompt: base / new / mean")
    return _table("Prompt tuning, base to new classes, %", header, _sections(records, "prompt_tuning"), rows)


def _cross_dataset(records: Sequence[Mapping[str, Any]]) -> Table:
    def rows(section: Mapping[str, Any]) -> list[tuple[str, ...]]:
        found = section.get("cross_dataset")
        return [
            (
                section["settings"]["method"],
                _run(section),
                name,
                _over_seeds(entry["accuracy"]),
                _percent(entry["hand"]),
            )
            for name, entry in (found["sets"].items() if found else ())
        ]

    header = ("method", "run", "judged on", "accuracy", "hand-written prompt")
    return _table("Prompt tuning, other sets, %", header, _sections(records, "prompt_tuning"), rows)


def _left_out(records: Sequence[Mapping[str, Any]]) -> Table:
    def rows(section: Mapping[str, Any]) -> list[tuple[str, ...]]:
        found = section.get("context_left_out")
        if found is None:
            return []
        means = {name: entry["accuracy"]["mean"] for name, entry in found["contexts"].items()}
        worst = min(means, key=lambda name: means[name])
        shown = ", ".join(f"{name} {_over_seeds(entry['accuracy'])}" for name, entry in found["contexts"].items())
        run = (section["settings"]["method"], _run(section))
        return [(*run, _over_seeds(found["mean"]), f"{_percent(means[worst])} {worst}", shown, _percent(found["hand"]))]

    header = ("method", "run", "mean over contexts", "worst", "each context left out", "hand-written prompt, mean")
    return _table("Prompt tuning, a context left out, %", header, _sections(records, "prompt_tuning"), rows)
