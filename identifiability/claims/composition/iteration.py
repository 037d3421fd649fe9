"""Iterated operators (Algorithm 1): what grows with the number of steps, and what does not."""

from itertools import pairwise

import numpy as np

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from scm.composition import Replace, Swap, hamming_sphere, spheres, transposition_sphere


def balls(setting: Setting, seed: int, context: Context) -> Evidence:
    """Balls by breadth-first search against Hamming's and Stirling's counts; what a blind encoder pays at radius k."""
    length, tokens = setting["length"], setting["tokens"]
    steps = length + 1
    replaced = [len(ring) for ring in spheres((0,) * length, [Replace((0,) * tokens)], steps)]
    swapped = [len(ring) for ring in spheres(tuple(range(length)), [Swap((0,) * length)], steps)]
    wrong = 0.0 + sum(size != hamming_sphere(length, tokens, k) for k, size in enumerate(replaced))
    wrong += sum(size != transposition_sphere(length, k) for k, size in enumerate(swapped))
    reached = {"REPLACE": np.cumsum(replaced) - 1, "SWAP": np.cumsum(swapped) - 1}
    shrinking = 0.0 + sum(after < before for sizes in reached.values() for before, after in pairwise(sizes))
    return Evidence(
        measured={
            "wrong_counts": wrong,
            "shrinking_balls": shrinking,
            "swap_steps_beyond_the_class": float(swapped[-1] + swapped[-2]),
            "blind_accuracy_at_the_end": 1 / (1 + int(reached["SWAP"][-1])),
            "blind_loss_at_the_end": float(np.log1p(reached["SWAP"][-1])),
        },
        bar={
            "wrong_counts": (0.0, 0.0),
            "shrinking_balls": (0.0, 0.0),
            "swap_steps_beyond_the_class": (0.0, 0.0),
        },
        series={
            "steps": list(range(steps + 1)),
            "reached": {name: sizes.tolist() for name, sizes in reached.items()},
            "blind_accuracy": {name: (1 / (1 + sizes)).tolist() for name, sizes in reached.items()},
            "blind_loss": {name: np.log1p(sizes).tolist() for name, sizes in reached.items()},
        },
    )


def hardness(setting: Setting, seed: int, context: Context) -> Evidence:
    """Random walks of SWAP under random codes: how often a further step makes the negative less similar, or the source.

    Hardness of a negative is minus its code's distance from the caption's.
    """
    rng = np.random.default_rng(seed)
    swap = Swap((0,) * setting["length"])
    codes: dict[tuple[int, ...], np.ndarray] = {}

    def code(sentence: tuple[int, ...]) -> np.ndarray:
        return codes.setdefault(sentence, rng.standard_normal(8))

    easier = harder = back = total = 0
    worst = 0.0
    for _ in range(setting["walks"]):
        source = tuple(rng.permutation(setting["length"]).tolist())
        path = [source]
        for _ in range(3):
            options = list(swap.steps(path[-1]))
            path.append(options[rng.integers(len(options))])
        distances = [float(np.linalg.norm(code(sentence) - code(source))) for sentence in path]
        step = max(float(np.linalg.norm(code(a) - code(b))) for a, b in pairwise(path))
        worst = max(worst, max(distance - k * step for k, distance in enumerate(distances)))
        for before, after, sentence in zip(distances[1:-1], distances[2:], path[2:], strict=True):
            total += 1
            back += sentence == source
            easier += after > before
            harder += after < before
    return Evidence(
        measured={
            "share_easier": easier / total,
            "share_harder": harder / total,
            "share_back_at_the_caption": back / total,
            "lipschitz_excess": worst,
        },
        bar={"share_easier": (0.0, 0.0), "share_back_at_the_caption": (0.0, 0.0)},
        note="lipschitz_excess: distance after k steps minus k times the largest step, never positive",
    )


_BALLS = "iteration.balls"

CLAIMS = (
    Claim(
        id=_BALLS,
        statement="Iterating REPLACE or SWAP enlarges the set that a blind encoder cannot tell apart, by Hamming balls "
        "and by Stirling numbers, until the class is full.",
        formula=r"N_k=\sum_{j=1}^{k}\frac{n!}{j!(n-j)!}(v-1)^j,\qquad N_k=\sum_{j=1}^{k}c(n,n-j)",
        source="arXiv 2510.26302, Algorithm 1",
        form="corrected",
        track="exact",
        assumptions=("all tokens of one class, or all different",),
        check=balls,
        **every_preset({"length": 4, "tokens": 3}, {"length": 5, "tokens": 3}),
    ),
    Claim(
        id="iteration.harder_each_step",
        statement="Each further application of an operator makes a harder negative.",
        formula=r"d(X,o_{k+1}\cdots o_1X)\leq d(X,o_k\cdots o_1X)",
        source="arXiv 2510.26302, Algorithm 1, read as a statement on each negative",
        form="printed",
        track="exact",
        assumptions=("any text encoder",),
        check=hardness,
        **every_preset({"length": 4, "walks": 400}),
    ),
)
