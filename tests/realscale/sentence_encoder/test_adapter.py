"""Heads on frozen vectors: where they start, what they can and cannot learn."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from realscale.sentence_encoder.adapter import (
    Adapter,
    AdapterTask,
    TextStates,
    adapted_codes,
    text_states,
    train_adapter,
)
from realscale.sentence_encoder.captions import Variants
from realscale.sentence_encoder.encoder import SentenceEncoder
from realscale.sentence_encoder.sensitivity import sensitivity

Make = Callable[[str, str], Variants]
NAMES = ["dog", "cat", "sofa", "two", "an", "the"]


@pytest.fixture(scope="module")
def variants(small_variants: Make) -> list[Variants]:
    return [small_variants(one, other) for one in NAMES for other in NAMES if one != other]


def states_of(variants: list[Variants], encode: Callable) -> TextStates:  # type: ignore[type-arg]
    return text_states([text for one in variants for text in one.texts()], encode)


@pytest.mark.parametrize("kind", ["linear", "pooled", "tokens"])
def test_training_starts_from_the_encoders_own_codes(
    kind: str, variants: list[Variants], model_files: dict[str, bytes]
) -> None:
    encoder = SentenceEncoder(model_files)
    states = states_of(variants, encoder.states)
    task = AdapterTask(kind, True, steps=1, batch=8, rate=1e-30)  # type: ignore[arg-type]
    adapter, _ = train_adapter(variants, states, task, seed=0)
    texts = list(states.rows)
    plain = adapted_codes(None, states, texts)
    assert adapted_codes(adapter, states, texts).vectors == pytest.approx(plain.vectors, abs=1e-7)
    assert plain.vectors == pytest.approx(encoder.codes(texts), abs=1e-6)


@pytest.mark.parametrize("kind", ["linear", "pooled", "tokens"])
def test_hard_negatives_are_learned_from_states(
    kind: str, variants: list[Variants], model_files: dict[str, bytes]
) -> None:
    states = states_of(variants, SentenceEncoder(model_files).states)
    task = AdapterTask(kind, True, steps=60, batch=16, rate=0.02)  # type: ignore[arg-type]
    adapter, history = train_adapter(variants, states, task, seed=0)
    assert history.losses[-1] < 0.8 * history.losses[0]
    before, after = (
        sensitivity(variants, adapted_codes(head, states, list(states.rows))).operators for head in (None, adapter)
    )
    assert after["swap"].mean < before["swap"].mean - 0.05


def test_no_head_learns_order_from_a_bag_of_words(variants: list[Variants], model_files: dict[str, bytes]) -> None:
    states = states_of(variants, SentenceEncoder(model_files).words)
    for kind in ("pooled", "tokens"):
        adapter, _ = train_adapter(variants, states, AdapterTask(kind, True, 30, 16, rate=0.02), seed=0)  # type: ignore[arg-type]
        found = sensitivity(variants, adapted_codes(adapter, states, list(states.rows))).operators["swap"]
        assert found.quantiles == pytest.approx((1,) * 5, abs=1e-9)


def test_the_same_seed_trains_the_same_head(variants: list[Variants], model_files: dict[str, bytes]) -> None:
    states = states_of(variants, SentenceEncoder(model_files).states)
    task = AdapterTask("pooled", True, steps=3, batch=8)
    first, again, other = (train_adapter(variants, states, task, seed=seed)[0] for seed in (0, 0, 1))
    assert torch.equal(first.outer.weight, again.outer.weight)
    assert not torch.equal(first.outer.weight, other.outer.weight)


def test_a_linear_map_may_stand_before_or_behind_the_mean() -> None:
    generator = torch.Generator().manual_seed(0)
    adapter = Adapter("linear", 4, 2)
    rows, text = torch.randn(5, 4, generator=generator), torch.tensor([0, 0, 1, 1, 1])
    moved = rows + adapter.outer(rows)
    means = torch.stack([moved[:2].mean(0), moved[2:].mean(0)])
    expected = torch.nn.functional.normalize(means, dim=1)
    assert adapter(rows, text).detach().numpy() == pytest.approx(expected.detach().numpy(), abs=1e-6)


def test_too_few_captions_are_refused(variants: list[Variants], model_files: dict[str, bytes]) -> None:
    states = states_of(variants[:3], SentenceEncoder(model_files).states)
    with pytest.raises(ValueError, match="3 captions have a paraphrase and a negative; expected 8"):
        train_adapter(variants[:3], states, AdapterTask("linear", True, 1, batch=8), seed=0)


def test_states_of_several_texts_are_gathered_in_order(model_files: dict[str, bytes]) -> None:
    encoder = SentenceEncoder(model_files)
    states = text_states(["a dog", "the big cat", "a dog"], encoder.states)
    assert len(states.states) == 2
    rows, owners = states.gather(["the big cat", "a dog"])
    assert owners.tolist() == [0] * 5 + [1] * 4
    assert np.allclose(rows[5:], encoder.states(["a dog"]).rows, atol=1e-6)


@pytest.mark.parametrize("kind", ["linear", "pooled"])
def test_heads_on_the_mean_need_no_more_than_the_mean(
    kind: str, variants: list[Variants], model_files: dict[str, bytes]
) -> None:
    states = states_of(variants, SentenceEncoder(model_files).states)
    task = AdapterTask(kind, True, steps=5, batch=8)  # type: ignore[arg-type]
    adapter, _ = train_adapter(variants, states, task, seed=0)
    texts = list(states.rows)
    whole, means = (adapted_codes(adapter, form, texts).vectors for form in (states, states.pooled()))
    assert means == pytest.approx(whole, abs=1e-6)
