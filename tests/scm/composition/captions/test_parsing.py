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
        ("a dog on the left", ["object dog", "relation on the left"]),
        ("a dog on the left couch", ["object dog", "relation on", "object couch"]),
        ("a sitting dog", ["object dog"]),
        ("a dog <b>cat</b> #owl @owl www.cat.com", ["object dog", "object cat"]),
        ("a cat's couch", ["object couch"]),
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


@pytest.mark.parametrize(
    ("text", "word", "tag"),
    [
        ("a big dog rides past", 3, "VBZ"),  # no plural ends what "a" begins
        ("the dog chases cats", 2, "VBZ"),  # what living things do
        ("the couch chases", 2, "NNS"),
        ("the couch chases cats.", 2, "VBZ"),  # a sentence needs a verb
        ("the couch rides a dog", 2, "VBZ"),  # before a determiner
        ("the dog rides", 2, "NNS"),  # no verb of the lexicon
        ("a dog that rides", 3, "VBZ"),
    ],
)
def test_verbs_are_told_from_plurals(read: Read, text: str, word: int, tag: str) -> None:
    assert read(text).words[word].tag == tag


def test_a_base_form_behind_a_determiner_is_a_noun(lexicon: Lexicon) -> None:
    for text, tags, expected in (
        ("a table", ["DT", "VB"], "NN"),
        ("a hot table", ["DT", "JJ", "VB"], "NN"),
        ("a cat table", ["DT", "NN", "VB"], "NN"),
        ("a dog and a cat table a couch", ["DT", "NN", "CC", "DT", "NN", "VB", "DT", "NN"], "VB"),
    ):
        place = [*tags].index("VB")
        assert parse(text, tags, lexicon).words[place].tag == expected


def test_pronouns_and_articles_are_known(read: Read) -> None:
    assert read("a king and his dog").pronouns == ((3, "male"),)
    assert read("king and dog").telegraphic
    assert not read("king and a dog").telegraphic
