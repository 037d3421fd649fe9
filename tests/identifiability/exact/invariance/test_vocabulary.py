import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identifiability.exact.captions import CLASS, ENVIRONMENT, IMAGE, factor_of_image, image_caption_law
from identifiability.exact.infonce import infonce_limit, population_optimum
from identifiability.exact.invariance.random_environments import random_rows
from identifiability.exact.invariance.vocabulary import (
    CLASS_TOKEN,
    CONTEXT_TOKEN,
    FULL,
    PRUNED,
    blind_optimum,
    blindness_cost,
    naming,
    sufficient_statistic,
    token_model,
)
from identifiability.exact.random_laws import random_law

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=20)
@given(SEEDS)
def test_model_has_the_laws_it_is_given_and_independent_tokens(seed: int) -> None:
    rng = np.random.default_rng(seed)
    factors = random_law(3, 2, 2, rng=rng)
    kappa, eta = random_rows(3, 2, levels=4, rng=rng), random_rows(3, 2, levels=5, rng=rng)
    model = token_model(factors, kappa, eta)
    np.testing.assert_allclose(model.marginal(IMAGE), factors, atol=1e-12)
    np.testing.assert_allclose(model.conditional(CLASS_TOKEN, (CLASS, ENVIRONMENT)), kappa, atol=1e-12)
    np.testing.assert_allclose(model.conditional(CONTEXT_TOKEN, (CLASS, ENVIRONMENT)), eta, atol=1e-12)
    assert model.independent(CLASS_TOKEN, CONTEXT_TOKEN, (CLASS, ENVIRONMENT))
    assert image_caption_law(model, FULL).shape == (12, 20)


@settings(max_examples=20)
@given(SEEDS)
def test_blind_optimum_is_best_among_functions_of_the_class(seed: int) -> None:
    """L_inf of s(y, t) is InfoNCE of the pair (Y, T): its minimum is -I(Y; T), by the population optimum."""
    rng = np.random.default_rng(seed)
    model = token_model(random_law(3, 2, 2, rng=rng), random_rows(3, 2, levels=3, rng=rng), naming(1, 3, 2))
    joint, of = image_caption_law(model, PRUNED), factor_of_image(model, (CLASS,))
    blind = blind_optimum(model, of)
    assert infonce_limit(joint, blind) == pytest.approx(-model.mutual_information(CLASS, CLASS_TOKEN), abs=1e-12)
    for _ in range(3):
        other = blind + 0.3 * rng.normal(size=(3, 3))[of]
        assert infonce_limit(joint, other) >= infonce_limit(joint, blind) - 1e-12
    conditional, difference = blindness_cost(model)
    assert conditional == pytest.approx(difference, abs=1e-12)
    assert infonce_limit(joint, blind) - infonce_limit(joint, population_optimum(joint)) == pytest.approx(
        conditional, abs=1e-12
    )


def test_naming_tokens_name_one_factor() -> None:
    np.testing.assert_array_equal(naming(0, 2, 3).argmax(axis=2), [[0, 0, 0], [1, 1, 1]])
    np.testing.assert_array_equal(naming(1, 2, 3).argmax(axis=2), [[0, 1, 2], [0, 1, 2]])
    assert naming(1, 2, 3).shape == (2, 3, 3)


def test_statistic_joins_images_of_one_posterior() -> None:
    joint = np.array([[0.1, 0.1], [0.3, 0.1], [0.0, 0.0], [0.2, 0.2]])
    np.testing.assert_array_equal(sufficient_statistic(joint), [0, 1, -1, 0])
    np.testing.assert_array_equal(sufficient_statistic(joint, tolerance=0.5), [0, 0, -1, 0])
