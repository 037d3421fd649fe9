"""Theorem 2 and Corollary 3, learned: InfoNCE recovers the shared block up to an invertible map; when it does not."""

from collections.abc import Mapping
from typing import Any

from identifiability.claims.claim import Claim, Context, Evidence, Interval, Preset, Setting
from identifiability.claims.measures import Block, Measures, block_measures
from identifiability.learning.codes import LearnedCodes, Probes, Tower
from identifiability.learning.loop import TrainingConfig
from identifiability.learning.sentence import SentenceTask, learn_sentence
from scm.sentence import SentenceConfig, SentenceSCM
from scm.streams import stream

TOLERANCE = 0.02  # distance of a style or private block from its population ceiling

# Length of training by preset: enough for the bars at these sizes; the mixing, not the loss, is what takes the steps.
_SIZES: Mapping[Preset, Mapping[str, Any]] = {
    "quick": {"dims": 2, "layers": 2, "steps": 800, "batch": 256, "width": 64},
    "standard": {"dims": 3, "layers": 2, "steps": 1200, "batch": 512, "width": 128},
    "full": {"dims": 5, "layers": 2, "steps": 8000, "batch": 512, "width": 128},
}


def task_of(setting: Setting, config: SentenceConfig, outputs: int, **options: Any) -> SentenceTask:
    """The learning task of a setting: its length, batch, width and number of probe samples."""
    small = setting["dims"] <= 2
    return SentenceTask(
        config,
        outputs,
        batch=setting["batch"],
        width=setting["width"],
        training=TrainingConfig(steps=setting["steps"]),
        probes=Probes(1000, 8000) if small else Probes(),
        **options,
    )


def blocks_of(scm: SentenceSCM) -> Mapping[Tower, Mapping[str, Block]]:
    """The style and private blocks of each tower with their population ceilings given the content."""
    return {
        "image": {
            "dependent": ("z_dp_img", float(scm.ceiling("z_dp_img").mean())),
            "private": ("z_pr_img", 0.0),
        },
        "text": {
            "dependent": ("z_dp_tex", float(scm.ceiling("z_dp_tex").mean())),
            "private": ("z_pr_tex", 0.0),
        },
    }


def series_of(codes: LearnedCodes, scm: SentenceSCM) -> dict[str, Any]:
    """What figures need of a training run: the loss against steps, and the graph of the SCM."""
    return {"steps": codes.history.steps, "loss": codes.history.losses, "graph": scm.graph.to_json()}


def _learn(setting: Setting, seed: int, context: Context, *, outputs: int, **changes: Any) -> tuple[Measures, dict]:
    dims = setting["dims"]
    config = SentenceConfig(
        n_inv=dims,
        n_dp=dims,
        n_pr=dims,
        layers=setting["layers"],
        mixing_kind=setting.get("mixing", "leaky"),
        dependent_law=setting.get("style", "causal"),
        **changes,
    )
    objective = setting.get("objective", "infonce")
    scm, codes = learn_sentence(task_of(setting, config, outputs, objective=objective), seed, context)
    return block_measures(codes, "z_inv", blocks_of(scm), rng=stream(seed, "floor")), series_of(codes, scm)


def block_identifiability(setting: Setting, seed: int, context: Context) -> Evidence:
    """Train on independent private and dependent parts; content forward, linear and reverse, style at its ceiling."""
    measures, series = _learn(setting, seed, context, outputs=setting["dims"])
    threshold = setting["bar"]
    bar: dict[str, Interval] = {}
    for tower in ("image", "text"):
        for name in ("forward", "linear", "reverse"):
            bar[f"{name}_{tower}"] = (threshold, None)
        bar[f"private_{tower}"] = (-TOLERANCE, TOLERANCE)
        bar[f"excess_dependent_{tower}"] = (-TOLERANCE, TOLERANCE)
    return measures.evidence(bar, series)


def alignment_and_entropy(setting: Setting, seed: int, context: Context) -> Evidence:
    """The loss of the theorem itself, with kernel entropies on the unit cube."""
    measures, series = _learn(setting, seed, context, outputs=setting["dims"])
    bar: dict[str, Interval] = {}
    for tower in ("image", "text"):
        bar[f"forward_{tower}"] = (setting["bar"], None)
        bar[f"reverse_{tower}"] = (setting["bar"], None)
        bar[f"private_{tower}"] = (-TOLERANCE, TOLERANCE)
    return measures.evidence(bar, series)


def log_det_surrogate(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same loss with log det Cov in place of entropy: codes crowd into the corners of the cube."""
    measures, series = _learn(setting, seed, context, outputs=setting["dims"])
    bar: dict[str, Interval] = {}
    for tower in ("image", "text"):
        bar[f"forward_{tower}"] = (None, 0.95)
        bar[f"private_{tower}"] = (None, TOLERANCE)
    return measures.evidence(bar, series, "private_* at its ceiling: a trained code, of content alone and not of all")


def too_few_outputs(setting: Setting, seed: int, context: Context) -> Evidence:
    """One output dimension less than the content has."""
    measures, series = _learn(setting, seed, context, outputs=setting["dims"] - 1)
    bar: dict[str, Interval] = {}
    for tower in ("image", "text"):
        bar[f"forward_{tower}"] = (None, 0.95)
        bar[f"reverse_{tower}"] = (0.95, None)
    return measures.evidence(bar, series)


def too_many_outputs(setting: Setting, seed: int, context: Context) -> Evidence:
    """Twice as many output dimensions as the content has."""
    measures, series = _learn(setting, seed, context, outputs=2 * setting["dims"])
    bar: dict[str, Interval] = {}
    for tower in ("image", "text"):
        bar[f"forward_{tower}"] = (0.95, None)
        bar[f"private_{tower}"] = (2 * TOLERANCE, None)
    return measures.evidence(bar, series)


def noisy_sharing(setting: Setting, seed: int, context: Context) -> Evidence:
    """The caption's copy of the content carries noise: no code of the caption can hold the content itself."""
    measures, series = _learn(setting, seed, context, outputs=setting["dims"], sharing_noise=0.5)
    return measures.evidence({"forward_text": (None, 0.95)}, series)


def copied_private_part(setting: Setting, seed: int, context: Context) -> Evidence:
    """Private parts that are all but equal: they are shared, compete with the content and enter the code."""
    measures, series = _learn(setting, seed, context, outputs=setting["dims"], private_correlation=0.9999)
    bar: dict[str, Interval] = {}
    for tower in ("image", "text"):
        bar[f"forward_{tower}"] = (None, 0.95)
        bar[f"private_{tower}"] = (2 * TOLERANCE, None)
    return measures.evidence(bar, series)


def _settings(preset: Preset, **changes: Any) -> Setting:
    return {**_SIZES[preset], **changes}


def _each(**changes: Any) -> dict[Preset, tuple[Setting, ...]]:
    return {preset: (_settings(preset, **changes),) for preset in _SIZES}


def _violation_settings() -> dict[Preset, tuple[Setting, ...]]:
    """As `_each`, but shorter: a conclusion that fails need not be trained to the last digit."""
    shorter: Mapping[Preset, int] = {"quick": 500, "standard": 800}
    return {**_each(), **{preset: (_settings(preset, steps=steps),) for preset, steps in shorter.items()}}


_SEEDS: dict[Preset, int] = {"quick": 1, "standard": 3, "full": 5}
_VIOLATION_SEEDS: dict[Preset, int] = {"quick": 1, "standard": 1, "full": 5}
_ASSUMPTIONS = (
    "both modalities determine the shared block exactly",
    "as many outputs as the shared block has dimensions",
    "private and dependent parts independent given the shared block",
    "invertible mixings",
    "densities positive and smooth",
)
_BLOCK = "thm2.block_identifiability"
_ALIGNED = "thm2.alignment_and_entropy"
_ENTROPY = "differential entropy, not a surrogate of it"


def _violation(name: str, statement: str, formula: str, check: Any, assumption: str) -> Claim:
    return Claim(
        id=f"{_BLOCK}.{name}",
        statement=statement,
        formula=formula,
        source="arXiv 2510.26302, Theorem 2",
        form="violation",
        track="learned",
        assumptions=tuple(other for other in _ASSUMPTIONS if other != assumption),
        check=check,
        settings=_violation_settings(),
        seeds=_VIOLATION_SEEDS,
        drops=(_BLOCK, assumption),
    )


CLAIMS = (
    Claim(
        id=_BLOCK,
        statement="Towers trained by InfoNCE on pairs of a sentence SCM hold the shared block up to an invertible map, "
        "nothing of the private parts, and of the dependent parts what the shared block itself tells.",
        formula=r"f^*(x^{img})=h_f(z_{inv}),\quad g^*(x^{tex})=h_g(z_{inv}),\quad h_f, h_g\ \text{invertible}",
        source="arXiv 2510.26302, Theorem 2 and Corollary 3; Daunhawer et al. 2023 (arXiv 2303.09166), Theorem 1",
        form="corrected",
        track="learned",
        assumptions=_ASSUMPTIONS,
        check=block_identifiability,
        settings={
            "quick": (_settings("quick", bar=0.99),),
            "standard": (
                _settings("standard", bar=0.99),
                _settings("standard", dims=5, steps=2400, bar=0.99),
            ),
            "full": (
                _settings("full", dims=3, bar=0.99),
                _settings("full", bar=0.99),
                _settings("full", style="nonlinear", bar=0.99),
                _settings("full", dims=8, steps=16_000, bar=0.985),
                _settings("full", layers=3, steps=20_000, bar=0.98),
                _settings("full", layers=3, mixing="smooth", bar=0.98),
            ),
        },
        seeds=_SEEDS,
    ),
    Claim(
        id=_ALIGNED,
        statement="So do towers trained by the theorem's own loss, alignment minus entropies, on a bounded codomain.",
        formula=r"\min_{f,g}\ \mathbb{E}\|f(x^{img})-g(x^{tex})\| - H(f(x^{img})) - H(g(x^{tex}))",
        source="arXiv 2510.26302, Theorem 2",
        form="corrected",
        track="learned",
        assumptions=(*_ASSUMPTIONS, "bounded codomain", _ENTROPY),
        check=alignment_and_entropy,
        settings={
            **_each(objective="mm_align", bar=0.95),
            "standard": (_settings("standard", steps=900, objective="mm_align", bar=0.95),),
        },
        seeds=_SEEDS,
    ),
    Claim(
        id=f"{_ALIGNED}.log_det_surrogate",
        statement="With log det Cov in place of entropy the code crowds into the corners of the cube, where covariance "
        "is largest, and content is lost.",
        formula=r"\max\ \tfrac12\log\det\mathrm{Cov}(f)\ \text{on}\ [0,1]^m:\ f\in\{0,1\}^m",
        source="arXiv 2510.26302, Theorem 2 (entropy dropped)",
        form="violation",
        track="learned",
        assumptions=(*_ASSUMPTIONS, "bounded codomain"),
        check=log_det_surrogate,
        settings={
            **_each(objective="mm_align_log_det"),
            "quick": (_settings("quick", steps=400, objective="mm_align_log_det"),),
            "standard": (_settings("standard", steps=600, objective="mm_align_log_det"),),
        },
        seeds=_VIOLATION_SEEDS,
        drops=(_ALIGNED, _ENTROPY),
    ),
    _violation(
        "too_few_outputs",
        "With fewer outputs than shared dimensions the code is a function of the shared block without determining it.",
        r"m<n_{inv}\ \Rightarrow\ h_f\ \text{not injective}",
        too_few_outputs,
        _ASSUMPTIONS[1],
    ),
    _violation(
        "too_many_outputs",
        "With more outputs than shared dimensions the code takes in private information.",
        r"m>n_{inv}\ \Rightarrow\ f^*\ \text{depends on}\ z_{pr}^{img}",
        too_many_outputs,
        _ASSUMPTIONS[1],
    ),
    _violation(
        "noisy_sharing",
        "If the caption's copy of the shared block is noisy, its code holds the copy, not the block.",
        r"z^{tex}=z_{inv}+0.5\,\varepsilon\ \Rightarrow\ R^2(g\to z_{inv})\le \text{ceiling}<1",
        noisy_sharing,
        _ASSUMPTIONS[0],
    ),
    _violation(
        "copied_private_part",
        "If the private parts are all but copies of each other, InfoNCE rewards them as if they were shared, and the "
        "code takes them in.",
        r"z_{pr}^{img}\approx z_{pr}^{tex}\ \Rightarrow\ f^*\ \text{depends on}\ z_{pr}",
        copied_private_part,
        _ASSUMPTIONS[2],
    ),
)
