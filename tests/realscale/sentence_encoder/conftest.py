"""A small BERT with random weights and a tokenizer of whole words, in the files of the real one."""

import json
from collections.abc import Callable

import numpy as np
import pytest
import torch
from safetensors.torch import save

from realscale.sentence_encoder.captions import Variants
from scm.composition.captions import Edit, Negative, Paraphrase, Step

pytest.importorskip("tokenizers", reason="needs the extra: pip install 'token-scm[sentence]'")

WORDS = "[PAD] [UNK] [CLS] [SEP] a an the big large red dog cat sofa on under beside and two".split()  # noqa: SIM905
CONFIG = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "position_embedding_type": "absolute",
    "hidden_size": 16,
    "intermediate_size": 32,
    "num_attention_heads": 4,
    "num_hidden_layers": 2,
    "max_position_embeddings": 300,
    "type_vocab_size": 2,
    "vocab_size": len(WORDS),
    "layer_norm_eps": 1e-12,
}


def _shapes() -> dict[str, tuple[int, ...]]:
    width, inner = 16, 32
    shapes: dict[str, tuple[int, ...]] = {
        "embeddings.word_embeddings.weight": (len(WORDS), width),
        "embeddings.position_embeddings.weight": (300, width),
        "embeddings.token_type_embeddings.weight": (2, width),
    }
    norms = ["embeddings.LayerNorm"]
    linears = {}
    for layer in range(2):
        name = f"encoder.layer.{layer}."
        linears |= {f"{name}attention.self.{part}": (width, width) for part in ("query", "key", "value")}
        linears |= {f"{name}attention.output.dense": (width, width), f"{name}intermediate.dense": (inner, width)}
        linears |= {f"{name}output.dense": (width, inner)}
        norms += [f"{name}attention.output.LayerNorm", f"{name}output.LayerNorm"]
    for name, shape in linears.items():
        shapes |= {f"{name}.weight": shape, f"{name}.bias": shape[:1]}
    return shapes | {f"{name}.{part}": (width,) for name in norms for part in ("weight", "bias")}


@pytest.fixture(scope="session")
def model_files() -> dict[str, bytes]:
    """config.json, tokenizer.json and model.safetensors of the small model."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    generator = torch.Generator().manual_seed(0)
    tensors = {name: 0.5 * torch.randn(shape, generator=generator) for name, shape in _shapes().items()}
    tokenizer = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return {
        "config.json": json.dumps(CONFIG).encode(),
        "tokenizer.json": tokenizer.to_str().encode(),
        "model.safetensors": save(tensors),
    }


def _edited(caption: str, old: str, new: str) -> Edit:
    start = caption.index(old)
    return Edit(start, start + len(old), old, new)


@pytest.fixture(scope="session")
def small_variants() -> Callable[[str, str], Variants]:
    """small_variants(one, other): "a big ONE on a OTHER" with a synonym, and one step of each operator."""

    def small_variants(one: str, other: str) -> Variants:
        caption = f"a big {one} on a {other}"
        edits = {
            "swap": (_edited(caption, one, other), _edited(caption, other, one)),
            "replace": (_edited(caption, "on", "under"),),
            "add": (Edit(caption.rindex(other), caption.rindex(other), "", "red "),),
        }
        steps = {name: Step(name, "object", edit) for name, edit in edits.items()}  # type: ignore[arg-type]
        negatives = {}
        for name, step in steps.items():
            negative = Negative(caption, "", (step,))
            negatives[name] = negative._replace(negative=negative.replayed())
        same = (_edited(caption, "big", "large"),)
        return Variants(caption, Paraphrase(caption, caption.replace("big", "large"), "synonym", same), negatives)

    return small_variants


@pytest.fixture(scope="session")
def bag() -> Callable[[list[str]], np.ndarray]:
    """Unit codes of texts by their words, whatever the order."""

    def bag(texts: list[str]) -> np.ndarray:
        counts = np.array([[text.split().count(word) for word in WORDS] for text in texts], dtype=np.float64)
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)

    return bag
