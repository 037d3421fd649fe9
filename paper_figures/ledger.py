"""The ledger: the claims of all experiments in one self-contained HTML page that filters and sorts them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from paper_figures.catalogue import Picture
from paper_figures.claim_card import claim_card, room
from paper_figures.document import document
from paper_figures.ledger_script import SCRIPT
from paper_figures.numbers import counted
from paper_figures.page import figures, origin
from paper_figures.reading import Reading, run_command
from paper_figures.verdicts import COLOURS, tally, verdict_words

# the orders that the script knows, as a reader chooses them
ORDERS = {
    "ledger": "as in the ledger",
    "id": "id",
    "verdict": "verdict, what fails first",
    "room": "distance to the bar, nearest first",
    "seconds": "processor time, longest first",
}
_LEGEND = (
    "A printed form is what a paper says, as far as recovered; a corrected one is what holds. A violation drops one "
    "assumption of another claim, whose conclusion must then visibly fail. Measured: the mean over seeds, with the "
    "95 % Student interval in brackets where there are at least two."
)
_FAILS_FIRST = ("REFUTED", "not run", "refuted as printed", "holds", "fails as predicted")


@dataclass(frozen=True)
class Chapter:
    """An experiment of the ledger: its records with the figures that they allow, and for each other figure why not."""

    reading: Reading
    pictures: Sequence[Picture]
    missing: Mapping[str, str]


def ledger(chapters: Mapping[str, Chapter | None], preset: str | None) -> str:
    """The page as text; None stands for an experiment without records (of this preset), which is named as not run."""
    there = [chapter for chapter in chapters.values() if chapter]
    entries = [entry for chapter in there for entry, _ in chapter.reading.claims]
    summaries = "\n".join(_summary(name, chapter, preset) for name, chapter in chapters.items())
    claims = "\n".join(map(_claims, there))
    return document(
        "token-scm: the ledger of claims",
        "<header>\n<h1>The ledger of claims</h1>\n"
        f'<p class="lead">{counted(len(entries), "claim")}: {tally(entries)}.</p>\n'
        f'<p class="faint">{_LEGEND}</p>\n'
        f'<ul class="plain experiments">{summaries}</ul>\n{_filters(there)}\n</header>\n'
        '<main id="claims">\n'
        f"{claims}\n</main>\n"
        + "\n".join(map(_figures, there))
        + "\n".join(origin(chapter.reading) for chapter in there),
        SCRIPT,
    )


def _summary(name: str, chapter: Chapter | None, preset: str | None) -> str:
    if chapter is None:
        return f"<li><b>{name}</b>: not run; <code>{run_command(name, preset)}</code> makes its records</li>"
    told = tally([entry for entry, _ in chapter.reading.claims])
    return f'<li><b>{name}</b>: {told} (<a href="#records-{name}">preset {chapter.reading.preset}</a>)</li>'


def _filters(chapters: Sequence[Chapter]) -> str:
    """The controls; they are hidden until the script, without which they would do nothing, is there."""
    entries = [entry for chapter in chapters for entry, _ in chapter.reading.claims]
    verdicts = {verdict_words(entry) for entry in entries}
    facets = {
        "experiment": [chapter.reading.experiment for chapter in chapters],
        "verdict": [words for words in COLOURS if words in verdicts],
        "form": sorted({entry["form"] for entry in entries}),
        "track": sorted({entry["track"] for entry in entries}),
    }
    selects = [_select(name, {"": "all", **{v: v for v in values}}) for name, values in facets.items()]
    return (
        '<form id="filters" hidden="hidden" aria-label="Filter and sort the claims">\n'
        '<label class="wide">text<input type="search" name="text" placeholder="words that a claim must have" /></label>'
        f"\n{''.join(selects)}\n{_select('sort', ORDERS)}\n"
        '<p><button type="reset">Reset</button> <button type="button" name="open">Open or close all</button></p>\n'
        '<output name="count" aria-live="polite"></output>\n</form>'
    )


def _select(name: str, choices: Mapping[str, str]) -> str:
    options = "".join(
        f'<option value="{value}" data-label="{words}">{words}</option>' for value, words in choices.items()
    )
    return f'<label>{name}<select name="{name}">{options}</select></label>'


def _claims(chapter: Chapter) -> str:
    reading = chapter.reading
    cards = [
        claim_card(
            reading, entry, measured, chapter.pictures, unfolded=False, attributes=_data(reading.experiment, entry)
        )
        for entry, measured in reading.claims
    ]
    return f'<h2 data-experiment="{reading.experiment}">{reading.experiment}</h2>\n' + "\n".join(cards)


def _data(experiment: str, entry: Mapping[str, Any]) -> str:
    """What the script filters and sorts by."""
    words = verdict_words(entry)
    values = {
        "experiment": experiment,
        "verdict": words,
        "form": entry["form"],
        "track": entry["track"],
        "rank": _FAILS_FIRST.index(words),
        "room": f"{min((room(entry, name) for name in entry['bar']), default=-1.0):g}",
        "seconds": f"{entry['cpu_seconds']:g}",
    }
    return "".join(f' data-{name}="{value}"' for name, value in values.items())


def _figures(chapter: Chapter) -> str:
    pictures = [picture for picture in chapter.pictures if picture.claims]  # the page is itself the overview
    drawn = figures(chapter.reading, pictures, chapter.missing)
    return f"<section>\n<h2>Figures of {chapter.reading.experiment}</h2>\n{drawn}</section>\n"
