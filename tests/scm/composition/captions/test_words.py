import pytest

from scm.composition.captions import Edit, applied, article, split
from scm.composition.captions.words import Change, agreed, cased_for, edits_of, moved, tagged


def test_words_keep_inner_hyphens_and_apostrophes() -> None:
    assert split("A t-shirt, the dog's.") == ["A", "t-shirt", ",", "the", "dog's", "."]


@pytest.mark.parametrize(
    ("word", "expected"),
    [("owl", "an"), ("dog", "a"), ("unicorn", "a"), ("one", "a"), ("hour", "an"), ("Apple", "an"), ("umbrella", "an")],
)  # fmt: skip
def test_article_goes_by_sound(word: str, expected: str) -> None:
    assert article(word) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<b>A</b> &amp; &b", ["<b>", "A", "</b>", "&amp;", "&", "b"]),
        ('<a href="a b">x', ['<a href="a b">', "x"]),
        ("by @me #two 3 < 4", ["by", "@me", "#two", "3", "<", "4"]),
        ("www.a.com/b or http://c a.jpg", ["www.a.com/b", "or", "http://c", "a.jpg"]),
        ("H&E or AT&amp;T & 6.7 x&lt;", ["H&E", "or", "AT&amp;T", "&", "6.7", "x", "&lt;"]),
        ("A🐱b | \u2764\ufe0f", ["A", "🐱", "b", "|", "\u2764", "\ufe0f"]),
        ("at 5 p.m. a.b@c.de", ["at", "5", "p", ".", "m", ".", "a.b@c.de"]),
    ],
)
def test_markup_is_one_word(text: str, words: list[str]) -> None:
    assert split(text) == words
    tags = [word.tag for word in tagged(text, ["NN"] * len(words))]
    plain = {"A", "b", "x", "by", *"34.", "or", "at", "5", "p", "m", "H&E", "AT&amp;T", "6.7"}
    assert tags == ["NN" if word in plain else "CC" if word in {"&", "&amp;"} else "SYM" for word in words]


def test_capitals_belong_to_the_first_place_of_each_sentence() -> None:
    text = 'Dogs sit. "Cats run.'
    words = tagged(text, ["NNS", "VBP", ".", '"', "NNS", "VBP", "."])
    changes = agreed(words, [Change(11, 15, "owls", ("NNS",))])
    assert applied(text, edits_of(text, changes)) == 'Dogs sit. "Owls run.'
    marked = "<b>Dogs</b> sit"
    parts = tagged(marked, ["SYM", "NNP", "SYM", "VBP"])
    assert applied(marked, edits_of(marked, agreed(parts, [Change(3, 7, "owls", ("NNS",))]))) == "<b>Owls</b> sit"
    changes = agreed(words, [Change(11, 11, "big ", ("JJ",))])
    assert applied(text, edits_of(text, changes)) == 'Dogs sit. "Big cats run.'
    assert [cased_for("hot dog", tagged(model, ["NN"] * 2), 1) for model in ("a Cat", "a CAT", "a cat", ". Cat")] == [
        *["Hot dog", "HOT DOG", "hot dog", "hot dog"]
    ]


def test_tags_must_be_one_a_word() -> None:
    with pytest.raises(ValueError, match="1 tags for the 2 words of 'a dog'"):
        tagged("a dog", ["DT"])


def test_edits_replace_insert_and_refuse_what_does_not_fit() -> None:
    assert applied("a dog", [Edit(2, 5, "dog", "cat"), Edit(0, 0, "", "not ")]) == "not a cat"
    with pytest.raises(ValueError, match="does not fit"):
        applied("a dog", [Edit(2, 5, "cat", "dog")])
    with pytest.raises(ValueError, match="do not overlap"):
        applied("a dog", [Edit(0, 3, "a d", "x"), Edit(2, 5, "dog", "y")])


def test_articles_and_capitals_follow_the_change_and_words_keep_their_places() -> None:
    text = "Dogs see an owl near a cat"
    words = tagged(text, ["NNS", "VBP", "DT", "NN", "IN", "DT", "NN"])
    changes = agreed(
        words, [Change(0, 4, "owls", ("NNS",)), Change(12, 15, "red  fox", ("JJ", "NN")), Change(23, 26, "ox", ("NN",))]
    )
    result = applied(text, edits_of(text, changes))
    assert result == "Owls see a red  fox near an ox"
    after = moved(words, changes)
    assert [result[word.start : word.end] for word in after] == [word.text for word in after] == split(result)
    assert [word.text for word in after if word.fresh] == ["Owls", "a", "red", "fox", "an", "ox"]
    assert [word.tag for word in after] == ["NNS", "VBP", "DT", "JJ", "NN", "IN", "DT", "NN"]
