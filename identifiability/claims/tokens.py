"""Theorem 5 and Corollary 6, learned: captions as sets or sequences of tokens."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from identifiability.claims.claim import Check, Claim, Context, Evidence, Interval, Preset, Setting
from identifiability.claims.measures import Block, Measures, block_measures
from identifiability.learning.codes import TOWERS, LearnedCodes, Probes, Tower
from identifiability.learning.loop import TrainingConfig
from identifiability.learning.tokens import TokenTask, learn_tokens
from scm.sequence import TokenConfig, TokenSCM
from scm.streams import stream

LEAK = 0.03  # accuracy by which a context or private token may exceed its ceiling or chance
CONTENT = ("content_0", "content_1")

_SIZES: Mapping[Preset, Mapping[str, Any]] = {
    "quick": {"other": 1, "steps": 900, "batch": 256, "width": 96, "text": "set"},
    "standard": {"other": 2, "steps": 1300, "batch": 512, "width": 128, "text": "set"},
    "full": {"other": 2, "steps": 10_000, "batch": 1024, "width": 256, "text": "set"},
}


# Discrete content has no dimension: points can be set apart along any axis, so no theorem says how many outputs two
# content tokens of four values and two continuous coordinates need. Measured: 2 lose content, 4 lose some of it, 6
# hold it and no more, 8 (as many as the image's codes span) hold it and take in private parts.
OUTPUTS = 6


def _learn(
    setting: Setting, seed: int, context: Context, *, extra: int = 0, **changes: Any
) -> tuple[Measures, dict[str, Any]]:
    config = TokenConfig(dependent_dim=setting["other"], private_dim=setting["other"], **changes)
    task = TokenTask(
        config,
        OUTPUTS + extra,
        text=setting["text"],
        batch=setting["batch"],
        width=setting["width"],
        training=TrainingConfig(steps=setting["steps"]),
        probes=Probes(1000, 8000) if setting["width"] < 100 else Probes(),
    )
    scm, codes = learn_tokens(task, seed, context)
    series = {"steps": codes.history.steps, "loss": codes.history.losses, "graph": scm.graph.to_json()}
    return _measures(codes, scm, stream(seed, "floor")), series


def _measures(codes: LearnedCodes, scm: TokenSCM, rng: np.random.Generator) -> Measures:
    """Scores of every token and block; `content` is the shared block whole, as the image receives it."""
    config = scm.config
    shared = config.discrete_content * (config.levels - 1) + config.continuous_dim
    content = scm.image_latents(codes.latents)[:, :shared]
    tokens = {name: (name, 1.0) for name in CONTENT} | {"continuous": ("content_continuous", 1.0)}
    others: dict[Tower, dict[str, Block]] = {
        "image": {
            **tokens,
            "context": ("context", scm.accuracy_ceiling("context", CONTENT[0])),
            "private": ("z_pr_img", 0.0),
        },
        "text": {
            **tokens,
            "context": ("context", scm.accuracy_ceiling("context", "token_content_0")),
            "private_token": ("private_0", 1 / config.private_levels),
        },
    }
    return block_measures(replace(codes, latents={**codes.latents, "content": content}), "content", others, rng=rng)


def token_block(setting: Setting, seed: int, context: Context) -> Evidence:
    """All content tokens and the continuous one recovered; context and private tokens no better than they must be."""
    measures, series = _learn(setting, seed, context)
    bar: dict[str, Interval] = {}
    for tower in TOWERS:
        for name in CONTENT:
            bar[f"{name}_{tower}"] = (0.99, None)
        bar[f"continuous_{tower}"] = (0.985, None)
        bar[f"reverse_{tower}"] = (0.99, None)
        bar[f"context_{tower}"] = (None, measures.ceiling[f"context_{tower}"] + LEAK)
    bar["private_token_text"] = (None, measures.ceiling["private_token_text"] + LEAK)
    bar["private_image"] = (-0.02, 0.02)
    return measures.evidence(bar, series)


def too_few_outputs(setting: Setting, seed: int, context: Context) -> Evidence:
    """As many output dimensions as the continuous content alone has: content is lost, the code is a function of it."""
    measures, series = _learn(setting, seed, context, extra=TokenConfig().continuous_dim - OUTPUTS)
    measures.measured["content_worst"] = min(
        *(measures.measured[f"{name}_image"] for name in CONTENT), measures.measured["continuous_image"]
    )
    return measures.evidence({"content_worst": (None, 0.97), "reverse_image": (0.97, None)}, series)


def too_many_outputs(setting: Setting, seed: int, context: Context) -> Evidence:
    """Two output dimensions more than the shared block needs: private parts of the image move in."""
    measures, series = _learn(setting, seed, context, extra=2)
    return measures.evidence({"forward_image": (0.95, None), "private_image": (0.04, None)}, series)


def noisy_tokens(setting: Setting, seed: int, context: Context) -> Evidence:
    """Content tokens replaced at random with probability 0.3: the caption no longer determines the content."""
    noise = 0.3
    measures, series = _learn(setting, seed, context, token_noise=noise)
    levels = TokenConfig().levels
    ceiling = 1 - noise * (levels - 1) / levels
    bar: dict[str, Interval] = {}
    for name in CONTENT:
        measures.ceiling[f"{name}_text"] = ceiling
        bar[f"{name}_text"] = (None, ceiling + LEAK)
    return measures.evidence(bar, series)


def _violation_settings() -> dict[Preset, tuple[Setting, ...]]:
    """Shorter training: a conclusion that fails need not be trained to the last digit."""
    return {preset: ({**size, "steps": size["steps"] * 5 // 9},) for preset, size in _SIZES.items()}


_ASSUMPTIONS = (
    "the caption determines the content (T-det)",
    "as many outputs as the shared block needs",
    "private and dependent parts independent given the shared block",
    "token vectors determine their tokens",
)
_SOURCE = "arXiv 2510.26302, Theorem 5 and Corollary 6"
_TOKEN = "thm5.block_identifiability"


def _violation(name: str, statement: str, formula: str, check: Check, assumption: str) -> Claim:
    return Claim(
        id=f"{_TOKEN}.{name}",
        statement=statement,
        formula=formula,
        source=_SOURCE,
        form="violation",
        track="learned",
        assumptions=tuple(other for other in _ASSUMPTIONS if other != assumption),
        check=check,
        settings=_violation_settings(),
        seeds={"quick": 1, "standard": 1, "full": 5},
        drops=(_TOKEN, assumption),
    )


CLAIMS = (
    Claim(
        id=_TOKEN,
        statement="Towers trained on images and captions made of tokens hold all content that the tokens name, and no "
        "private token, no private part of the image, and of the context what the content tells.",
        formula=r"g^*(X^{tex})=h_g(z_{inv}),\quad X^{tex}=(t_1,\dots,t_L),\ t_i\sim p(t_i\mid z_{inv},t_{<i})",
        source=_SOURCE,
        form="corrected",
        track="learned",
        assumptions=_ASSUMPTIONS,
        check=token_block,
        settings={
            "quick": (_SIZES["quick"],),
            "standard": (_SIZES["standard"],),
            "full": (_SIZES["full"], {**_SIZES["full"], "text": "transformer"}),
        },
        seeds={"quick": 1, "standard": 3, "full": 5},
    ),
    _violation(
        "too_few_outputs",
        "With as many outputs as the continuous content alone has coordinates, content is lost.",
        r"m\ \text{too small}\ \Rightarrow\ h_g\ \text{not injective}",
        too_few_outputs,
        _ASSUMPTIONS[1],
    ),
    _violation(
        "too_many_outputs",
        "With two outputs more than the shared block needs, the image code takes in private information.",
        r"m\ \text{too large}\ \Rightarrow\ f^*\ \text{depends on}\ z_{pr}^{img}",
        too_many_outputs,
        _ASSUMPTIONS[1],
    ),
    _violation(
        "noisy_tokens",
        "With noisy content tokens no code of the caption holds the content.",
        r"p(\text{token}\ne\text{content})>0\ \Rightarrow\ \text{accuracy}\le 1-\tfrac{L-1}{L}p",
        noisy_tokens,
        _ASSUMPTIONS[0],
    ),
)
