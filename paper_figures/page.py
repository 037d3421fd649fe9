"""One self-contained HTML page: figures, the table of claims, and what it was all made from."""

from collections.abc import Mapping, Sequence
from html import escape

from paper_figures.catalogue import Picture
from paper_figures.claim_card import claim_card, figure_id
from paper_figures.document import document, embedded
from paper_figures.numbers import counted
from paper_figures.reading import Reading
from paper_figures.verdicts import tally


def page(reading: Reading, pictures: Sequence[Picture], missing: Mapping[str, str]) -> str:
    """The page as text; the same records give the same page."""
    return document(
        f"token-scm: {reading.experiment}, preset {reading.preset}",
        "\n".join(
            (
                _header(reading, pictures),
                f'<section id="figures">\n<h2>Figures</h2>\n{figures(reading, pictures, missing)}</section>',
                _claims(reading, pictures),
                origin(reading),
            )
        ),
    )


def _header(reading: Reading, pictures: Sequence[Picture]) -> str:
    entries = [entry for entry, _ in reading.claims]
    links = [
        ("claims", "Claims"),
        *((figure_id(reading.experiment, p), p.title) for p in pictures),
        (f"records-{reading.experiment}", "Records"),
    ]
    items = "".join(f'<li><a href="#{target}">{escape(title)}</a></li>' for target, title in links)
    return (
        f"<header>\n<h1>{escape(reading.experiment.capitalize())}: which claims hold, and how well</h1>\n"
        f'<p class="lead">{counted(len(entries), "claim")}: {tally(entries)}.</p>\n'
        f'<p class="faint">Preset {escape(reading.preset)}, {counted(reading.seeds, "seed")}, '
        f"{counted(len(reading.records), 'record')}. A violation drops one assumption of another claim, whose "
        "conclusion must then visibly fail.</p>\n"
        f"<nav><ul>{items}</ul></nav>\n</header>"
    )


def figures(reading: Reading, pictures: Sequence[Picture], missing: Mapping[str, str]) -> str:
    """The figures with their captions, and of those that could not be drawn why not."""
    drawn = "\n".join(
        f'<figure id="{figure_id(reading.experiment, p)}"><h3>{escape(p.title)}</h3>\n'
        f'<div class="scroll">{embedded(p.files["png"], p.title)}</div>\n'
        f"<figcaption>{escape(p.caption)}</figcaption></figure>"
        for p in pictures
    )
    said = "".join(f"<li>{escape(name)}: {escape(reason)}</li>" for name, reason in missing.items())
    left_out = f'<p>Not drawn, for want of records:</p><ul class="missing">{said}</ul>' if said else ""
    return f"{drawn}\n{left_out}"


def _claims(reading: Reading, pictures: Sequence[Picture]) -> str:
    cards = "\n".join(
        claim_card(reading, entry, measurements, pictures, unfolded=True) for entry, measurements in reading.claims
    )
    return (
        '<section id="claims">\n<h2>Claims</h2>\n'
        '<p class="faint">Measured: mean over seeds, with the 95 % Student interval over seeds in brackets where there '
        "are at least two. A number in grey has no bar: it is told, and decides nothing.</p>\n"
        f"{cards}\n</section>"
    )


def origin(reading: Reading) -> str:
    """What the records are, and what made them."""
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
    name = reading.experiment
    return f'<footer id="records-{name}">\n<h2>Records of {name}</h2>\n<dl>{terms}</dl>\n</footer>'
