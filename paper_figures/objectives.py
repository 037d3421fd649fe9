"""How objectives are called, marked and coloured in figures: alike wherever they appear, exact or trained."""

from dataclasses import dataclass

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
    "swapped_conditional": _SWAPPED,
    "irmv1": Look("IRMv1", FAINT, "o"),
    "vrex": Look("V-REx", FAINT, "s"),
    "iga": Look("IGA", FAINT, "v"),
    "and_mask": Look("ANDMask", FAINT, "P"),
    "coral": Look("CORAL", FAINT, "D"),
    "group_dro": Look("group DRO", FAINT, "^"),
    "oracle": Look("oracle: context\nshuffled", INK, "*"),
}


def look(objective: str) -> Look:
    """The look of an objective; one that is not listed is called by its name."""
    return LOOKS.get(objective, Look(objective.replace("_", " "), INK, "."))


def place(objective: str) -> tuple[int, str]:
    """A key that sorts objectives as they are listed."""
    names = list(LOOKS)
    return (names.index(objective) if objective in LOOKS else len(names), objective)
