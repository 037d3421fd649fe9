"""Codes of window texts: each different text goes through the encoder once, in batches, and is kept."""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

Encode = Callable[[Sequence[str]], Tensor]


class WindowEncoder:
    """A text encoder behind a cache of its codes.

    Texts that differ in letter case or in the number of spaces alone are one text: CLIP's tokeniser makes them one.

    Args:
        encode: texts to codes (n, d), one row a text whatever the others are.
        batch: texts that go through it at once.
        kept: codes kept; the oldest go first.

    Attributes:
        asked, encoded: how many texts were asked for, and how many went through the encoder.
    """

    def __init__(self, encode: Encode, *, batch: int = 256, kept: int = 1 << 16) -> None:
        if batch < 1 or kept < 1:
            raise ValueError(f"batch is {batch} and kept {kept}; expected numbers of texts from 1 on")
        self.encode, self.batch, self.kept = encode, batch, kept
        self.asked, self.encoded = 0, 0
        self._codes: dict[str, Tensor] = {}

    def __call__(self, texts: Sequence[str]) -> Float[Tensor, "n d"]:
        """Codes of the texts, without gradient.

        Raises:
            ValueError: no text.
        """
        if not texts:
            raise ValueError(
                "there are no texts to encode; expected one at least, because a code's length is not known"
            )
        plain = [" ".join(text.lower().split()) for text in texts]
        new = [text for text in dict.fromkeys(plain) if text not in self._codes]
        self.asked, self.encoded = self.asked + len(texts), self.encoded + len(new)
        new.sort(key=len)  # texts of like lengths go together
        for start in range(0, len(new), self.batch):
            part = new[start : start + self.batch]
            with torch.no_grad():
                self._codes |= dict(zip(part, self.encode(part), strict=True))
        found = torch.stack([self._codes[text] for text in plain])
        for text in list(self._codes)[: max(0, len(self._codes) - self.kept)]:
            del self._codes[text]
        return found

    def forget(self) -> None:
        """Drop all codes: the encoder's weights have changed."""
        self._codes.clear()
