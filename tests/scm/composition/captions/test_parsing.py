from collections.abc import Callable

import pytest

from scm.composition.captions import Caption, Lexicon, parse

Read = Callable[[str], Caption]


def found(caption: Caption) -> list[tuple[str, str]]:
    return [(concept.kind, caption.said(concept)) for concept in caption.concepts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Two big dogs on a red couch.",
            ["number Two", "attribute big", "object dogs", "relation on", "attribute red", "object couch"],
        ),
        ("a dog next to a hot dog", ["object dog", "relation next to", "object hot dog"]),
        ("a kitchen table left of an owl", ["object kitchen table", "relation left of", "object owl"]),
        ("the dog is red", ["object dog", "attribute red"]),
        ("a side of a couch", ["object couch"]),
        ("a group of dogs", ["object dogs"]),
        ("fast 2", []),
        ("an orange cat", ["attribute orange", "object cat"]),
    ],
)  # fmt: skip
def test_concepts(read: Read, text: str, expected: list[str]) -> None:
    assert [" ".join(pair) for pair in found(read(text))] == expected


def test_a_word_in_ing_behind_a_noun_is_an_action(lexicon: Lexicon) -> None:
    tags = ["DT", "NN", "NN", "DT", "NN"]
    assert ("relation", "chasing") in found(parse("a dog chasing a cat", tags, lexicon))


def test_attributes_know_their_noun_and_plurals_their_singular(read: Read) -> None:
    caption = read("two big dogs on a red couch")
    big, dogs = caption.concepts[1:3]
    assert big.noun == dogs.noun == 2
    assert (dogs.key, dogs.form, dogs.phrase) == ("dog", "plural", 0)
    assert caption.concepts[-1].form == "the"


def test_the_first_negation_is_found(read: Read) -> None:
    assert read("a dog without a cat").negator == 2
    assert read("a dog with a cat").negator == -1
