"""The law of the spurious context, its weights, and what a linear map on made-up features makes of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from identifiability.claims.claim import Context
from realscale.claims import midtraining, spurious_context
from realscale.claims.linear_towers import standardised
from realscale.claims.midtraining import MIDTRAINING, midtraining_missing
from realscale.claims.spurious_context import (
    CAPTIONS,
    COUNT,
    SpuriousTask,
    design_weights,
    outcome,
    style_laws,
)
from realscale.claims.spurious_measures import Outcome
from realscale.data.dataset import ImageTextSet

SEED = 101  # the presets count from 0


def _law(classes: np.ndarray, styles: np.ndarray, weights: np.ndarray) -> np.ndarray:
    law = np.zeros((COUNT, COUNT))
    np.add.at(law, (classes, styles), weights)
    return law / law.sum()


def test_the_tests_differ_in_the_style_of_each_class_alone() -> None:
    laws = style_laws(0.9, SEED)
    for law in laws.values():
        assert law.sum(axis=1) == pytest.approx(1)
        assert law.sum(axis=0) == pytest.approx(1)  # no style is rarer than another
    assert sorted(laws["id"].argmax(axis=1)) == list(range(COUNT))
    assert laws["id"].max() == pytest.approx(0.9)
    assert (laws["id"].argmax(axis=1) != laws["reversed"].argmax(axis=1)).all()


def test_design_weights_give_the_law_exactly() -> None:
    rng = np.random.default_rng(0)
    classes, styles = rng.integers(COUNT, size=(2, 400))
    law = style_laws(0.9, SEED)["id"]
    weights = design_weights(law, classes, styles)
    assert weights.mean() == pytest.approx(1)
    assert _law(classes, styles, weights) == pytest.approx(law / COUNT)


def test_a_combination_without_a_picture_is_refused() -> None:
    classes = np.repeat(np.arange(COUNT), COUNT)[:-1]
    styles = np.tile(np.arange(COUNT), COUNT)[:-1]
    with pytest.raises(ValueError, match=r"1 pairs of class and style have no picture.*no weights put mass"):
        design_weights(style_laws(0.9, SEED)["id"], classes, styles)


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Features that show the class of the concept with noise, and the style without."""
    rng = np.random.default_rng(0)
    concepts = np.repeat(np.arange(60), COUNT)
    styles = np.tile(np.arange(COUNT), 60)
    classes = concepts % COUNT
    dataset = ImageTextSet(
        name="made up",
        images=np.zeros((len(concepts), 1, 1, 3), dtype=np.uint8),
        captions=tuple(CAPTIONS.class_words[number] for number in classes),
        concepts=concepts,
        concept_names=tuple(map(str, range(60))),
        styles=styles,
        style_names=CAPTIONS.context_words,
        style_phrases=CAPTIONS.context_words,
        classes=classes,
        class_names=CAPTIONS.class_words,
        groups=concepts,
        families=CAPTIONS.context_words,
        licences={},
    )
    shown = np.eye(COUNT)[classes] + 0.5 * rng.standard_normal((60, COUNT))[concepts]
    features = np.hstack([shown, 0.3 * rng.standard_normal((len(concepts), 2)), np.eye(COUNT)[styles]])
    monkeypatch.setattr(spurious_context, "spurious_data", lambda: (dataset, features))
    spurious_context._directions.cache_clear()
    yield
    spurious_context._directions.cache_clear()


@pytest.mark.usefixtures("made_up")
def test_recipes_meet_what_theory_says_of_them() -> None:
    task = SpuriousTask("pruned", components=None, agreement=0.95, steps=100)
    scores = {name: outcome(replace(task, objective=name), SEED).numbers for name in ("pruned", "balanced")}
    scores["matched"] = outcome(replace(task, objective="full", prompt="matched"), SEED).numbers
    pruned = scores["pruned"]
    assert pruned["id"] > pruned["uniform"] > pruned["reversed"]
    for better in ("balanced", "matched"):
        assert scores[better]["reversed"] > pruned["reversed"] + 0.1
    weighted_twice = outcome(replace(task, objective="erm", balanced=True), SEED).numbers
    assert weighted_twice["reversed"] == pytest.approx(scores["balanced"]["reversed"], abs=0.1)


@pytest.mark.usefixtures("made_up")
def test_without_a_correlation_balancing_changes_nothing() -> None:
    task = SpuriousTask("pruned", agreement=1 / COUNT, token_noise=0.0, steps=20)
    plain, balanced = outcome(task, SEED).numbers, outcome(replace(task, objective="balanced"), SEED).numbers
    assert balanced == pytest.approx(plain, abs=0.02)
    assert plain["id"] == pytest.approx(plain["uniform"])


@pytest.mark.usefixtures("made_up")
def test_token_noise_is_what_the_fit_cannot_reach() -> None:
    task = SpuriousTask("pruned", components=3, token_noise=1.0, steps=30)
    assert outcome(task, SEED).numbers["fit"] < 0.95
    assert outcome(task, SEED).numbers["uniform"] < 0.6


@pytest.mark.usefixtures("made_up")
def test_features_are_standardised_by_the_training_part() -> None:
    features, training = spurious_context.spurious_data()[1], spurious_context._training(SEED)
    every = standardised(features[training], features, spurious_context._directions(2, SEED))
    part = every[torch.from_numpy(training)]
    assert part.mean(dim=0).numpy() == pytest.approx(0, abs=1e-5)
    assert part.std(dim=0, correction=0).numpy() == pytest.approx(1, abs=1e-5)
    assert torch.corrcoef(part.T)[0, 1].item() == pytest.approx(0, abs=1e-4)
    assert every.shape == (len(features), 2)


@pytest.mark.usefixtures("made_up")
def test_pruned_captions_are_trained_once_in_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained: list[SpuriousTask] = []

    def counted(task: SpuriousTask, seed: int) -> Outcome:
        trained.append(task)
        return outcome(replace(task, steps=2), seed)

    monkeypatch.setattr(midtraining, "outcome", counted)
    context = Context(shared=tmp_path)
    for recipe in ("balanced", "stratified"):
        claim = next(claim for claim in MIDTRAINING if claim.id == f"spurious.{recipe}")
        both = [
            claim.check({"recipe": recipe, "splits": 2, "components": 3}, SEED, told) for told in (context, context)
        ]
        assert both[0].measured == both[1].measured
    assert [task.objective for task in trained] == ["balanced", "pruned"] * 2 + ["stratified"] * 2


@pytest.mark.parametrize("name", ["spurious.balanced", "spurious.balanced.random_contexts"])
def test_quick_setting_on_an_unused_seed(name: str) -> None:
    if missing := midtraining_missing():
        pytest.skip(missing)
    claim = next(claim for claim in MIDTRAINING if claim.id == name)
    (setting,) = claim.settings["quick"]
    evidence = claim.check({**setting, "splits": 2}, SEED, Context())
    assert not evidence.missed(), {name: evidence.measured[name] for name in evidence.missed()}
