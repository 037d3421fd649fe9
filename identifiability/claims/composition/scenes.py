"""Theorems 7 to 9 on a scene SCM; what tells a blind optimum from a true one: contrasting captions, hard negatives."""

import numpy as np
from jaxtyping import Float

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.composition.contrast import (
    contrasting_gap,
    contrasting_law,
    contrasting_limit,
    hard_negative_excess,
)
from identifiability.exact.composition.quotient import composition_gap, orbit_law
from identifiability.exact.composition.scenes import (
    Scenes,
    blind_codes,
    hard_negative_counts,
    hard_negative_loss,
    pair_accuracy,
    training_critic,
    true_codes,
)
from identifiability.exact.infonce import infonce_limit, infonce_loss, population_optimum

TEMPERATURES = (1.0, 0.1, 0.02)


def equal_loss(setting: Setting, seed: int, context: Context) -> Evidence:
    """A true and a blind encoder: the same losses, bitwise, and accuracies 1 and 1/2 on every operator."""
    scenes = Scenes()
    true, blind = true_codes(scenes), blind_codes(scenes)
    training = len(scenes.training())
    joint = np.eye(training) / training
    difference = 0.0
    for temperature in TEMPERATURES:
        first, second = (training_critic(scenes, codes, temperature) for codes in (true, blind))
        difference = max(difference, abs(infonce_limit(joint, first) - infonce_limit(joint, second)))
        difference = max(difference, abs(infonce_loss(joint, first, 4) - infonce_loss(joint, second, 4)))
    alignment = max(float(np.linalg.norm(true[t] - blind[t])) for t in scenes.training())
    pairs = {
        encoder: {name: pair_accuracy(scenes, codes, operator) for name, operator in scenes.operators().items()}
        for encoder, codes in (("constructed g*", true), ("constructed g**", blind))
    }
    accuracy, guessed = ({name: found.accuracy for name, found in by_name.items()} for by_name in pairs.values())
    encoders = {
        encoder: {name: {"accuracy": found.accuracy, "ties": found.ties} for name, found in by_name.items()}
        for encoder, by_name in pairs.items()
    }
    return Evidence(
        measured={
            "loss_difference": difference,
            "alignment_difference": alignment,
            **{f"true_{name}": value for name, value in accuracy.items()},
            **{f"blind_{name}": value for name, value in guessed.items()},
        },
        bar={
            "loss_difference": (0.0, 0.0),
            "alignment_difference": (0.0, 0.0),
            **{f"true_{name}": (1.0, 1.0) for name in accuracy},
            **{f"blind_{name}": (0.5, 0.5) for name in guessed},
        },
        floor={f"blind_{name}": 0.5 for name in guessed},
        ceiling={f"blind_{name}": 1.0 for name in guessed},
        series={"encoders": encoders},
    )


def hard_negatives_in_training(setting: Setting, seed: int, context: Context) -> Evidence:
    """The scenes' training loss with every operator's negatives in the denominator: the tie is broken."""
    scenes, temperature = Scenes(), 0.02
    counts = np.array(hard_negative_counts(scenes))
    blind = hard_negative_loss(scenes, blind_codes(scenes), temperature)
    return Evidence(
        measured={
            "excess": blind - hard_negative_loss(scenes, true_codes(scenes), temperature),
            "excess_error": abs(blind - float(np.log1p(counts).mean())),
        },
        bar={"excess": (2.28150, 2.28152), "excess_error": (0.0, 1e-9)},
        note=f"mean log(1 + m), m = {counts.min()} to {counts.max()} negatives of a caption",
    )


def contrasting_captions(setting: Setting, seed: int, context: Context) -> Evidence:
    """Excess of the best order-blind critic against the share of the rarer order and the batch size."""
    bags, batches, shares = setting["bags"], setting["batches"], setting["shares"]
    gaps = [[contrasting_gap(contrasting_law(bags, share), k) for k in batches] for share in shares]
    limits = [contrasting_limit(contrasting_law(bags, share)) for share in shares]
    far = contrasting_gap(contrasting_law(bags, shares[-1]), 1000 * bags)
    grows = min(float(np.diff(row).min()) for row in gaps)
    return Evidence(
        measured={
            "least_growth_with_batch": grows,
            "share_of_limit_at_smallest_batch": gaps[-1][0] / limits[-1],
            "far_share_of_limit": far / limits[-1],
            "gap_without_contrast": contrasting_gap(contrasting_law(bags, 0.0), batches[-1]),
        },
        bar={
            "least_growth_with_batch": (0.0, None),
            "share_of_limit_at_smallest_batch": (None, 16 / bags),
            "far_share_of_limit": (0.99, 1.0),
            "gap_without_contrast": (0.0, 1e-12),
        },
        series={"bags": bags, "batch": list(batches), "share": list(shares), "gap": gaps, "limit": limits},
        note="a contrasting caption teaches nothing where it shares no batch with its twin",
    )


def contrast_with_error(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same excess if a caption tells the other order than its image's with some probability.

    Enumerated: images are (bag, order), captions (bag, order told); the limit is I(order; order told | bag).
    """
    bags, error = setting["bags"], setting["error"]
    told = np.array([[1 - error, error], [error, 1 - error]])
    joint = np.kron(np.eye(bags) / bags, np.array([[1 - setting["share"]], [setting["share"]]]) * told)
    group = [caption // 2 for caption in range(2 * bags)]
    blind = population_optimum(orbit_law(joint, group))[:, group]
    # the optimum of every K; finite, because captions that an image never has are scored far below the others
    critics = [np.maximum(critic, -60.0) for critic in (blind, population_optimum(joint))]
    first, second = (infonce_loss(joint, critic, setting["batch"]) for critic in critics)
    order = contrasting_limit(contrasting_law(bags, setting["share"]))
    return Evidence(
        measured={
            "far_share_of_limit": (first - second) / order,
            "limit_share": composition_gap(joint, group) / order,
        },
        bar={"far_share_of_limit": (0.0, 0.5), "limit_share": (0.0, 0.5)},
        note="shares of the entropy of the order given the bag, which the excess reaches where captions have no error",
    )


def excess_of_hard_negatives(setting: Setting, seed: int, context: Context) -> Evidence:
    """Random candidates beside m negatives: loss of the blind code above that of the true one, against the formula.

    The blind one's is log(1 + m + R), as it ties with its m negatives; the true one's comes from codes of meanings.
    """
    rng = np.random.default_rng(seed)
    errors, excesses = [], []
    for _ in range(setting["draws"]):
        negatives, others = int(rng.integers(1, 6)), rng.normal(-2, 2, size=8)
        weight = float(np.exp(others).sum())
        meanings = [0] * negatives if setting["same_meaning"] else [*range(1, negatives + 1)]
        excesses.append(float(np.log1p(negatives + weight)) - _true_loss(0, meanings, others))
        errors.append(abs(excesses[-1] - hard_negative_excess(negatives, weight)))
    return Evidence(
        measured={
            "identity_error": max(errors),
            "least_excess": min(excesses),
            "largest_excess": max(excesses),
        },
        bar={"identity_error": (0.5, None), "least_excess": (-1e-12, None), "largest_excess": (None, 1e-12)}
        if setting["same_meaning"]
        else {"identity_error": (0.0, 1e-12), "least_excess": (1e-6, None)},
    )


def _true_loss(caption: int, negatives: list[int], others: Float[np.ndarray, " n"]) -> float:
    """-log softmax of a caption among negatives, all given by their meanings, and others of the given scores.

    Codes of different meanings are orthonormal at a temperature of 1e-3, so that another meaning weighs nothing.
    """
    codes = np.eye(max(caption, *negatives) + 1)
    margins = (codes[negatives] @ codes[caption] - codes[caption] @ codes[caption]) / 1e-3
    return float(np.logaddexp.reduce(np.concatenate([[0.0], margins, others])))


_EQUAL = "thm7_8_9.equal_loss"
_EXCESS = "hard_negatives.excess"
_SHARE = "composition.contrasting_share"
_NO_ERROR = "captions without error"
_OTHER_MEANING = "every negative differs in meaning from its caption"
_SOURCE = "arXiv 2510.26302, Theorems 7, 8 and 9"
_POSITIVES_ALONE = "the loss contrasts a caption with other training captions alone"

CLAIMS = (
    Claim(
        id=_EQUAL,
        statement="On training captions that show each bag of objects in one way, an encoder blind to order, "
        "attributes and additions has exactly the loss of a true one, and ties on every SWAP, REPLACE and ADD.",
        formula=r"L(f^*,g^{**})=L(f^*,g^*),\quad\mathrm{acc}(g^*)=1,\ \mathrm{acc}(g^{**})=\frac{1}{2}",
        source=f"{_SOURCE}, with the support that they need",
        form="corrected",
        track="exact",
        assumptions=("one caption of each bag of objects in training", _POSITIVES_ALONE),
        check=equal_loss,
        **every_preset({}),
    ),
    Claim(
        id=f"{_EQUAL}.hard_negatives",
        statement="With the operators' own results as negatives in the loss, the blind encoder pays the logarithm of "
        "one plus their number.",
        formula=r"L(f^*,g^{**})-L(f^*,g^*)=E\log(1+m)",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=("one caption of each bag of objects in training",),
        check=hard_negatives_in_training,
        drops=(_EQUAL, _POSITIVES_ALONE),
        **every_preset({}),
    ),
    Claim(
        id=_SHARE,
        statement="If a share of the captions shows the other order, a blind encoder's excess tends to that order's "
        "entropy as batches grow, and is a small part of it where twins rarely share a batch.",
        formula=r"\Delta L_K\uparrow H(\text{order}\mid\text{bag})\quad(K\to\infty)",
        source="the critic's form of Theorem 7 at finite batch size",
        form="extra",
        track="exact",
        assumptions=(_NO_ERROR, "critic unrestricted"),
        check=contrasting_captions,
        **every_preset(
            {"bags": 10, "batches": (4, 16, 64, 256), "shares": (0.001, 0.01, 0.1, 0.5)},
            {"bags": 1000, "batches": (4, 16, 64, 256), "shares": (0.001, 0.01, 0.1, 0.5)},
        ),
    ),
    Claim(
        id=f"{_SHARE}.wrong_orders",
        statement="If captions tell the wrong order a quarter of the time, a blind encoder's excess stays far below "
        "that order's entropy however large the batch: it tends to what captions tell of the order.",
        formula=r"\Delta L_K\to I(\text{order};\text{order told}\mid\text{bag})<H(\text{order}\mid\text{bag})",
        source="the critic's form of Theorem 7 at finite batch size",
        form="violation",
        track="exact",
        assumptions=("critic unrestricted",),
        check=contrast_with_error,
        drops=(_SHARE, _NO_ERROR),
        **every_preset({"bags": 2, "share": 0.5, "error": 0.25, "batch": 64}),
    ),
    Claim(
        id=_EXCESS,
        statement="With m hard negatives a blind optimum exceeds a true one by log((1 + m + R) / (1 + R)), R what the "
        "other candidates weigh against the positive, and by log(1 + m) where these are told apart.",
        formula=r"\Delta L=\log\frac{1+m+R}{1+R}\to\log(1+m)\quad(R\to 0)",
        source="the loss of NegCLIP-like training at the optima of Theorem 7",
        form="extra",
        track="exact",
        assumptions=("the blind encoder ties with its negatives", _OTHER_MEANING),
        check=excess_of_hard_negatives,
        **every_preset({"draws": 200, "same_meaning": False}),
    ),
    Claim(
        id=f"{_EXCESS}.synonyms",
        statement="A negative that means what its caption means costs the true optimum as much as the blind one: it "
        "tells them apart by nothing.",
        formula=r"\zeta(oX)=\zeta(X)\Rightarrow\Delta L=0",
        source="the loss of NegCLIP-like training at the optima of Theorem 7",
        form="violation",
        track="exact",
        assumptions=("the blind encoder ties with its negatives",),
        check=excess_of_hard_negatives,
        drops=(_EXCESS, _OTHER_MEANING),
        **every_preset({"draws": 200, "same_meaning": True}),
    ),
)
