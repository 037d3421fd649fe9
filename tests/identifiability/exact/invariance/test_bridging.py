"""The bridging conditions, each told from the others by a model in which it alone fails."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identifiability.exact.invariance.bridging import (
    CALIBRATED,
    DETERMINED,
    ERASED,
    GENERATED,
    INDEPENDENT,
    NAMED,
    POSITIVE,
    SHOWN,
    STATED,
    SUFFICIENT,
    CaptionedModel,
    bridging_conditions,
    captioned,
    factored_law,
    fine_labels,
)
from identifiability.exact.invariance.irm import irm_by_enumeration
from identifiability.exact.random_laws import random_law
from scm import FiniteLaw, TokenRole, Vocabulary

EVERY = (*STATED, INDEPENDENT, CALIBRATED)
WORDS, PLACES = ("dog", "cat"), ("snow", "grass")
PLACE = np.array([[[0.7, 0.3], [0.2, 0.8]], [[0.6, 0.4], [0.4, 0.6]]])  # p_e(z_env | z_cls)
EXACT = np.broadcast_to(np.eye(2)[:, None], (2, 2, 2, 2))


def _law(label: np.ndarray = EXACT, place: np.ndarray = PLACE) -> FiniteLaw:
    return factored_law(np.full((2, 2), 0.5), place, np.ascontiguousarray(label))


def _clean() -> CaptionedModel:
    return captioned(_law(), WORDS, PLACES)


def _context_word_of_the_class() -> CaptionedModel:
    """Dogs in snow are said to be in the cold: the class chooses the word, and the word still tells the place."""
    law = _clean().law.pushforward("word", lambda y, s: 1 if s else 2 * y, ("y", "z_env"), levels=3)
    words = ("cold", "grass", "snow")
    vocabulary = Vocabulary({TokenRole.CLASS: WORDS, TokenRole.ENVIRONMENT: words})
    return CaptionedModel(law, {"token_cls": WORDS, "word": words}, vocabulary)


def _silent_caption() -> CaptionedModel:
    """The caption never names the place."""
    vocabulary = Vocabulary({TokenRole.CLASS: WORDS})
    return CaptionedModel(_clean().law, {"token_cls": WORDS, "token_env": ("", "")}, vocabulary)


def _blurred() -> CaptionedModel:
    return captioned(_law(), WORDS, PLACES, image=lambda kind, place: kind)


def _missing_pair() -> CaptionedModel:
    return captioned(_law(place=np.broadcast_to(np.eye(2), (2, 2, 2)).copy()), WORDS, PLACES)


@pytest.mark.parametrize(
    ("model", "unmet"),
    [
        (_clean, ()),
        (lambda: captioned(_law(), WORDS, PLACES, erased=False), (ERASED,)),
        (_context_word_of_the_class, (GENERATED,)),
        (_silent_caption, (DETERMINED,)),
        (_blurred, (SHOWN,)),
        (_missing_pair, (POSITIVE,)),
        (lambda: fine_labels((0.9, 0.8)), (INDEPENDENT, CALIBRATED)),
        (lambda: captioned(_law(), ("dog", "dog"), PLACES), (NAMED, DETERMINED)),  # a shared word also hides z_cls
    ],
)
def test_which_conditions_fail(model: Callable[[], CaptionedModel], unmet: tuple[str, ...]) -> None:
    assert bridging_conditions(model()).unmet(EVERY) == unmet


def test_the_numbers_of_known_models() -> None:
    report = bridging_conditions(captioned(_law(), WORDS, PLACES, erased=False))
    assert report[ERASED].value == pytest.approx(_law().entropy("z_env", "y"))
    fine = bridging_conditions(fine_labels((0.9, 0.8)))
    mixed = -(0.85 * np.log(0.85) + 0.15 * np.log(0.15))
    each = -np.mean([p * np.log(p) + (1 - p) * np.log(1 - p) for p in (0.9, 0.8)])
    assert fine[INDEPENDENT].value == pytest.approx(np.log(2) - each)
    assert fine[CALIBRATED].value == pytest.approx(mixed - each)
    assert bridging_conditions(_missing_pair())[POSITIVE].value == 2
    assert bridging_conditions(_blurred())[SHOWN].value == pytest.approx(_law().entropy("z_env", "z_cls"))


def test_class_words_that_are_never_said_are_not_labels() -> None:
    clean = _clean()
    vocabulary = Vocabulary({TokenRole.CLASS: (*WORDS, "bird"), TokenRole.ENVIRONMENT: PLACES})
    report = bridging_conditions(CaptionedModel(clean.law, clean.words, vocabulary))
    assert report.unmet(EVERY) == (NAMED,)
    assert report[NAMED].value == 1


def test_two_words_for_one_label_are_not_one_to_one() -> None:
    law = _clean().law.pushforward("word", lambda y, s: 0 if y == 0 else 1 + s, ("y", "z_env"))
    words = ("dog", "cat", "lynx")
    vocabulary = Vocabulary({TokenRole.CLASS: words, TokenRole.ENVIRONMENT: PLACES})
    model = CaptionedModel(law, {"word": words, "token_env": PLACES}, vocabulary)
    assert bridging_conditions(model).unmet(STATED) == (NAMED, ERASED)


@given(seed=st.integers(0, 10**6), independent=st.booleans())
@settings(max_examples=25)
def test_independent_labels_are_calibrated_and_calibration_decides(seed: int, independent: bool) -> None:
    rng = np.random.default_rng(seed)
    label = random_law(1 if independent else 2, 2, 1 if independent else 2, 2, rng=rng)
    label = np.broadcast_to(label / label.sum(axis=3, keepdims=True), (2, 2, 2, 2))
    place = random_law(2, 2, 2, rng=rng)
    model = captioned(_law(label, place / place.sum(axis=2, keepdims=True)), WORDS, PLACES)
    report = bridging_conditions(model)
    assert report[INDEPENDENT].holds == independent
    assert report[CALIBRATED].holds == (irm_by_enumeration(model.joint).gap < 1e-9)
    assert report.unmet(SUFFICIENT) or report[CALIBRATED].holds


def test_errors() -> None:
    clean = _clean()
    with pytest.raises(ValueError, match=r"\['token_x'\] missing: the conditions are about label, image"):
        CaptionedModel(clean.law, {"token_x": ("a",)}, clean.vocabulary)
    with pytest.raises(ValueError, match=r"token 'token_cls' has 2 levels and 1 words \['dog'\]"):
        CaptionedModel(clean.law, {"token_cls": ("dog",)}, clean.vocabulary)
    with pytest.raises(ValueError, match="'wolf' is not one of the 4 words"):
        CaptionedModel(clean.law, {"token_cls": ("dog", "wolf")}, clean.vocabulary)
    with pytest.raises(ValueError, match="roles must be disjoint"):
        captioned(_law(), WORDS, ("dog", "grass"))
