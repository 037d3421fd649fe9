"""Zero-shot prompts over full captions."""

from collections.abc import Callable

from identifiability.claims.claim import Evidence

Check = Callable[[str], Evidence]


def test_prompts_template_bias(check: Check) -> None:
    check("prompts.template_bias")


def test_prompts_template_bias_dependent_tokens(check: Check) -> None:
    check("prompts.template_bias.dependent_tokens")


def test_prompts_matched_context(check: Check) -> None:
    check("prompts.matched_context")


def test_prompts_matched_context_dependent_content(check: Check) -> None:
    check("prompts.matched_context.dependent_content")


def test_prompts_matched_context_missing_positivity(check: Check) -> None:
    check("prompts.matched_context.missing_positivity")


def test_prompts_matched_context_fixed_context(check: Check) -> None:
    check("prompts.matched_context.fixed_context")


def test_prompts_matched_context_mistaken_context_tokens(check: Check) -> None:
    check("prompts.matched_context.mistaken_context_tokens")
