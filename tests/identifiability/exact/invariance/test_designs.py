import numpy as np
import pytest

from identifiability.exact.invariance.designs import DESIGNS, deviation, erm, invariant_logits, logits
from identifiability.exact.invariance.irmv1 import accuracy
from scm import FiniteLaw
from scm.coloured import coloured_classes

TRAINING, TEST = coloured_classes(classes=2)
LAW = TRAINING.joint()
LOG_ODDS_CONTENT = np.log(3) / 2  # half the log odds of .75
LOG_ODDS_COLOUR = np.log(0.85 / 0.15) / 2
AGREE = np.array([1, -1, -1, 1])  # images 2 c + s: do content and colour agree


def half_log_odds(scores: np.ndarray) -> np.ndarray:
    """(s(x, content) - s(x, other)) / 2 of the four images of the two-bit problem."""
    content = np.array([0, 0, 1, 1])
    return (scores[np.arange(4), content] - scores[np.arange(4), 1 - content]) / 2


@pytest.mark.parametrize("name", DESIGNS)
def test_two_bit_scores_are_content_plus_a_multiple_of_the_colour(name: str) -> None:
    """By Bayes log p(y|u,s) is half a log odds of content plus or minus one of colour; prompts choose the colour's."""
    first, second = np.log(9.0) / 2, np.log(4.0) / 2  # colour .9 and .8
    colour = {"index_fixed": first, "index_averaged": (first + second) / 2}.get(name, LOG_ODDS_COLOUR)
    if name in {"balanced", "within_context", "within_context_fitted", "full_matched", "full_joint"}:
        colour = 0.0
    if name == "swapped_conditional":
        colour = 0.0
    expected = LOG_ODDS_CONTENT + AGREE * colour
    np.testing.assert_allclose(half_log_odds(DESIGNS[name].scores(LAW)), expected, atol=1e-9)


@pytest.mark.parametrize("name", DESIGNS)
def test_logits_are_calibrated_under_unbalanced_classes(name: str) -> None:
    """With its prior every design is either the pooled posterior or log p(u|y) p(y); index prompts are neither."""
    law = coloured_classes(classes=2, prior=(0.7, 0.3))[0].joint()
    distances = [deviation(logits(name, law), target) for target in (erm(law), invariant_logits(law))]
    assert (min(distances) < 1e-9) == (name not in {"index_fixed", "index_averaged"})
    assert max(distances) > 0.5


def test_pruned_scores_lack_the_prior() -> None:
    training, test = coloured_classes(classes=2, prior=(0.7, 0.3))
    law, table = training.joint(), test.marginal(("x", "y"))
    assert accuracy(table, DESIGNS["pruned"].scores(law)) == pytest.approx(0.10, abs=1e-12)
    assert accuracy(table, logits("pruned", law)) == pytest.approx(0.565, abs=1e-12)


def test_invariant_logits_need_one_content_an_image() -> None:
    np.testing.assert_allclose(half_log_odds(invariant_logits(LAW)), LOG_ODDS_CONTENT, atol=1e-12)
    merged = FiniteLaw(("y", "c", "s"), LAW.marginal(("y", "c", "s"))).pushforward("x", lambda s: s, "s")
    with pytest.raises(ValueError, match=r"image 0 occurs with the values \[0, 1\]"):
        invariant_logits(merged)


def test_deviation_ignores_offsets_and_nothing_else() -> None:
    target = np.array([[0.0, 1.0], [-np.inf, 2.0]])
    offset = np.array([[3.0], [-1.0]])
    assert deviation(target + offset, target) == 0.0
    assert deviation(target + offset + [[0.5, -0.5], [0.0, 0.0]], target) == pytest.approx(0.5)
    assert deviation(np.zeros((2, 2)), target) == np.inf
    assert deviation(np.full((1, 2), -np.inf), np.full((1, 2), -np.inf)) == 0.0
