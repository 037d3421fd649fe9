"""Vocabularies drawn wrongly."""

from collections.abc import Callable

from identifiability.claims.claim import Evidence

Check = Callable[[str], Evidence]


def test_vocabulary_keeps_what_it_names(check: Check) -> None:
    check("vocabulary.keeps_what_it_names")


def test_vocabulary_keeps_what_it_names_class_token_erased(check: Check) -> None:
    check("vocabulary.keeps_what_it_names.class_token_erased")


def test_vocabulary_keeps_what_it_names_context_token_left(check: Check) -> None:
    check("vocabulary.keeps_what_it_names.context_token_left")


def test_vocabulary_keeps_what_it_names_proxy_token(check: Check) -> None:
    check("vocabulary.keeps_what_it_names.proxy_token")


def test_vocabulary_keeps_what_it_names_one_sided_errors(check: Check) -> None:
    check("vocabulary.keeps_what_it_names.one_sided_errors")
