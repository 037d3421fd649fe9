"""Every exact claim on composition gives the verdict it should."""

from collections.abc import Callable

import pytest

from identifiability.claims.claim import Context, Evidence
from identifiability.claims.composition import scenes
from identifiability.claims.composition.scenes import contrast_with_error, excess_of_hard_negatives
from identifiability.exact.composition.contrast import contrasting_gap, contrasting_law, contrasting_limit

Check = Callable[[str], Evidence]
TRUE_LOSS = scenes._true_loss


def test_thm7_pseudo_optimal_encoder(check: Check) -> None:
    check("thm7.pseudo_optimal_encoder")


def test_thm7_fails_for_one_minimal_pair(check: Check) -> None:
    check("thm7.pseudo_optimal_encoder.minimal_pair")


def test_join(check: Check) -> None:
    check("composition.join")


def test_join_loses_nothing_where_what_it_merges_means_the_same(check: Check) -> None:
    check("composition.join.shared_meaning")


def test_full_support(check: Check) -> None:
    check("composition.full_support")


def test_full_support_is_needed(check: Check) -> None:
    check("composition.full_support.one_sentence_a_class")


def test_information_gap(check: Check) -> None:
    assert check("composition.information_gap").measured["least_gap_of_random_laws"] > 1e-3


def test_information_gap_needs_negatives_of_the_captions_law(check: Check) -> None:
    check("composition.information_gap.other_negatives")


def test_equal_loss(check: Check) -> None:
    check("thm7_8_9.equal_loss")


def test_equal_loss_ends_with_hard_negatives(check: Check) -> None:
    check("thm7_8_9.equal_loss.hard_negatives")


def test_contrasting_share(check: Check) -> None:
    check("composition.contrasting_share")


def test_contrasting_share_needs_captions_without_error(check: Check) -> None:
    check("composition.contrasting_share.wrong_orders")
    setting = {"bags": 2, "share": 0.5, "error": 0.0, "batch": 64}
    without = contrast_with_error(setting, 0, Context())
    assert without.missed() == ["far_share_of_limit", "limit_share"]
    exact = contrasting_gap(contrasting_law(2, 0.5), 64) / contrasting_limit(contrasting_law(2, 0.5))
    assert without.measured["far_share_of_limit"] == pytest.approx(exact, abs=1e-9)


def test_hard_negatives_excess(check: Check) -> None:
    check("hard_negatives.excess")


def test_hard_negatives_excess_needs_negatives_of_other_meaning(check: Check) -> None:
    evidence = check("hard_negatives.excess.synonyms")
    assert {"least_excess", "largest_excess"} <= set(evidence.bar)


def test_a_true_encoder_that_tells_synonyms_apart_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Codes of synonyms that differ: the true optimum no longer pays what the blind one does."""
    monkeypatch.setattr(scenes, "_true_loss", lambda caption, negatives, others: TRUE_LOSS(caption, [1], others))
    found = excess_of_hard_negatives({"draws": 20, "same_meaning": True}, 0, Context())
    assert "largest_excess" in found.missed()


def test_iteration_balls(check: Check) -> None:
    check("iteration.balls")


def test_iteration_makes_no_harder_negatives_step_by_step(check: Check) -> None:
    measured = check("iteration.harder_each_step").measured
    assert measured["share_easier"] > 0.2
    assert measured["share_harder"] > 0.2
    assert measured["lipschitz_excess"] <= 1e-12


def test_prop11_flat_directions(check: Check) -> None:
    assert check("prop11.flat_directions").measured["gap_added"] > 4.9


def test_prop11_flat_directions_need_an_orthogonal_offset(check: Check) -> None:
    check("prop11.flat_directions.along_a_difference")


def test_prop11_constant_gap(check: Check) -> None:
    check("prop11.constant_gap")


def test_prop11_constant_gap_says_nothing_of_unseen_scenes(check: Check) -> None:
    check("prop11.constant_gap.unseen_scenes")
