"""What a policy that is optimal under a process reward in training does where the spurious context is reversed."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.invariance.models import bits_table
from identifiability.exact.reasoning.completions import Completions
from identifiability.exact.reasoning.scorer import TWO_BIT_CONTENT, TWO_BIT_CONTEXT, FiniteScorer, answers, two_bits

HORIZON, WIDTH = 4, 2
WEIGHTS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)


def optimal_accuracy(scorer: FiniteScorer, setting: Setting, weight: float) -> Float[np.ndarray, " x"]:
    """For each image the share of right answers among the completions of the highest R + weight * process return.

    R is 1 for a completion that ends and whose last word is the class of the image's content.
    """
    completions = Completions(scorer.words, HORIZON)
    process = scorer.rewards(completions.tokens, form=setting["form"], width=WIDTH, penalty=setting["penalty"]).sum(2)
    right = answers(completions, scorer.classes)[None] == TWO_BIT_CONTENT[:, None]
    total = right + weight * process
    best = total >= total.max(axis=1, keepdims=True) - 1e-9
    return (right & best).sum(axis=1) / best.sum(axis=1)


def scorer_of(setting: Setting) -> tuple[FiniteScorer, Mapping[str, Float[np.ndarray, " x"]]]:
    """The scorer trained on the environments, and the law of images in training and where contexts are reversed."""
    noise = setting["label_noise"]
    if setting["contexts"] == "of the class":
        scorer = two_bits(noise, np.array(setting["colour"]), balanced=setting["balanced"])
    else:  # s = y with one chance where the content shows the class, with another where it does not
        joint = _context_of_errors(noise, 0.99, 0.3)
        scorer = FiniteScorer(joint, TWO_BIT_CONTEXT, balanced=setting["balanced"])
    reversed_law = bits_table(noise, np.array([0.1]))[0].sum(axis=1)
    return scorer, {"training": scorer.joint.sum(axis=1), "reversed": reversed_law}


def shifted_accuracy(setting: Setting, seed: int, context: Context) -> Evidence:
    """Accuracy of the optimal completions in training and reversed environments, against the weight."""
    scorer, laws = scorer_of(setting)
    right = [optimal_accuracy(scorer, setting, weight) for weight in WEIGHTS]
    accuracy = {name: [float(law @ row) for row in right] for name, law in laws.items()}
    return Evidence(
        measured={
            "least_accuracy_in_training": min(accuracy["training"]),
            "least_accuracy_reversed": min(accuracy["reversed"]),
            "accuracy_reversed_without_process_reward": accuracy["reversed"][0],
            "weights_with_errors": float(sum((row < 1).any() for row in right)),
        },
        bar={"least_accuracy_in_training": (1.0, 1.0), "least_accuracy_reversed": (1.0, 1.0)},
        series={"weights": list(WEIGHTS), "accuracy": accuracy, "label": setting_label(setting)},
        note="the outcome is right in every environment; errors come from the process reward alone",
    )


def lost_accuracy(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same, where the policy must err in one of the environments for half of the images at least."""
    found = shifted_accuracy(setting, seed, context)
    worst = min(found.measured["least_accuracy_in_training"], found.measured["least_accuracy_reversed"])
    measured = {**found.measured, "worst_accuracy": worst}
    return replace(found, measured=measured, bar={"worst_accuracy": (None, 0.5)})


def setting_label(setting: Setting) -> str:
    """`mean, balanced, penalty 1`: what the figure calls it."""
    scorer = "balanced" if setting["balanced"] else "pooled"
    extra = "" if setting["contexts"] == "of the class" else ", contexts of errors"
    return f"{setting['form']}, {scorer}, penalty {setting['penalty']:g}{extra}"


def _context_of_errors(noise: float, agreement: float, agreement_of_errors: float) -> Float[np.ndarray, "x y"]:
    joint = np.zeros((4, 2))
    for y in (0, 1):
        for error, chance in ((0, 1 - noise), (1, noise)):
            same = agreement_of_errors if error else agreement
            joint[2 * (y ^ error) + y, y] += chance * same / 2
            joint[2 * (y ^ error) + 1 - y, y] += chance * (1 - same) / 2
    return joint


_SOURCE = "CLIP-IRM (CVPR 2026), process reward"
_BALANCED = "shift.balanced"
_RIGHT = "the outcome is right in every environment"
_SCORES = "scores are those of the token-balanced law"
_PENALTY = "words of the environment are penalised"
_INDEPENDENT = "content and context independent given the class"
_TWO_BITS = {
    "label_noise": 0.25,
    "colour": [0.95, 0.9],
    "contexts": "of the class",
    "penalty": 1.0,
    "balanced": True,
}

CLAIMS = (
    Claim(
        id="shift.penalty",
        statement="With the penalty on words of the environment, a policy that is optimal under the process reward in "
        "training stays right where the environment is reversed.",
        formula=r"r_k^{\mathrm{proc}}=\ell(t;\mathcal{V})-\alpha\,\ell_{\mathrm{env}}(t;\mathcal{E})",
        source=_SOURCE,
        form="printed",
        track="exact",
        assumptions=(_RIGHT, _PENALTY, _INDEPENDENT),
        check=shifted_accuracy,
        **every_preset(
            {**_TWO_BITS, "form": "printed", "balanced": False},
            {**_TWO_BITS, "form": "mean", "balanced": False},
        ),
    ),
    Claim(
        id=_BALANCED,
        statement="Scored by the token-balanced posterior, with that penalty, the optimal completions answer rightly "
        "in every environment, whatever the weight of the process reward.",
        formula=r"q(y\mid x)\propto p(y\mid x)\frac{p(y)p(s)}{p(y,s)}=p(y)p(c\mid y)/q(c)",
        source=f"{_SOURCE}, corrected; own proof",
        form="corrected",
        track="exact",
        assumptions=(_RIGHT, _SCORES, _PENALTY, _INDEPENDENT),
        check=shifted_accuracy,
        **every_preset({**_TWO_BITS, "form": "printed"}, {**_TWO_BITS, "form": "mean"}),
    ),
    Claim(
        id=f"{_BALANCED}.pooled",
        statement="Scored by the posterior of pooled training, the optimal completions name the class of the context: "
        "the penalty sees words, and the context is in the image.",
        formula=r"p(y\mid x)\propto p(y)p(c\mid y)p(s\mid y)",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=(_RIGHT, _PENALTY, _INDEPENDENT),
        check=lost_accuracy,
        drops=(_BALANCED, _SCORES),
        **every_preset(
            {**_TWO_BITS, "form": "printed", "balanced": False},
            {**_TWO_BITS, "form": "mean", "balanced": False},
        ),
    ),
    Claim(
        id=f"{_BALANCED}.no_penalty",
        statement="Without the penalty, the word for the image's context scores above every class word, and the answer "
        "is lost.",
        formula=r"\alpha=0:\ s(x,s)>s(x,y)",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=(_RIGHT, _SCORES, _INDEPENDENT),
        check=lost_accuracy,
        drops=(_BALANCED, _PENALTY),
        **every_preset(
            {**_TWO_BITS, "form": "printed", "penalty": 0.0},
            {**_TWO_BITS, "form": "mean", "penalty": 0.0},
        ),
    ),
    Claim(
        id=f"{_BALANCED}.dependent",
        statement="Where the context tells when the content errs, balancing favours the errors, and the optimal "
        "completions follow them.",
        formula=r"p(c,s\mid y)\neq p(c\mid y)p(s\mid y)",
        source="own example",
        form="violation",
        track="exact",
        assumptions=(_RIGHT, _SCORES, _PENALTY),
        check=lost_accuracy,
        drops=(_BALANCED, _INDEPENDENT),
        **every_preset({**_TWO_BITS, "form": "printed", "label_noise": 0.45, "contexts": "of errors"}),
    ),
)
