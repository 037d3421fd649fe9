import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from identifiability.exact import (
    block_information,
    canonical_correlations,
    discretised_information,
    discretised_pair,
)


def random_covariance(seed: int, n: int) -> np.ndarray:
    factor = np.random.default_rng(seed).normal(size=(n, n))
    return factor @ factor.T + 0.5 * np.eye(n)


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.integers(2, 5), st.integers(1, 4))
def test_discretised_information_rises_to_the_closed_form_from_below(seed: int, n: int, split: int) -> None:
    split = min(split, n - 1)
    covariance = random_covariance(seed, n)
    information = block_information(covariance, split)
    assert information == pytest.approx(-0.5 * np.log1p(-(canonical_correlations(covariance, split) ** 2)).sum())
    gaps = information - np.array([discretised_information(covariance, split, cells) for cells in (2, 4, 8, 16, 32)])
    assert (gaps > 0).all()
    assert (gaps[1:] < 0.75 * gaps[:-1]).all()


def test_information_is_unchanged_by_invertible_maps_of_a_block() -> None:
    covariance = random_covariance(0, 5)
    mixing = np.eye(5)
    mixing[:2, :2] = [[2.0, 1.0], [0.0, -3.0]]
    assert block_information(mixing @ covariance @ mixing.T, 2) == pytest.approx(block_information(covariance, 2))
    assert block_information(np.diag([1.0, 2.0, 3.0]), 1) == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize("correlation", [-0.6, 0.3, 0.9])
def test_discretised_pair_has_equal_margins_and_the_bivariate_normal_orthants(correlation: float) -> None:
    table = discretised_pair(correlation, 4)
    np.testing.assert_allclose(table.sum(axis=0), 0.25, atol=1e-12)
    np.testing.assert_allclose(table.sum(axis=1), 0.25, atol=1e-12)
    law = multivariate_normal(cov=np.array([[1.0, correlation], [correlation, 1.0]]))
    edge = norm.ppf(0.25)
    assert table[0, 0] == pytest.approx(law.cdf(np.array([edge, edge])), abs=1e-7)
    orthant = 0.25 + np.arcsin(correlation) / (2 * np.pi)
    assert table[:2, :2].sum() == pytest.approx(orthant, abs=1e-12)


def test_a_degenerate_covariance_is_refused() -> None:
    with pytest.raises(ValueError, match="mutual information may be infinite"):
        block_information(np.ones((2, 2)), 1)
    with pytest.raises(ValueError, match="leaves an empty block"):
        block_information(np.eye(2), 2)
