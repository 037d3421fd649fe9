"""What codes made by rule notice, and the captions that are kept apart."""

from collections.abc import Callable

import numpy as np
import pytest

from realscale.sentence_encoder.captions import Variants, held_out, sample
from realscale.sentence_encoder.sensitivity import Codes, sensitivity, steps
from scm.composition.captions import Edit, Negative, Step

Make = Callable[[str, str], Variants]


def coded(variants: list[Variants], code: Callable[[list[str]], np.ndarray]) -> Codes:
    texts = list(dict.fromkeys(text for one in variants for text in one.texts()))
    return Codes({text: row for row, text in enumerate(texts)}, code(texts))


def test_a_bag_of_words_never_notices_swap(small_variants: Make, bag: Callable[[list[str]], np.ndarray]) -> None:
    variants = [small_variants("dog", "cat"), small_variants("cat", "sofa"), small_variants("dog", "sofa")]
    found = sensitivity(variants, coded(variants, bag))
    assert found.operators["swap"].mean == pytest.approx(1)
    assert (found.operators["swap"].accuracy, found.operators["swap"].ties) == (0, 0)
    assert found.operators["replace"].accuracy == 0.5  # one word changed in each: ties with the synonym
    assert found.operators["replace"].ties == 1
    assert found.operators["add"].mean < 1
    assert found.types["swap object"] == found.operators["swap"]
    assert found.paraphrases["synonym"].count == 3


def test_quantiles_and_other_captions_are_those_of_the_cosines(small_variants: Make) -> None:
    rng = np.random.default_rng(0)
    variants = [small_variants(one, other) for one, other in [("dog", "cat"), ("cat", "sofa"), ("sofa", "two")]]

    def code(texts: list[str]) -> np.ndarray:
        vectors = rng.standard_normal((len(texts), 8))
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    codes = coded(variants, code)
    found = sensitivity(variants, codes)
    own = [codes.vectors[codes.rows[one.caption]] for one in variants]
    others = [float(own[place] @ own[(place + 1) % 3]) for place in range(3)]
    assert found.random.mean == pytest.approx(np.mean(others))
    added = [
        float(a @ codes.vectors[codes.rows[one.negatives["add"].path()[1]]])
        for a, one in zip(own, variants, strict=True)
    ]
    assert found.operators["add"].quantiles == pytest.approx(np.quantile(added, (0.05, 0.25, 0.5, 0.75, 0.95)))
    with pytest.raises(ValueError, match="two at least"):
        sensitivity(variants[:1], codes)


def test_steps_are_counted_on_captions_whose_path_is_long_enough(small_variants: Make) -> None:
    first = Step("add", "attribute", (Edit(2, 2, "", "red "),))
    second = Step("add", "attribute", (Edit(6, 6, "", "big "),))
    path = Negative("a dog", "a red big dog", (first, second))
    assert path.path() == ("a dog", "a red dog", "a red big dog")
    variants = [Variants("a dog", None, {"add": path}), small_variants("dog", "cat")]
    codes = coded(variants, lambda texts: np.stack([[len(text) / 100, 0.0] for text in texts]))
    assert steps(variants, "add", 2, codes).shape == (1, 2)
    assert steps(variants, "add", 1, codes).shape == (2, 1)
    assert steps(variants, "add", 2, codes)[0] == pytest.approx([0.05 * 0.09, 0.05 * 0.13])


def test_held_out_captions_share_no_word_pair_with_the_rest(small_variants: Make) -> None:
    words = ["dog", "cat", "sofa", "owl", "car", "hat", "cup"]
    variants = [small_variants(one, other) for one in words for other in words if one != other]
    swaps = [Variants(v.caption, v.paraphrase, {"swap": v.negatives["swap"]}) for v in variants]
    rest, out = held_out(swaps, 0.3, rng=np.random.default_rng(0))
    assert len(out) == round(0.3 * len(swaps))
    assert rest
    assert not set().union(*(v.word_pairs() for v in rest)) & set().union(*(v.word_pairs() for v in out))
    assert held_out(variants, 0.3, rng=np.random.default_rng(0))[0] == []  # all replace "on" by "under"


def test_a_sample_keeps_the_order_and_follows_the_seed() -> None:
    texts = [str(number) for number in range(100)]
    found = sample(texts, 10, seed=3)
    assert found == sorted(found, key=int) == sample(texts, 10, seed=3)
    assert found != sample(texts, 10, seed=4)
    assert sample(texts, 200, seed=0) == texts
