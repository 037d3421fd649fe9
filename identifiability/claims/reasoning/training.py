"""Where exact training ends under each form: policy gradient and group-relative, in every environment."""

from dataclasses import replace

import numpy as np

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.claims.reasoning.shift import WIDTH
from identifiability.exact.invariance.models import bits_table
from identifiability.exact.reasoning.completions import Completions
from identifiability.exact.reasoning.scorer import answers, two_bits
from identifiability.exact.reasoning.training import ALGORITHMS, train

HORIZON = 3


def trained_policies(setting: Setting, seed: int, context: Context) -> Evidence:
    """One policy an image of content 0, of class words alone, by every algorithm; accuracy where contexts turn."""
    noise = setting["label_noise"]
    scorer = two_bits(noise, np.array(setting["colour"]), balanced=setting["balanced"])
    completions = Completions(scorer.classes, HORIZON)
    ends = completions.tokens == scorer.classes
    tokens = np.where(ends, scorer.words, completions.tokens)
    process = scorer.rewards(tokens, form=setting["form"], width=WIDTH)
    given = answers(completions, scorer.classes)
    reversed_law = 2 * bits_table(noise, np.array([0.1]))[0].sum(axis=1)[:2]
    training_law = 2 * scorer.joint.sum(axis=1)[:2]
    accuracy: dict[str, float] = {}
    curves = {}
    for algorithm in ALGORITHMS:
        runs = [
            train(
                completions,
                (given == 0).astype(np.float64),
                own,
                weight=setting["weight"],
                algorithm=algorithm,
                steps=setting["steps"],
                rate=setting["rate"],
                size=setting["size"],
            )
            for own in process[:2]  # contents mirror each other: x = 3, 2 are x = 0, 1 with the classes exchanged
        ]
        curve = np.array([run.task for run in runs])
        accuracy[algorithm] = float(reversed_law @ curve[:, -1])
        curves[algorithm] = {"reversed": (reversed_law @ curve).tolist(), "training": (training_law @ curve).tolist()}
        steps = list(runs[0].at)
    return Evidence(
        measured={
            **{f"reversed_{name.replace(',', '').replace(' ', '_')}": value for name, value in accuracy.items()},
            "least_accuracy_reversed": min(accuracy.values()),
            "largest_accuracy_reversed": max(accuracy.values()),
        },
        bar={"least_accuracy_reversed": (0.98, 1.0)},
        series={"steps": steps, "curves": curves, "form": setting["form"], "weight": setting["weight"]},
        note=f"groups of {setting['size']}; from the uniform policy over {len(given)} completions",
    )


def misled_policies(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same, where every algorithm must end below one half."""
    return replace(trained_policies(setting, seed, context), bar={"largest_accuracy_reversed": (0.0, 0.5)})


_SOURCE = "CLIP-IRM (CVPR 2026), process reward"
_POTENTIAL = "training.potential"
_SHAPED = "the reward is the difference of a potential"
_ENDS = {
    "label_noise": 0.25,
    "colour": [0.95, 0.9],
    "balanced": False,
    "weight": 2.0,
    "steps": 150,
    "rate": 4.0,
    "size": 3,
}

CLAIMS = (
    Claim(
        id=_POTENTIAL,
        statement="Trained to convergence by exact gradients, of returns or relative to groups, policies under a "
        "potential end at the right answers in every environment, as they do without process reward.",
        formula=r"\pi_\infty\in\arg\max R^{\mathrm{task}}",
        source=f"{_SOURCE}, corrected; own computation",
        form="corrected",
        track="exact",
        assumptions=(_SHAPED,),
        check=trained_policies,
        **every_preset({**_ENDS, "form": "potential", "weight": 0.0}, {**_ENDS, "form": "potential"}),
    ),
    Claim(
        id=f"{_POTENTIAL}.printed",
        statement="Trained with the process reward summed as printed, all of them end at the class of the context "
        "where it differs from the content.",
        formula=r"\pi_\infty\notin\arg\max R^{\mathrm{task}}",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=(),
        check=misled_policies,
        drops=(_POTENTIAL, _SHAPED),
        **every_preset({**_ENDS, "form": "printed"}),
    ),
    Claim(
        id=f"{_POTENTIAL}.mean",
        statement="Trained with the mean of the scores, all of them end there too.",
        formula=r"\pi_\infty\notin\arg\max R^{\mathrm{task}}",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=(),
        check=misled_policies,
        drops=(_POTENTIAL, _SHAPED),
        **every_preset({**_ENDS, "form": "mean", "weight": 4.0}),
    ),
)
