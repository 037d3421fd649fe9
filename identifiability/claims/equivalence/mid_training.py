"""Equation 11 of CLIP-IRM at its population optimum: when the weight of the full captions changes anything."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy.special import softmax

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.invariance.irmv1 import accuracy
from identifiability.exact.invariance.mid_training import Critics, MidTraining
from scm import FiniteLaw
from scm.environments import coloured_bits
from scm.streams import stream


def _full_captions(law: FiniteLaw, noise: float, silent: Sequence[float]) -> Float[np.ndarray, "x t"]:
    """p(x, t) of captions (class, context) and, with probability silent[s] in context s, of the class alone.

    The word for the context names the other context with probability `noise`. Captions are numbered (class, context)
    first, the last two are those of the class alone.
    """
    joint = law.marginal(("x", "y", "s"))
    word = np.array([[1 - noise, noise], [noise, 1 - noise]])
    named = np.einsum("xys,st,s->xyt", joint, word, 1 - np.array(silent))
    alone = np.einsum("xys,s->xy", joint, np.array(silent))
    captions = named.reshape(len(named), -1)
    return np.hstack([captions, alone]) if any(silent) else captions


def weight_of_full_captions(setting: Setting, seed: int, context: Context) -> Evidence:
    """Pruned critics at several lambda, on the coloured bits: their spread, distance from ERM, and OOD accuracy."""
    training, test = coloured_bits()
    law = training.pooled()
    pruned, prior = law.marginal(("x", "y")), law.marginal("y")
    silent = setting["silent"]
    full = _full_captions(law, setting["noise"], silent)
    problem = MidTraining(pruned, full, ((0, 4), (1, 5)) if any(silent) else ())

    def solve(weight: float) -> Critics:
        rng = stream(seed, "start", str(weight))
        if setting["dim"] is None:
            return problem.tables(weight, rng=rng)
        return problem.codes(weight, setting["dim"], starts=setting["starts"], rng=rng)

    solutions = [solve(weight) for weight in setting["weights"]]
    predictors = np.stack([softmax(critics.pruned + np.log(prior), axis=1) for critics in solutions])
    captions = np.stack([softmax(critics.full + np.log(full.sum(axis=0)), axis=1) for critics in solutions])
    shifted = test.marginal(("x", "y"))
    measured = {
        "predictor_spread": float(np.ptp(predictors, axis=0).max()),
        "distance_from_pooled_posterior": float(np.abs(predictors - law.conditional("y", "x")).max()),
        "full_posterior_error": float(np.abs(captions - full / full.sum(axis=1, keepdims=True)).max()),
        "best_accuracy_after_shift": max(accuracy(shifted, predictor) for predictor in predictors),
    }
    bar = {name: (0.0, 1e-6) for name in ("predictor_spread", "distance_from_pooled_posterior", "full_posterior_error")}
    return Evidence(
        measured=measured,
        bar=setting["bar"] or {**bar, "best_accuracy_after_shift": (None, 0.1 + 1e-9)},
        series={"weight": list(setting["weights"]), "predictor": predictors[:, :, 1].tolist()},
    )


_ID = "eq11.weight_irrelevant"
_SOURCE = "CLIP-IRM (CVPR 2026), equation 11"
_UNRESTRICTED = "a score of its own for every image and string, or codes with a dimension for every image"
_DISJOINT = "captions that occur in both versions do so independently of the image"
_FINITE = ("finitely many images and captions, all pairs possible", "many negatives")
_VISIBLE = {"predictor_spread": (0.02, None)}
_TABLE: Setting = {
    "noise": 0.1,
    "silent": [0.0, 0.0],
    "dim": None,
    "weights": [0.01, 0.1, 1.0, 10.0, 100.0],
    "starts": 1,
    "bar": None,
}

CLAIMS = (
    Claim(
        id=_ID,
        statement="At the population optimum of mid-training the weight of the full captions changes nothing: for "
        "every lambda the pruned captions' predictor is the pooled posterior, that is ERM.",
        formula=r"\arg\min\big[L(D_V)+\lambda L(D)\big]=\arg\min L(D_V)\times\arg\min L(D)\quad\forall\lambda>0",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=(*_FINITE, _UNRESTRICTED, _DISJOINT),
        check=weight_of_full_captions,
        **every_preset(
            _TABLE,
            {**_TABLE, "silent": [0.3, 0.3]},
            {**_TABLE, "dim": 4, "weights": [0.1, 10.0]},
        ),
    ),
    Claim(
        id=f"{_ID}.few_dimensions",
        statement="With one dimension for both kinds of captions the image code is a compromise that moves with "
        "lambda.",
        formula=r"d=1:\ q_\lambda(y\mid x)\ \text{varies with}\ \lambda",
        source=f"{_SOURCE} (unrestricted critics dropped)",
        form="violation",
        track="exact",
        assumptions=(*_FINITE, _DISJOINT),
        check=weight_of_full_captions,
        drops=(_ID, _UNRESTRICTED),
        **every_preset({**_TABLE, "dim": 1, "starts": 4, "weights": [0.01, 1.0, 100.0], "bar": _VISIBLE}),
    ),
    Claim(
        id=f"{_ID}.silence_tells_the_context",
        statement="If captions leave the context out more often in one context than in the other, the string without "
        "it means something else in full captions, and lambda moves the predictor.",
        formula=r"p(\text{no context word}\mid s)\ \text{varies with}\ s\ \Rightarrow\ q_\lambda\ "
        r"\text{varies with}\ \lambda",
        source=f"{_SOURCE} (disjoint or randomly silent captions dropped)",
        form="violation",
        track="exact",
        assumptions=(*_FINITE, _UNRESTRICTED),
        check=weight_of_full_captions,
        drops=(_ID, _DISJOINT),
        **every_preset({**_TABLE, "silent": [0.1, 0.6], "bar": _VISIBLE}),
    ),
)
