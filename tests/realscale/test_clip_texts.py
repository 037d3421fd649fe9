"""Codes without padding are the codes with it, and their gradients too."""

import json
from pathlib import Path

import pytest
import torch

open_clip = pytest.importorskip("open_clip", reason="needs the extra: pip install 'token-scm[realscale]'")

from realscale.clip_texts import unit_text_codes  # noqa: E402 (after the check that it can be used)
from realscale.midtraining import models  # noqa: E402
from realscale.midtraining.models import ClipModel  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # open_clip's own, of its dependencies
TINY = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 16, "layers": 1, "width": 32, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 24, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 2},
}
TEXTS = ["a dog", "a photo of a small red apple", "cat", "a bus and a car in the rain"]


def test_one_caption_and_many_kept_ones(model: ClipModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "KEPT_ROWS", 2)
    with torch.no_grad():
        whole = model.clip.encode_text(model.tokenizer(TEXTS), normalize=True)
        for text, code in zip(TEXTS, whole, strict=True):
            assert torch.allclose(model.text_codes([text])[0], code, atol=1e-6)
        assert torch.allclose(model.text_codes(TEXTS), whole, atol=1e-6)


@pytest.fixture
def model(tmp_path: Path) -> ClipModel:
    path = tmp_path / "token-scm-texts.json"
    path.write_text(json.dumps(TINY))
    return ClipModel(str(path), seed=1)


def test_codes_and_gradients_do_not_depend_on_the_padding(model: ClipModel) -> None:
    direction = torch.randn(len(TEXTS), 16, generator=torch.Generator().manual_seed(0))
    tokens = model.tokenizer(TEXTS)
    found = []
    for codes in (
        model.clip.encode_text(tokens, normalize=True),
        unit_text_codes(model.clip, tokens),
        model.text_codes(TEXTS),
    ):
        model.zero_grad(set_to_none=True)
        (codes * direction).sum().backward()
        found.append((codes, {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}))
    (whole, gradients), *others = found
    for codes, other in others:
        assert torch.allclose(codes, whole, atol=1e-6)
        assert set(other) == set(gradients)
        assert all(torch.allclose(other[name], gradient, atol=1e-5) for name, gradient in gradients.items())


def test_the_padding_is_not_computed(model: ClipModel, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = []
    monkeypatch.setattr(
        model.clip.token_embedding,
        "forward",
        lambda tokens, own=model.clip.token_embedding.forward: lengths.append(tokens.shape) or own(tokens),
    )
    model.text_codes(TEXTS)
    assert [tuple(shape) for shape in lengths] == [(2, 4), (2, 10)]
    lengths.clear()
    model.text_codes(TEXTS[:1] + TEXTS[2:3])
    assert [tuple(shape) for shape in lengths] == [(2, 4)]  # of one length: together
