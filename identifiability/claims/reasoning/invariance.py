"""Does maximising the process reward give a policy that is invariant across environments? When, exactly."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.claims.reasoning.presets import drawn_anew
from identifiability.exact.invariance.models import bits_table
from identifiability.exact.reasoning.policies import has_invariant_representation, regret, rewarded_answers
from identifiability.exact.reasoning.scorer import TWO_BIT_CONTENT, TWO_BIT_CONTEXT, FiniteScorer
from scm.streams import stream


def maximiser_in_every_environment(setting: Setting, seed: int, context: Context) -> Evidence:
    """The answers that earn most process reward, on three training environments, one of which is against the others."""
    joint = bits_table(setting["label_noise"], np.array(setting["colour"]))
    found = rewarded_answers(FiniteScorer(joint.sum(axis=0), TWO_BIT_CONTEXT, balanced=setting["balanced"]))
    accuracy = [float(law[np.arange(4), found].sum() / law.sum()) for law in joint]
    invariant = [float(law[np.arange(4), TWO_BIT_CONTENT].sum() / law.sum()) for law in joint]
    return Evidence(
        measured={
            "regret_in_the_worst_environment": regret(joint, found),
            "has_invariant_representation": float(has_invariant_representation(joint, found)),
            "accuracy_in_the_worst_environment": min(accuracy),
            "accuracy_of_the_invariant_policy": min(invariant),
            "answers_by_context": float((found == TWO_BIT_CONTEXT).mean()),
        },
        bar={"regret_in_the_worst_environment": (0.0, 1e-12), "has_invariant_representation": (1.0, 1.0)},
        series={"answers": found.tolist(), "accuracy": accuracy, "invariant": invariant},
        note="completions of one class word; all 15 representations of the four images",
    )


def criterion_against_enumeration(setting: Setting, seed: int, context: Context) -> Evidence:
    """Random models: regret 0 of the maximiser itself, against a search through all representations."""
    rng = stream(seed, "random models")
    disagreements, invariant = 0, 0
    for _ in range(setting["models"]):
        images, classes = int(rng.integers(3, 6)), int(rng.integers(2, 4))
        base = rng.dirichlet(np.full(classes, 0.7), size=images)
        laws = []
        for _ in range(2):
            posterior = 0.6 * base + 0.4 * rng.dirichlet(np.ones(classes), size=images)
            laws.append(rng.dirichlet(np.ones(images))[:, None] * posterior / 2)
        joint = np.stack(laws)
        found = rewarded_answers(FiniteScorer(joint.sum(axis=0), np.arange(images) % 2))
        by_search = has_invariant_representation(joint, found)
        judged = joint if setting["judged"] == "in every environment" else joint.sum(axis=0, keepdims=True)
        disagreements += (regret(judged, found) <= 1e-12) != by_search
        invariant += by_search
    return Evidence(
        measured={
            "models": float(setting["models"]),
            "invariant": float(invariant),
            "disagreements": float(disagreements),
        },
        bar={
            "disagreements": (0.0, 0.0),
            "invariant": (0.1 * setting["models"], 0.9 * setting["models"]),
        },
        note="three to five images, two or three classes, two environments, every representation of the images",
    )


def criterion_fails(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same, where the criterion must be wrong for a tenth of the models."""
    found = criterion_against_enumeration(setting, seed, context)
    return replace(found, bar={"disagreements": (0.1 * setting["models"], None)})


def balanced_maximisers(setting: Setting, seed: int, context: Context) -> Evidence:
    """Random models whose content law is one for all environments: maximisers without an invariant representation."""
    rng = stream(seed, "random models")
    without, of_content, largest = 0, 0, 0.0
    for _ in range(setting["models"]):
        content = rng.dirichlet(np.ones(3), size=2)
        contexts = rng.dirichlet(np.full(2, 0.5), size=(3, 2)) * 0.96 + 0.02  # p_e(s | y), no cell empty
        joint = np.stack([_images(content, law) / 3 for law in contexts])
        pooled = FiniteScorer(joint.sum(axis=0), np.tile([0, 1], 3), balanced=setting["balanced"])
        found = rewarded_answers(pooled)
        without += not has_invariant_representation(joint, found)
        of_content += bool((found == np.repeat(content.argmax(axis=0), 2)).all())
        largest = max(largest, regret(joint, found))
    return Evidence(
        measured={
            "models": float(setting["models"]),
            "models_without_invariance": float(without),
            "models_answered_by_content": float(of_content),
            "largest_regret": largest,
        },
        bar={
            "models_without_invariance": (0.0, 0.0),
            "models_answered_by_content": (float(setting["models"]),) * 2,
        },
        note="two classes, three contents, two contexts, three environments that differ in p(s | y)",
    )


def pooled_maximisers(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same, where a tenth of the models must have no invariant representation."""
    found = balanced_maximisers(setting, seed, context)
    return replace(found, bar={"models_without_invariance": (0.1 * setting["models"], None)})


def _images(content: Float[np.ndarray, "y c"], contexts: Float[np.ndarray, "y s"]) -> Float[np.ndarray, "x y"]:
    """p(x, y) of images x = 2 c + s with equally frequent classes, c and s independent given y."""
    return np.einsum("yc,ys->csy", content, contexts).reshape(-1, len(content)) / len(content)


_SOURCE = "CLIP-IRM (CVPR 2026), process reward and invariant policy optimisation"
_IFF = "ipo.iff"
_BALANCED = "ipo.balanced"
_JUDGED = "answers are judged in every environment apart"
_SCORES = "scores are those of the token-balanced law"
_CONTENT = "content and context independent given the class, the content's law one for all environments"
_ONE_WORD = "completions answer with one class word"
_OPPOSED = {"label_noise": 0.25, "colour": [0.95, 0.95, 0.4]}

CLAIMS = (
    Claim(
        id="ipo.process_reward",
        statement="Maximising the process reward pushes the policy to invariance: it has a representation whose one "
        "predictor is optimal in all domains.",
        formula=r"\arg\max_\pi E\,r^{\mathrm{proc}}\Rightarrow\pi=w\circ\Phi,\ "
        r"w\in\bigcap_e\arg\max_{w'}R_e(w'\circ\Phi)",
        source=_SOURCE,
        form="printed",
        track="exact",
        assumptions=(_CONTENT, _ONE_WORD),
        check=maximiser_in_every_environment,
        **every_preset({**_OPPOSED, "balanced": False}),
    ),
    Claim(
        id=_IFF,
        statement="The policy that maximises the process reward is invariant exactly if each of its answers is a most "
        "frequent class, in every environment, among the images that get it.",
        formula=r"\forall e,a:\ a\in\arg\max_y p_e(y\mid\pi(x)=a)",
        source=f"{_SOURCE}, corrected; own proof",
        form="corrected",
        track="exact",
        assumptions=(_ONE_WORD, _JUDGED),
        check=criterion_against_enumeration,
        **drawn_anew({"models": 200, "judged": "in every environment"}),
    ),
    Claim(
        id=f"{_IFF}.pooled",
        statement="Judged on the pooled law alone, that criterion takes policies for invariant that are not.",
        formula=r"\forall a:\ a\in\arg\max_y p(y\mid\pi(x)=a)",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=(_ONE_WORD,),
        check=criterion_fails,
        drops=(_IFF, _JUDGED),
        **drawn_anew({"models": 200, "judged": "pooled"}),
    ),
    Claim(
        id=_BALANCED,
        statement="Scored by the token-balanced posterior, the maximiser answers by content alone, and is invariant in "
        "every model whose content has one law given the class.",
        formula=r"\arg\max_y q(y\mid x)=\arg\max_y p(y)p(c\mid y)",
        source=f"{_SOURCE}, corrected; own proof",
        form="corrected",
        track="exact",
        assumptions=(_CONTENT, _ONE_WORD, _SCORES),
        check=balanced_maximisers,
        **drawn_anew({"models": 200, "balanced": True}),
    ),
    Claim(
        id=f"{_BALANCED}.pooled",
        statement="Scored by the pooled posterior, the maximiser follows the context in many of these models, and is "
        "not invariant.",
        formula=r"\arg\max_y p(y\mid x)=\arg\max_y p(y)p(c\mid y)p(s\mid y)",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=(_CONTENT, _ONE_WORD),
        check=pooled_maximisers,
        drops=(_BALANCED, _SCORES),
        **drawn_anew({"models": 200, "balanced": False}),
    ),
)
