"""The phase diagram: at which label noise and which spurious strength each objective's optimum is invariant."""

from collections.abc import Sequence

import numpy as np

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.invariance.designs import DESIGNS, calibrated, deviation, invariant_logits
from identifiability.exact.invariance.irmv1 import accuracy, irmv1_penalty
from scm import Environments, FiniteLaw
from scm.coloured import coloured_classes, trusted_bits

POOLED = ("pruned", "within_index")
REPAIRED = ("within_context", "balanced", "full_matched", "swapped_conditional")
TEST = 0.1  # agreement of colour and class in the test law


def _diagram(
    problems: Sequence[Sequence[tuple[Environments, FiniteLaw]]], designs: Sequence[str]
) -> dict[str, dict[str, np.ndarray]]:
    """Over the grid, for each design: accuracy on the test law, penalty, deviation from log p(u|y)."""
    shape = (len(problems), len(problems[0]))
    grids = {name: {design: np.zeros(shape) for design in designs} for name in ("ood_accuracy", "penalty", "deviation")}
    for i, j in np.ndindex(shape):
        training, test = problems[i][j]
        joint = training.joint()
        law = FiniteLaw(("environment", "x", "y", "s", "c"), joint.marginal(("environment", "x", "y", "s", "c")))
        target, table = invariant_logits(law), law.marginal(("environment", "x", "y"))
        for design in designs:
            scores = DESIGNS[design].scores(law)
            classifier = calibrated(DESIGNS[design], scores, law)
            grids["ood_accuracy"][design][i, j] = accuracy(test.marginal(("x", "y")), scores)
            grids["penalty"][design][i, j] = irmv1_penalty(table, classifier)
            grids["deviation"][design][i, j] = deviation(classifier, target)
    return grids


def _invariant(grids: dict[str, dict[str, np.ndarray]], design: str) -> np.ndarray:
    """Invariant: equal to log p(u|y) + log p(y), and no slope in any environment."""
    return (grids["deviation"][design] <= 1e-9) & (grids["penalty"][design] <= 1e-15)


def predicted_boundary(setting: Setting, seed: int, context: Context) -> Evidence:
    """The grid of label noise and pooled colour agreement against the predicted sets, for every objective.

    `series`: "label_noise" and "strength" (list; strength = pooled probability that the colour agrees with the class,
    two environments `spread` above and below it), "invariant" {objective: rows over label noise, columns over
    strength, of 0 / 1}, "ood_accuracy" {objective: the same, accuracy where colour agrees with probability "test"}.
    """
    noise, strength = np.array(setting["label_noise"]), np.array(setting["strength"])
    problems = [
        [
            coloured_classes(
                classes=setting["classes"],
                label_noise=a,
                colour=(b + setting["spread"], b - setting["spread"]),
                test=TEST,
            )
            for b in strength.tolist()
        ]
        for a in noise.tolist()
    ]
    designs = (*POOLED, *REPAIRED)
    grids = _diagram(problems, designs)
    chance = 1 / setting["classes"]
    boundary = (noise[:, None] == 0) | (np.abs(strength - chance) < 1e-9)
    right = 1 - noise[:, None] + 0 * strength  # accuracy of the content
    tie = right * TEST + (right * (1 - TEST) + (1 - right) * TEST) / 2  # content and colour equally trusted
    margin = right - strength
    pooled = np.where(np.abs(margin) < 1e-9, tie, np.where(margin > 0, right, TEST))
    wrong, decided, agrees = 0.0, 0.0, []
    for design in designs:
        repaired = design in REPAIRED
        wrong += (_invariant(grids, design) != (boundary | repaired)).sum()
        gap = np.abs(grids["ood_accuracy"][design] - (right if repaired else pooled))
        decided += (gap > 1e-9).sum()
        agrees.append(gap.max())
    outside = ~boundary
    return Evidence(
        measured={
            "disagreements": float(wrong),
            "accuracy_disagreements": float(decided),
            "cells": float(boundary.size * len(designs)),
            "cells_where_pruned_is_invariant": float(boundary.sum()),
            "least_deviation_outside": float(grids["deviation"]["pruned"][outside].min()),
            "least_penalty_outside": float(grids["penalty"]["pruned"][outside].min()),
            "largest_accuracy_gap": float(max(agrees)),
        },
        bar={
            "disagreements": (0.0, 0.0),
            "accuracy_disagreements": (0.0, 0.0),
            "least_deviation_outside": (1e-3, None),
            "least_penalty_outside": (1e-9, None),
        },
        series={
            "label_noise": noise.tolist(),
            "strength": strength.tolist(),
            "test": TEST,
            "invariant": {design: _invariant(grids, design).astype(int).tolist() for design in designs},
            "ood_accuracy": {design: grids["ood_accuracy"][design].tolist() for design in designs},
        },
        note="accuracy is a coarser matter: pruned captions keep the content's accuracy wherever label noise is below "
        "1 - strength, without being invariant",
    )


def trusted_content(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same grid with a context that tells whether the content is right: no objective is invariant inside it."""
    problems = [
        [
            trusted_bits(label_noise=a, trust=(b + setting["spread"], b - setting["spread"]), test=TEST)
            for b in setting["strength"]
        ]
        for a in setting["label_noise"]
    ]
    grids = _diagram(problems, (*POOLED, *REPAIRED))
    repaired = np.stack([_invariant(grids, design) for design in REPAIRED])
    return Evidence(
        measured={"invariant_cells_of_repaired": float(repaired.sum()), "cells": float(repaired.size)},
        bar={"invariant_cells_of_repaired": (0.0, 0.0)},
    )


_ID = "phase.pruned_is_invariant_iff"
_CONTENT = "content and context independent given the class"
_SOURCE = "own; coloured problem of Arjovsky et al. 2019 (arXiv 1907.02893)"
_GRID = {"label_noise": [i / 20 for i in range(10)], "strength": [0.5 + i / 20 for i in range(10)]}
_COARSE = {"label_noise": [0.0, 0.1, 0.2, 0.3], "strength": [1 / 3, 0.5, 0.7, 0.9]}
_INSIDE = {"label_noise": [0.1, 0.2, 0.3], "strength": [0.6, 0.75, 0.9]}

CLAIMS = (
    Claim(
        id=_ID,
        statement="Class-only InfoNCE (equally: with index batches) is invariant iff there is no label noise or colour "
        "and class are independent in the pool; the repaired objectives are invariant everywhere.",
        formula=r"s^*_{\text{pruned}}=\log p(u\mid y)+c(x)\iff P(u\neq y)=0\ \text{or}\ "
        r"\sum_e\pi_e\rho_e=\frac{1}{C}",
        source=_SOURCE,
        form="corrected",
        track="exact",
        assumptions=(_CONTENT, "every class occurs with every context", "class frequencies uniform everywhere"),
        check=predicted_boundary,
        **every_preset({"classes": 2, "spread": 0.05, **_GRID}, {"classes": 3, "spread": 0.05, **_COARSE}),
    ),
    Claim(
        id=f"{_ID}.dependent_content",
        statement="If the context tells whether the content is right, the repaired objectives are invariant nowhere "
        "inside the diagram.",
        formula=r"U\not\perp S\mid Y\ \Rightarrow\ s^*\neq\log p(u\mid y)+c(x)",
        source=f"{_SOURCE} (independence given the class dropped)",
        form="violation",
        track="exact",
        assumptions=("every class occurs with every context", "class frequencies uniform everywhere"),
        check=trusted_content,
        drops=(_ID, _CONTENT),
        **every_preset({"spread": 0.05, **_INSIDE}),
    ),
)
