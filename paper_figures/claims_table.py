"""The table of claims: what each says, what was measured beside its bar, ceiling and floor, and its verdict."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from paper_figures.mathml import UnknownLatex, mathml
from paper_figures.numbers import bar, counted, number
from paper_figures.reading import Measurement, Reading
from paper_figures.verdicts import COLOURS, verdict_words

COLUMNS = ("quantity", "measured", "bar", "ceiling", "floor")


def claims_table(reading: Reading) -> str:
    """A `<table>` with one `<tbody id="claim-ID">` a claim, in the order of the ledger."""
    heads = "".join(f'<th scope="col">{name}</th>' for name in COLUMNS)
    bodies = "\n".join(
        _claim(entry, measurements, f"python -m experiments.{reading.experiment} --claims {entry['id']}"
               f" --preset {reading.preset}")
        for entry, measurements in reading.claims
    )  # fmt: skip
    return f'<table class="claims">\n<thead><tr>{heads}</tr></thead>\n{bodies}\n</table>'


def _claim(entry: Mapping[str, Any], measurements: Sequence[Measurement], command: str) -> str:
    rows = [f'<tr class="claim"><th colspan="{len(COLUMNS)}" scope="rowgroup">{_head(entry)}</th></tr>']
    for measurement in measurements:
        if measurement.setting:
            rows.append(_wide("setting", escape(_setting(measurement, alone=len(measurements) == 1))))
        rows += _quantities(measurement)
    rows.append(_wide("about", _about(entry, command)))
    body = "\n".join(rows)
    return f'<tbody id="claim-{escape(entry["id"])}">\n{body}\n</tbody>'


def _wide(kind: str, content: str) -> str:
    return f'<tr class="{kind}"><td colspan="{len(COLUMNS)}">{content}</td></tr>'


def _head(entry: Mapping[str, Any]) -> str:
    words = verdict_words(entry)
    meta = f"{entry['form']}, {entry['track']}, {counted(len(entry['seeds']), 'seed')}"
    return (
        f'<span class="verdict" style="color: {COLOURS[words]}">{words}</span><code>{escape(entry["id"])}</code>'
        f'<span class="meta">{meta}</span><p>{escape(entry["statement"])}</p>{formula(entry["formula"])}'
    )


def formula(latex: str) -> str:
    """The formula as MathML, or as it was written where that uses LaTeX that is not translated."""
    try:
        return f'<div class="formula">{mathml(latex)}</div>'
    except UnknownLatex:
        return f'<div class="formula"><code>{escape(latex)}</code></div>'


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


def _about(entry: Mapping[str, Any], command: str) -> str:
    remarks = [f'<p class="{kind}">{escape(entry[kind])}</p>' for kind in ("reason", "note") if entry[kind]]
    facts = {"assumptions": escape("; ".join(entry["assumptions"]) or "none")}
    if entry["drops"]:
        facts["drops"] = f"“{escape(entry['drops'][1])}” of {_link(entry['drops'][0])}"
    facts |= {"source": escape(entry["source"]), "rerun": f"<code>{escape(command)}</code>"}
    terms = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in facts.items())
    return "".join(remarks) + f"<dl>{terms}</dl>"


def _link(claim: str) -> str:
    return f'<a href="#claim-{escape(claim)}">{escape(claim)}</a>'
