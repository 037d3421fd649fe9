"""Theorem 5 on finite grammars: captions must determine z_inv, every one of them."""

from collections.abc import Mapping

import numpy as np

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.common_part import block_identifies, common_part
from identifiability.exact.grammar import END, Caption, NextToken, Token, enumerate_captions, image_text_law
from identifiability.exact.random_laws import random_law

_NOUNS = (("dog", "hound"), ("cat", "kitty"), ("bird", "fowl"))
_PLACES = (("snowy", "snow"), ("sunny", "sun"))


def _grammar(*, noise: float = 0.0, ambiguous: bool = False, silent: float = 0.0) -> NextToken:
    """Captions such as "a snowy hound" and "the cat in sun" about z = (class, place), drawn token by token.

    noise: probability of a noun of any class; ambiguous: cats and birds share a word; silent: probability of a caption
    that does not name the place.
    """
    nouns = (*_NOUNS[:2], ("cat", "fowl")) if ambiguous else _NOUNS

    def next_token(z: int, caption: Caption) -> Mapping[Token, float]:
        kind, (adjective, place) = z // len(_PLACES), _PLACES[z % len(_PLACES)]
        if not caption:
            return {"a": 0.5, "the": 0.5}
        described = caption[-1] in [word for word, _ in _PLACES]
        if len(caption) == 1 or described:
            first = 0.7 if described else 0.4  # the choice of a synonym depends on the earlier tokens
            law: dict[Token, float] = {}
            for other, words in enumerate(nouns):
                share = noise / len(nouns) + (1 - noise) * (other == kind)
                for word, part in zip(words, (first, 1 - first), strict=True):
                    law[word] = law.get(word, 0.0) + share * part
            if described:
                return law
            before = 0.6 if caption[0] == "a" else 0.3
            return {adjective: before} | {word: (1 - before) * share for word, share in law.items()}
        if len(caption) == 2:
            return {"in": 1 - silent, END: silent}
        if caption[-1] == "in":
            return {place: 1.0}
        return {END: 1.0}

    return next_token


def _measure(next_token: NextToken) -> dict[str, float]:
    kinds, places = len(_NOUNS), len(_PLACES)
    shared = np.arange(2.0, 2.0 + kinds * places)
    law = enumerate_captions(shared / shared.sum(), next_token, longest=4)
    private = np.kron(np.eye(kinds * places), [0.5, 0.5])  # the image shows z and a private bit
    joint = image_text_law(law, private)
    part = common_part(joint.sum(axis=0))
    z = np.repeat(np.arange(kinds * places), 2)
    pairs = len(np.unique(np.stack([part.image, z]), axis=1).T)
    return {
        "captions": float(len(law.captions)),
        "longest_caption": float(max(map(len, law.captions))),
        "shortest_caption": float(min(map(len, law.captions))),
        "captions_determine_z": float(law.determines_shared),
        "components": float(part.count),
        "unmatched": float(2 * pairs - part.count - kinds * places),
    }


def _random_grammar(rng: np.random.Generator, alphabet: int, longest: int) -> NextToken:
    laws: dict[tuple[int, Caption], dict[Token, float]] = {}

    def next_token(z: int, caption: Caption) -> Mapping[Token, float]:
        if len(caption) == longest:
            return {END: 1.0}
        if (z, caption) not in laws:
            weights = random_law(alphabet + 1, zeros=0.6, rng=rng)
            laws[z, caption] = dict(zip([*range(alphabet), END], map(float, weights), strict=True))
        return laws[z, caption]

    return next_token


def captions_determine_shared(setting: Setting, seed: int, context: Context) -> Evidence:
    """One readable grammar, and random grammars on which T-det and identification must coincide."""
    rng = np.random.default_rng(seed)
    disagreements, determined = 0.0, 0.0
    for _ in range(setting["grammars"]):
        grammar = _random_grammar(rng, setting["alphabet"], setting["longest"])
        law = enumerate_captions(random_law(2, rng=rng), grammar, longest=setting["longest"])
        identified = block_identifies(image_text_law(law, np.kron(np.eye(2), [0.3, 0.7])))
        disagreements += identified != law.determines_shared
        determined += identified
    return Evidence(
        measured={**_measure(_grammar()), "disagreements": disagreements, "identified_grammars": determined},
        bar={
            "captions_determine_z": (1.0, 1.0),
            "components": (6.0, 6.0),
            "unmatched": (0.0, 0.0),
            "disagreements": (0.0, 0.0),
            "identified_grammars": (setting["grammars"] / 20, setting["grammars"] * 19 / 20),
        },
    )


def undetermined_captions(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same grammar with noisy nouns, a word of two meanings, or captions silent about the place."""
    measured = _measure(_grammar(**setting["grammar"]))
    count = float(setting["components"])
    return Evidence(
        measured=measured,
        bar={"captions_determine_z": (0.0, 0.0), "components": (count, count)},
        note="6 components would identify class and place",
    )


_DISCRETE = "thm5.discrete"
_SOURCE = "arXiv 2510.26302, Theorem 5"
_DETERMINED = "every caption determines z_inv (T-det)"
_OTHERS = ("the image determines z_inv", "image and caption independent given z_inv", "finitely many captions")

CLAIMS = (
    Claim(
        id=_DISCRETE,
        statement="For captions drawn token by token from z_inv and the earlier tokens, exact alignment identifies "
        "z_inv if and only if every caption determines it.",
        formula=r"W\cong z_{\mathrm{inv}}\iff\exists\zeta:\ z_{\mathrm{inv}}=\zeta(X^{\mathrm{tex}})\ \text{a.s.}",
        source=f"{_SOURCE}, restated for discrete tokens",
        form="corrected",
        track="exact",
        assumptions=(*_OTHERS, _DETERMINED),
        check=captions_determine_shared,
        **every_preset({"grammars": 100, "alphabet": 2, "longest": 2}),
    ),
    *(
        Claim(
            id=f"{_DISCRETE}.{name}",
            statement=statement,
            formula=rf"\#W={components}<6",
            source=f"{_SOURCE} (T-det dropped)",
            form="violation",
            track="exact",
            assumptions=_OTHERS,
            check=undetermined_captions,
            drops=(_DISCRETE, _DETERMINED),
            **every_preset({"grammar": grammar, "components": components}),
        )
        for name, grammar, components, statement in (
            (
                "noisy_emission",
                {"noise": 0.01},
                2,
                "If nouns are noisy emissions of the class, the class is lost and only the place is identified.",
            ),
            (
                "ambiguous_word",
                {"ambiguous": True},
                4,
                "If two classes share a word, exactly these two are merged.",
            ),
            (
                "silent_captions",
                {"silent": 0.1},
                3,
                "If some captions do not name the place, the place is lost although the others name it.",
            ),
        )
    ),
)
