"""Real captions that are at hand without a network: the emoji's names, and dictionary definitions of visible things."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from realscale.data.emoji import read_concepts
from realscale.negatives import lexicon, wordnet
from realscale.negatives.tagging import Tagger, tagger
from scm.composition.captions import (
    Caption,
    Lexicon,
    Negative,
    OperatorName,
    Paraphrase,
    Paraphraser,
    negatives,
    parse,
    split,
)
from scm.streams import stream

PATHS: Mapping[str, tuple[OperatorName, ...]] = {
    "swap": ("swap",),
    "replace": ("replace",),
    "add": ("add",),
    "mixed": ("swap", "replace", "add"),
}
_VISIBLE = frozenset({5, 6, 13})  # WordNet's files of animals, artifacts and food
_WORDS = (4, 14)  # of a definition: shorter ones name, longer ones explain
_PLAIN = re.compile(r"[a-z][a-z ,'\-]*")  # no names, no numbers


@dataclass(frozen=True)
class Variants:
    """A caption, a paraphrase of it, and for each operator a negative whose steps are one path away from it.

    A path is as long as the operator could be applied, at most as was asked for; an operator that finds no site has
    none.
    """

    caption: str
    paraphrase: Paraphrase | None
    negatives: Mapping[str, Negative]

    def texts(self) -> list[str]:
        """The caption and all that is said of it, the stages of the paths included."""
        same = [self.paraphrase.text] if self.paraphrase else []
        return [self.caption, *same, *(text for negative in self.negatives.values() for text in negative.path()[1:])]

    def word_pairs(self) -> set[frozenset[str]]:
        """Which words the first steps of SWAP and REPLACE put in the place of which."""
        steps = [self.negatives[name].steps[0] for name in ("swap", "replace") if name in self.negatives]
        return {frozenset(word.lower() for edit in step.edits for word in (edit.old, edit.new)) for step in steps}


def held_out(
    variants: Sequence[Variants], share: float, *, rng: np.random.Generator
) -> tuple[list[Variants], list[Variants]]:
    """(rest, held out): a share of the captions held out, and of the rest those that share no word pair with them."""
    mixed = [variants[place] for place in rng.permutation(len(variants))]
    size = round(share * len(variants))
    known = set().union(*(one.word_pairs() for one in mixed[:size]))
    return [one for one in mixed[size:] if not one.word_pairs() & known], mixed[:size]


def emoji_captions() -> list[str]:
    """CLDR names of the emoji, without flags and skin tones.

    Raises:
        MissingData: the emoji set is not in the data cache.
    """
    return [concept.caption for concept in read_concepts() if not (concept.is_flag or concept.is_modifier)]


def definitions() -> list[str]:
    """WordNet's definitions of animals, artifacts and food, each text once; those with names or numbers left out.

    Raises:
        MissingData: WordNet is not in the data cache.
    """
    texts = dict.fromkeys(wordnet.definitions(_VISIBLE))
    least, most = _WORDS
    return [text for text in texts if least <= len(text.split()) <= most and _PLAIN.fullmatch(text)]


SOURCES: Mapping[str, Callable[[], list[str]]] = {"emoji": emoji_captions, "definitions": definitions}


def sample(texts: Sequence[str], count: int, *, seed: int) -> list[str]:
    """`count` of the texts (all, if there are fewer) drawn by `seed`, in their order."""
    if count >= len(texts):
        return list(texts)
    chosen = stream(seed, "captions", len(texts)).choice(len(texts), count, replace=False)
    return [texts[place] for place in np.sort(chosen)]


class VariantMaker:
    """Applies the operators of `scm.composition.captions` to captions, by their text and a seed alone.

    Raises:
        MissingData: TextBlob or WordNet is missing; the message says how to get it.
    """

    def __init__(self) -> None:
        self.lexicon: Lexicon = lexicon.load()
        self.tagger: Tagger = tagger()
        self.paraphraser = Paraphraser(self.lexicon)

    def paraphrase(self, caption: str, *, seed: int) -> Paraphrase | None:
        """A paraphrase of the caption, a synonym or an exchange where there is one; None where nothing was found."""
        found = self.paraphraser.paraphrases(self._parsed(caption), rng=stream(seed, "paraphrase", caption))
        return found[0] if found else None

    def variants(self, caption: str, *, seed: int, steps: int = 1) -> Variants:
        """The caption's paraphrase, and a path of at most `steps` steps of each operator and of all mixed."""
        parsed = self._parsed(caption)
        paths = {}
        for name, operators in PATHS.items():
            if name == "mixed" and steps == 1:
                continue
            rng = stream(seed, "path", name, caption)
            found = negatives(parsed, self.lexicon, rng=rng, operators=operators, most=1, steps=steps)
            if found:
                paths[name] = max(found, key=lambda negative: len(negative.steps))
        return Variants(caption, self.paraphrase(caption, seed=seed), paths)

    def _parsed(self, caption: str) -> Caption:
        return parse(caption, self.tagger(split(caption)), self.lexicon)
