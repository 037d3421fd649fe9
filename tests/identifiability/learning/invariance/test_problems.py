"""Coloured problems: samples follow the law, test pictures are not training pictures, captions have the roles."""

import numpy as np
import pytest
import torch
from scipy.stats import chi2

from identifiability.learning.invariance.captions import DIGIT_WORDS, Captions, caption_tower, coloured_captions
from identifiability.learning.invariance.digits import DigitImages
from identifiability.learning.invariance.images import BitImages, MixedImages
from identifiability.learning.invariance.problems import Problem, Samples
from scm.coloured import coloured_classes
from scm.joint import FiniteLaw
from scm.streams import stream
from scm.tokens import TokenRole


def bits(classes: int = 2) -> Problem:
    training, test = coloured_classes(classes=classes, test=0.1)
    return Problem(training, test, BitImages(classes, classes), coloured_captions(DIGIT_WORDS[:classes]))


def digits(contents: int = 2) -> Problem:
    training, test = coloured_classes(classes=contents, test=0.1)
    images = DigitImages.split(contents, rng=stream(0, "split"))
    return Problem(training, test, images, coloured_captions(DIGIT_WORDS[:contents]))


def cell_statistic(samples: Samples, law: np.ndarray) -> tuple[float, int]:
    """Pearson's statistic of the (e, y, c, s) cells, and its degrees of freedom."""
    counts = np.zeros(law.shape)
    np.add.at(counts, (samples.environments, samples.classes, samples.contents, samples.contexts), 1)
    possible = law > 0
    assert not counts[~possible].any()
    expected = len(samples) * law[possible]
    return float(((counts[possible] - expected) ** 2 / expected).sum()), int(possible.sum()) - 1


@pytest.mark.parametrize("shuffled", [False, True])
def test_fresh_samples_follow_the_law(shuffled: bool, false_alarm: float) -> None:
    problem = bits()
    problem = problem.contexts_shuffled if shuffled else problem
    statistic, freedom = cell_statistic(problem.fresh(20_000, stream(0, "law")), problem.law)
    assert statistic < chi2.isf(false_alarm, freedom)


def test_context_words_follow_the_noisy_law(false_alarm: float) -> None:
    """Pearson's statistic of (class, context word) against `pooled`, which balancing divides by."""
    training, test = coloured_classes(classes=2, test=0.1, prior=(0.7, 0.3))
    problem = Problem(training, test, BitImages(2, 2), coloured_captions(DIGIT_WORDS[:2]), token_noise=0.4)
    samples = problem.fresh(20_000, stream(0, "words"))
    expected = 20_000 * problem.pooled
    counts = np.zeros((2, 2))
    np.add.at(counts, (samples.classes, samples.contexts), 1)
    assert ((counts - expected) ** 2 / expected).sum() < chi2.isf(false_alarm, 3)


def test_shuffled_contexts_tell_nothing_and_keep_the_rest() -> None:
    problem = bits()
    joint = problem.contexts_shuffled.training.joint()
    assert joint.independent("s", ("y", "c"), "environment")
    np.testing.assert_allclose(joint.marginal(("environment", "y", "c")), problem.law.sum(axis=3), atol=1e-15)
    assert problem.contexts_shuffled.test is problem.test


def test_one_draw_of_labels_follows_the_law_given_the_content(false_alarm: float) -> None:
    """Every training picture has one class and colour, and over pictures they have the law of the problem."""
    problem = digits()
    assert isinstance(problem.images, DigitImages)
    draw = problem.labelled_once(stream(1, "labels"))
    many = draw(40_000, stream(1, "rows"))
    seen = np.unique(np.column_stack([many.images, many.classes, many.contexts, many.environments]), axis=0)
    pictures = problem.images.training.sum()
    assert pictures * 0.95 < len(seen) <= pictures  # a few pictures of the data are the same picture
    rows = problem.labelled_once(stream(2, "labels"))
    labels = [(s.classes[0], s.contexts[0]) for s in (rows(1, stream(3, "row")), rows(1, stream(3, "row")))]
    assert labels[0] == labels[1]
    sample = draw(int(pictures) * 40, stream(4, "rows"))
    noisy = sample.classes != sample.contents
    deviation = abs(noisy.mean() - 0.25) / np.sqrt(0.25 * 0.75 / pictures)
    assert deviation < np.sqrt(chi2.isf(false_alarm, 1)) + 1


def test_images_that_are_never_the_same_cannot_be_labelled_once() -> None:
    with pytest.raises(ValueError, match="BitImages draws a new image every time; expected DigitImages"):
        bits().labelled_once(stream(0))


def test_captions_must_fit_the_laws() -> None:
    problem = bits()
    with pytest.raises(ValueError, match=r"laws have \(2, 2\) classes and contexts, the captions \(3, 3\)"):
        Problem(problem.training, problem.test, problem.images, coloured_captions(DIGIT_WORDS[:3]))


def test_no_test_picture_is_trained_on() -> None:
    images = DigitImages.split(10, rng=stream(0, "split"))
    unseen, contents, contexts = images.unseen(10, 10, rng=stream(0, "unseen"))
    rows = np.flatnonzero(~images.training)
    every = [images.paint(rows, np.full(len(rows), s)) for s in range(10)]
    np.testing.assert_array_equal(unseen.reshape(len(rows), 10, -1), np.stack(every, axis=1))
    drawn = images.draw(np.repeat(np.arange(10), 50), np.zeros(500, np.int64), rng=stream(0, "draw"))
    training = images.paint(np.flatnonzero(images.training), np.zeros(images.training.sum(), np.int64))
    assert {row.tobytes() for row in drawn} <= {row.tobytes() for row in training}
    assert np.bincount(contents[contexts == 0], minlength=10).min() >= 50


def test_digits_are_real_pictures_in_the_colour_of_the_context() -> None:
    images = DigitImages.split(2, rng=stream(0, "split"))
    assert len(images.grey) == 1797
    painted = images.paint(np.array([5, 5]), np.array([0, 1])).reshape(2, 64, 3)
    np.testing.assert_allclose(painted[0] / [0.9, 0.1, 0.1], painted[1] / [0.1, 0.7, 0.15], atol=1e-6)
    with pytest.raises(ValueError, match="contents=3; expected 10"):
        DigitImages.split(3, rng=stream(0))


def test_mixed_images_hide_content_behind_an_invertible_map() -> None:
    images = MixedImages.drawn(2, 2, rng=stream(0, "mixing"))
    c, s = np.repeat([0, 1], 500), np.tile([0, 1], 500)
    latents = images.latents(c, s, rng=stream(0, "z"))
    np.testing.assert_allclose(images.mixing.inverse(images.mixing(latents)), latents, atol=1e-9)
    angle = np.arctan2(latents[:, 1], latents[:, 0]) % np.pi  # the content is a line through the origin, not a side
    assert ((np.abs(angle - np.pi / 2) < np.pi / 4) == (c == 1)).mean() > 0.99
    assert abs(latents[c == 0, 0].mean()) < 0.5 < np.abs(latents[c == 0, 0]).mean()
    assert ((latents[:, 2] < latents[:, 3]) == (s == 1)).mean() > 0.99


def test_pruned_captions_have_no_context_and_full_ones_both() -> None:
    captions = coloured_captions(DIGIT_WORDS)
    assert captions.strings[7].text == "a seven"
    number = int(captions.full(torch.tensor(7), torch.tensor(0)))
    assert captions.strings[number].text == "a red seven"
    assert captions.strings[number].without(TokenRole.ENVIRONMENT).text == "a seven"
    assert len({caption.text for caption in captions.strings}) == 110


def test_a_word_tower_adds_the_vectors_of_the_words() -> None:
    captions = coloured_captions(DIGIT_WORDS[:3])
    tower = caption_tower("words", captions, 4)
    codes = tower(torch.arange(12))
    full = codes[3:].reshape(3, 3, 4)
    difference = full[:, 1] - full[:, 0]
    torch.testing.assert_close(difference, difference[:1].expand(3, 4))
    torch.testing.assert_close(full[1] - full[0], (codes[1] - codes[0]).expand(3, 4))
    with pytest.raises(ValueError, match="text tower 'tokens' is unknown; expected one of strings, words"):
        caption_tower("tokens", captions, 4)


def test_captions_need_words_of_two_classes_and_one_role() -> None:
    with pytest.raises(ValueError, match="1 class words"):
        Captions(("one",), ("red",))
    with pytest.raises(ValueError, match="has the roles"):
        Captions(("red", "one"), ("red", "green"))


def test_classes_may_have_any_law() -> None:
    """Laws without the variables are refused by the law itself."""
    with pytest.raises(ValueError, match="unknown variables"):
        Problem(bits().training, FiniteLaw(("y",), np.array([0.5, 0.5])), BitImages(2, 2), bits().captions)
