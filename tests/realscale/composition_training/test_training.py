"""The pieces of training on emoji: nothing held out is seen, the seed decides all, the operators make the negatives."""

import builtins
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

pytest.importorskip("open_clip", reason="needs the extra: pip install 'token-scm[realscale]'")

from identifiability.claims.claim import Context, NotAvailable
from realscale.composition_training.corpus import Corpus, Gallery, Negatives
from realscale.composition_training.evaluation import class_accuracy, pair_pictures, pair_scores
from realscale.composition_training.experiment import Problem, trained_branches
from realscale.composition_training.lexicon import emoji_lexicon, hard_negatives, vocabulary
from realscale.composition_training.model import SmallCLIP, open_clip_missing
from realscale.composition_training.split import combination, in_one_order, make_split
from realscale.composition_training.training import Schedule
from realscale.data.emoji_pairs import mined_pairs
from realscale.data.emoji_scene_pairs import ScenePair, SceneWords, colour_pairs, place_pairs
from realscale.data.emoji_scenes import AND, Scene
from realscale.data.words import words_of

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

ANIMALS = ("dog", "cat", "horse", "cow", "owl", "duck")
COLOURS = ("red", "blue", "green")
ROLES = ("judge", "pilot", "cook", "farmer", "singer", "artist")
SUBGROUPS = {
    **dict.fromkeys(ANIMALS, "animal-mammal"),
    **{f"{colour} {thing}": "geometric" for thing in ("heart", "square") for colour in COLOURS},
    **{f"{person} {role}": "person-role" for role in ROLES for person in ("man", "woman")},
}
WORDS = SceneWords(
    dict.fromkeys(ANIMALS, "animal-mammal"), {"heart": ("red", "blue", "green"), "square": ("red", "blue", "green")}
)
TINY = Schedule(scratch=3, further=2, singles=8, things=8, colours=8)


def problem(seed: int = 0) -> Problem:
    labels = tuple(SUBGROUPS)
    images = np.random.default_rng(0).integers(0, 256, size=(len(labels), 2, 32, 32, 3), dtype=np.uint8)
    gallery = Gallery(images, labels, ("noto", "twemoji"), tuple(SUBGROUPS.values()))
    model = SmallCLIP(vocabulary(labels, emoji_lexicon(SUBGROUPS)), seed=seed)
    pairs = mined_pairs(SUBGROUPS, per_subgroup=100)
    split = make_split(labels, pairs, WORDS, seed=seed)
    corpus = Corpus.make(gallery, WORDS, split, model, scenes=20, seed=seed)
    asked = [
        *(pair for pair in pairs if split.labels.issuperset(pair.captions)),
        *place_pairs(WORDS, 20, rng=np.random.default_rng(0), allowed=split.holds_out),
        *colour_pairs(WORDS, allowed=split.holds_out),
    ]
    return Problem(gallery, split, corpus, tuple(asked), model, (0,), 1)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_caption_of_a_held_out_pair_is_trained_on(seed: int) -> None:
    given = problem(seed)
    asked = {text for pair in given.asked for text in getattr(pair.captions, "captions", pair.captions)}
    assert {pair.operator for pair in given.asked} >= {"swap", "replace"}
    assert asked <= given.split.captions
    assert not given.split.captions & set(given.corpus.captions)
    assert not {combination(scene) for scene in given.corpus.scenes} & given.split.combinations
    trained = {word for caption in given.corpus.captions for word in words_of(caption)}
    assert {word for caption in asked for word in words_of(caption)} <= trained


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_training_scenes_show_each_two_things_in_one_order_and_what_is_asked_shows_both(seed: int) -> None:
    given = problem(seed)
    trained = set(given.corpus.scenes)
    for scene in trained:
        if scene.relation == AND:
            (one, thing), (two, other) = scene.first.split(" "), scene.second.split(" ")
            swapped = {
                Scene(f"{two} {thing}", AND, f"{one} {other}"),
                Scene(f"{one} {other}", AND, f"{two} {thing}"),
            }
            assert one == two or not trained & swapped
        else:
            assert not {(one.first, one.second) for one in trained} & {(scene.second, scene.first)}
    swaps = [pair for pair in given.asked if isinstance(pair, ScenePair) and pair.type == "things"]
    assert swaps
    assert all(pair.scenes[0][::-1] == pair.scenes[1] for pair in swaps)


def test_the_order_is_a_coin_and_nothing_but_the_other_order_is_left_out() -> None:
    scenes = WORDS.place_scenes()
    kept = [in_one_order(scenes, rng=np.random.default_rng(seed)) for seed in range(40)]
    assert all(len(found) == len(scenes) // 2 for found in kept)
    assert all({combination(scene) for scene in found} == {combination(scene) for scene in scenes} for found in kept)
    # 40 fair coins: under a share of 1e-6 stands outside 5..35
    assert 5 <= sum(Scene("dog", "above", "cat") in found for found in kept) <= 35


def test_no_negative_is_a_held_out_caption_or_the_caption_itself() -> None:
    given = problem()
    made = Negatives.make(given.corpus, given.split, given.model, most=6, steps=2, seed=0)
    held_out = {tuple(row) for row in given.model.tokens(sorted(given.split.captions)).tolist()}
    assert not held_out & {tuple(row) for row in made.tokens.tolist()}
    for caption in range(len(given.corpus.tokens)):
        for column in made.starts:
            for row in made.tokens[column[caption] : column[caption + 1]]:
                assert not torch.equal(row, given.corpus.tokens[caption])


def test_negatives_come_by_every_operator_and_belong_to_their_caption() -> None:
    given = problem()
    made = Negatives.make(given.corpus, given.split, given.model, most=6, steps=1, seed=0)
    lexicon = emoji_lexicon(SUBGROUPS)
    scenes = np.arange(len(given.corpus.labels), len(given.corpus.tokens))
    drawn = made.draw(scenes, np.random.default_rng(0))
    assert drawn.shape == (len(scenes), 3, given.model.length)
    for place, caption in enumerate(given.corpus.captions[scenes[0] :]):
        found = hard_negatives(caption, lexicon, most=6, steps=1, seed=0)
        own = {tuple(given.model.tokens([negative.negative])[0].tolist()) for negative in found}
        assert {tuple(row) for row in drawn[place].tolist()} <= own
        if swaps := [
            n.negative for n in found if n.steps[0].operator == "swap" and n.negative not in given.split.captions
        ]:
            assert drawn[place, 0].tolist() in given.model.tokens(swaps).tolist()


def test_negatives_of_the_operators_say_something_else() -> None:
    lexicon = emoji_lexicon(SUBGROUPS)
    texts = {n.negative for n in hard_negatives("a dog left of a cat", lexicon, most=40, steps=1, seed=0)}
    assert {"a cat left of a dog", "a horse left of a cat"} <= texts
    assert "a cat right of a dog" not in texts
    assert "woman judge" in {n.negative for n in hard_negatives("man judge", lexicon, most=40, steps=1, seed=0)}


def test_the_seed_decides_the_weights_and_nothing_else_moves() -> None:
    words = vocabulary(tuple(SUBGROUPS), emoji_lexicon(SUBGROUPS))
    state = torch.random.get_rng_state()
    first, again, other = (SmallCLIP(words, seed=seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.random.get_rng_state(), state)
    assert all(torch.equal(value, again[name]) for name, value in first.items())
    assert not torch.equal(first["clip.token_embedding.weight"], other["clip.token_embedding.weight"])


def test_captions_are_read_as_the_tokenizer_writes_them() -> None:
    model = problem().model
    words = {row: model.tokenizer.decoder[token].removesuffix("</w>") for token, row in model.rows.items()}
    (ids,) = model.tokens(["a red heart and a blue square"]).tolist()
    assert [words[row] for row in ids[1:8]] == ["a", "red", "heart", "and", "a", "blue", "square"]
    assert ids.index(max(ids)) == 8  # the end, by which open_clip finds where to read the code
    captions = ["woman’s sandal", "twelve-thirty", "Japanese “free of charge” button", "flag: St. Kitts & Nevis"]
    assert [model.pieces(caption) for caption in captions] == [model.tokenizer.encode(caption) for caption in captions]
    for caption in ("a zebra", " ".join(["dog"] * 20)):
        with pytest.raises(ValueError, match="all of them of the words that the model was made for"):
            model.tokens([caption])


def test_things_stand_by_lot_while_training_from_scratch_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    real, seen = Corpus.pictures, list[bool]()

    def pictures(corpus: Corpus, rows: np.ndarray, *rest: Any, told: bool = True) -> torch.Tensor:
        seen.append(told)
        return real(corpus, rows, *rest, told=told)

    monkeypatch.setattr(Corpus, "pictures", pictures)
    trained_branches(problem(), ("plain", "hard"), replace(TINY, told=False), seed=0, context=Context())
    assert seen == [False] * TINY.scratch + [True] * 2 * TINY.further


def test_a_resumed_run_equals_an_uninterrupted_one_and_branches_start_together(tmp_path: Path) -> None:
    def run(workspace: Path | None) -> dict[str, Any]:
        models = trained_branches(problem(), ("plain", "hard"), TINY, seed=0, context=Context(workspace))
        return {name: model.state_dict() for name, model in models.items()}

    whole = run(None)
    run(tmp_path)
    (tmp_path / "hard-trained.safetensors").unlink()
    resumed = run(tmp_path)
    for name in whole:
        assert all(torch.equal(value, resumed[name][part]) for part, value in whole[name].items())
    assert not torch.equal(whole["plain"]["clip.text_projection"], whole["hard"]["clip.text_projection"])


def test_scores_put_pictures_in_rows_and_captions_in_columns() -> None:
    given = problem()
    scores = pair_scores(given.model, given.asked, given.pictures)
    assert scores.shape == (2, len(given.asked), 2, 2)
    swapped = [type(pair)(pair.operator, pair.type, pair[2][::-1]) for pair in given.asked]
    pictures = pair_pictures(given.gallery, swapped)
    assert np.array_equal(pictures, given.pictures[:, :, ::-1])
    assert pair_scores(given.model, swapped, pictures) == pytest.approx(scores[:, :, ::-1, ::-1], abs=1e-5)
    accuracy = class_accuracy(given.model, given.gallery, np.arange(len(SUBGROUPS)), [0, 1])
    assert accuracy.shape == (2,)


def test_pictures_of_a_pair_show_its_captions_as_the_vendor_draws_them() -> None:
    given = problem()
    for place, pair in enumerate(given.asked):
        for vendor in (0, 1):
            if isinstance(pair, ScenePair):
                expected = given.gallery.scene_pictures(pair.scenes, np.array([vendor, vendor]))
            else:
                expected = given.gallery.images[[given.gallery.rows[label] for label in pair.captions], vendor]
            assert np.array_equal(given.pictures[vendor, place], expected)


def test_codes_of_captions_are_open_clips_own_whatever_stands_beside_them() -> None:
    model = problem().model
    captions = ["a dog left of a cat", "dog", "a red heart and a blue square", "man judge", "a cat"] * 60
    with torch.no_grad():
        whole = model.clip.encode_text(model.tokens(captions), normalize=True)
        assert torch.allclose(model.text_codes(model.tokens(captions)), whole, atol=1e-6)


def test_without_open_clip_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refused(name: str, *rest: Any, **options: Any) -> Any:
        if name == "open_clip":
            raise ModuleNotFoundError("No module named 'open_clip'")
        return real(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", refused)
    assert "token-scm[realscale]" in open_clip_missing()
    with pytest.raises(NotAvailable, match=r"pip install 'token-scm\[realscale\]'"):
        SmallCLIP(["dog"], seed=0)


def test_things_stand_as_told_or_by_lot() -> None:
    gallery = problem().gallery
    images = gallery.images.copy()
    images[gallery.rows["dog"]], images[gallery.rows["cat"]] = 0, 100
    drawn = Gallery(images, gallery.labels, gallery.vendors, gallery.subgroups)
    scenes, vendors = [Scene("dog", "left of", "cat")] * 40, np.zeros(40, dtype=np.int64)
    for told in (True, False):
        pictures = drawn.scene_pictures(scenes, vendors, rng=np.random.default_rng(0), told=told)
        dark = (pictures[..., 0] == 0) * np.arange(32)[None, None, :]
        first = [bool(picture[:, :16].sum() > 16 * picture[:, 16:].astype(bool).sum()) for picture in dark]
        assert all(first) == told
