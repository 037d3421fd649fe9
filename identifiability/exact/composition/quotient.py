"""Pseudo-optimal text encoders: they exist exactly when the meaning factors through the operators' quotient.

Meaning is zeta(X), the shared latent that caption X determines. A text encoder is optimal if it is h(zeta(X)) on the
support T of the captions, h injective; pseudo-optimal if besides it is constant on the classes of the relation that
the operators generate on all sentences.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from jaxtyping import Float

from scm import FiniteLaw
from scm.composition import Operator, Sentence, classes


@dataclass(frozen=True)
class Grammar:
    """Captions with their meanings, among all sentences that the operators may make of them.

    Attributes:
        sentences: every sentence, closed under the operators.
        meaning: caption of the support -> number of its meaning; the captions are among the sentences.
    """

    sentences: Sequence[Sentence]
    meaning: Mapping[Sentence, int]

    def __post_init__(self) -> None:
        strange = sorted(set(self.meaning) - set(self.sentences))
        if strange or not self.meaning:
            raise ValueError(
                f"captions {strange[:3]} are not among the {len(self.sentences)} sentences, or there is no caption at "
                "all; expected a support inside the sentences, because an encoder is a function of these"
            )


def conflict(grammar: Grammar, operators: Sequence[Operator]) -> tuple[Sentence, Sentence] | None:
    """Two captions of one class with different meanings: a minimal pair that no pseudo-optimal encoder survives.

    None exactly when the meaning is constant on the captions of each class, that is when a pseudo-optimal encoder
    exists (theorem of the quotient).
    """
    number = classes(grammar.sentences, operators)
    first: dict[int, Sentence] = {}
    for caption, meaning in grammar.meaning.items():
        other = first.setdefault(number[caption], caption)
        if grammar.meaning[other] != meaning:
            return other, caption
    return None


def pseudo_optimal_encoder(grammar: Grammar, operators: Sequence[Operator]) -> dict[Sentence, int]:
    """g**(X) for every sentence: the meaning of the captions of its class, and -1 where a class has no caption.

    On captions it equals zeta, so it has the loss of a true optimum exactly; it never changes under the operators.

    Raises:
        ValueError: two captions of one class have different meanings, so there is none.
    """
    pair = conflict(grammar, operators)
    if pair is not None:
        raise ValueError(
            f"captions {pair[0]} and {pair[1]} have meanings {grammar.meaning[pair[0]]} and {grammar.meaning[pair[1]]} "
            "but the operators turn one into the other; expected one meaning on each class, because an encoder that is "
            "blind to the operators gives both the same code"
        )
    number = classes(grammar.sentences, operators)
    known = {number[caption]: meaning for caption, meaning in grammar.meaning.items()}
    return {sentence: known.get(group, -1) for sentence, group in number.items()}


def exists_by_brute_force(grammar: Grammar, operators: Sequence[Operator]) -> bool:
    """Whether any of all maps g from captions to codes is optimal and constant on classes; |codes|^|T| maps are tried.

    As many codes as there are meanings are enough: an optimal g takes as many values on T, and off T it may copy them.
    """
    number = classes(grammar.sentences, operators)
    captions = list(grammar.meaning)
    codes = range(len(set(grammar.meaning.values())))
    return any(
        _is_function(captions_codes, [grammar.meaning[caption] for caption in captions])
        and _is_function([grammar.meaning[caption] for caption in captions], captions_codes)
        and _is_function([number[caption] for caption in captions], captions_codes)
        for captions_codes in product(codes, repeat=len(captions))
    )


def _is_function(of: Sequence[int], value: Sequence[int]) -> bool:
    """Whether `value` is a function of `of`."""
    return len(set(zip(of, value, strict=True))) == len(set(of))


def composition_gap(joint: Float[np.ndarray, "x t"], group: Sequence[int]) -> float:
    """I(X; T | [T]) in nats: the excess of the best critic that sees only the class of a caption.

    min over critics s(x, [t]) of L_inf is -I(X; [T]) and the unrestricted minimum is -I(X; T); the difference is the
    information that composition carries. 0 iff p(x | t) is the same for all captions t of a class, the critic's form of
    the theorem of the quotient.

    Args:
        joint: law p(x, t) of images and captions.
        group: number of the class of each caption.

    Raises:
        ValueError: not one class a caption, or a table that is not a law.
    """
    _check_classes(joint, group)
    law = FiniteLaw(("x", "t"), joint).pushforward("orbit", lambda t: group[t], ("t",))
    return law.conditional_mutual_information("x", "t", "orbit")


def orbit_law(joint: Float[np.ndarray, "x t"], group: Sequence[int]) -> Float[np.ndarray, "x orbit"]:
    """p(x, [t]): the columns of captions of one class added up, classes in ascending order.

    Raises:
        ValueError: not one class a caption.
    """
    _check_classes(joint, group)
    numbers = sorted(set(group))
    return np.stack([joint[:, np.asarray(group) == number].sum(axis=1) for number in numbers], axis=1)


def _check_classes(joint: Float[np.ndarray, "x t"], group: Sequence[int]) -> None:
    if len(group) != joint.shape[1]:
        raise ValueError(
            f"{len(group)} classes for the {joint.shape[1]} captions of a law of shape {joint.shape}; expected one a "
            "caption, because the class decides which captions are told apart"
        )
