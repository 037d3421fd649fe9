"""The tracks of a CLIP from scratch: their laws, their recipes, and what their claims make of outcomes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from identifiability.claims.claim import Claim, Context, Preset
from realscale.claims import scratch_emoji, scratch_rows
from realscale.claims.rendered_colours import COUNT, RenderedPairs, predicted_accuracies
from realscale.claims.rendered_recipes import RENDERED
from realscale.claims.scratch_clip import Pairs, Prompt, ScratchTask, augment, scratch_outcomes, train_scratch
from realscale.claims.scratch_emoji import EmojiPairs
from realscale.claims.scratch_recipes import SCRATCH
from realscale.claims.scratch_rows import outcomes
from realscale.claims.spurious_measures import Outcome
from realscale.composition_training.model import open_clip_missing
from realscale.data.dataset import ImageTextSet
from scm.streams import stream

SEED = 101  # the presets count from 0
CLASSES = scratch_emoji.COUNT


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> ImageTextSet:
    """Blank emoji: 40 concepts of each class by four vendors."""
    concepts = np.repeat(np.arange(40 * CLASSES), 4)
    styles = ("noto", "twemoji", "openmoji", "fluent-flat")
    names = tuple(scratch_emoji.GROUPS.values())
    dataset = ImageTextSet(
        name="made up",
        images=np.zeros((len(concepts), 32, 32, 3), dtype=np.uint8),
        captions=tuple(names[number] for number in concepts % CLASSES),
        concepts=concepts,
        concept_names=tuple(map(str, range(40 * CLASSES))),
        styles=np.tile(np.arange(4), 40 * CLASSES),
        style_names=styles,
        style_phrases=tuple(f"a {style} picture" for style in styles),
        classes=concepts % CLASSES,
        class_names=names,
        groups=concepts,
        families=styles,
        licences={},
    )
    monkeypatch.setattr(scratch_emoji, "grouped_emoji", lambda: dataset)
    return dataset


def _drawn(pairs: EmojiPairs) -> np.ndarray:
    """Frequencies of (class word, context word) among many pairs."""
    batch = pairs.track(SEED).draw(np.random.default_rng(0), 20_000)
    table = np.zeros((CLASSES, CLASSES))
    np.add.at(table, (batch.words, batch.contexts), 1)
    return table / table.sum()


@pytest.mark.usefixtures("made_up")
def test_pairs_follow_the_training_law_or_the_balanced_one() -> None:
    law, balanced = EmojiPairs(), EmojiPairs(draws="balanced")
    assert law.track(SEED).law == pytest.approx(law.track(SEED).tests["id"] / CLASSES)
    assert _drawn(law) == pytest.approx(law.track(SEED).law, abs=0.02)
    assert balanced.track(SEED).law == pytest.approx(1 / CLASSES**2)
    assert _drawn(balanced) == pytest.approx(1 / CLASSES**2, abs=0.02)


@pytest.mark.usefixtures("made_up")
def test_random_context_words_leave_the_styles_with_the_classes() -> None:
    track = EmojiPairs(contexts="random", draws="balanced", token_noise=0.0).track(SEED)
    assert track.pool is not None
    pool, weights = track.pool
    assert track.law == pytest.approx(1 / CLASSES**2, abs=0.01)
    styles = np.tile(np.arange(4), len(pool.words) // 4)  # whole concepts are held out
    agreed = track.tests["id"].argmax(axis=1)[pool.words] == styles
    assert (weights * agreed).sum() == pytest.approx(0.9)
    assert (pool.contexts != styles).mean() > 0.5


@pytest.mark.usefixtures("made_up")
def test_few_concepts_are_of_the_training_part() -> None:
    few, all_of_them = EmojiPairs(concepts=20).track(SEED), EmojiPairs().track(SEED)
    assert len(few.seen.contents) == 80
    assert len(few.unseen.contents) == len(all_of_them.unseen.contents) == 4 * 64


def test_population_of_the_rendered_track() -> None:
    """Word noise .3: what is named agrees with the shown colour less often than with the background."""
    pairs = RenderedPairs()
    assert predicted_accuracies("pruned", pairs) == pytest.approx({"id": 0.9, "uniform": 0.5, "reversed": 0.1})
    for design in ("balanced", "within_context", "full_matched"):
        assert predicted_accuracies(design, pairs) == pytest.approx({"id": 1, "uniform": 1, "reversed": 1})
    clean = replace(pairs, token_noise=0.1)
    assert predicted_accuracies("pruned", clean)["reversed"] == pytest.approx(1)


def test_rendered_pictures_show_colour_and_background() -> None:
    track = RenderedPairs().track(SEED)
    batch = track.draw(np.random.default_rng(0), 2000)
    table = np.zeros((COUNT, COUNT))
    np.add.at(table, (batch.words, batch.contexts), 1 / 2000)
    assert table == pytest.approx(track.law, abs=0.05)
    panel = track.unseen
    for labels in (panel.contents, panel.contexts):
        one, other = (panel.images[torch.from_numpy(labels == number)].mean(dim=0) for number in range(2))
        assert (one - other).abs().max() > 0.05


def test_a_background_that_is_not_shown_is_by_lot() -> None:
    hidden, shown = (RenderedPairs(shown=told).track(SEED).unseen for told in (False, True))
    differences = []
    for panel in (hidden, shown):
        one, other = (panel.images[torch.from_numpy(panel.contexts == number)].mean(dim=0) for number in range(2))
        differences.append(float((one - other).abs().mean()))
    assert differences[0] < 0.5 * differences[1]


def test_few_rendered_pictures_keep_their_words() -> None:
    track = RenderedPairs(pictures=16).track(SEED)
    assert track.pool is not None
    pool, _ = track.pool
    batch = track.draw(np.random.default_rng(0), 200)
    known = {picture.numpy().tobytes(): word for picture, word in zip(pool.images, pool.words, strict=True)}
    assert [known[picture.numpy().tobytes()] for picture in batch.images] == batch.words.tolist()


def test_altered_pictures_keep_their_ink() -> None:
    images = torch.rand(6, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    altered = augment(images, rng=np.random.default_rng(0))
    ratio = altered.sum(dim=(2, 3)) / images.sum(dim=(2, 3))
    assert ((ratio > 0.79) & (ratio < 1.21)).all()
    assert (altered != images).any()
    torch.testing.assert_close(altered, augment(images, rng=np.random.default_rng(0)))


@pytest.mark.usefixtures("made_up")
def test_rows_train_and_prompts_share_a_training(monkeypatch: pytest.MonkeyPatch) -> None:
    if missing := open_clip_missing():
        pytest.skip(missing)
    trained: list[tuple[ScratchTask, tuple[Prompt, ...]]] = []

    def counted(pairs: EmojiPairs, task: ScratchTask, prompts: tuple[Prompt, ...], seed: int) -> dict[Prompt, Outcome]:
        trained.append((task, prompts))
        return scratch_outcomes(pairs, replace(task, batch=16), prompts, seed)

    monkeypatch.setattr(scratch_rows, "scratch_outcomes", counted)
    rows = ["full_matched", "stratified", "full_mean", "hardneg_matched", "resampled_augmented", "pruned_and_full"]
    found = outcomes(rows, EmojiPairs(), SEED, Context(), steps=1)
    assert list(found) == rows
    assert len(trained) == len(rows) - 1
    assert trained[0] == (ScratchTask("plain", steps=1), ("matched", "mean"))
    assert [task.trade_off for task, _ in trained] == [0.0] * 4 + [1.0]
    assert all(0 <= one.numbers["reversed"] <= 1 for one in found.values())


@pytest.mark.usefixtures("made_up")
def test_rows_without_context_words_are_trained_once_in_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained: list[tuple[Pairs, ScratchTask]] = []

    def given(pairs: Pairs, task: ScratchTask, prompts: tuple[Prompt, ...], seed: int) -> dict[Prompt, Outcome]:
        trained.append((pairs, task))
        return dict.fromkeys(prompts, _outcome(0.01 * len(trained), fit=float("nan")))

    monkeypatch.setattr(scratch_rows, "scratch_outcomes", given)
    context, named, other = Context(shared=tmp_path), EmojiPairs(), EmojiPairs(contexts="random")
    rows = ["pruned", "balanced", "resampled", "pruned_and_full"]
    first, again = (outcomes(rows, pairs, SEED, context, steps=1) for pairs in (named, other))
    assert again["pruned"].numbers["reversed"] == first["pruned"].numbers["reversed"] == 0.01
    assert np.isnan(again["pruned"].numbers["fit"])
    assert [getattr(pairs, "contexts", "") for pairs, _ in trained] == ["named"] * 4 + ["random"] * 3
    outcomes(["pruned"], named, SEED, context, steps=2)
    outcomes(["pruned"], named, SEED + 1, context, steps=1)
    assert len(trained) == 9


def test_lambda_weighs_the_full_captions() -> None:
    if missing := open_clip_missing():
        pytest.skip(missing)
    track = RenderedPairs().track(SEED)
    scales = [
        train_scratch(ScratchTask("pruned", trade_off=weight, steps=4, batch=8), track, SEED).temperature.item()
        for weight in (0.0, 1.0, 10.0)
    ]
    assert len(set(scales)) == 3


def _outcome(reversed_: float, *, fit: float = 0.8, code: float = 0.9, scores: float = 0.5) -> Outcome:
    numbers = {"fit": fit, "id": 0.9, "uniform": 0.5, "reversed": reversed_, "worst_context": 0.45}
    return Outcome(numbers | {"context_in_code": code, "context_in_scores": scores}, np.eye(2))


def _verdict(
    monkeypatch: pytest.MonkeyPatch, name: str, by_recipe: dict[str, Outcome], preset: Preset = "quick"
) -> str:
    """What the first setting of a claim says of made-up outcomes, by recipe."""

    def given(pairs: object, task: ScratchTask, prompts: tuple[Prompt, ...], seed: int) -> dict[Prompt, Outcome]:
        drawn = "resampled" if getattr(pairs, "draws", "law") == "balanced" else task.recipe
        return dict.fromkeys(prompts, by_recipe[drawn + (" and full" if task.trade_off else "")])

    monkeypatch.setattr(scratch_rows, "scratch_outcomes", given)
    monkeypatch.setattr("realscale.claims.scratch_recipes.caption_pairs", dict)
    claim: Claim = next(claim for claim in (*SCRATCH, *RENDERED) if claim.id == name)
    return claim.verdict(claim.check(claim.settings[preset][0], SEED, Context()))


def test_verdicts_on_recipes(monkeypatch: pytest.MonkeyPatch) -> None:
    better, little = {"pruned": _outcome(0.3), "balanced": _outcome(0.5)}, {"pruned": _outcome(0.3)}
    little["balanced"] = _outcome(0.34)
    assert _verdict(monkeypatch, "scratch.recipes", better) == "holds"
    assert _verdict(monkeypatch, "scratch.recipes", little) == "refuted"
    for name in ("random_contexts", "no_correlation"):
        assert _verdict(monkeypatch, f"scratch.recipes.{name}", better) == "refuted"
        assert _verdict(monkeypatch, f"scratch.recipes.{name}", little) == "fails as predicted"
    assert _verdict(monkeypatch, "scratch.recipes.by_heart", little) == "refuted"  # nothing was learned by heart
    known = {name: _outcome(one.numbers["reversed"], fit=0.99) for name, one in little.items()}
    assert _verdict(monkeypatch, "scratch.recipes.by_heart", known) == "fails as predicted"


def test_verdicts_on_balanced_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"pruned": _outcome(0.4), "resampled": _outcome(0.55)}
    assert _verdict(monkeypatch, "scratch.resampled", found) == "holds"
    assert _verdict(monkeypatch, "scratch.resampled.random_contexts", found) == "refuted"
    same = found | {"resampled": _outcome(0.42)}
    assert _verdict(monkeypatch, "scratch.resampled", same) == "refuted"
    assert _verdict(monkeypatch, "scratch.resampled.random_contexts", same) == "fails as predicted"


def test_verdicts_on_full_captions_beside(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"pruned": _outcome(0.4), "pruned and full": _outcome(0.38), "balanced and full": _outcome(0.55)}
    assert _verdict(monkeypatch, "scratch.eq11", found) == "holds"
    assert _verdict(monkeypatch, "scratch.eq11.balanced", found) == "fails as predicted"
    other_way_round = found | {"pruned and full": _outcome(0.55), "balanced and full": _outcome(0.45)}
    assert _verdict(monkeypatch, "scratch.eq11", other_way_round) == "refuted"
    assert _verdict(monkeypatch, "scratch.eq11.balanced", other_way_round) == "refuted"


def test_verdicts_on_rendered_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    population = {"pruned": _outcome(0.1)}
    numbers = {**_outcome(1.0).numbers, "id": 1.0, "uniform": 1.0}
    population["balanced"] = Outcome(numbers, np.eye(2))
    assert _verdict(monkeypatch, "rendered.population", population) == "holds"
    assert _verdict(monkeypatch, "rendered.population", population | {"pruned": _outcome(0.3)}) == "refuted"
    beside = population | {"stratified": _outcome(0.5), "plain": _outcome(0.2)}  # shown without a bar
    assert _verdict(monkeypatch, "rendered.population", beside, "standard") == "holds"
    assert _verdict(monkeypatch, "rendered.population.few_pictures", population) == "refuted"
    assert _verdict(monkeypatch, "rendered.code_keeps_context", population) == "holds"
    assert _verdict(monkeypatch, "rendered.code_keeps_context.not_shown", population) == "refuted"


def test_what_the_code_keeps_is_a_mean_over_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = {}

    def given(pairs: Pairs, task: ScratchTask, prompts: tuple[Prompt, ...], seed: int) -> dict[Prompt, Outcome]:
        codes[seed] = [0.98, 0.71, 0.98][len(codes)]
        return {"class": _outcome(1.0, fit=float("nan"), code=codes[seed])}

    monkeypatch.setattr(scratch_rows, "scratch_outcomes", given)
    claim = next(claim for claim in RENDERED if claim.id == "rendered.code_keeps_context")
    evidence = claim.check(claim.settings["standard"][0], SEED, Context())
    assert len(codes) == 3
    assert evidence.measured["context_in_code_balanced"] == pytest.approx(0.89)
    assert evidence.series["rows"]["balanced"]["context_in_code"] == [0.98, 0.71, 0.98]
    assert claim.verdict(evidence) == "holds"


def test_a_seed_draws_the_same_pairs_whatever_the_task() -> None:
    one, other = (RenderedPairs().track(SEED).draw(stream(SEED, "batch", 3), 8) for _ in range(2))
    torch.testing.assert_close(one.images, other.images)
    assert (one.words == other.words).all()
