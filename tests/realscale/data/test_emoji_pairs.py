"""Pairs of captions one operator apart: what is mined and what is not; scenes put together as their captions say."""

from collections import Counter

import numpy as np
import pytest

from realscale.data.emoji_pairs import CaptionPair, mined_pairs
from realscale.data.emoji_scene_pairs import SceneWords, colour_pairs, place_pairs
from realscale.data.emoji_scenes import Scene, coloured, compose, nameable, place_steps
from realscale.data.words import words_of

LABELS = {
    "red heart": "heart",
    "blue heart": "heart",
    "growing heart": "heart",
    "red apple": "food-fruit",
    "man judge": "person-role",
    "woman judge": "person-role",
    "woman pilot": "person-role",
    "umbrella": "clothing",
    "umbrella with rain drops": "sky-weather",
    "drum": "music",
    "oil drum": "tool",
    "right arrow curving left": "arrow",
    "left arrow curving right": "arrow",
    "handshake: light skin tone, dark skin tone": "hands",
    "handshake: dark skin tone, light skin tone": "hands",
    "two o’clock": "time",
    "three o’clock": "time",
}


def found(operator: str, **options: int) -> set[tuple[str, frozenset[str]]]:
    pairs = mined_pairs(LABELS, **{"per_subgroup": 100, **options})
    return {(pair.type, frozenset(pair.captions)) for pair in pairs if pair.operator == operator}


def test_swap_is_an_exchange_of_two_words() -> None:
    assert found("swap") == {
        ("direction", frozenset({"right arrow curving left", "left arrow curving right"})),
        (
            "tone",
            frozenset({"handshake: light skin tone, dark skin tone", "handshake: dark skin tone, light skin tone"}),
        ),
    }


def test_replace_stays_within_a_kind_and_nouns_within_a_subgroup() -> None:
    assert found("replace") == {
        ("colour", frozenset({"red heart", "blue heart"})),
        ("person", frozenset({"man judge", "woman judge"})),
        ("noun", frozenset({"woman judge", "woman pilot"})),
        ("number", frozenset({"two o’clock", "three o’clock"})),
    }  # not red heart / growing heart (two kinds), not red heart / red apple (two subgroups)
    assert ("noun", frozenset({"woman judge", "woman pilot"})) not in found("replace", per_subgroup=0)


def test_add_leaves_compounds_out_and_has_the_longer_one_second() -> None:
    assert found("add") == {("relation", frozenset({"umbrella", "umbrella with rain drops"}))}
    (pair,) = (pair for pair in mined_pairs(LABELS, per_subgroup=0) if pair.operator == "add")
    assert pair == CaptionPair("add", "relation", ("umbrella", "umbrella with rain drops"))


WORDS = SceneWords(
    {"dog": "mammal", "cat": "mammal", "owl": "bird", "apple": "fruit"},
    {"heart": ("red", "blue", "green"), "square": ("red", "blue")},
)


def test_scene_pairs_are_one_operator_apart() -> None:
    pairs = [*place_pairs(WORDS, 100, rng=np.random.default_rng(0)), *colour_pairs(WORDS)]
    kinds = Counter((pair.operator, pair.type) for pair in pairs)
    # 4 * 3 / 2 pairs of things in 2 places; dog for cat beside 2 others, in 2 places; 12 orders of 2 places; 1 exchange
    # of two shared colours; red and blue hearts: 2 beside each square's other colour
    assert kinds == {
        ("swap", "things"): 12,
        ("replace", "thing"): 4,
        ("replace", "relation"): 12,
        ("swap", "colours"): 1,
        ("replace", "colour"): 2,
    }
    assert len({frozenset(pair.scenes) for pair in pairs}) == len(pairs)
    for pair in pairs:
        one, other = (words_of(caption.replace("an ", "a ")) for caption in pair.captions.captions)
        assert (sorted(one) == sorted(other)) == (pair.operator == "swap")
        if pair.operator == "replace" and pair.type != "relation":
            assert sum(a != b for a, b in zip(one, other, strict=True)) == 1


def test_allowed_scenes_only() -> None:
    pairs = place_pairs(WORDS, 100, rng=np.random.default_rng(0), allowed=lambda scene: "owl" not in scene)
    assert pairs
    assert all("owl" not in scene for pair in pairs for scene in pair.scenes)


def test_emoji_stand_where_the_caption_says() -> None:
    dark, grey = np.zeros((2, 8, 8, 3), dtype=np.uint8), np.full((2, 8, 8, 3), 100, dtype=np.uint8)
    picture = compose(dark, grey, place_steps(["left of", "above"]))
    beside, above = picture[0, ..., 0], picture[1, ..., 0]
    assert (beside[2:6, :4] == 0).all()
    assert (beside[2:6, 4:] == 100).all()
    assert (above[:4, 2:6] == 0).all()
    assert (above[4:, 2:6] == 100).all()
    assert (picture == 255).mean() == 0.5
    moved = compose(dark, grey, place_steps(["left of", "above"]), np.full((2, 2, 2), 99))
    assert (moved[0, 4:, 4:, 0] == 0).all()  # as far as the canvas allows
    with pytest.raises(ValueError, match="expected an even size and one step"):
        compose(dark, grey, np.zeros((2, 2), dtype=np.int64))


def test_captions_of_scenes_and_what_they_can_name() -> None:
    assert Scene("apple", "left of", "dog").caption == "an apple left of a dog"
    assert nameable(["dog", "hot dog", "grapes", "OK hand", "piñata"]) == ["dog", "piñata"]
    assert coloured(["red heart", "blue heart", "red apple", "blue whale song"]) == {"heart": ("red", "blue")}
