from collections.abc import Callable

import pytest

from scm.composition.captions import Caption, Lexicon, meaning

Read = Callable[[str], Caption]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a dog next to a cat", "a cat beside the dog"),
        ("a dog is sitting next to a cat", "a cat is sitting next to a dog"),
        ("a big dog and a cat on a couch", "a cat and a large dog on a couch"),
        ("a dog left of a cat", "a cat right of a dog"),
        ("a big black dog", "a black big dog"),
        ("a dog with a cat", "a cat with a dog"),
        ("a cat on a couch", "the cat on a couch"),
        ("two dogs", "2 dogs"),
        ("a dog meets a cat", "a cat meets the dog"),
        ("a big dog meets a tiny cat", "a small cat meets a large dog"),
        ("a king is talking to a queen", "a queen is talking to a king"),
        ("a picture of a dog next to a cat", "a picture of a cat next to a dog"),
        ("a cup of rice and a cup of soup", "a cup of soup and a cup of rice"),
        ("a group of dogs and cats", "a group of cats and dogs"),
        ("big dogs and cats", "large cats and dogs"),
    ],
)
def test_equal_meanings(read: Read, lexicon: Lexicon, one: str, other: str) -> None:
    assert meaning(read(one), lexicon) == meaning(read(other), lexicon)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a dog on a couch", "a couch on a dog"),
        ("a dog left of a cat", "a dog right of a cat"),
        ("a big dog next to a cat", "a dog next to a big cat"),
        ("a dog chasing a cat next to an owl", "a dog chasing an owl next to a cat"),
        ("a dog next to a cat", "two dogs next to a cat"),
        ("a dog on a couch", "a dog not on a couch"),
        ("a dog with an umbrella", "an umbrella with a dog"),
        ("a dog on a couch", "no dog on a couch"),
        ("a cup of rice and a plate of soup", "a cup of soup and a plate of rice"),
        ("a big cup of rice and a cup of soup", "a big cup of soup and a cup of rice"),
        ("a big dog and a cat", "a big cat and a dog"),
    ],
)
def test_different_meanings(read: Read, lexicon: Lexicon, one: str, other: str) -> None:
    assert meaning(read(one), lexicon) != meaning(read(other), lexicon)
