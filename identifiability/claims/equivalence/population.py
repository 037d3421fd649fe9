"""The population table: accuracy, penalty and distance to log p(u|y) of every caption version and batch design."""

from collections.abc import Iterable, Mapping
from typing import Any

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.invariance.designs import DESIGNS, calibrated, deviation, erm, invariant_logits
from identifiability.exact.invariance.irmv1 import accuracy, irmv1_penalty
from scm.coloured import coloured_classes

PROBLEMS: Mapping[str, Mapping[str, Any]] = {
    "two classes": {"classes": 2},
    "ten classes": {"classes": 10},
    "unbalanced classes": {"classes": 2, "prior": (0.7, 0.3)},
    "no label noise": {"classes": 2, "label_noise": 0.0},
    "balanced pool": {"classes": 2, "colour": (0.9, 0.1), "test": 0.1},
}
REPAIRED = (
    "balanced",
    "within_context",
    "within_context_fitted",
    "full_matched",
    "full_joint",
    "swapped_conditional",
)
POOLED = ("erm", "pruned", "positives_swapped", "within_index", "index_mixed", "swapped_uniform")  # equal ERM
INDEXED = ("index_averaged", "index_fixed")  # prompts that name an environment: neither ERM nor invariant


def _row(setting: Setting) -> dict[str, float]:
    """Numbers of one row: a problem and a design."""
    training, test = coloured_classes(**PROBLEMS[setting["problem"]])
    law = training.joint()
    joint = law.marginal(("environment", "x", "y"))
    design = DESIGNS[setting["design"]]
    scores = design.scores(law)
    classifier = calibrated(design, scores, law)
    return {
        "train_accuracy": accuracy(joint.sum(axis=0), scores),
        "ood_accuracy": accuracy(test.marginal(("x", "y")), scores),
        "penalty": irmv1_penalty(joint, classifier),
        "deviation": deviation(classifier, invariant_logits(law)),
        "deviation_from_erm": deviation(classifier, erm(law)),
    }


def _accuracies(setting: Setting) -> dict[str, tuple[float | None, float | None]]:
    return {f"{name}_accuracy": (setting[name] - 1e-9, setting[name] + 1e-9) for name in ("train", "ood")}


def invariant_row(setting: Setting, seed: int, context: Context) -> Evidence:
    """A row that must be the invariant classifier log p(u|y) + log p(y)."""
    fitted = setting["design"].endswith("_fitted")
    return Evidence(
        measured=_row(setting),
        bar={**_accuracies(setting), "penalty": (0.0, 1e-15), "deviation": (0.0, 1e-6 if fitted else 1e-12)},
        note=DESIGNS[setting["design"]].description,
    )


def spurious_row(setting: Setting, seed: int, context: Context) -> Evidence:
    """A row that must follow the colour; rows that are ERM must be so, prior included."""
    bar = {**_accuracies(setting), "penalty": (setting["penalty"], None), "deviation": (0.5, None)}
    if setting["design"] in POOLED:
        bar["deviation_from_erm"] = (0.0, 1e-9)
    return Evidence(
        measured=_row(setting), bar=bar, ceiling={"ood_accuracy": 0.75}, note=DESIGNS[setting["design"]].description
    )


def _rows(problem: str, designs: Iterable[str], **expected: float) -> list[Setting]:
    return [{"problem": problem, "design": design, **expected} for design in designs]


_POOLED_SCORES = ("pruned", "positives_swapped", "within_index", "index_mixed", *INDEXED)
SPURIOUS = [
    *_rows("two classes", (*POOLED, *INDEXED), train=0.85, ood=0.10, penalty=5e-3),
    *_rows("ten classes", (*POOLED, *INDEXED), train=0.85, ood=1 / 90, penalty=5e-3),
    *_rows("unbalanced classes", ("erm", "swapped_uniform"), train=0.865, ood=0.565, penalty=4e-3),
    *_rows("unbalanced classes", _POOLED_SCORES, train=0.85, ood=0.10, penalty=4e-3),
]
INVARIANT = [
    row
    for problem in ("two classes", "ten classes", "unbalanced classes")
    for row in _rows(problem, REPAIRED, train=0.75, ood=0.75)
]

_REPAIR, _NOISELESS, _BALANCED = "population.repaired", "population.no_label_noise", "population.balanced_pool"
_UNINFORMATIVE = "negatives, weights or prompts make the context uninformative about the class"
_CONTENT = "content and context independent given the class"
_POSITIVE = "every class occurs with every context"
_SHOWN = "the content shows the class without error"
_POOL = "context and class independent in the pool"
_NO_INDEX = "captions do not name the environment index"
_SOURCE = "own; coloured problem of Arjovsky et al. 2019 (arXiv 1907.02893)"

CLAIMS = (
    Claim(
        id=_REPAIR,
        statement="Token-balanced weights, batches within a context, conditional swaps and full captions with the "
        "image's context have one optimum, the invariant classifier: accuracy .75 on every colour law.",
        formula=r"s^*(x,y)=\log p(u\mid y)+c(x),\quad \sum_e\Big(\frac{dR^e}{dw}\Big)^2=0",
        source=_SOURCE,
        form="corrected",
        track="exact",
        assumptions=(_UNINFORMATIVE, _CONTENT, _POSITIVE),
        check=invariant_row,
        **every_preset(*INVARIANT),
    ),
    Claim(
        id=f"{_REPAIR}.unrepaired_batches",
        statement="Pruned captions, exchanged positives, batches within an environment index and uniform swaps are "
        "ERM, and prompts that name an environment index are no better: they follow the colour.",
        formula=r"s^*(x,y)+\log p(y)=\log p(y\mid u,s)+a(x)",
        source=f"{_SOURCE} (repair of the batches dropped)",
        form="violation",
        track="exact",
        assumptions=(_CONTENT, _POSITIVE),
        check=spurious_row,
        drops=(_REPAIR, _UNINFORMATIVE),
        **every_preset(*SPURIOUS),
    ),
    Claim(
        id=_NOISELESS,
        statement="Where the content shows the class without error every design is invariant, pruned captions too.",
        formula=r"H(Y\mid U)=0\ \Rightarrow\ \log p(y\mid u,s)=\log p(y\mid u)",
        source=_SOURCE,
        form="corrected",
        track="exact",
        assumptions=(_SHOWN, _POSITIVE),
        check=invariant_row,
        **every_preset(*_rows("no label noise", DESIGNS, train=1.0, ood=1.0)),
    ),
    Claim(
        id=f"{_NOISELESS}.label_noise",
        statement="With label noise .25 the class-only optimum follows the colour.",
        formula=r"H(Y\mid U)>0,\ S\not\perp Y\ \Rightarrow\ \log p(y\mid u,s)\neq\log p(y\mid u)",
        source=f"{_SOURCE} (content without error dropped)",
        form="violation",
        track="exact",
        assumptions=(_POSITIVE,),
        check=spurious_row,
        drops=(_NOISELESS, _SHOWN),
        **every_preset(*_rows("two classes", ("pruned",), train=0.85, ood=0.10, penalty=5e-3)),
    ),
    Claim(
        id=_BALANCED,
        statement="Colours of .9 and .1 cancel in the pool, and class-only InfoNCE is invariant without any repair.",
        formula=r"\sum_e\pi_e\rho_e=\frac{1}{C}\ \Rightarrow\ \log\frac{p(y\mid u,s)}{p(y)}=\log p(u\mid y)+c(x)",
        source=_SOURCE,
        form="corrected",
        track="exact",
        assumptions=(_POOL, _CONTENT, _NO_INDEX),
        check=invariant_row,
        **every_preset(*_rows("balanced pool", (*POOLED, *REPAIRED), train=0.75, ood=0.75)),
    ),
    Claim(
        id=f"{_BALANCED}.index_prompt",
        statement="Captions that name the environment index bring the colour back: the prompt of one environment is "
        "that environment's ERM.",
        formula=r"s^*(x,(y,e_0))=\log\frac{p_{e_0}(y\mid x)}{p(y)}+a(x)",
        source=f"{_SOURCE} (index-free captions dropped)",
        form="violation",
        track="exact",
        assumptions=(_POOL, _CONTENT),
        check=spurious_row,
        drops=(_BALANCED, _NO_INDEX),
        **every_preset(*_rows("balanced pool", ("index_fixed",), train=0.5, ood=0.10, penalty=1.0)),
    ),
)
