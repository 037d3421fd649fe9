"""The claims about features that hide the environment."""

from collections.abc import Callable

from identifiability.claims.claim import Evidence

Check = Callable[[str], Evidence]


def test_features_are_not_invariant_as_printed(check: Check) -> None:
    evidence = check("features.invariant")
    assert evidence.measured["loss_change"] < 1e-12
    assert evidence.floor["probe_accuracy"] < 0.9


def test_the_seen_part_is_invariant(check: Check) -> None:
    check("features.seen_part")


def test_the_seen_part_needs_words_that_follow_the_class_alone(check: Check) -> None:
    check("features.seen_part.words_follow_the_context")
