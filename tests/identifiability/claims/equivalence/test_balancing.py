from collections.abc import Callable

import numpy as np
import pytest

from identifiability.claims.claim import Evidence
from identifiability.claims.equivalence.balancing import balanced_on_support
from identifiability.exact.invariance.models import content_and_context
from scm.environments import balance

Check = Callable[[str], Evidence]


def test_balanced_tokens(check: Check) -> None:
    evidence = check("irm.balanced_tokens")
    assert evidence.measured["largest_calibration_deviation_unbalanced"] > 0.1  # without weights: far from invariant


def test_balanced_tokens_need_a_stable_posterior_of_the_content(check: Check) -> None:
    check("irm.balanced_tokens.class_shift")


def test_balanced_tokens_need_positivity(check: Check) -> None:
    check("irm.balanced_tokens.missing_positivity")


def test_balanced_tokens_need_a_context_free_of_the_content(check: Check) -> None:
    check("irm.balanced_tokens.dependent_context")


def test_balanced_tokens_need_independence_in_the_pool(check: Check) -> None:
    check("irm.balanced_tokens.independent_in_environments_only")


def test_balanced_tokens_need_a_revealing_token(check: Check) -> None:
    check("irm.balanced_tokens.noisy_context_token")


@pytest.mark.parametrize("token", ["s", "t"])
def test_balancing_on_the_support_is_balancing_where_all_is_supported(token: str) -> None:
    law = content_and_context(np.random.default_rng(0), token_error=0.3)
    np.testing.assert_allclose(balanced_on_support(law, token).table, balance(law, "y", token).table, atol=1e-15)


def test_the_models_keep_what_they_say() -> None:
    rng = np.random.default_rng(0)
    plain, classes, contents = (content_and_context(rng, shifts=s) for s in ("context", "class", "content"))
    for law, stable in ((plain, True), (classes, False), (contents, True)):
        assert law.independent("c", "s", ("environment", "y"))
        assert law.independent("y", "environment", "c") is stable
        assert not law.independent("s", "environment", "y")
    assert [law.independent("c", "s", "y") for law in (plain, classes, contents)] == [True, True, False]
