"""How objectives are called, marked and coloured in figures: alike wherever they appear, exact or trained."""

from dataclasses import dataclass, replace

from paper_figures.style import BLUE, FAINT, GREEN, INK, ORANGE, PURPLE, SKY, VERMILION


@dataclass(frozen=True)
class Look:
    """Words of at most two lines, colour and marker."""

    words: str
    colour: str
    marker: str


_WITHIN_INDEX = Look("negatives within\nenvironment index", ORANGE, "s")
_WITHIN_CONTEXT = Look("negatives within\na context", BLUE, "o")
_FULL = Look("full captions,\nmatched prompt", SKY, "D")
_SWAPPED = Look("swapped captions,\np(y'|s)", PURPLE, "^")

# in the order in which figures list them: what is ERM, what repairs it, the field's baselines, the oracle
LOOKS = {
    "erm": Look("ERM", VERMILION, "X"),
    "pruned": Look("pruned captions", VERMILION, "v"),
    "within_index": _WITHIN_INDEX,
    "within_environment": _WITHIN_INDEX,
    "mid_training": Look("equation 11", ORANGE, "P"),
    "full": _FULL,
    "full_matched": _FULL,
    "within_context": _WITHIN_CONTEXT,
    "stratified": _WITHIN_CONTEXT,
    "balanced": Look("token-balanced\nweights", GREEN, "h"),
    "swapped": _SWAPPED,
    "swapped (conditional)": _SWAPPED,
    "swapped_conditional": _SWAPPED,
    "swapped (uniform)": Look("swapped captions,\nuniform", VERMILION, "^"),
    "irmv1": Look("IRMv1", FAINT, "o"),
    "vrex": Look("V-REx", FAINT, "s"),
    "iga": Look("IGA", FAINT, "v"),
    "and_mask": Look("ANDMask", FAINT, "P"),
    "coral": Look("CORAL", FAINT, "D"),
    "group_dro": Look("group DRO", FAINT, "^"),
    "oracle": Look("oracle: context\nshuffled", INK, "*"),
}


def look(objective: str) -> Look:
    """The look of an objective; a variant, `irmv1 (unbiased)`, keeps its own words on the second line."""
    if objective in LOOKS:
        return LOOKS[objective]
    name, _, variant = objective.partition(" (")
    known = LOOKS.get(name, Look(name.replace("_", " "), INK, "."))
    return replace(known, words=f"{known.words.replace(chr(10), ' ')}\n({variant}") if variant else known


def place(objective: str) -> tuple[int, str]:
    """A key that sorts objectives as they are listed, each with its variants."""
    names = list(LOOKS)
    name = objective if objective in LOOKS else objective.partition(" (")[0]
    return (names.index(name) if name in LOOKS else len(names), objective)
