"""Losses of the recipes against open_clip's own and the catalogue's, towers run once, chunks equal to the whole."""

from collections.abc import Mapping

import numpy as np
import pytest
import torch
from torch import Tensor

from identifiability.objectives.catalogue import OBJECTIVES
from realscale.clip_library import open_clip_library
from realscale.midtraining.models import ClipModel
from realscale.midtraining.pairs import Batch, PairSet
from realscale.midtraining.recipes import RECIPES, Recipe, Version, recipe_loss, versions_of
from realscale.midtraining.steps import backward

pytestmark = pytest.mark.filterwarnings("ignore")  # open_clip's own, of its dependencies
SIZE = 24


@pytest.fixture
def model(architecture: str) -> ClipModel:
    return ClipModel(architecture, seed=3)


@pytest.fixture
def batch(pairs: PairSet) -> Batch:
    return pairs.batch(SIZE, rng=np.random.default_rng(5), wrong=True)


def _gradients(
    model: ClipModel, batch: Batch, pairs: PairSet, recipe: Recipe, chunk: int | None, trade_off: float = 0.7
) -> tuple[dict[str, float], dict[str, Tensor]]:
    def terms_of(f: Tensor, codes: Mapping[Version, Tensor], temperature: Tensor) -> Mapping[str, Tensor]:
        options = {"temperature": temperature, "trade_off": trade_off, "law": pairs.law, "sparsity": 0.3}
        return recipe_loss(recipe, f, codes, batch.tokens, **options)

    if recipe == "smartclip-mask" and model.masks is None:
        model.add_masks(seed=4)
    model.zero_grad(set_to_none=True)
    terms = backward(model, batch, versions_of(recipe, trade_off), terms_of, chunk=chunk)
    return terms, {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def test_plain_is_the_loss_of_open_clip(model: ClipModel, batch: Batch, pairs: PairSet) -> None:
    terms, gradients = _gradients(model, batch, pairs, "plain", None)
    model.zero_grad(set_to_none=True)
    pixels, tokens = model.pixels(batch.images), model.tokenizer(list(batch.full))
    loss = open_clip_library().ClipLoss()(*model.clip(pixels, tokens))
    loss.backward()
    assert terms == pytest.approx({"D": float(loss)}, rel=1e-5)
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            scale = float(parameter.grad.abs().max())
            assert torch.allclose(gradients[name], parameter.grad, rtol=0, atol=1e-4 * scale + 1e-7), name


def test_pruned_is_half_of_eq_11(model: ClipModel, batch: Batch, pairs: PairSet) -> None:
    terms, _ = _gradients(model, batch, pairs, "pruned", None)
    with torch.no_grad():
        f = model.image_codes(model.pixels(batch.images))
        pruned, full = model.text_codes(batch.pruned), model.text_codes(batch.full)
        options = {"temperature": model.temperature, "similarity": "cosine"}
        whole = OBJECTIVES["mid_training"].prepare(trade_off=0.7)(f, pruned, batch.tokens, full=full, **options)
        balanced = OBJECTIVES["balanced"].prepare(law=pairs.law)(f, pruned, batch.tokens, **options)
        stratified = OBJECTIVES["stratified"].prepare()(f, pruned, batch.tokens, **options)
    assert sum(terms.values()) == pytest.approx(float(whole), rel=1e-5)
    for recipe, loss in (("balanced", balanced), ("stratified", stratified)):
        own, _ = _gradients(model, batch, pairs, recipe, None)  # type: ignore[arg-type]
        assert own == pytest.approx({"D_V": float(loss), "D": terms["D"]}, rel=1e-5)
    alone, _ = _gradients(model, batch, pairs, "pruned", None, trade_off=0.0)
    assert alone == pytest.approx({"D_V": terms["D_V"]}, rel=1e-5)


def test_wrong_captions_make_the_loss_larger(model: ClipModel, batch: Batch, pairs: PairSet) -> None:
    plain, _ = _gradients(model, batch, pairs, "plain", None)
    harder, _ = _gradients(model, batch, pairs, "hardneg", None)
    assert harder["D"] > plain["D"]


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_picture_and_every_string_goes_through_its_tower_once(
    recipe: Recipe, model: ClipModel, batch: Batch, pairs: PairSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures, strings = [], []
    image_codes, text_codes = model.image_codes, model.text_codes
    monkeypatch.setattr(model, "image_codes", lambda pixels: pictures.append(len(pixels)) or image_codes(pixels))
    monkeypatch.setattr(model, "text_codes", lambda texts: strings.extend(texts) or text_codes(texts))
    _gradients(model, batch, pairs, recipe, None)
    assert pictures == [SIZE]
    versions = {"full": batch.full, "pruned": batch.pruned, "negatives": sum(batch.negatives, ())}
    wanted = {text for version in versions_of(recipe, 0.7) for text in versions[version]}
    assert len(strings) == len(set(strings))
    assert set(strings) == wanted


@pytest.mark.parametrize("recipe", RECIPES)
def test_chunks_give_the_gradient_of_the_whole_batch(
    recipe: Recipe, model: ClipModel, batch: Batch, pairs: PairSet
) -> None:
    terms, whole = _gradients(model, batch, pairs, recipe, None)
    in_chunks, gradients = _gradients(model, batch, pairs, recipe, 5)
    assert in_chunks == pytest.approx(terms, rel=1e-5)
    assert set(gradients) == set(whole)
    for name, gradient in whole.items():
        distance = float((gradients[name] - gradient).norm())
        assert distance <= 1e-5 * max(float(gradient.norm()), 1e-3), name
    with pytest.raises(ValueError, match="chunk is 0"):
        _gradients(model, batch, pairs, recipe, 0)


@pytest.mark.parametrize("chunk", [None, 5])
def test_a_frozen_tower_has_no_gradient(chunk: int | None, model: ClipModel, batch: Batch, pairs: PairSet) -> None:
    _, whole = _gradients(model, batch, pairs, "pruned", None)
    model.freeze(["image"])
    _, gradients = _gradients(model, batch, pairs, "pruned", chunk)
    assert set(gradients) == {name for name in whole if not name.startswith("clip.visual.")}
    assert "clip.logit_scale" in gradients


def test_bfloat16_computes_codes_of_single_precision(architecture: str, batch: Batch) -> None:
    exact, rough = (ClipModel(architecture, seed=3, precision=p) for p in ("float32", "bfloat16"))
    with torch.no_grad():
        one, other = (model.image_codes(model.pixels(batch.images)) for model in (exact, rough))
    assert other.dtype == torch.float32
    assert not torch.equal(one, other)
    assert torch.nn.functional.cosine_similarity(one, other).min() > 0.999
