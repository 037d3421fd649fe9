"""What completions of known examples are worth: accuracy by environment and kind, and hallucination beside coverage."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from identifiability.metrics.pairwise import wilson_interval
from realscale.evaluation.accuracy import credit_table
from realscale.reasoning.tasks.example import Example
from realscale.reasoning.tasks.hallucination import claims, false_claims
from realscale.reasoning.tasks.verification import extracted, verify

ABOUT = ("object", "colour", "count", "background")


def accuracies(examples: Sequence[Example], completions: Sequence[str], *, rng: np.random.Generator) -> dict[str, Any]:
    """Share of completions that the verifier accepts: of all, of each environment, of the worst, of each kind.

    An environment and a kind have Wilson's interval of their completions. All and worst have that of a bootstrap which
    draws whole examples, since completions of one example (the same object, given several times) are not independent;
    that of the worst environment takes the worst one of each draw. `answered` is the share that gives an answer at all.

    Raises:
        ValueError: no completion, or another number than of examples.
    """
    _check(examples, completions)
    right = np.array([verify(text, e.answer) for e, text in zip(examples, completions, strict=True)], dtype=np.float64)
    names, environments = np.unique([e.environment for e in examples], return_inverse=True)
    kinds, kind = np.unique([str(e.facts.get("kind", "")) for e in examples], return_inverse=True)
    groups = np.unique([id(e) for e in examples], return_inverse=True)[1]
    table = credit_table(right, environments, kind, groups, [str(name) for name in names], rng=rng)
    return {
        **table["images"],
        "n": table["n"],
        "environments": {
            name: {key: found[key] for key in ("accuracy", "interval", "n")}
            for name, found in table["contexts"].items()
        },
        "worst": {"environment": table["worst_context"], **table["worst"]},
        "kinds": {str(name): _share(right[kind == number], "accuracy") for number, name in enumerate(kinds)},
        "answered": float(np.mean([extracted(text) is not None for text in completions])),
    }


def hallucinations(examples: Sequence[Example], completions: Sequence[str]) -> dict[str, Any]:
    """Share of completions whose steps name something that the picture does not have (`false_claims`), by what it is.

    `coverage` is the share that names anything, `rate_of_naming` the rate among those, None without any: saying nothing
    has rate 0 and coverage 0. `claims` is how many things a completion names on average.

    Raises:
        ValueError: no completion, another number than of examples, or an example without the facts of a scene.
    """
    _check(examples, completions)
    without = next((e for e in examples if not {"objects", "background"} <= set(e.facts)), None)
    if without is not None:
        raise ValueError(
            f"the example {without.question!r} has the facts {sorted(without.facts)}, expected objects and background: "
            "what is named is held against them"
        )
    named = np.array([len(claims(text)) for text in completions])
    wrong = [
        Counter({claim.about for claim in false_claims(text, e.facts)})
        for e, text in zip(examples, completions, strict=True)
    ]
    any_wrong = np.array([float(bool(found)) for found in wrong])
    naming = any_wrong[named > 0]
    return {
        "rate": _share(any_wrong),
        "rate_of_naming": _share(naming) if len(naming) else None,
        "coverage": _share((named > 0).astype(np.float64)),
        "claims": float(named.mean()),
        "about": {name: float(np.mean([found[name] for found in wrong])) for name in ABOUT},
    }


def _share(credit: np.ndarray, key: str = "share") -> dict[str, Any]:
    mean = float(credit.mean())
    return {key: mean, "interval": list(wilson_interval(mean, len(credit))), "n": len(credit)}


def _check(examples: Sequence[Example], completions: Sequence[str]) -> None:
    if not completions or len(examples) != len(completions):
        raise ValueError(
            f"{len(completions)} completions of {len(examples)} examples; expected as many, and one at least: "
            "completion i answers example i"
        )
