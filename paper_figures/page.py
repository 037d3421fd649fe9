"""One self-contained HTML page: figures, the table of claims, and what it was all made from."""

import base64
import struct
from collections.abc import Mapping, Sequence
from html import escape

from paper_figures.catalogue import Picture
from paper_figures.claims_table import claims_table
from paper_figures.numbers import counted
from paper_figures.reading import Reading
from paper_figures.style import DOTS_PER_INCH
from paper_figures.stylesheet import STYLESHEET
from paper_figures.verdicts import tally

# the page asks nothing of anyone: pictures are in it, there are no scripts
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def page(reading: Reading, pictures: Sequence[Picture], missing: Mapping[str, str]) -> str:
    """The page as text; the same records give the same page. It is well-formed XML too, but for its doctype."""
    return document(
        f"token-scm: {reading.experiment}, preset {reading.preset}",
        "\n".join((_header(reading, pictures), _figures(pictures, missing), _claims(reading), _origin(reading))),
    )


def document(title: str, body: str) -> str:
    """An HTML document in the house style that makes no request."""
    return (
        "<!DOCTYPE html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8" />\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1" />\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}" />\n'
        '<link rel="icon" href="data:," />\n'
        f"<title>{escape(title)}</title>\n<style>{STYLESHEET}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def embedded(png: bytes, alternative: str) -> str:
    """An `<img>` that holds its picture; the style sheet needs its printed width."""
    width, height = struct.unpack(">II", png[16:24])
    data = base64.b64encode(png).decode("ascii")
    size = f'width="{width}" height="{height}" style="--inches: {width / DOTS_PER_INCH:g}"'
    return f'<img src="data:image/png;base64,{data}" alt="{escape(alternative)}" {size} />'


def _header(reading: Reading, pictures: Sequence[Picture]) -> str:
    entries = [entry for entry, _ in reading.claims]
    links = [("claims", "Claims"), *((f"figure-{p.name}", p.title) for p in pictures), ("records", "Records")]
    items = "".join(f'<li><a href="#{target}">{escape(title)}</a></li>' for target, title in links)
    return (
        f"<header>\n<h1>{escape(reading.experiment.capitalize())}: which claims hold, and how well</h1>\n"
        f'<p class="lead">{counted(len(entries), "claim")}: {tally(entries)}.</p>\n'
        f'<p class="faint">Preset {escape(reading.preset)}, {counted(reading.seeds, "seed")}, '
        f"{counted(len(reading.records), 'record')}. A violation drops one assumption of another claim, whose "
        "conclusion must then visibly fail.</p>\n"
        f"<nav><ul>{items}</ul></nav>\n</header>"
    )


def _figures(pictures: Sequence[Picture], missing: Mapping[str, str]) -> str:
    drawn = "\n".join(
        f'<figure id="figure-{p.name}"><h3>{escape(p.title)}</h3>\n'
        f'<div class="scroll">{embedded(p.files["png"], p.title)}</div>\n'
        f"<figcaption>{escape(p.caption)}</figcaption></figure>"
        for p in pictures
    )
    said = "".join(f"<li>{escape(name)}: {escape(reason)}</li>" for name, reason in missing.items())
    left_out = f'<p>Not drawn, for want of records:</p><ul class="missing">{said}</ul>' if said else ""
    return f'<section id="figures">\n<h2>Figures</h2>\n{drawn}\n{left_out}</section>'


def _claims(reading: Reading) -> str:
    return (
        '<section id="claims">\n<h2>Claims</h2>\n'
        '<p class="faint">Measured: mean over seeds, with the 95 % Student interval over seeds in brackets where there '
        "are at least two. A number in grey has no bar: it is told, and decides nothing.</p>\n"
        f"{claims_table(reading)}\n</section>"
    )


def _origin(reading: Reading) -> str:
    versions = "; ".join(", ".join(map(" ".join, found.items())) for found in reading.distinct("versions"))
    seconds = sum(record["cpu_seconds"] for record in reading.records)
    facts = {
        "records": f"<code>{escape(str(reading.path))}</code>: {counted(reading.lines, 'line')}, "
        f"{counted(len(reading.records), 'cell')}" + (f"; {reading.torn}" if reading.torn else ""),
        "made by": f"<code>{escape(reading.command)}</code>",
        "commit": escape(reading.mixed or ", ".join(reading.distinct("commit"))),
        "versions": escape(versions),
        "platform": escape(", ".join(reading.distinct("platform"))),
        "processor time": f"{seconds:.0f} s",
    }
    terms = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in facts.items())
    return f'<footer id="records">\n<h2>Records</h2>\n<dl>{terms}</dl>\n</footer>'
