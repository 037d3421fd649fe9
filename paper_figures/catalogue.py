"""The figures of an experiment: which there are, and drawing those that the records allow."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from matplotlib.figure import Figure

from paper_figures import (
    blind_excess,
    caption_pairs,
    causal_graph,
    chain,
    contact_sheet,
    convergence,
    decodability,
    domain_bars,
    emoji_composition,
    environment_bars,
    environment_table,
    exact_training,
    grpo_accuracy,
    grpo_curves,
    hacking_table,
    infonce_bias,
    operator_accuracy,
    penalty_accuracy,
    phase_diagram,
    r2_matrix,
    recipe_accuracy,
    recipe_leakage,
    reversed_confusion,
    reward_along_tokens,
    sentence_encoder,
    shift_accuracy,
    sphere_threshold,
    style_grid,
    token_matrix,
    trained_contrast,
    trained_runs,
    unit_tests,
    verdicts,
)
from paper_figures.numbers import counted
from paper_figures.reading import Measurement, NothingToDraw, Reading
from paper_figures.style import house_style, rendered, sign

Experiment = Literal["identifiability", "equivalence", "invariance_tests", "composition", "midtraining", "reward"]
Draw = Callable[[Reading], tuple[Figure, str]]


@dataclass(frozen=True)
class Entry:
    """One figure of an experiment: its file's name, its title, and what draws it (or raises NothingToDraw).

    `shows` says of a measurement whether the figure shows it, so that its claim can point there; None: an overview of
    all claims, to which none points.
    """

    name: str
    title: str
    draw: Draw
    shows: Callable[[Measurement], bool] | None = None


@dataclass(frozen=True)
class Picture:
    """A figure that was drawn: its files by kind (`png`, `pdf`), its printed caption, the claims that it shows."""

    name: str
    title: str
    caption: str
    files: Mapping[str, bytes]
    claims: tuple[str, ...]


CATALOGUES: Mapping[str, Sequence[Entry]] = {
    "identifiability": (
        Entry("verdicts", "Verdicts", verdicts.draw),
        Entry("r2_matrix", "What the codes hold of each block", r2_matrix.draw, r2_matrix.shows),
        Entry("token_matrix", "What the codes hold of each token latent", token_matrix.draw, token_matrix.shows),
        Entry("style_grid", "Content and style under dependence", style_grid.draw, style_grid.shows),
        Entry("convergence", "Convergence", convergence.draw, convergence.shows),
        Entry("infonce_bias", "Bias and spread of InfoNCE against K", infonce_bias.draw, infonce_bias.shows),
        Entry("decodability", "Real images: what each tower holds", decodability.draw, decodability.shows),
        Entry("contact_sheet", "Real images and their captions", contact_sheet.draw, contact_sheet.shows),
        Entry("causal_graph", "Causal graphs", causal_graph.draw, causal_graph.shows),
    ),
    "equivalence": (
        Entry("verdicts", "Verdicts", verdicts.draw),
        Entry("phase_diagram", "Where each objective is invariant", phase_diagram.draw, phase_diagram.shows),
        Entry("environment_bars", "Every objective in every environment", environment_bars.draw, trained_runs.shows),
        Entry("penalty_accuracy", "Accuracy against penalty", penalty_accuracy.draw, trained_runs.shows),
        Entry("environment_table", "Accuracy, penalty and selection", environment_table.draw, trained_runs.shows),
        Entry("sphere_threshold", "Temperature on the sphere", sphere_threshold.draw, sphere_threshold.shows),
    ),
    "invariance_tests": (
        Entry("verdicts", "Verdicts", verdicts.draw),
        Entry("unit_tests", "Linear unit tests", unit_tests.draw, unit_tests.shows),
        Entry("chain", "Coefficients of the chain", chain.draw, chain.shows),
    ),
    "composition": (
        Entry("verdicts", "Verdicts", verdicts.draw),
        Entry("blind_excess", "What blindness to order costs", blind_excess.draw, blind_excess.shows),
        Entry("operator_accuracy", "Accuracy by operator", operator_accuracy.draw, operator_accuracy.shows),
        Entry("trained_contrast", "Trained towers and the exact gap", trained_contrast.draw, trained_contrast.shows),
        Entry("emoji_composition", "Real pairs: hard negatives", emoji_composition.draw, emoji_composition.shows),
        Entry("sentence_encoder", "A pretrained sentence encoder", sentence_encoder.draw, sentence_encoder.shows),
    ),
    "midtraining": (
        Entry("verdicts", "Verdicts", verdicts.draw),
        Entry("recipe_accuracy", "Recipes under a spurious context", recipe_accuracy.draw, recipe_accuracy.shows),
        Entry("recipe_leakage", "Leakage of the context, calibration", recipe_leakage.draw, recipe_leakage.shows),
        Entry("reversed_confusion", "Confusion by context", reversed_confusion.draw, reversed_confusion.shows),
        Entry("caption_pairs", "Pairs of D and D_V", caption_pairs.draw, caption_pairs.shows),
        Entry("domain_bars", "A style left out of training", domain_bars.draw, domain_bars.shows),
    ),
    "reward": (
        Entry("verdicts", "Verdicts", verdicts.draw),
        Entry("reward_along_tokens", "Reward along tokens", reward_along_tokens.draw, reward_along_tokens.shows),
        Entry("hacking_table", "What degenerate completions earn", hacking_table.draw, hacking_table.shows),
        Entry("shift_accuracy", "Optima where contexts are reversed", shift_accuracy.draw, shift_accuracy.shows),
        Entry("exact_training", "Exact training by form", exact_training.draw, exact_training.shows),
        Entry("grpo_curves", "GRPO by form, step by step", grpo_curves.draw, grpo_curves.shows),
        Entry("grpo_accuracy", "What GRPO came to by form", grpo_accuracy.draw, grpo_accuracy.shows),
    ),
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
            shown = [m.claim for m in reading.measurements if entry.shows and entry.shows(m)]
            claims = tuple(dict.fromkeys(shown))
            pictures.append(Picture(entry.name, entry.title, f"{caption} From {origin}.", rendered(figure), claims))
    return pictures, missing


def provenance(reading: Reading) -> str:
    """`identifiability, preset quick: 84 records, 2 seeds, commit 0123456789ab`."""
    commits = ", ".join(map(str, reading.distinct("commit")))
    return (
        f"{reading.experiment}, preset {reading.preset}: {counted(len(reading.records), 'record')}, "
        f"{counted(reading.seeds, 'seed')}, commit {commits}"
    )
