"""Codes without padding are the codes with it, and their gradients too."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

open_clip = pytest.importorskip("open_clip", reason="needs the extra: pip install 'token-scm[realscale]'")

from realscale.clip_texts import groups_of_one_pass, unit_text_codes  # noqa: E402 (after the check that it can be used)
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
    monkeypatch.setitem(models.PASS, "cpu", 0)
    model.text_codes(TEXTS)
    assert [tuple(shape) for shape in lengths] == [(1, 3), (1, 4), (1, 9), (1, 10)]
    lengths.clear()
    monkeypatch.setitem(models.PASS, "cpu", 5)
    model.text_codes(TEXTS)
    assert [tuple(shape) for shape in lengths] == [(2, 4), (2, 10)]
    lengths.clear()
    monkeypatch.setitem(models.PASS, "cpu", 100)
    model.text_codes(TEXTS)
    assert [tuple(shape) for shape in lengths] == [(4, 10)]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=9), st.integers(0, 20))
def test_no_other_groups_of_like_lengths_cost_less(lengths: list[int], overhead: int) -> None:
    column = np.array(lengths)
    groups = groups_of_one_pass(column, overhead=overhead)
    assert sorted(np.concatenate(groups)) == list(range(len(lengths)))
    cost = sum(len(group) * column[group].max() + overhead for group in groups)
    ordered, count = np.sort(column), len(lengths)
    for cuts in range(2 ** (count - 1)):  # of all ways to cut the sorted lengths
        ends = [k + 1 for k in range(count - 1) if cuts >> k & 1] + [count]
        parts = [ordered[start:end] for start, end in zip([0, *ends], ends, strict=False)]
        assert cost <= sum(len(part) * part.max() + overhead for part in parts)


def test_no_texts_are_no_groups() -> None:
    assert not groups_of_one_pass(np.array([], dtype=np.int64), overhead=1)
