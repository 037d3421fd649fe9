"""A small trained head on the frozen encoder, and what it can use: states of tokens, their mean, or bare words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import layer_norm, normalize

from identifiability.learning import History, TrainingConfig, train
from identifiability.learning import initialise as draw_weights
from identifiability.objectives import hard_negative_infonce, symmetric_infonce
from realscale.sentence_encoder.captions import Variants
from realscale.sentence_encoder.encoder import TokenStates
from realscale.sentence_encoder.sensitivity import Codes
from scm.streams import stream, stream_seed

Kind = Literal["linear", "pooled", "tokens"]
OPERATORS = ("swap", "replace", "add")


class Adapter(nn.Module):
    r"""g(t) = mean_i h_i + r, at unit length, h_i the frozen vectors of the tokens of t.

    linear: r = W mean_i h_i + b; before or after the mean, it is the same map. pooled: r = MLP(mean_i h_i), what the
    encoder's own code still holds. tokens: r = mean_i MLP(h_i), where a token's place is not yet averaged away. The
    last matrix starts at zero, so that training starts from the encoder's own codes.
    """

    def __init__(self, kind: Kind, width: int, hidden: int) -> None:
        super().__init__()
        self.kind = kind
        self.inner = None if kind == "linear" else nn.Linear(width, hidden)
        self.outer = nn.Linear(width if kind == "linear" else hidden, width)

    def forward(self, rows: Float[Tensor, "tokens d"], text: Int[Tensor, " tokens"]) -> Float[Tensor, "texts d"]:
        """Unit codes; `text` says which text (0, 1, ... in order) each row belongs to."""
        pooled = _means(rows, text)
        change = _means(self._change(rows), text) if self.kind == "tokens" else self._change(pooled)
        return normalize(pooled + change, dim=1)

    def _change(self, vectors: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        if self.inner is None:
            return self.outer(vectors)
        return self.outer(nn.functional.gelu(self.inner(layer_norm(vectors, vectors.shape[1:]))))


def _means(rows: Float[Tensor, "tokens d"], text: Int[Tensor, " tokens"]) -> Float[Tensor, "texts d"]:
    counts = torch.bincount(text)
    return rows.new_zeros(len(counts), rows.shape[1]).index_add(0, text, rows) / counts[:, None]


@dataclass(frozen=True)
class AdapterTask:
    """How to train an adapter; `hard_negatives` False leaves the other captions of the batch alone as negatives."""

    kind: Kind
    hard_negatives: bool
    steps: int
    batch: int = 32
    hidden: int = 256
    temperature: float = 0.05
    rate: float = 5e-3


@dataclass(frozen=True)
class TextStates:
    """Frozen vectors of the tokens of different texts."""

    rows: dict[str, int]
    states: TokenStates

    def pooled(self) -> "TextStates":
        """One vector for each text, the mean of its tokens: all that a linear or a pooled head uses, and faster."""
        means = self.states.means().astype(np.float32)
        return TextStates(self.rows, TokenStates(means, np.arange(len(means) + 1)))

    def gather(self, texts: Sequence[str]) -> tuple[Float[Tensor, "tokens d"], Int[Tensor, " tokens"]]:
        """The vectors of these texts, one text after the other, and to which of them each belongs."""
        starts = self.states.starts
        places = [np.arange(starts[row], starts[row + 1]) for row in (self.rows[text] for text in texts)]
        owners = np.repeat(np.arange(len(texts)), [len(place) for place in places])
        return torch.from_numpy(self.states.rows[np.concatenate(places)]), torch.from_numpy(owners)


def text_states(texts: Sequence[str], encode: Callable[[Sequence[str]], TokenStates]) -> TextStates:
    """Each different text encoded once."""
    different = list(dict.fromkeys(texts))
    return TextStates({text: row for row, text in enumerate(different)}, encode(different))


def train_adapter(
    variants: Sequence[Variants],
    states: TextStates,
    task: AdapterTask,
    *,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Adapter, History]:
    """Minimise `hard_negative_infonce` of caption against paraphrase, negatives the first steps of each operator.

    The caption stands where CLIP has the image: its paraphrase is true of it, its negatives are not. Captions take part
    that have a paraphrase and a negative; where an operator has no site another one's negative stands twice.

    Raises:
        ValueError: fewer captions than a batch.
    """
    usable = [one for one in variants if one.paraphrase is not None and set(one.negatives) & set(OPERATORS)]
    if len(usable) < task.batch:
        raise ValueError(
            f"{len(usable)} captions have a paraphrase and a negative; expected {task.batch} at least, a batch of them"
        )
    adapter = Adapter(task.kind, states.states.rows.shape[1], task.hidden)
    draw_weights(adapter, generator=torch.Generator().manual_seed(stream_seed(seed, "adapter") % 2**63))
    for parameter in adapter.outer.parameters():
        nn.init.zeros_(parameter)

    def loss_of(step: int) -> Tensor:
        rng = stream(seed, "adapter batch", step)
        batch = [usable[place] for place in rng.choice(len(usable), task.batch, replace=False)]
        texts = [one.caption for one in batch]
        texts += [one.paraphrase.text for one in batch if one.paraphrase is not None]
        if task.hard_negatives:
            texts += [text for one in batch for text in _negatives(one)]
        codes = adapter(*states.gather(texts))
        f, g, wrong = codes[: task.batch], codes[task.batch : 2 * task.batch], codes[2 * task.batch :]
        if not task.hard_negatives:
            return symmetric_infonce(f, g, temperature=task.temperature, similarity="cosine")
        own = wrong.unflatten(0, (task.batch, -1))
        return hard_negative_infonce(f, g, own, in_batch=True, temperature=task.temperature, similarity="cosine")

    config = TrainingConfig(steps=task.steps, muon_rate=task.rate, adam_rate=task.rate, warmup=task.steps // 10)
    return adapter, train(adapter, loss_of, config, progress=progress)


def adapted_codes(adapter: Adapter | None, states: TextStates, texts: Sequence[str], *, batch: int = 512) -> Codes:
    """Codes of the texts in double precision; without an adapter the encoder's own."""
    different = list(dict.fromkeys(texts))
    parts = []
    double = None if adapter is None else _doubled(adapter)
    with torch.no_grad():
        for start in range(0, len(different), batch):
            rows, owners = states.gather(different[start : start + batch])
            means = double(rows.double(), owners) if double else normalize(_means(rows.double(), owners), dim=1)
            parts.append(means.numpy())
    return Codes({text: row for row, text in enumerate(different)}, np.concatenate(parts))


def _doubled(adapter: Adapter) -> Adapter:
    copy = Adapter(adapter.kind, adapter.outer.out_features, adapter.outer.in_features).double()
    copy.load_state_dict(adapter.state_dict())
    return copy


def _negatives(one: Variants) -> list[str]:
    found = [one.negatives[name].path()[1] for name in OPERATORS if name in one.negatives]
    return [found[place % len(found)] for place in range(len(OPERATORS))]
