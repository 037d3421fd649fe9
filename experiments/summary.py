"""From records to one entry a claim: mean over seeds, worst verdict, interval; the document of `--json`."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from experiments.records import canonical
from identifiability.metrics import seed_mean

_COUNT = 1e9  # room of a count that is hit
_WORST_FIRST = ("refuted", "not run", "holds", "fails as predicted")


def setting_label(setting: Mapping[str, Any]) -> str:
    """`dims=3, layers=2`: how a setting is named in tables."""
    return ", ".join(f"{name}={value}" for name, value in setting.items())


def _distinguishing(settings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each setting without the entries that all of them share: what tells one from another."""
    shared = {name for name in settings[0] if all(s.get(name) == settings[0][name] for s in settings)}
    return [{name: value for name, value in setting.items() if name not in shared} for setting in settings]


def summarise(records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One entry a claim, in the order in which the claims first appear.

    `measured` is the mean over seeds, `range` the least and the greatest, `interval` the 95 % Student interval (where
    there are two seeds or more); the verdict is the worst of the cells. Where a claim has several settings, each name
    carries in brackets what tells its setting from the others. `settings` are those measured beside the number of those
    of preset standard, `failing` what `telling` finds.
    """
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        groups.setdefault(record["claim"], []).append(record)
    entries = {name: _entry(group) for name, group in groups.items()}
    for entry in entries.values():
        violated = entries.get(entry["drops"][0]) if entry["drops"] else None
        entry["failing"] = _failing(entry, violated["bar"]) if violated else []
    return list(entries.values())


def settings_shown(entry: Mapping[str, Any]) -> str:
    """`1 of 3 settings` where fewer were measured than preset standard has, else nothing: it is no verdict on all."""
    measured, standard = entry["settings"]["measured"], entry["settings"]["standard"]
    return f"{measured} of {standard} settings" if 0 < measured < standard else ""


def _failing(entry: Mapping[str, Any], violated: Mapping[str, Sequence[float | None]]) -> list[str]:
    """The quantities with a bar that lie outside the violated claim's own bar of them, the furthest beyond it first."""
    beyond = {}
    for name in entry["bar"]:
        quantity = name.partition(" [")[0]
        same = [name] if name in violated else [n for n in violated if n.partition(" [")[0] == quantity]
        if same:
            beyond[name] = max(room_to_bar(entry["range"][name], violated[n]) for n in same)
    return sorted((name for name in beyond if beyond[name] < 0), key=beyond.__getitem__)


def _entry(group: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    first = group[0]
    labels = list(map(setting_label, _distinguishing([record["setting"] for record in group])))
    several = len(set(labels)) > 1
    numbers: dict[str, list[float]] = {}
    entry: dict[str, Any] = {
        **{name: first[name] for name in ("statement", "formula", "source", "form", "track", "assumptions", "drops")},
        "bar": {},
    }
    averages: dict[str, dict[str, list[float]]] = {"ceiling": {}, "floor": {}}
    notes = []
    for record, label in zip(group, labels, strict=True):
        evidence = record["evidence"]
        if evidence is None:
            continue

        def name_of(name: str, label: str = label) -> str:
            return f"{name} [{label}]" if several and label else name

        for name, value in evidence["measured"].items():
            numbers.setdefault(name_of(name), []).append(float("nan") if value is None else value)
        for name, bar in evidence["bar"].items():
            entry["bar"][name_of(name)] = bar
        for kind, collected in averages.items():
            for name, value in evidence[kind].items():
                if value is not None:
                    collected.setdefault(name_of(name), []).append(value)
        if evidence["note"] and evidence["note"] not in notes:
            notes.append(evidence["note"])
    return {
        "id": first["claim"],
        **entry,
        "measured": {name: sum(values) / len(values) for name, values in numbers.items()},
        "range": {name: _range(values) for name, values in numbers.items()},
        "interval": {n: list(ends) for n, v in numbers.items() if (ends := student_interval(v))},
        **{kind: {n: sum(v) / len(v) for n, v in collected.items()} for kind, collected in averages.items()},
        "verdict": min((record["verdict"] for record in group), key=_WORST_FIRST.index),
        "reason": next((record["reason"] for record in group if record["reason"]), ""),
        "note": " ".join(notes),
        "settings": {
            "measured": len({canonical(record["setting"]) for record in group if record["evidence"]}),
            "standard": max(record.get("standard_settings", 0) for record in group),
        },
        "seeds": sorted({record["seed"] for record in group}),
        "seconds": round(sum(record["seconds"] for record in group), 3),
        "cpu_seconds": round(sum(record["cpu_seconds"] for record in group), 3),
    }


def _range(values: Sequence[float]) -> list[float]:
    """The least and the greatest; NaN twice where one is undefined (`min` would skip it or not by its place)."""
    return [float("nan")] * 2 if any(map(math.isnan, values)) else [min(values), max(values)]


def student_interval(values: Sequence[float]) -> tuple[float, float] | None:
    """The 95 % Student interval of the mean; None of a single value, and where one is not defined."""
    return seed_mean(values).interval if len(values) > 1 and all(map(math.isfinite, values)) else None


def nearest(entry: Mapping[str, Any]) -> list[str]:
    """What a reader should see first: of each setting one quantity, or all that miss their bar.

    Where the statement stands: the quantity with the least room to its bar. Where it is refuted: whatever misses its
    bar, the furthest beyond it first. Where a violation fails as predicted every bar is met, so that the nearest would
    often be a premise that stands: shown is the quantity that is furthest beyond the violated claim's own bar, or, if
    they have no quantity in common, the one deepest inside the bar of failure.
    """
    room = {name: room_to_bar(entry["range"][name], bar) for name, bar in entry["bar"].items()}
    missed = sorted((name for name in room if room[name] < 0), key=room.__getitem__)
    others = []
    for setting in dict.fromkeys(map(_setting_of, room)):
        own = [name for name in room if _setting_of(name) == setting]
        if not set(own) & set(missed):
            others.append(_most_telling(entry, own, room))
    return missed + others


def headlines(entry: Mapping[str, Any]) -> list[str]:
    """What `nearest` chooses; where the statement stands, behind the first quantity of its bars: what it is about.

    Of several settings, that of the one in which it comes nearest to its bar.
    """
    chosen = nearest(entry)
    if entry["verdict"] != "holds" or not entry["bar"]:
        return chosen
    subject = next(iter(entry["bar"])).partition(" [")[0]
    of_settings = [name for name in entry["bar"] if name.partition(" [")[0] == subject]
    first = min(of_settings, key=lambda name: room_to_bar(entry["range"][name], entry["bar"][name]))
    return list(dict.fromkeys([first, *chosen]))


def _most_telling(entry: Mapping[str, Any], names: Sequence[str], room: Mapping[str, float]) -> str:
    if entry["verdict"] != "fails as predicted":
        return min(names, key=room.__getitem__)
    failing = [name for name in entry["failing"] if name in names]
    return failing[0] if failing else max(names, key=lambda name: room[name] if room[name] < _COUNT else -1.0)


def _setting_of(name: str) -> str:
    return name.partition(" [")[2]


def room_to_bar(measured: Sequence[float | None], bar: Sequence[float | None]) -> float:
    """Distance of the worst seed from its bar, in units of the bar's size; below 0 outside it."""
    low, high = bar
    least, most = (float("nan") if value is None else value for value in measured)
    if low is not None and low == high:  # a count that must be hit: nothing to come near to
        return _COUNT if least == low == most else -1.0
    if least != least:
        return -1.0
    size = max((abs(bound) for bound in bar if bound is not None), default=1.0) or 1.0
    rooms = [least - low] if low is not None else []
    rooms += [high - most] if high is not None else []
    return min(rooms, default=1e9) / size
