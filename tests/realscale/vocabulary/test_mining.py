"""What speaks for an entry, and what mining leaves to the reviewer."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from scipy.stats import chi2_contingency

from realscale.negatives.wordnet import WordNet
from realscale.vocabulary import evidence as evidence_module
from realscale.vocabulary.association import Together, divergence, surprise, verdicts
from realscale.vocabulary.document import Entry, ReviewedVocabulary
from realscale.vocabulary.evidence import Counts
from realscale.vocabulary.lexicon import class_forms, places
from realscale.vocabulary.mining import Settings

Mined = Callable[..., ReviewedVocabulary]
STYLES = ["a photo of", "a rough sketch of", "an oil painting of"]
CAPTIONS = [
    f"{style} a {animal} {where}"
    for style, animal, where, _ in itertools.product(
        STYLES,
        ["dog", "red dog", "puppy", "cat", "car"],
        ["in the park", "outdoors", "at night", "near a swing park"],
        [1] * 3,
    )
]


def names(entries: tuple[Entry, ...]) -> list[str]:
    return [entry.name for entry in entries]


def test_templates_lexicon_and_names_give_roles(mined: Mined, small_wordnet: WordNet) -> None:
    vocabulary = mined(CAPTIONS, ["dog", "cat"], decide=False, wordnet=small_wordnet)
    assert names(vocabulary.classes) == ["dog", "cat"]
    assert vocabulary.classes[0].forms == ("dogs", "puppy", "puppies")
    assert vocabulary.classes[0].statistics == {"captions": 108}
    kinds = {entry.name: entry.kind for entry in vocabulary.environments}
    assert kinds == {
        **{"rough sketch": "style", "oil painting": "style"},
        **{"park": "place", "swing park": "place", "outdoors": "place", "night": "time"},
    }
    park = next(entry for entry in vocabulary.environments if entry.name == "park")
    assert park.statistics == {"captions": 45, "classes": 2, "bits about the class": 0.0}
    proposed = {entry.name: entry.found[0] for entry in vocabulary.undecided}
    assert proposed["photo"] == "style template"
    assert proposed["car"] == "shown in several styles"
    assert "red dog" not in proposed  # describes a class
    assert vocabulary.version == 1
    assert vocabulary.source["captions"] == len(CAPTIONS)


def test_a_class_that_stands_where_places_stand_is_marked(mined: Mined, small_wordnet: WordNet) -> None:
    vocabulary = mined(CAPTIONS, ["dog", "park"], wordnet=small_wordnet)
    assert vocabulary.classes[1].found == ("given", "place in lexicon after a preposition")
    assert "park" not in names(vocabulary.environments)


def test_a_place_that_only_describes_is_none(mined: Mined, small_wordnet: WordNet) -> None:
    captions = ["a cat on the park bench", "a cat on a swing park bench", "park", "in the park bench"] * 30
    assert mined(captions, ["cat"], wordnet=small_wordnet, decide=False).environments == ()
    captions = [caption.replace(" bench", ", nice bench") for caption in captions]
    found = mined(captions, ["cat"], wordnet=small_wordnet, decide=False).environments
    assert sorted(names(found)) == ["park", "swing park"]


def test_a_place_said_mostly_elsewhere_is_undecided(mined: Mined, small_wordnet: WordNet) -> None:
    captions = ["a cat in the park"] * 30 + ["the park with a cat"] * 31
    vocabulary = mined(captions, ["cat"], wordnet=small_wordnet)
    assert names(vocabulary.environments) == []
    assert vocabulary.undecided[0].found == ("place in lexicon after a preposition, but mostly elsewhere",)


def test_a_reviewed_vocabulary_keeps_its_entries(mined: Mined, small_wordnet: WordNet) -> None:
    earlier = ReviewedVocabulary(
        (Entry("car", ("cars", "automobile"), note="mine"),),
        (Entry("park", note="kept"), Entry("puppy", kind="style")),
        rejected=("night", "rough sketch"),
        version=4,
        reviewed="A. Person",
    )
    updated = mined(CAPTIONS, ["dog"], wordnet=small_wordnet, earlier=earlier)
    assert updated.version == 5
    assert updated.reviewed == ""  # entries were added
    assert updated.classes[0].note == "mine"
    assert updated.classes[0].said == ("car", "cars", "automobile")
    assert updated.classes[0].statistics == {"captions": 36}
    assert names(updated.environments)[:2] == ["park", "puppy"]
    assert updated.rejected == ("night", "rough sketch")
    assert not {"night", "rough sketch"} & {entry.name for _, entry in updated.placed()}


def test_a_review_stands_while_nothing_is_added(mined: Mined) -> None:
    captions = ["a dog in the snow", "a cat in the snow"] * 30
    first = replace(mined(captions, ["dog", "cat"]), reviewed="A. Person")
    assert [entry.name for entry in first.environments] == ["snow"]
    again = mined(captions, earlier=first)
    assert (again.version, again.reviewed, again.identity) == (2, "A. Person", first.identity)


def test_an_environment_that_is_shown_as_an_object_is_marked(mined: Mined) -> None:
    captions = ["a photo of snow", "a rough sketch of snow", "a dog in the snow", "a cat in the snow"] * 30
    snow = mined(captions, ["dog", "cat"]).environments[-1]
    assert (snow.name, snow.found) == ("snow", ("place in lexicon after a preposition", "shown in several styles"))


@pytest.mark.parametrize(
    ("given", "message"),
    [(["dog", "..."], r"'\.\.\.' has no word"), (["Dog", "dog!"], "two class names are 'dog' in captions")],
)
def test_class_names_that_captions_cannot_say(mined: Mined, given: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        mined(CAPTIONS, given)


def test_least_counts_captions() -> None:
    with pytest.raises(ValueError, match="least is 0; expected at least 1"):
        Settings(least=0)


def test_lexicon(small_wordnet: WordNet) -> None:
    known = {"dog", "puppy", "street", "hound"}
    assert class_forms(["dog", "cat"], small_wordnet, known) == {
        **{"dog": ("dogs", "puppy", "puppies", "street dog", "street dogs", "hound", "hounds"), "cat": ("cats",)}
    }
    assert class_forms(["dog", "puppy"], small_wordnet, known)["dog"][-1] == "hounds"
    assert class_forms(["dog"], None, known) == {"dog": ("dogs",)}
    kinds = places(small_wordnet)
    assert kinds["park"] == kinds["swing park"] == kinds["outdoors"] == "place"
    assert kinds["night"] == "time"
    assert "bank" not in kinds  # its commonest sense is none
    assert "park" not in places(None)


def test_counts_stay_small_and_say_what_they_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_module, "KEPT", 50)
    counts, rng, exact = Counts("word"), np.random.default_rng(0), np.zeros(1000, dtype=int)
    for _ in range(40):
        drawn = rng.zipf(1.3, size=500) % 1000
        np.add.at(exact, drawn, 1)
        counts.add(pl.DataFrame({"word": [str(word) for word in drawn]}))
        assert len(counts.frame()) <= 100
    assert counts.lost > 0
    for word, count in counts.frame().iter_rows():
        assert exact[int(word)] - counts.lost <= count <= exact[int(word)]
    assert counts.frame(least=200)["word"].to_list()[0] == str(exact.argmax())


def test_surprise_is_the_likelihood_ratio_statistic() -> None:
    rng = np.random.default_rng(0)
    said = rng.random((500, 5)) < [0.5, 0.2, 0.7, 0.1, 1.0]
    both, single = (said.T.astype(float) @ said), said.sum(axis=0).astype(float)
    found = surprise(both[:4], single[:4], single, 500)
    for w, c in itertools.product(range(4), range(4)):
        table = [[sum((said[:, w] == a) & (said[:, c] == b)) for b in (0, 1)] for a in (0, 1)]
        assert found[w, c] == pytest.approx(chi2_contingency(table, correction=False, lambda_="log-likelihood")[0])
    assert found[:, 4] == pytest.approx(0.0)  # a word of every caption tells nothing


def test_rare_words_decide_nothing_and_each_word_gets_one_verdict() -> None:
    """Classes 0, 1 compete with word 2; word 3 moves with class 0; words 4 to 9 are rare and independent."""
    rng = np.random.default_rng(0)
    slot, coin = rng.choice(3, size=3000), rng.random((3000, 7))
    said = [
        [int(value), *([3] if own[0] < (0.8 if value == 0 else 0.3) else []), *(4 + np.flatnonzero(own[1:] < 0.003))]
        for value, own in zip(slot, coin, strict=True)
    ]
    together = Together(10)
    together.add(pl.Series([list(map(int, entries)) for entries in said], dtype=pl.List(pl.Int64)))
    assert (together.between(np.arange(4, 10), np.arange(2)) == 0).any()
    found = verdicts(together, np.arange(2, 10), np.arange(2))
    assert found.excludes.tolist() == [0] + [-1] * 7
    assert found.moves_with.tolist() == [-1, 0] + [-1] * 6


def test_pairs_are_counted_once_a_caption() -> None:
    together = Together(4)
    for batch in ([[0, 1, 1], [2], []], [[1, 0], [0, 2]]):
        together.add(pl.Series(batch, dtype=pl.List(pl.Int64)))
    assert together.captions == 5
    assert together.single.tolist() == [3, 2, 2, 0]
    assert together.between(np.array([0, 3]), np.array([2, 1])).tolist() == [[1, 2], [0, 0]]


def test_divergence_in_bits() -> None:
    found = divergence(np.array([[5, 0], [1, 3], [0, 0]]), np.array([4, 4]))
    assert found == pytest.approx([1.0, 0.25 * np.log2(0.5) + 0.75 * np.log2(1.5), 0.0])
