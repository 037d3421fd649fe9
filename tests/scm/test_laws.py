"""Block laws: every sampler against its own exact moments, exact identities of the moments, refused covariances.

Each statistical test splits the suite's false-alarm rate over its p-values (Bonferroni).
"""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Float
from scipy import stats

from scm.copies import NoisyCopy, StyleChange
from scm.laws import LinearGaussian, SineGaussian, correlated_copy, evaluate, total_noise_dim
from scm.linear import random_correlation, require_positive_definite, row_operator, wishart_covariance

N = 3000


def normal_p_values(white: Float[np.ndarray, "n d"]) -> list[float]:
    """p-values of: columns are N(0, 1) (Kolmogorov-Smirnov), with exact mean square, and pairwise uncorrelated."""
    n, d = white.shape
    p_values = [stats.kstest(column, "norm").pvalue for column in white.T]
    lower = stats.chi2.cdf((white**2).sum(axis=0), n)
    p_values += list(2 * np.minimum(lower, 1 - lower))
    p_values += [stats.pearsonr(white[:, i], white[:, j]).pvalue for i in range(d) for j in range(i)]
    return p_values


def binomial_p_value(count: int, n: int, p: float) -> float:
    return float(stats.binomtest(count, n, p).pvalue)


def random_law(kind: str, rng: np.random.Generator) -> LinearGaussian | SineGaussian:
    """A law of a 3-d block with parent z, 2-d."""
    weight, covariance = rng.standard_normal((3, 2)), wishart_covariance(3, rng=rng) + 0.01 * np.eye(3)
    if kind == "sine":
        return SineGaussian("x", "z", weight, covariance)
    if kind == "white":
        covariance = np.eye(3)
    return LinearGaussian("x", {} if kind == "root" else {"z": weight}, rng.standard_normal(3), covariance)


@pytest.mark.parametrize("kind", ["linear", "root", "white", "sine"])
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=8)
def test_gaussian_sampler_follows_its_own_conditional_moments(kind: str, seed: int, false_alarm: float) -> None:
    rng = np.random.default_rng(seed)
    law = random_law(kind, rng)
    parents = {"z": rng.standard_normal((N, 2))}
    residual = law.sample(parents, N, rng=rng) - law.mean(parents)
    white = np.linalg.solve(np.linalg.cholesky(law.covariance(parents)), residual.T).T
    p_values = normal_p_values(white)
    # The residual is independent of the parents, so it is uncorrelated with them and with their squares.
    others = [parents["z"], parents["z"] ** 2]
    p_values += [stats.pearsonr(white[:, i], z[:, j]).pvalue for z in others for i in range(3) for j in range(2)]
    assert min(p_values) > false_alarm / len(p_values)


@pytest.mark.parametrize("probability", [0.3, 0.75, 1.0])
def test_style_change_moves_each_coordinate_by_a_normal_with_its_probability(
    probability: float, false_alarm: float
) -> None:
    rng = np.random.default_rng(7)
    law = StyleChange("s", 3, probability)
    style = rng.standard_normal((20_000, 3))
    moves = law.sample({"s": style}, len(style), rng=rng) - style
    changed = moves != 0
    p_values = [binomial_p_value(int(column.sum()), len(style), probability) for column in changed.T]
    p_values += [binomial_p_value(int(changed.all(axis=1).sum()), len(style), probability**3)]
    p_values += [stats.kstest(moves[:, j][changed[:, j]], "norm").pvalue for j in range(3)]
    assert min(p_values) > false_alarm / len(p_values)
    assert np.array_equal(law.covariance({}), probability * np.eye(3))
    assert law.mean({"s": style}) is style


def test_a_style_that_never_changes_is_copied_without_gates() -> None:
    law = StyleChange("s", 3, 0.0)
    style = np.random.default_rng(7).standard_normal((1000, 3))
    assert np.array_equal(law.sample({"s": style}, len(style), rng=np.random.default_rng(8)), style)
    assert law.gate_probabilities == ()
    assert np.array_equal(law.covariance({}), np.zeros((3, 3)))
    assert np.array_equal(law.given_gates(())[1], np.zeros((3, 3)))


def test_noisy_copy_selects_redraws_and_adds_noise_as_its_moments_say(false_alarm: float) -> None:
    rng = np.random.default_rng(11)
    variances = np.array([1.0, 4.0, 0.25, 2.0])
    z = rng.standard_normal((20_000, 4)) * np.sqrt(variances)
    plain = NoisyCopy("z", (0, 1, 3), (1,), variances, probability=0.4)
    copy = plain.sample({"z": z}, len(z), rng=rng)
    assert np.array_equal(copy[:, [0, 2]], z[:, [0, 3]])
    redrawn = copy[:, 1] != z[:, 1]
    p_values = [binomial_p_value(int(redrawn.sum()), len(z), 0.4)]
    p_values += [stats.kstest(copy[redrawn, 1] / 2, "norm").pvalue]
    p_values += [stats.pearsonr(copy[redrawn, 1], z[redrawn, 1]).pvalue]
    noisy = NoisyCopy("z", (0, 1, 3), (), variances, noise_sd=0.5)
    p_values += normal_p_values((noisy.sample({"z": z}, len(z), rng=rng) - z[:, [0, 1, 3]]) / 0.5)
    # Both at once, by the exact conditional moments: chi-square of squares over variance, which is linear in z^2.
    both = NoisyCopy("z", (0, 1, 3), (1,), variances, probability=0.4, noise_sd=0.5)
    residual = both.sample({"z": z}, len(z), rng=rng) - both.mean({"z": z})
    excess = residual**2 - np.einsum("njj->nj", both.covariance({"z": z}))
    p_values += list(2 * stats.norm.sf(np.abs(residual.mean(0) / residual.std(0)) * np.sqrt(len(z))))
    p_values += list(2 * stats.norm.sf(np.abs(excess.mean(0) / excess.std(0)) * np.sqrt(len(z))))
    assert min(p_values) > false_alarm / len(p_values)


@given(seed=st.integers(0, 2**32 - 1), p=st.floats(0.05, 0.95), sd=st.sampled_from([0.0, 0.7]))
@settings(max_examples=40)
def test_a_gated_law_is_the_mixture_of_its_gaussian_components(seed: int, p: float, sd: float) -> None:
    """sum_b P(b) W_b = W and sum_b P(b) (C_b + W_b S W_b^T) = C + W S W^T: the laws of total mean and variance."""
    covariance = wishart_covariance(3, rng=np.random.default_rng(seed))
    for law in (
        StyleChange("z", 3, p),
        NoisyCopy("z", (0, 2), (2,), np.diag(covariance), p, sd),
        NoisyCopy("z", (0, 1, 2), (0, 1), np.diag(covariance), p, sd),
    ):
        weight, second = np.zeros((law.dim, 3)), np.zeros((law.dim, law.dim))
        for gates in product((False, True), repeat=len(law.gate_probabilities)):
            share = np.prod([q if gate else 1 - q for q, gate in zip(law.gate_probabilities, gates, strict=True)])
            weights, noise = law.given_gates(gates)
            weight += share * weights["z"]
            second += share * (noise + weights["z"] @ covariance @ weights["z"].T)
        mean = law.linear_mean()["z"]
        np.testing.assert_allclose(weight, mean, atol=1e-12)
        # Off the diagonal the gates of two coordinates are independent, so only the diagonal has E Cov[x | z].
        np.testing.assert_allclose(second, law.average_covariance() + mean @ covariance @ mean.T, atol=1e-12)


def test_a_gate_of_probability_one_is_no_gate() -> None:
    for law in (StyleChange("z", 2, 1.0), NoisyCopy("z", (0, 1), (1,), np.array([1.0, 3.0]), 1.0)):
        assert law.gate_probabilities == ()
        weights, noise = law.given_gates(())
        np.testing.assert_array_equal(weights["z"], law.linear_mean()["z"])
        np.testing.assert_array_equal(noise, law.average_covariance())


@given(seed=st.integers(0, 2**32 - 1), rho=st.floats(-0.99, 0.99))
@settings(max_examples=40)
def test_correlated_copy_keeps_the_margin_and_has_the_correlation(seed: int, rho: float) -> None:
    law = correlated_copy("x", "s", 2, rho)
    weight = law.weights["s"] if rho else np.zeros((2, 2))
    np.testing.assert_allclose(weight, rho * np.eye(2))
    np.testing.assert_allclose(weight @ weight.T + law.noise_covariance, np.eye(2), atol=1e-12)
    assert law.parents == (("s",) if rho else ())


def test_float32_noise_gives_float32_values_close_to_those_of_float64() -> None:
    rng = np.random.default_rng(3)
    noise = rng.standard_normal((50, 3))
    z = rng.standard_normal((50, 2))
    for kind in ("linear", "root", "white", "sine"):
        law = random_law(kind, rng)
        single = law.transform({"z": z.astype(np.float32)}, noise.astype(np.float32))
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, law.transform({"z": z}, noise), atol=1e-5)


def test_evaluate_gives_every_law_its_own_columns_of_noise() -> None:
    rng = np.random.default_rng(5)
    laws = {"z": random_law("root", rng), "s": StyleChange("z", 3, 0.5), "w": random_law("root", rng)}
    assert total_noise_dim(laws) == 3 + 6 + 3
    noise = rng.standard_normal((10, 12))
    values = evaluate(laws, noise)
    np.testing.assert_array_equal(values["w"], laws["w"].transform({}, noise[:, 9:]))
    np.testing.assert_array_equal(values["s"], laws["s"].transform({"z": values["z"]}, noise[:, 3:9]))


@given(seed=st.integers(0, 2**32 - 1), smallest=st.floats(-2.0, 0.0), size=st.integers(2, 5))
@settings(max_examples=30)
def test_a_covariance_that_is_not_positive_definite_is_refused(seed: int, smallest: float, size: int) -> None:
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.standard_normal((size, size)))[0]
    covariance = basis @ np.diag([smallest, *np.linspace(1, 2, size - 1)]) @ basis.T
    covariance = (covariance + covariance.T) / 2
    with pytest.raises(ValueError, match=r"covariance of z_inv is not positive definite: .* has no density") as error:
        LinearGaussian("z_inv", {}, np.zeros(size), covariance)
    named = float(str(error.value).split("smallest eigenvalue is ")[1].split(" ")[0])
    assert named == pytest.approx(smallest, rel=0.01, abs=1e-12)
    with pytest.raises(ValueError, match="is not positive definite"):
        SineGaussian("z_dp_img", "z_inv", np.ones((size, 2)), covariance)
    require_positive_definite(covariance + (0.1 - smallest) * np.eye(size), "the shifted matrix")


def test_an_asymmetric_or_undefined_covariance_is_refused() -> None:
    with pytest.raises(ValueError, match=r"S is not symmetric \(largest \|S - S\^T\| is 0.5\)"):
        require_positive_definite(np.array([[1.0, 0.5], [0.0, 1.0]]), "S")
    with pytest.raises(ValueError, match="S is not symmetric"):
        require_positive_definite(np.array([[1.0, np.nan], [np.nan, 1.0]]), "S")


@pytest.mark.parametrize("dim", [2, 4])
def test_random_correlations_are_uniform_over_correlation_matrices(dim: int, false_alarm: float) -> None:
    """Under the uniform law (1 + r) / 2 ~ Beta(d / 2, d / 2) for each entry (Joe 2006)."""
    rng = np.random.default_rng(dim)
    draws = [random_correlation(dim, rng=rng) for _ in range(2000)]
    entries = np.array([draw[0, -1] for draw in draws])
    assert stats.kstest((1 + entries) / 2, stats.beta(dim / 2, dim / 2).cdf).pvalue > false_alarm
    for draw in draws[:50]:
        assert np.array_equal(np.diag(draw), np.ones(dim))
        require_positive_definite(draw, "a random correlation")


@given(seed=st.integers(0, 2**32 - 1), dim=st.integers(1, 8))
@settings(max_examples=40)
def test_wishart_covariances_are_positive_definite_with_unit_mean_variance(seed: int, dim: int) -> None:
    covariance = wishart_covariance(dim, rng=np.random.default_rng(seed))
    require_positive_definite(covariance, "a Wishart draw")
    assert np.trace(covariance) == pytest.approx(dim)


def test_row_operator_applies_the_matrix_to_every_row() -> None:
    matrix, rows = np.arange(6.0).reshape(2, 3), np.arange(12.0).reshape(4, 3)
    operator = row_operator(matrix, np.float32)
    assert operator.flags.c_contiguous
    assert operator.dtype == np.float32
    np.testing.assert_array_equal(rows @ operator, np.array([matrix @ row for row in rows]))
