"""One claim for readers: what it says, what was measured beside its bar, ceiling and floor, and how to run it again."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from experiments.summary import nearest, room_to_bar, settings_shown
from paper_figures.catalogue import Picture
from paper_figures.mathml import UnknownLatex, mathml
from paper_figures.numbers import bar, counted, number, quantity
from paper_figures.reading import Measurement, Reading
from paper_figures.verdicts import verdict_class, verdict_words

SETTINGS = 4  # of which a claim tells before its table
COLUMNS = ("quantity", "measured", "bar", "ceiling", "floor")


def claim_card(
    reading: Reading,
    entry: Mapping[str, Any],
    measurements: Sequence[Measurement],
    pictures: Sequence[Picture],
    *,
    unfolded: bool,
    attributes: str = "",
) -> str:
    """An `<article id="claim-ID">`; what is not needed at first sight is folded unless `unfolded`.

    `pictures` are the figures of the same page; `attributes` go into the article's tag.
    """
    words = verdict_words(entry)
    some = ", ".join(filter(None, (counted(len(entry["seeds"]), "seed"), settings_shown(entry))))
    meta = f"{reading.experiment} · {entry['form']}, {entry['track']}, {some}"
    remarks = [f'<p class="{kind}">{escape(entry[kind])}</p>' for kind in ("reason", "note") if entry[kind]]
    return "\n".join(
        (
            f'<article id="claim-{escape(entry["id"])}" class="claim"{attributes}>',
            f'<h3><span class="verdict {verdict_class(words)}">{words}</span> '
            f'<a href="#claim-{escape(entry["id"])}"><code>{escape(entry["id"])}</code></a></h3>',
            f'<p class="meta">{escape(meta)}</p>',
            f"<p>{escape(entry['statement'])}</p>{formula(entry['formula'])}",
            *([f'<ul class="nearest">{_nearest(entry)}</ul>'] if entry["bar"] and not unfolded else []),
            *remarks,
            _terms(_links(reading, entry, pictures)),
            '<details open="open">' if unfolded else "<details>",
            f"<summary>{_content(entry)}</summary>",
            *([_table(measurements)] if entry["measured"] else []),
            _terms(_facts(reading, entry)),
            "</details>\n</article>",
        )
    )


def formula(latex: str) -> str:
    """The formula as MathML, or as it was written where that uses LaTeX that is not translated."""
    try:
        return f'<div class="formula">{mathml(latex)}</div>'
    except UnknownLatex:
        return f'<div class="formula"><code>{escape(latex)}</code></div>'


def figure_id(experiment: str, picture: Picture) -> str:
    """What a figure is called within a page."""
    return f"figure-{experiment}-{picture.name}"


def room(entry: Mapping[str, Any], name: str) -> float:
    """Distance of the worst seed's number from its bar, in units of the bar; below 0 where it is missed.

    A lower bound of 0 beside an upper one only says that an error is not negative: no error comes too near to it.
    """
    low, high = entry["bar"][name]
    return room_to_bar(entry["range"][name], (None if low == 0 and high else low, high))


def _nearest(entry: Mapping[str, Any]) -> str:
    """What misses its bar, or comes nearest to it, of a few settings; the table has it all."""
    names = sorted(nearest(entry), key=lambda name: room(entry, name))
    items = []
    for name in names[:SETTINGS]:
        limits = [f"{kind} {number(entry[kind][name])}" for kind in ("ceiling", "floor") if name in entry[kind]]
        told = "; ".join((f"bar {bar(entry['bar'][name])}", *limits))
        measured = f"<b>{number(entry['measured'][name])}</b>{_interval(entry['interval'].get(name))}"
        items.append(f'<li>{escape(quantity(name))} {measured} <span class="faint">{told}</span></li>')
    left = len(names) - len(items)
    return "".join(items) + (f'<li class="faint">and {left} more, further from their bars</li>' if left else "")


def _content(entry: Mapping[str, Any]) -> str:
    numbers = f"All {counted(len(entry['measured']), 'number')}, " if len(entry["measured"]) > 1 else ""
    return (numbers + "assumptions, source, how to run it again").capitalize()


def _table(measurements: Sequence[Measurement]) -> str:
    heads = "".join(f'<th scope="col">{name}</th>' for name in COLUMNS)
    rows = []
    for measurement in measurements:
        if measurement.setting:
            words = _setting(measurement, alone=len(measurements) == 1)
            rows.append(f'<tr class="setting"><th colspan="{len(COLUMNS)}" scope="rowgroup">{escape(words)}</th></tr>')
        rows += _quantities(measurement)
    return f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n" + "\n".join(rows) + "\n</tbody>\n</table>"


def _setting(measurement: Measurement, *, alone: bool) -> str:
    verdict = "" if alone else f": {verdict_words(measurement.summary)}"
    return measurement.setting + verdict


def _quantities(measurement: Measurement) -> Iterable[str]:
    """Numbers with a bar first, then those that are only told."""
    names = sorted(measurement.measured, key=lambda name: name not in measurement.summary["bar"])
    return [_quantity(measurement, name) for name in names]


def _quantity(measurement: Measurement, name: str) -> str:
    summary = measurement.summary
    bounds = summary["bar"].get(name)
    kind = "free" if bounds is None else "missed" if measurement.missed(name) else "held"
    cells = {
        "measured": number(summary["measured"][name]) + _interval(summary["interval"].get(name)),
        "bar": "" if bounds is None else bar(bounds),
        "ceiling": number(summary["ceiling"][name]) if name in summary["ceiling"] else "",
        "floor": number(summary["floor"][name]) if name in summary["floor"] else "",
    }
    row = "".join(f'<td data-label="{label}">{content}</td>' for label, content in cells.items())
    return f'<tr class="quantity {kind}"><th scope="row">{escape(name)}</th>{row}</tr>'


def _interval(ends: Sequence[float] | None) -> str:
    if ends is None or not ends[0] < ends[1]:
        return ""
    return f' <span class="interval">[{number(ends[0])}, {number(ends[1])}]</span>'


def _links(reading: Reading, entry: Mapping[str, Any], pictures: Sequence[Picture]) -> dict[str, str]:
    """What the claim violates, what violates it, and the figures that show it."""
    entries = {other["id"]: other for other, _ in reading.claims}
    links = {}
    if entry["drops"]:
        violated, assumption = entry["drops"]
        links["drops"] = f"“{escape(assumption)}” of {_claim(violated, linked=violated in entries)}"
    violations: dict[str, list[str]] = {}
    for other in entries.values():
        if other["drops"] and other["drops"][0] == entry["id"]:
            name = _claim(other["id"], linked=True, within=entry["id"])
            violations.setdefault(verdict_words(other), []).append(name)
    if violations:
        links["violations"] = "; ".join(f"{words}: {', '.join(names)}" for words, names in violations.items())
    shown = [picture for picture in pictures if entry["id"] in picture.claims]
    if shown:
        links["figures"] = "; ".join(
            f'<a href="#{figure_id(reading.experiment, picture)}">{escape(picture.title)}</a>' for picture in shown
        )
    return links


def _claim(name: str, *, linked: bool, within: str = "") -> str:
    """Its id, linked to its place in the page; `.too_few_outputs` beside the claim whose id it begins with."""
    told = name.removeprefix(within) if name.startswith(f"{within}.") else name
    code = f"<code>{escape(told)}</code>"
    return f'<a href="#claim-{escape(name)}">{code}</a>' if linked else code


def _facts(reading: Reading, entry: Mapping[str, Any]) -> dict[str, str]:
    commits = dict.fromkeys(record["commit"] for record in reading.records if record["claim"] == entry["id"])
    return {
        "assumptions": escape("; ".join(entry["assumptions"]) or "none"),
        "source": escape(entry["source"]),
        "seeds": ", ".join(map(str, entry["seeds"])),
        "run it again": f"<code>{escape(rerun(reading, entry))}</code>",
        "processor time": f"{entry['cpu_seconds']:.1f} s",
        "commit": escape(", ".join(commits)),
    }


def rerun(reading: Reading, entry: Mapping[str, Any]) -> str:
    """The command that checks the claim once more, in a folder of its own: records that stand are not overwritten."""
    seeds = " ".join(map(str, entry["seeds"]))
    return f"{reading.command} --claims {entry['id']} --seeds {seeds} --out runs/again"


def _terms(facts: Mapping[str, str]) -> str:
    terms = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in facts.items())
    return f"<dl>{terms}</dl>" if terms else ""
