"""Zero-shot prompts over full captions: the template's context biases, the image's own context removes the bias."""

import numpy as np

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.captions import image_caption_law
from identifiability.exact.infonce import population_optimum
from identifiability.exact.invariance.designs import (
    deviation,
    erm,
    full_joint,
    full_matched,
    invariant_logits,
    logits,
    pruned,
)
from identifiability.exact.invariance.irmv1 import accuracy, irmv1_penalty
from identifiability.exact.invariance.prompts import fixed_prompt, full_caption_optimum, matched_prompt, mixed_prompt
from identifiability.exact.invariance.vocabulary import FULL, token_model
from identifiability.exact.random_laws import independent_given_shared, random_law
from scm import FiniteLaw
from scm.coloured import coloured_classes, noisy_copy, trusted_bits

CLASSES, CONTEXTS = 3, 3


def _noisy_captions(rng: np.random.Generator) -> np.ndarray:
    """p(x, y, z): full captions of a random token model, both tokens with errors of their own."""
    errors = [np.stack([random_law(3, rng=rng) for _ in range(6)]).reshape(3, 2, 3) for _ in range(2)]
    model = token_model(random_law(3, 2, 2, rng=rng), *errors)
    return image_caption_law(model, FULL).reshape(-1, CLASSES, CONTEXTS)


def template_bias(setting: Setting, seed: int, context: Context) -> Evidence:
    """Random token models: scores of every fixed template, and of mixed templates, against their closed forms."""
    rng = np.random.default_rng(seed)
    template, mixed, contrast, argmax = [], [], [], 0.0
    for _ in range(setting["laws"]):
        law = _noisy_captions(rng)
        named = FiniteLaw(("x", "y", "z"), law)
        critic, posterior = full_caption_optimum(law), np.log(named.conditional("y", "x"))
        prior = np.log(named.conditional("y", "z"))
        for z in range(CONTEXTS):
            scores, expected = fixed_prompt(critic, z), posterior - prior[z]
            template.append(deviation(scores, expected))
            argmax += (scores.argmax(axis=1) != expected.argmax(axis=1)).sum()
        change = fixed_prompt(critic, 0) - fixed_prompt(critic, 1)
        contrast.append(deviation(change, np.broadcast_to(prior[1] - prior[0], change.shape).copy()))
        mixed.append(deviation(mixed_prompt(critic, named.conditional("z", "y")), population_optimum(law.sum(axis=2))))
    return Evidence(
        measured={
            "template_error": max(template),
            "other_decisions": float(argmax),
            "sensitivity_error": max(contrast),
            "mixed_minus_pruned": max(mixed),
        },
        bar={
            "template_error": (0.0, 1e-12),
            "other_decisions": (0.0, 0.0),
            "sensitivity_error": (0.0, 1e-12),
            "mixed_minus_pruned": (0.0, 1e-12),
        },
        note="sensitivity: one template's scores minus another's are the log ratio of their class priors; mixed: "
        "templates mixed by p(z|y) are the optimum of class-only captions",
    )


def dependent_tokens(setting: Setting, seed: int, context: Context) -> Evidence:
    """Captions whose two tokens are dependent given the image: the formula of one template fails."""
    rng = np.random.default_rng(seed)
    errors = []
    for _ in range(setting["laws"]):
        law = random_law(6, CLASSES, CONTEXTS, rng=rng)
        named = FiniteLaw(("x", "y", "z"), law)
        expected = np.log(named.conditional("y", "x")) - np.log(named.conditional("y", "z"))[0]
        errors.append(deviation(fixed_prompt(full_caption_optimum(law), 0), expected))
    return Evidence(measured={"least_template_error": min(errors)}, bar={"least_template_error": (1e-2, None)})


def matched_context_is_invariant(setting: Setting, seed: int, context: Context) -> Evidence:
    """Random p(u|y), p_e(s|y) and the coloured problems: matched prompts against log p(u|y), OOD accuracy, penalty."""
    rng = np.random.default_rng(seed)
    errors, shifts = [], []
    for _ in range(setting["laws"]):
        parts = independent_given_shared(CLASSES, 4, CONTEXTS, rng=rng)  # p(y, u, s)
        content = np.log(parts.sum(axis=2)).T  # log p(u, y)
        both = []
        for _ in range(2):  # two laws of the context, one content
            colour = np.stack([random_law(CONTEXTS, rng=rng) for _ in range(CLASSES)])
            law = np.einsum("yu,ys,st->usyt", parts.sum(axis=2), colour, np.eye(CONTEXTS)).reshape(
                -1, CLASSES, CONTEXTS
            )
            shown = np.tile(np.arange(CONTEXTS), 4)
            both.append(matched_prompt(full_caption_optimum(law), shown))
            target = np.repeat(content, CONTEXTS, axis=0) - np.log(parts.sum(axis=(1, 2)))
            errors.append(deviation(both[-1], target))
        shifts.append(deviation(*both))
    training, test = coloured_classes(classes=setting["classes"])
    law = training.joint()
    matched = full_matched(law)
    table = test.marginal(("x", "y"))
    return Evidence(
        measured={
            "deviation": max(*errors, deviation(logits("full_matched", law), invariant_logits(law))),
            "change_under_shift": max(shifts),
            "ood_accuracy": accuracy(table, matched),
            "ood_accuracy_of_best_caption": accuracy(table, full_joint(law)),
            "penalty": irmv1_penalty(law.marginal(("environment", "x", "y")), logits("full_matched", law)),
        },
        bar={
            "deviation": (0.0, 1e-12),
            "change_under_shift": (0.0, 1e-12),
            "ood_accuracy": (0.75 - 1e-9, 0.75 + 1e-9),
            "ood_accuracy_of_best_caption": (0.75 - 1e-9, 0.75 + 1e-9),
            "penalty": (0.0, 1e-15),
        },
        floor={"ood_accuracy": accuracy(table, pruned(law))},
        note="best caption: the highest score over classes and contexts decides both; floor: class-only captions",
    )


def trusted_content(setting: Setting, seed: int, context: Context) -> Evidence:
    """The context tells whether the content is right: independent of the class, yet not given the content."""
    training, test = trusted_bits()
    law = training.joint()
    return Evidence(
        measured={
            "context_class_information": training.pooled().mutual_information("y", "s"),
            "deviation": deviation(logits("full_matched", law), invariant_logits(law)),
            "ood_accuracy": accuracy(test.marginal(("x", "y")), full_matched(law)),
            "penalty": irmv1_penalty(law.marginal(("environment", "x", "y")), logits("full_matched", law)),
        },
        bar={
            "deviation": (0.5, None),
            "ood_accuracy": (0.10 - 1e-9, 0.10 + 1e-9),
            "penalty": (5e-3, None),
        },
        ceiling={"ood_accuracy": 0.75},
    )


def missing_captions(setting: Setting, seed: int, context: Context) -> Evidence:
    """Every training context names its class: other captions never occur and their score is -inf."""
    training, test = coloured_classes(classes=2, colour=(1.0, 1.0), test=0.1)
    scores = full_matched(training.joint())
    return Evidence(
        measured={
            "images_with_a_class_at_minus_infinity": float((scores == -np.inf).any(axis=1).sum()),
            "ood_accuracy": accuracy(test.marginal(("x", "y")), scores),
        },
        bar={
            "images_with_a_class_at_minus_infinity": (4.0, 4.0),
            "ood_accuracy": (0.10 - 1e-9, 0.10 + 1e-9),
        },
        ceiling={"ood_accuracy": 0.75},
    )


def fixed_context(setting: Setting, seed: int, context: Context) -> Evidence:
    """One template for all images, error-free context tokens: images of other contexts get no finite score."""
    training, test = coloured_classes(classes=2)
    scores = fixed_prompt(full_caption_optimum(training.pooled().marginal(("x", "y", "s"))), 0)
    table = test.marginal(("x", "y"))
    unscored = ~np.isfinite(scores).any(axis=1)
    return Evidence(
        measured={
            "unscored_images": float(unscored.sum()),
            "unscored_mass": float(table[unscored].sum()),
            "ood_accuracy": accuracy(table, scores),
        },
        bar={"unscored_images": (2.0, 2.0), "ood_accuracy": (0.625 - 1e-9, 0.625 + 1e-9)},
        ceiling={"ood_accuracy": 0.75},
        note="half of the images tie, as a coin decides them",
    )


def mistaken_context_tokens(setting: Setting, seed: int, context: Context) -> Evidence:
    """Context tokens that err: the prompt names the image's context, whose token stands for other contexts too."""
    training, test = coloured_classes(classes=2)
    joint = training.pooled().marginal(("x", "y", "s"))
    noisy = joint @ noisy_copy(2, 1 - setting["error"])
    shown = np.tile(np.arange(2), 2)
    scores = matched_prompt(full_caption_optimum(noisy), shown)
    return Evidence(
        measured={
            "deviation": deviation(scores, invariant_logits(training.joint())),
            "ood_accuracy": accuracy(test.marginal(("x", "y")), scores),
            "deviation_from_erm": deviation(scores, erm(training.joint())),
        },
        bar={"deviation": (0.5, None), "ood_accuracy": (0.10 - 1e-9, 0.10 + 1e-9)},
        ceiling={"ood_accuracy": 0.75},
    )


_BIAS, _MATCHED = "prompts.template_bias", "prompts.matched_context"
_SOURCE = "own; zero-shot classification of Radford et al. 2021 at the population optimum of full captions"
_GIVEN = "class and context tokens independent given the image"
_CONTENT = "content and context independent given the class"
_POSITIVE = "every class occurs with every context"
_PROMPT = "the prompt names the context of the image"
_TOKEN = "context tokens name the context of the image without error"
_ASSUMED = (_CONTENT, _POSITIVE, _PROMPT, _TOKEN, "critic unrestricted")


def _without(dropped: str) -> tuple[str, ...]:
    return tuple(assumption for assumption in _ASSUMED if assumption != dropped)


CLAIMS = (
    Claim(
        id=_BIAS,
        statement="A template that names one context divides by the class prior of that context; two templates differ "
        "by the log ratio of their priors, and templates mixed by p(z|y) are the class-only optimum.",
        formula=r"s^*(x,(y,z_0))=\log\frac{p(y\mid x)}{p(y\mid z_0)}+a(x),\quad "
        r"\log\sum_z p(z\mid y)\,e^{s^*(x,(y,z))}=\log\frac{p(y\mid x)}{p(y)}",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=(_GIVEN, "critic unrestricted"),
        check=template_bias,
        **every_preset({"laws": 30}),
    ),
    Claim(
        id=f"{_BIAS}.dependent_tokens",
        statement="If the two tokens are dependent given the image, the formula of a fixed template fails.",
        formula=r"T_Y\not\perp T_E\mid X\ \Rightarrow\ "
        r"s^*(x,(y,z_0))=\log\frac{p(y\mid x,z_0)}{p(y\mid z_0)}+a(x)",
        source=f"{_SOURCE} (independent tokens dropped)",
        form="violation",
        track="exact",
        assumptions=("critic unrestricted",),
        check=dependent_tokens,
        drops=(_BIAS, _GIVEN),
        **every_preset({"laws": 30}),
    ),
    Claim(
        id=_MATCHED,
        statement="Full captions with the prompt that names the image's own context give log p(u|y), free of how "
        "context and class are correlated: the invariant classifier, without any change of the batches.",
        formula=r"s^*(x,(y,s(x)))=\log\frac{p(y\mid x)}{p(y\mid s)}+a(x)=\log p(u\mid y)+c(x)",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=_ASSUMED,
        check=matched_context_is_invariant,
        **every_preset({"laws": 20, "classes": 2}, {"laws": 20, "classes": 10}),
    ),
    Claim(
        id=f"{_MATCHED}.dependent_content",
        statement="If the context tells whether the content can be trusted, matched prompts keep it, although it says "
        "nothing about the class by itself.",
        formula=r"U\not\perp S\mid Y\ \Rightarrow\ \frac{p(y\mid u,s)}{p(y\mid s)}\ \text{depends on}\ s",
        source=f"{_SOURCE} (independence given the class dropped)",
        form="violation",
        track="exact",
        assumptions=_without(_CONTENT),
        check=trusted_content,
        drops=(_MATCHED, _CONTENT),
        **every_preset({}),
    ),
    Claim(
        id=f"{_MATCHED}.missing_positivity",
        statement="Captions that never occur are scored -inf, so matched prompts repeat the training correlation.",
        formula=r"p(y,s)=0\ \Rightarrow\ s^*(x,(y,s))=-\infty",
        source=f"{_SOURCE} (positivity dropped)",
        form="violation",
        track="exact",
        assumptions=_without(_POSITIVE),
        check=missing_captions,
        drops=(_MATCHED, _POSITIVE),
        **every_preset({}),
    ),
    Claim(
        id=f"{_MATCHED}.fixed_context",
        statement="One template for all images leaves the images of other contexts without any finite score.",
        formula=r"z_0\neq s(x)\ \Rightarrow\ s^*(x,(y,z_0))=-\infty\ \forall y",
        source=f"{_SOURCE} (matched prompt dropped)",
        form="violation",
        track="exact",
        assumptions=_without(_PROMPT),
        check=fixed_context,
        drops=(_MATCHED, _PROMPT),
        **every_preset({}),
    ),
    Claim(
        id=f"{_MATCHED}.mistaken_context_tokens",
        statement="If context tokens err, the matched prompt divides by the class prior of the token and not of the "
        "context, and part of the correlation stays.",
        formula=r"s^*(x,(y,z))=\log\frac{p(y\mid x)}{p(y\mid T_E=z)}+a(x),\quad p(y\mid T_E=s)\neq p(y\mid s)",
        source=f"{_SOURCE} (error-free context tokens dropped)",
        form="violation",
        track="exact",
        assumptions=_without(_TOKEN),
        check=mistaken_context_tokens,
        drops=(_MATCHED, _TOKEN),
        **every_preset({"error": 0.3}),
    ),
)
