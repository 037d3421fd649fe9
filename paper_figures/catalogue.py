"""The figures of an experiment: which there are, and drawing those that the records allow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from paper_figures import (
    causal_graph,
    contact_sheet,
    convergence,
    decodability,
    infonce_bias,
    r2_matrix,
    style_grid,
    token_matrix,
    verdicts,
)
from paper_figures.numbers import counted
from paper_figures.reading import NothingToDraw, Reading
from paper_figures.style import house_style, rendered, sign

Draw = Callable[[Reading], tuple[Figure, str]]


@dataclass(frozen=True)
class Entry:
    """One figure of an experiment: its file's name, its title, and what draws it (or raises NothingToDraw)."""

    name: str
    title: str
    draw: Draw


@dataclass(frozen=True)
class Picture:
    """A figure that was drawn: its files by kind (`png`, `pdf`) and its printed caption."""

    name: str
    title: str
    caption: str
    files: Mapping[str, bytes]


CATALOGUES: Mapping[str, Sequence[Entry]] = {
    "identifiability": (
        Entry("verdicts", "Verdicts", verdicts.draw),
        Entry("r2_matrix", "What the codes hold of each block", r2_matrix.draw),
        Entry("token_matrix", "What the codes hold of each token latent", token_matrix.draw),
        Entry("style_grid", "Content and style under dependence", style_grid.draw),
        Entry("convergence", "Convergence", convergence.draw),
        Entry("infonce_bias", "Bias and spread of InfoNCE against K", infonce_bias.draw),
        Entry("decodability", "Real images: what each tower holds", decodability.draw),
        Entry("contact_sheet", "Real images and their captions", contact_sheet.draw),
        Entry("causal_graph", "Causal graphs", causal_graph.draw),
    )
}


def draw_all(reading: Reading) -> tuple[list[Picture], dict[str, str]]:
    """Every figure of the catalogue that the records allow, and for each other one why not."""
    pictures, missing = [], {}
    with house_style():
        for entry in CATALOGUES[reading.experiment]:
            try:
                figure, caption = entry.draw(reading)
            except NothingToDraw as reason:
                missing[entry.name] = str(reason)
                continue
            origin = provenance(reading)
            sign(figure, origin)
            pictures.append(Picture(entry.name, entry.title, f"{caption} From {origin}.", rendered(figure)))
    return pictures, missing


def provenance(reading: Reading) -> str:
    """`identifiability, preset quick: 84 records, 2 seeds, commit 0123456789ab`."""
    commits = ", ".join(map(str, reading.distinct("commit")))
    return (
        f"{reading.experiment}, preset {reading.preset}: {counted(len(reading.records), 'record')}, "
        f"{counted(reading.seeds, 'seed')}, commit {commits}"
    )
