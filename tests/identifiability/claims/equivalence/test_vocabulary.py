"""Class-only captions are ERM, and blind to the environment exactly when their errors are."""

from collections.abc import Callable

from identifiability.claims.claim import Evidence

Check = Callable[[str], Evidence]


def test_vocabulary_pruned_is_erm(check: Check) -> None:
    check("vocabulary.pruned_is_erm")


def test_vocabulary_pruned_is_erm_kept_context(check: Check) -> None:
    check("vocabulary.pruned_is_erm.kept_context")


def test_vocabulary_pruned_is_blind_iff(check: Check) -> None:
    check("vocabulary.pruned_is_blind_iff")


def test_vocabulary_pruned_is_blind_iff_noisy_content(check: Check) -> None:
    check("vocabulary.pruned_is_blind_iff.noisy_content")


def test_vocabulary_error_free_tokens(check: Check) -> None:
    check("vocabulary.error_free_tokens")


def test_vocabulary_error_free_tokens_environment_errors(check: Check) -> None:
    check("vocabulary.error_free_tokens.environment_errors")
