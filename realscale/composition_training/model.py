"""A small CLIP of open_clip's class, made without network from a configuration in open_clip's own format."""

import json
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn

from realscale.clip_texts import unit_text_codes
from realscale.data.errors import MissingData

INSTALL = "pip install 'token-scm[realscale]'"
_OVERHEAD = 500  # tokens that cost as much as one more pass through the text tower


def configuration() -> dict[str, Any]:
    """The architecture, as `open_clip.add_model_config` takes it: 32 pixels in 16 patches, 3 + 3 layers."""
    return json.loads(files("realscale.composition_training").joinpath("emoji-clip.json").read_text(encoding="utf-8"))


def _open_clip() -> Any:
    try:
        import open_clip
    except ImportError as error:
        raise MissingData(
            f"open_clip cannot be imported ({error}); it has the architecture that is trained. Install the extra with: "
            f"{INSTALL}"
        ) from error
    return open_clip


def open_clip_missing() -> str:
    """Why open_clip cannot be used here, with the command that installs it; "" when it can."""
    try:
        _open_clip()
    except MissingData as missing:
        return str(missing)
    return ""


class SmallCLIP(nn.Module):
    """open_clip's CLIP with random weights that `seed` decides; its table has the tokens of the given words alone.

    The full table of 49,408 tokens would be nine tenths of the parameters, nearly all of them never read. Ids keep
    their order, so that the end of a caption still has the greatest, by which open_clip finds it.

    Raises:
        MissingData: open_clip is not installed; the message names the extra.
    """

    def __init__(self, words: Iterable[str], *, seed: int) -> None:
        super().__init__()
        library, config = _open_clip(), configuration()
        self.length = config["text_cfg"]["context_length"]
        self.tokenizer = library.SimpleTokenizer(context_length=self.length)
        self.pieces_of: dict[str, list[int]] = {}
        pieces = {piece for word in words for piece in self.pieces(word)}
        ids = sorted({0, *pieces, self.tokenizer.sot_token_id, self.tokenizer.eot_token_id})
        self.rows = {token: row for row, token in enumerate(ids)}
        config["text_cfg"]["vocab_size"] = len(ids)
        with torch.random.fork_rng(devices=[]):  # open_clip draws from the global state, which is put back
            torch.default_generator.manual_seed(seed % 2**63)
            self.clip = library.CLIP(**config)

    @property
    def size(self) -> int:
        """Number of parameters."""
        return sum(parameter.numel() for parameter in self.parameters())

    def fits(self, caption: str) -> bool:
        """Whether a caption is no longer than the model reads."""
        return len(self.pieces(caption)) <= self.length - 2

    def pieces(self, caption: str) -> list[int]:
        """Tokens of a caption in open_clip's full table, without start and end; each different word is cut up once."""
        words = caption.split()
        for word in words:
            if word not in self.pieces_of:
                self.pieces_of[word] = self.tokenizer.encode(word)
        return [piece for word in words for piece in self.pieces_of[word]]

    def tokens(self, captions: Sequence[str]) -> Int[Tensor, "n length"]:
        """Rows of the table for the tokens of each caption, between start and end, padded with 0.

        Raises:
            ValueError: a caption that is longer than the model reads, or a word that its table does not have.
        """
        found = torch.zeros(len(captions), self.length, dtype=torch.int64)
        start, end = self.rows[self.tokenizer.sot_token_id], self.rows[self.tokenizer.eot_token_id]
        for place, caption in enumerate(captions):
            pieces = self.pieces(caption)
            if len(pieces) > self.length - 2 or any(piece not in self.rows for piece in pieces):
                raise ValueError(
                    f"caption {caption!r} has {len(pieces)} tokens; expected at most {self.length - 2}, all of them of "
                    "the words that the model was made for, because two captions that differ elsewhere would be the "
                    "same to it"
                )
            found[place, : len(pieces) + 2] = torch.tensor([start, *map(self.rows.__getitem__, pieces), end])
        return found

    def image_codes(self, images: Float[Tensor, "n 3 size size"]) -> Float[Tensor, "n d"]:
        """Codes of pictures as `pixels` makes them, not normalised."""
        return self.clip.encode_image(images)

    def text_codes(self, tokens: Int[Tensor, "n length"]) -> Float[Tensor, "n d"]:
        """Unit codes of captions."""
        return unit_text_codes(self.clip, tokens, overhead=_OVERHEAD)

    @property
    def temperature(self) -> Float[Tensor, ""]:
        """exp(-logit_scale), not below 0.01, as CLIP trains it."""
        return torch.exp(-self.clip.logit_scale).clamp(min=0.01)


def pixels(images: UInt8[np.ndarray, "n size size 3"]) -> Float[Tensor, "n 3 size size"]:
    """Ink in [0, 1]: white is 0."""
    return 1 - torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
