"""How insensitive a really pretrained text encoder is to SWAP, REPLACE and ADD on real captions, in several steps."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from identifiability.claims.claim import Claim, Context, Evidence, Interval, NotAvailable, Preset, Setting
from identifiability.claims.equivalence.learned_claims import positive, violation
from realscale.claims.sentence_adapter import SENTENCE_ADAPTER
from realscale.sentence_encoder.captions import PATHS, SOURCES, VariantMaker, Variants, sample
from realscale.sentence_encoder.encoder import Progress, pretrained
from realscale.sentence_encoder.sensitivity import Codes, Cosines, Sensitivity, sensitivity, steps

STEPS = 3
NEARLY_BLIND = 0.1  # of the way from a caption to another one, on average
_NOTE = (
    "Encoder: all-MiniLM-L6-v2, pretrained on a billion sentence pairs, not a text tower of CLIP. Captions: names of "
    "emoji (CLDR), or definitions of animals, artifacts and food (WordNet). "
)


def sentence_encoder_missing() -> str:
    """Why the sentence encoder or its captions cannot be used here, with what to do; "" when they can."""
    try:
        pretrained()
        VariantMaker()
        for read in SOURCES.values():
            read()
    except NotAvailable as missing:
        return str(missing)
    return ""


def unnoticed(setting: Setting, seed: int, context: Context) -> Evidence:
    """Cosines of captions with their negatives, paraphrases and other captions; how far each operator moves a code.

    The way of an operator is (1 - mean cos with its negatives) / (1 - mean cos with other captions).
    """
    found = _sensitivity(setting["captions"], setting["count"], seed, context.progress)
    whole = 1 - found.random.mean
    ways = {f"{name}_way": (1 - row.mean) / whole for name, row in found.operators.items()}
    measured = ways | {f"{name}_cosine": row.mean for name, row in found.operators.items()}
    measured |= {f"{kind}_cosine": row.mean for kind, row in found.paraphrases.items()}
    measured |= {"other_caption_cosine": found.random.mean, "captions": float(found.random.count)}
    operator = setting["operator"]
    bound = (None, NEARLY_BLIND) if operator == "swap" else (NEARLY_BLIND, None)
    return Evidence(
        measured=measured,
        bar={f"{operator}_way": bound},
        floor={f"{name}": 0.0 for name in ways},
        ceiling={f"{name}": 1.0 for name in ways},
        series={
            "captions": setting["captions"],
            "cosines": {name: _plain(row) for name, row in found.operators.items()},
            "types": {name: _plain(row) for name, row in found.types.items()},
            "paraphrases": {name: _plain(row) for name, row in found.paraphrases.items()},
            "other_captions": _plain(found.random),
        },
        note=_NOTE + "*_way: share of the way to another caption; article, order, synonym: paraphrases.",
    )


@lru_cache(maxsize=4)
def _sensitivity(source: str, count: int, seed: int, progress: Progress | None) -> Sensitivity:
    maker = VariantMaker()
    variants = [maker.variants(caption, seed=seed) for caption in sample(SOURCES[source](), count, seed=seed)]
    return sensitivity(variants, _codes([text for one in variants for text in one.texts()], progress))


def iteration(setting: Setting, seed: int, context: Context) -> Evidence:
    """Cosines after 1, 2 and 3 steps along one path, on the captions that allow three; `undone`: the second step back.

    share_harder: further steps that make a negative nearer to the caption than the step before.
    """
    curves = dict(_iterated_cosines(setting["count"], seed, context.progress))
    if setting["undone"]:
        curves = {name: np.stack([curve[:, 0], np.ones(len(curve))], axis=1) for name, curve in curves.items()}
    changes = np.concatenate([np.diff(curve, axis=1).ravel() for curve in curves.values()])
    rises = {f"{name}_rise": float(np.diff(curve.mean(axis=0)).max()) for name, curve in curves.items()}
    measured = rises | {"share_harder": float((changes > 0).mean()), "share_easier": float((changes < 0).mean())}
    measured |= {f"{name}_cosine_{k + 1}": float(v) for name, c in curves.items() for k, v in enumerate(c.mean(axis=0))}
    mixed = "mixed_rise"
    bars: dict[str, dict[str, Interval]] = {
        "average": {mixed: (None, 0.0), "share_harder": (1e-9, None)},
        "undone": {mixed: (1e-9, None)},
        "each": {"share_easier": (0.0, 0.0)},
    }
    return Evidence(
        measured=measured,
        bar=bars[setting["says"]],
        series={} if setting["undone"] else {"hardness_steps": list(range(STEPS + 1)), "hardness": _curves(curves)},
        note=_NOTE + "*_rise: largest rise of the mean cosine from one step to the next.",
    )


@lru_cache(maxsize=2)
def _iterated_cosines(
    count: int, seed: int, progress: Progress | None
) -> Mapping[str, Float[np.ndarray, "captions steps"]]:
    """Cosines along the paths of `STEPS` steps, by operator."""
    maker = VariantMaker()
    captions = sample(SOURCES["definitions"](), count, seed=seed)
    variants = [_long(maker.variants(caption, seed=seed, steps=STEPS)) for caption in captions]
    codes = _codes([text for one in variants if one.negatives for text in one.texts()], progress)
    curves = {name: steps(variants, name, STEPS, codes) for name in PATHS}
    return {name: curve for name, curve in curves.items() if len(curve)}


def _codes(texts: Sequence[str], progress: Progress | None) -> Codes:
    different = list(dict.fromkeys(texts))
    vectors = pretrained().codes(different, progress=progress)
    return Codes({text: row for row, text in enumerate(different)}, vectors)


def _long(one: Variants) -> Variants:
    """Only the paths of all steps."""
    kept = {name: negative for name, negative in one.negatives.items() if len(negative.steps) == STEPS}
    return Variants(one.caption, None, kept)


def _curves(curves: dict[str, Float[np.ndarray, "captions steps"]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, curve in curves.items():
        low, middle, high = np.quantile(curve, (0.25, 0.5, 0.75), axis=0)
        found[name] = {
            "captions": len(curve),
            "mean": [1.0, *curve.mean(axis=0).tolist()],
            "quartiles": [[1.0, *low.tolist()], [1.0, *middle.tolist()], [1.0, *high.tolist()]],
        }
    return found


def _plain(row: Cosines) -> dict[str, object]:
    return {"mean": row.mean, "quantiles": list(row.quantiles), "count": row.count}


def _sources(operator: str) -> dict[Preset, tuple[Setting, ...]]:
    counts: dict[Preset, tuple[int, int]] = {"quick": (80, 80), "standard": (1500, 1000), "full": (12000, 1600)}
    return {
        preset: tuple(
            {"captions": name, "count": count, "operator": operator}
            for name, count in zip(("definitions", "emoji"), pair, strict=True)
        )
        for preset, pair in counts.items()
    }


def _iterated(says: str) -> dict[Preset, tuple[Setting, ...]]:
    counts: dict[Preset, int] = {"quick": 70, "standard": 600, "full": 10000}
    return {p: ({"count": n, "says": says, "undone": says == "undone"},) for p, n in counts.items()}


_ONCE: dict[Preset, int] = {"quick": 1, "standard": 1, "full": 3}
_WORDS_KEPT = "the operator keeps the words of the caption"
_NEW_WORDS = "a step touches nothing that an earlier step put there alone"
_ENCODER = "a sentence encoder pretrained without hard negatives of this kind"
_SOURCE = "arXiv 2510.26302, Theorems 7 to 9 and Algorithm 1, measured on a pretrained encoder"

SWAP_UNNOTICED = positive(
    "sentence_encoder.swap_unnoticed",
    "SWAP moves the code of a really pretrained sentence encoder less than a tenth of the way from a caption to "
    "another caption, on average.",
    r"1-\cos(g(t),g(\text{SWAP}\,t))\leq 0.1\,(1-\cos(g(t),g(t')))",
    unnoticed,
    (_ENCODER, _WORDS_KEPT),
    _sources("swap"),
    source=_SOURCE,
    seeds=_ONCE,
    real=True,
)

ITERATION = Claim(
    id="sentence_encoder.iteration",
    statement="On a really pretrained sentence encoder further steps make easier negatives on average, and harder "
    "ones of some captions.",
    formula=r"E\cos(g(t),g(o_{k+1}\cdots o_1t))\leq E\cos(g(t),g(o_k\cdots o_1t))",
    source=_SOURCE,
    form="corrected",
    track="real",
    assumptions=(_ENCODER, _NEW_WORDS),
    check=iteration,
    settings=_iterated("average"),
    seeds=_ONCE,
)

SENTENCE_ENCODER = (
    SWAP_UNNOTICED,
    violation(
        SWAP_UNNOTICED,
        "words_replaced",
        "REPLACE, which puts in other words, moves it more than a tenth of the way.",
        r"1-\cos(g(t),g(\text{REPLACE}\,t))\geq 0.1\,(1-\cos(g(t),g(t')))",
        unnoticed,
        _WORDS_KEPT,
        _sources("replace"),
        seeds=_ONCE,
    ),
    ITERATION,
    violation(
        ITERATION,
        "undone",
        "A second step that takes the first one back makes the caption itself, the hardest negative of all.",
        r"o_2o_1t=t",
        iteration,
        _NEW_WORDS,
        _iterated("undone"),
        seeds=_ONCE,
    ),
    Claim(
        id="sentence_encoder.harder_each_step",
        statement="Each further step makes a harder negative for a really pretrained sentence encoder.",
        formula=r"\cos(g(t),g(o_{k+1}\cdots o_1t))\geq \cos(g(t),g(o_k\cdots o_1t))",
        source="arXiv 2510.26302, Algorithm 1, read as a statement on each negative",
        form="printed",
        track="real",
        assumptions=(_ENCODER, _NEW_WORDS),
        check=iteration,
        settings=_iterated("each"),
        seeds=_ONCE,
    ),
    *SENTENCE_ADAPTER,
)
