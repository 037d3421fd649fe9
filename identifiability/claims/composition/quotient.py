"""Theorems 7 to 9: when a pseudo-optimal text encoder exists, on random grammars and against brute force."""

import numpy as np

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.composition.quotient import (
    Grammar,
    composition_gap,
    conflict,
    exists_by_brute_force,
    orbit_law,
    pseudo_optimal_encoder,
)
from identifiability.exact.infonce import infonce_limit, population_optimum
from identifiability.exact.random_laws import random_law
from scm.composition import Add, Join, Operator, Replace, Swap, all_sentences, classes

TOKENS, LONGEST = 4, 3


def random_operator(name: str, rng: np.random.Generator) -> Operator:
    """SWAP over random kinds, REPLACE over random classes, ADD of random optional tokens; or all three at once."""
    kinds = tuple(rng.integers(0, 2, TOKENS).tolist())
    if name == "JOIN":  # classes refine kinds, one whole kind is optional: what makes the normal form one
        classes = tuple(2 * kind + fine for kind, fine in zip(kinds, rng.integers(0, 2, TOKENS).tolist(), strict=True))
        return Join(Swap(kinds), Replace(classes), Add(frozenset(t for t in range(TOKENS) if kinds[t]), LONGEST))
    if name == "ADD":
        return Add(frozenset(np.flatnonzero(rng.random(TOKENS) < 0.4).tolist()), LONGEST)
    return Swap(kinds) if name == "SWAP" else Replace(kinds)


def random_grammar(rng: np.random.Generator, operator: Operator, *, captions: int, clean: bool) -> Grammar:
    """Random captions, about half of one class, with random meanings; clean: meanings of the operator's normal form."""
    sentences = all_sentences(TOKENS, range(LONGEST + 1))
    form = operator.canonical(sentences[rng.integers(len(sentences))])
    alike = [sentence for sentence in sentences if operator.canonical(sentence) == form]
    chosen = {pool[rng.integers(len(pool))] for pool in (alike, sentences) for _ in range((captions + 1) // 2)}
    if not clean:
        return Grammar(sentences, {caption: int(rng.integers(3)) for caption in sorted(chosen)})
    forms = {operator.canonical(caption) for caption in chosen}
    meaning = {form: int(rng.integers(3)) for form in sorted(forms)}
    return Grammar(sentences, {caption: meaning[operator.canonical(caption)] for caption in sorted(chosen)})


def existence(setting: Setting, seed: int, context: Context) -> Evidence:
    """Random grammars, half with a meaning that factors: free of conflict iff some map of all is pseudo-optimal."""
    rng = np.random.default_rng(seed)
    disagreements = existing = sensitive = changed = 0.0
    for index in range(setting["grammars"]):
        operator = random_operator(setting["operator"], rng)
        grammar = random_grammar(rng, operator, captions=int(rng.integers(2, 6)), clean=index % 2 == 0)
        exists = conflict(grammar, [operator]) is None
        disagreements += exists != exists_by_brute_force(grammar, [operator])
        existing += exists
        if exists:
            encoder = pseudo_optimal_encoder(grammar, [operator])
            changed += any(encoder[caption] != meaning for caption, meaning in grammar.meaning.items())
            sensitive += any(encoder[other] != encoder[s] for s in grammar.sentences for other in operator.steps(s))
    return Evidence(
        measured={
            "disagreements": disagreements,
            "grammars_with_encoder": existing,
            "not_optimal": changed,
            "not_blind": sensitive,
        },
        bar={
            "disagreements": (0.0, 0.0),
            "grammars_with_encoder": (setting["grammars"] / 2, 0.9 * setting["grammars"]),
            "not_optimal": (0.0, 0.0),
            "not_blind": (0.0, 0.0),
        },
    )


def minimal_pair(setting: Setting, seed: int, context: Context) -> Evidence:
    """One caption and what one step makes of it, as a second caption of another meaning: no encoder is left."""
    rng = np.random.default_rng(seed)
    left, tried = 0.0, 0.0
    for index in range(setting["grammars"]):
        operator = random_operator(("SWAP", "REPLACE", "ADD", "JOIN")[index % 4], rng)
        grammar = random_grammar(rng, operator, captions=3, clean=True)
        steps = [(caption, other) for caption in grammar.meaning for other in operator.steps(caption)]
        if not steps:  # nothing to swap, replace or add in any of the captions
            continue
        _, other = steps[rng.integers(len(steps))]
        meaning = {**grammar.meaning, other: 1 + max(grammar.meaning.values())}
        tried += 1
        left += exists_by_brute_force(Grammar(grammar.sentences, meaning), [operator])
    return Evidence(
        measured={"encoders_left": left, "minimal_pairs": tried},
        bar={"encoders_left": (0.0, 0.0), "minimal_pairs": (setting["grammars"] / 4, None)},
    )


def joint_blindness(setting: Setting, seed: int, context: Context) -> Evidence:
    """Captions on which each operator alone has a pseudo-optimal encoder: how often all three together have one."""
    rng = np.random.default_rng(seed)
    each = together = 0.0
    sentences = all_sentences(TOKENS, range(LONGEST + 1))
    for _ in range(setting["grammars"]):
        operators = [random_operator(name, rng) for name in ("SWAP", "REPLACE", "ADD")]
        chosen = [sentences[i] for i in rng.choice(len(sentences), size=4, replace=False)]
        grammar = Grammar(sentences, {caption: number for number, caption in enumerate(chosen)})
        if all(conflict(grammar, [operator]) is None for operator in operators):
            each += 1
            together += conflict(grammar, operators) is None
    return Evidence(
        measured={"each_alone": each, "all_together": together, "lost": each - together},
        bar={"each_alone": (20.0, None), "lost": (1.0, None)},
        note="captions of different meanings: the join of the three relations connects pairs that none of them does",
    )


def shared_meaning(setting: Setting, seed: int, context: Context) -> Evidence:
    """Captions as in `joint_blindness`, but those that the operators together make of each other mean the same."""
    rng = np.random.default_rng(seed)
    sentences = all_sentences(TOKENS, range(LONGEST + 1))
    each = together = merged = 0.0
    for _ in range(setting["grammars"]):
        operators = [random_operator(name, rng) for name in ("SWAP", "REPLACE", "ADD")]
        number = classes(sentences, operators)
        chosen = [sentences[i] for i in rng.choice(len(sentences), size=4, replace=False)]
        grammar = Grammar(sentences, {caption: number[caption] for caption in chosen})
        each += all(conflict(grammar, [operator]) is None for operator in operators)
        together += conflict(grammar, operators) is None
        merged += len(set(grammar.meaning.values())) < len(chosen)
    return Evidence(
        measured={"each_alone": each, "all_together": together, "lost": each - together, "grammars_merged": merged},
        bar={"each_alone": (20.0, None), "grammars_merged": (20.0, None), "lost": (0.0, 0.0)},
    )


def gap_is_information(setting: Setting, seed: int, context: Context) -> Evidence:
    """Random laws and random classes of captions: excess of the best blind critic against I(X; T | class)."""
    rng = np.random.default_rng(seed)
    error, vanishing, least = 0.0, 0.0, np.inf
    for index in range(setting["laws"]):
        group = np.sort(rng.integers(0, 3, 6)).tolist()
        joint = random_law(4, 6, rng=rng)
        if index % 2:  # captions of one class belong to the same images
            shared = random_law(4, 3, rng=rng)
            weights = rng.exponential(size=6)
            joint = shared[:, group] * weights
            joint /= joint.sum()
        information = composition_gap(joint, group)
        numbers = sorted(set(group))
        blind = population_optimum(orbit_law(joint, group))[:, [numbers.index(number) for number in group]]
        excess = infonce_limit(joint, blind) - infonce_limit(joint, population_optimum(joint))
        error = max(error, abs(excess - information))
        if index % 2:
            vanishing = max(vanishing, information)
        else:
            least = min(least, information)
    return Evidence(
        measured={"identity_error": error, "gap_of_equal_captions": vanishing, "least_gap_of_random_laws": least},
        bar={"identity_error": (0.0, 1e-12), "gap_of_equal_captions": (-1e-12, 1e-12)},
    )


def gap_with_other_negatives(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same excess with critics of another law of captions: it is no longer the conditional information."""
    rng = np.random.default_rng(seed)
    least = np.inf
    for _ in range(setting["laws"]):
        group = [0, 0, 1, 1, 2, 2]
        joint, proposal = random_law(4, 6, rng=rng), random_law(6, rng=rng)
        grouped = np.array([proposal[[0, 1]].sum(), proposal[[2, 3]].sum(), proposal[[4, 5]].sum()])
        blind = population_optimum(orbit_law(joint, group), negatives=grouped)[:, group]
        excess = infonce_limit(joint, blind) - infonce_limit(joint, population_optimum(joint))
        least = min(least, abs(excess - composition_gap(joint, group)))
    return Evidence(measured={"least_identity_error": least}, bar={"least_identity_error": (1e-6, None)})


def full_support(setting: Setting, seed: int, context: Context) -> Evidence:
    """Every sentence is a caption: an encoder blind to the operator exists iff the meaning never changes under it."""
    rng = np.random.default_rng(seed)
    sentences = all_sentences(3, [2])
    wrong = factoring = 0.0
    for index in range(setting["grammars"]):
        operator = Swap((0, 0, 1)) if index % 2 else Replace((0, 1, 1))
        forms = {sentence: operator.canonical(sentence) for sentence in sentences}
        draw = {form: int(rng.integers(3)) for form in sorted(set(forms.values()))}
        meaning = {s: draw[forms[s]] if index % 4 < 2 else int(rng.integers(3)) for s in sentences}
        unchanged = all(meaning[other] == meaning[s] for s in sentences for other in operator.steps(s))
        wrong += (conflict(Grammar(sentences, meaning), [operator]) is None) != unchanged
        factoring += unchanged
    return Evidence(
        measured={"disagreements": wrong, "insensitive_meanings": factoring},
        bar={"disagreements": (0.0, 0.0), "insensitive_meanings": (setting["grammars"] / 4, setting["grammars"] - 1.0)},
    )


def one_sentence_a_class(setting: Setting, seed: int, context: Context) -> Evidence:
    """Captions are normal forms alone: an encoder blind to the operator exists whatever the operator changes."""
    rng = np.random.default_rng(seed)
    sentences = all_sentences(3, [2])
    harmful = blind = 0.0
    for index in range(setting["grammars"]):
        operator = Swap((0, 0, 1)) if index % 2 else Replace((0, 1, 1))
        meaning = {sentence: int(rng.integers(3)) for sentence in sentences}
        captions = {s: meaning[s] for s in sentences if operator.canonical(s) == s}
        harmful += any(meaning[other] != meaning[s] for s in sentences for other in operator.steps(s))
        blind += conflict(Grammar(sentences, captions), [operator]) is None
    return Evidence(
        measured={"encoders": blind, "harmful_operators": harmful},
        bar={
            "encoders": (float(setting["grammars"]), float(setting["grammars"])),
            "harmful_operators": (setting["grammars"] / 4, None),
        },
    )


_QUOTIENT = "thm7.pseudo_optimal_encoder"
_SOURCE = "arXiv 2510.26302, Theorems 7, 8 and 9"
_NO_PAIR = "no two captions of one class differ in meaning"
_GAP = "composition.information_gap"
_NEGATIVES = "negatives drawn from p(t)"
_JOIN = "composition.join"
_DIFFERENT = "captions of different meanings"
_FULL = "composition.full_support"
_EVERY = "every sentence occurs as a caption"

CLAIMS = (
    Claim(
        id=_QUOTIENT,
        statement="A text encoder that is optimal and blind to an operator exists if and only if the meaning of "
        "captions factors through the operator's classes on the captions that occur.",
        formula=r"\exists\,g^{**}\iff\zeta\text{ is constant on }[X]\cap T\text{ for every }X",
        source=f"{_SOURCE}, with the condition that they need",
        form="corrected",
        track="exact",
        assumptions=("the caption determines the shared latent", _NO_PAIR),
        check=existence,
        **every_preset(*({"operator": name, "grammars": 300} for name in ("SWAP", "REPLACE", "ADD", "JOIN"))),
    ),
    Claim(
        id=f"{_QUOTIENT}.minimal_pair",
        statement="One minimal pair among the captions, that an operator turns into each other and that mean different "
        "things, leaves no pseudo-optimal encoder.",
        formula=r"X\sim X'\in T,\ \zeta(X)\neq\zeta(X')\Rightarrow\nexists\,g^{**}",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=("the caption determines the shared latent",),
        check=minimal_pair,
        drops=(_QUOTIENT, _NO_PAIR),
        **every_preset({"grammars": 200}),
    ),
    Claim(
        id=_JOIN,
        statement="An encoder blind to SWAP, REPLACE and ADD at once need not exist where one exists for each of them: "
        "what counts is the join of the three relations.",
        formula=r"\sim_{\mathrm{SWAP}}\vee\sim_{\mathrm{REPLACE}}\vee\sim_{\mathrm{ADD}}",
        source=f"{_SOURCE}, taken together",
        form="extra",
        track="exact",
        assumptions=(_DIFFERENT,),
        check=joint_blindness,
        **every_preset({"grammars": 200}),
    ),
    Claim(
        id=f"{_JOIN}.shared_meaning",
        statement="Where captions that the operators together make of each other mean the same, an encoder blind to "
        "each operator alone is never lost by joining them.",
        formula=r"X\sim_{\vee}X'\Rightarrow\zeta(X)=\zeta(X'):\ \exists\,g^{**}",
        source=f"{_SOURCE}, taken together",
        form="violation",
        track="exact",
        assumptions=(),
        check=shared_meaning,
        drops=(_JOIN, _DIFFERENT),
        **every_preset({"grammars": 200}),
    ),
    Claim(
        id=_FULL,
        statement="If every sentence is a caption, an encoder is blind to an operator without loss exactly where the "
        "operator changes no meaning: full support and harmful blindness exclude each other.",
        formula=r"T=\mathbb{X}:\ \exists\,g^{**}\iff\zeta(oX)=\zeta(X)\ \forall X",
        source=f"{_SOURCE}, under the full support that Theorem 5 assumes",
        form="corrected",
        track="exact",
        assumptions=(_EVERY,),
        check=full_support,
        **every_preset({"grammars": 200}),
    ),
    Claim(
        id=f"{_FULL}.one_sentence_a_class",
        statement="If one sentence of each class occurs as a caption, a blind encoder is optimal although the operator "
        "changes what sentences mean.",
        formula=r"|[X]\cap T|=1:\ \exists\,g^{**}\ \text{while}\ \zeta(oX)\neq\zeta(X)",
        source=f"{_SOURCE}, without the full support that Theorem 5 assumes",
        form="violation",
        track="exact",
        assumptions=(),
        check=one_sentence_a_class,
        drops=(_FULL, _EVERY),
        **every_preset({"grammars": 200}),
    ),
    Claim(
        id=_GAP,
        statement="The excess of the best critic that is blind to an operator is the information that image and "
        "caption share given the caption's class; it vanishes exactly when captions of one class have the same images.",
        formula=r"\min_{s(x,[t])}L_\infty-\min_s L_\infty=I(X;T\mid[T])",
        source="the critic's form of Theorems 7 to 9",
        form="extra",
        track="exact",
        assumptions=("critic unrestricted", _NEGATIVES),
        check=gap_is_information,
        **every_preset({"laws": 100}),
    ),
    Claim(
        id=f"{_GAP}.other_negatives",
        statement="With negatives of another law than the captions' own, the excess is not that information.",
        formula=r"q(t)\neq p(t)\Rightarrow\Delta L_\infty\neq I(X;T\mid[T])",
        source="the critic's form of Theorems 7 to 9",
        form="violation",
        track="exact",
        assumptions=("critic unrestricted",),
        check=gap_with_other_negatives,
        drops=(_GAP, _NEGATIVES),
        **every_preset({"laws": 100}),
    ),
)
