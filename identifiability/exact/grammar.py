"""Captions drawn token by token: the exact law of a finite grammar, and whether its captions determine z_inv."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

Token = Hashable
Caption = tuple[Token, ...]
END: Literal["<end>"] = "<end>"
NextToken = Callable[[int, Caption], Mapping[Token, float]]


@dataclass(frozen=True)
class CaptionLaw:
    """The exact law of shared factor and caption.

    Args:
        captions: every caption of positive probability, without its end mark.
        joint: p(z, caption), columns in the order of `captions`.
    """

    captions: tuple[Caption, ...]
    joint: Float[np.ndarray, "z captions"]

    @property
    def determines_shared(self) -> bool:
        """T-det: some zeta with z = zeta(caption) almost surely, i.e. no caption occurs with two values of z."""
        return bool(((self.joint > 0).sum(axis=0) <= 1).all())


def enumerate_captions(shared: Float[np.ndarray, " z"], next_token: NextToken, *, longest: int) -> CaptionLaw:
    """All captions of the grammar X_i ~ p(. | z, X_1..X_{i-1}), with their probabilities.

    Args:
        shared: law of z_inv, one entry a value.
        next_token: law of the next token given z and the tokens so far; `END` closes the caption.
        longest: largest number of tokens.

    Raises:
        ValueError: next-token laws that do not sum to 1, or a caption that is still open after `longest` tokens.
    """
    probability: dict[Caption, np.ndarray] = {}

    def extend(z: int, caption: Caption, mass: float) -> None:
        law = next_token(z, caption)
        if abs(sum(law.values()) - 1) > 1e-12:
            raise ValueError(
                f"the law of the token after {caption} given z = {z} sums to {sum(law.values()):.12g}, expected 1"
            )
        for token, share in law.items():
            if share == 0:
                continue
            if token == END:
                probability.setdefault(caption, np.zeros(len(shared)))[z] += mass * share
            elif len(caption) == longest:
                raise ValueError(
                    f"the caption {caption} goes on after {longest} tokens; a finite enumeration needs every caption "
                    "to end"
                )
            else:
                extend(z, (*caption, token), mass * share)

    for z, mass in enumerate(shared):
        extend(z, (), float(mass))
    return CaptionLaw(tuple(probability), np.stack(list(probability.values()), axis=1))


def image_text_law(law: CaptionLaw, image: Float[np.ndarray, "z x"]) -> Float[np.ndarray, "z x captions"]:
    """p(z, x, caption) for an image drawn from p(x | z), independent of the caption given z."""
    shared = law.joint.sum(axis=1, keepdims=True)
    given = np.divide(law.joint, shared, out=np.zeros_like(law.joint), where=shared > 0)
    return (shared * image)[:, :, None] * given[:, None, :]
