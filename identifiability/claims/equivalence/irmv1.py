"""IRMv1 at its population optimum: a predictor that uses the spurious variable and has penalty zero everywhere."""

import numpy as np

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.invariance.irmv1 import (
    LARGEST_LABEL_NOISE,
    OddPredictor,
    sign_risk,
    sign_slope,
    zero_penalty_predictors,
)

ENVIRONMENTS = np.linspace(0.0, 1.0, 11)  # P(X2 = -Y): the slope is linear in it, two would do


def _steepest(predictor: OddPredictor, label_noise: float) -> float:
    return max(abs(sign_slope(predictor, label_noise, flip)) for flip in ENVIRONMENTS)


def non_invariant_root(setting: Setting, seed: int, context: Context) -> Evidence:
    """Slopes and risks of the root that uses X2, and where it ceases to exist."""
    alpha, (training, test) = setting["label_noise"], (setting["flips"], setting["test_flip"])
    _, invariant, root, _ = zero_penalty_predictors(alpha)
    shift = setting["threshold_step"]
    counts = [len(zero_penalty_predictors(LARGEST_LABEL_NOISE + sign * shift)) for sign in (-1, 1)]
    grid = np.linspace(0.0, 0.3, 61)
    roots = [zero_penalty_predictors(float(a)) for a in grid]
    return Evidence(
        measured={
            "agree": root.agree,
            "differ": root.differ,
            "largest_slope": _steepest(root, alpha),
            "training_risk_0": sign_risk(root, alpha, training[0]),
            "training_risk_1": sign_risk(root, alpha, training[1]),
            "test_risk": sign_risk(root, alpha, test),
            "invariant_risk": sign_risk(invariant, alpha, test),
            "roots_below_threshold": float(counts[0]),
            "roots_above_threshold": float(counts[1]),
        },
        bar={
            "largest_slope": (0.0, 1e-12),
            "agree": (0.95565, 0.95575),
            "differ": (0.29425, 0.29435),
            "training_risk_0": (0.11765, 0.11775),
            "training_risk_1": (0.15075, 0.15085),
            "test_risk": (0.38225, 0.38235),
            "invariant_risk": (0.18 - 1e-12, 0.18 + 1e-12),
            "roots_below_threshold": (4.0, 4.0),
            "roots_above_threshold": (2.0, 2.0),
        },
        series={
            "label_noise": grid.tolist(),
            "agree": [found[2].agree if len(found) > 2 else None for found in roots],
            "differ": [found[2].differ if len(found) > 2 else None for found in roots],
            "invariant": [found[1].agree for found in roots],
        },
        note="risk: half the mean squared error. The root has less risk than the invariant predictor in training, so "
        "IRMv1 prefers it at every penalty weight, and more where the spurious sign is reversed",
    )


def no_real_root(setting: Setting, seed: int, context: Context) -> Evidence:
    """Above the threshold only zero and the invariant predictor have penalty zero; how near any other can come."""
    alpha = setting["label_noise"]
    found = zero_penalty_predictors(alpha)
    total = 1 / (1 - 2 * alpha)  # what agree + differ must be, unless they are equal
    halves = np.linspace(-2.0, 2.0, 4001)
    steepest = [_steepest(OddPredictor(total / 2 + d, total / 2 - d), alpha) for d in halves]
    return Evidence(
        measured={
            "predictors_that_use_x2": float(sum(f.agree != f.differ for f in found)),
            "least_slope_on_the_line": min(steepest),
        },
        bar={"predictors_that_use_x2": (0.0, 0.0), "least_slope_on_the_line": (0.01, None)},
        note="on the line agree + differ = 1 / (1 - 2 alpha) the slope does not depend on the environment",
    )


_SOURCE = "Kamath et al. 2021 (arXiv 2101.01134), two-bit environments; closed form derived here"
_SQUARED = "squared loss, odd predictors of two signs"
_LITTLE = "label noise at most (2 - sqrt 2) / 4"

CLAIMS = (
    Claim(
        id="irmv1.non_invariant_root",
        statement="A predictor that uses the spurious sign has IRMv1 gradient zero in all environments, and less "
        "training risk than the invariant one, as long as the label noise is at most .14645.",
        formula=r"f(1,\pm 1)=\frac{c\pm\sqrt{2-c^2}}{2},\quad c=\frac{1}{1-2\alpha},"
        r"\quad\alpha\leq\frac{2-\sqrt{2}}{4}",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=(_SQUARED, _LITTLE),
        check=non_invariant_root,
        **every_preset({"label_noise": 0.1, "flips": [0.1, 0.2], "test_flip": 0.9, "threshold_step": 1e-6}),
    ),
    Claim(
        id="irmv1.non_invariant_root.more_label_noise",
        statement="With more label noise no odd predictor but zero and the invariant one has gradient zero everywhere.",
        formula=r"\alpha>\frac{2-\sqrt{2}}{4}\Rightarrow c^2>2",
        source=f"{_SOURCE} (little label noise dropped)",
        form="violation",
        track="exact",
        assumptions=(_SQUARED,),
        check=no_real_root,
        drops=("irmv1.non_invariant_root", _LITTLE),
        **every_preset({"label_noise": 0.2}),
    ),
)
