from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from identifiability.exact import (
    bimodal_law,
    code_entropy,
    darmois_map,
    gaussian_law,
    hermite_code,
    largest_legendre_moment,
    log_jacobian,
    mm_align_at_darmois,
    scaled_code_loss,
    sub_block_code,
    surplus_coordinate_loss,
)


@settings(max_examples=10)
@given(st.floats(-0.8, 0.8), st.floats(0.6, 1.5))
def test_darmois_code_of_a_gaussian_attains_zero_and_is_uniform(correlation: float, scale: float) -> None:
    law = gaussian_law(np.array([[1.0, correlation * scale], [correlation * scale, scale**2]]))
    assert abs(mm_align_at_darmois(law, 0.2)) < 1e-12
    assert largest_legendre_moment(law, 0.2, degree=4) < 1e-9


def test_darmois_code_of_a_law_that_is_not_gaussian_attains_zero_and_is_uniform() -> None:
    assert abs(mm_align_at_darmois(bimodal_law(), 0.15)) < 1e-12
    assert largest_legendre_moment(bimodal_law(), 0.15, degree=5) < 1e-12


def test_conditionals_multiply_to_the_gaussian_density() -> None:
    covariance = np.array([[1.0, 0.3, 0.1], [0.3, 0.8, -0.2], [0.1, -0.2, 1.2]])
    points = np.random.default_rng(0).normal(size=(20, 3))
    law = gaussian_law(covariance)
    product = np.prod([density(points) for density in law.density], axis=0)
    np.testing.assert_allclose(product, multivariate_normal(cov=covariance).pdf(points), rtol=1e-12)
    slope = covariance[0, 1] / covariance[0, 0]
    spread = np.sqrt(covariance[1, 1] - slope * covariance[0, 1])
    np.testing.assert_allclose(
        darmois_map(law, points)[:, 1], norm.cdf((points[:, 1] - slope * points[:, 0]) / spread), rtol=1e-12
    )


def test_jacobian_of_the_map_agrees_with_differences() -> None:
    points = np.random.default_rng(0).normal(size=(20, 2))
    jacobian = np.stack(
        [
            (darmois_map(bimodal_law(), points + step) - darmois_map(bimodal_law(), points - step)) / 2e-5
            for step in 1e-5 * np.eye(2)
        ],
        axis=-1,
    )
    np.testing.assert_allclose(np.log(np.linalg.det(jacobian)), log_jacobian(bimodal_law(), points), atol=1e-7)


def test_a_dependent_code_with_uniform_margins_is_seen_as_not_uniform() -> None:
    covariance = np.array([[1.0, 0.6], [0.6, 1.0]])
    margins = replace(gaussian_law(covariance), distribution=gaussian_law(np.eye(2)).distribution)
    assert largest_legendre_moment(margins, 0.2, degree=1) > 0.1


def test_the_wrong_map_is_neither_optimal_nor_uniform() -> None:
    right, wrong = gaussian_law(np.array([[1.0, 0.6], [0.6, 1.0]])), gaussian_law(np.eye(2))
    nodes, _ = right.quadrature(0.2)
    assert -2 * code_entropy(right, log_jacobian(wrong, nodes), 0.2) == pytest.approx(-np.log(1 - 0.36), abs=1e-10)


def test_scaling_an_unbounded_code_lowers_the_loss_by_2_n_log_c() -> None:
    covariance = np.array([[1.0, 0.4], [0.4, 1.0]])
    unit = scaled_code_loss(covariance, 1.0, 0.3)
    assert unit == pytest.approx(-2 * np.log(2 * np.pi * np.e), abs=1e-12)
    assert scaled_code_loss(covariance, 100.0, 0.3) == pytest.approx(unit - 4 * np.log(100.0), abs=1e-12)


@pytest.mark.parametrize("n", [2, 4, 6])
def test_hermite_polynomials_of_one_coordinate_are_optimal_for_log_det(n: int) -> None:
    code = hermite_code(n)
    np.testing.assert_allclose(code.covariance, np.eye(n), atol=1e-11)
    assert code.surrogate_loss == pytest.approx(0.0, abs=1e-10)
    np.testing.assert_allclose(code.cross_covariance, np.eye(n)[:, [0]] * np.eye(n)[0], atol=1e-12)


def test_every_sub_block_is_optimal_and_loses_the_rest() -> None:
    covariance = np.array([[1.0, 0.5, 0.2], [0.5, 2.0, -0.3], [0.2, -0.3, 1.0]])
    code = sub_block_code(covariance, (0, 2), 0.3)
    assert abs(code.loss) < 1e-12
    conditional = 1 / np.linalg.inv(covariance)[1, 1]  # Var(z_1 | z_0, z_2)
    np.testing.assert_allclose(code.unexplained, [conditional / covariance[1, 1]], rtol=1e-12)


@settings(max_examples=20)
@given(st.floats(1e-6, 1.0))
def test_surplus_dimension_is_cheaper_the_more_private_information_it_carries(private: float) -> None:
    assert surplus_coordinate_loss(private) == pytest.approx(private / 3 - 2 * np.log(private), abs=1e-12)
    assert surplus_coordinate_loss(private) >= surplus_coordinate_loss(1.0) - 1e-12


def test_a_covariance_without_density_is_refused() -> None:
    with pytest.raises(ValueError, match="not symmetric positive definite; z_inv must have a density"):
        gaussian_law(np.ones((2, 2)))
