"""Mean correlation coefficient against a search over all matchings, its invariances, and how it differs from R2."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from identifiability.metrics import matched_correlations, mcc, r2_linear

seeds = st.integers(0, 2**31)
correlations = st.sampled_from(["pearson", "spearman"])


def draw(seed, codes=3, latents=3, samples=40):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(samples, latents))
    return z @ rng.normal(size=(latents, codes)) + rng.normal(size=(samples, codes)), z


@settings(max_examples=15)
@given(seeds, correlations, st.integers(1, 4), st.integers(1, 4))
def test_the_matching_is_the_best_of_all(seed, correlation, width, latents):
    codes, z = draw(seed, width, latents)
    table = np.empty((width, latents))
    for i in range(width):
        for j in range(latents):
            pair = codes[:, i], z[:, j]
            table[i, j] = abs(spearmanr(*pair)[0] if correlation == "spearman" else np.corrcoef(*pair)[0, 1])
    padded = np.zeros((max(table.shape), max(table.shape)))
    padded[:width, :latents] = table
    best = max(sum(padded[order[j], j] for j in range(latents)) for order in permutations(range(len(padded))))
    assert mcc(codes, z, correlation=correlation) == pytest.approx(best / latents, rel=1e-9)


@settings(max_examples=15)
@given(seeds, correlations)
def test_order_sign_scale_and_shift_of_code_coordinates_change_nothing(seed, correlation):
    codes, z = draw(seed)
    moved = -2 * codes[:, ::-1] + 5
    np.testing.assert_allclose(
        matched_correlations(moved, z, correlation=correlation),
        matched_correlations(codes, z, correlation=correlation),
        rtol=1e-9,
    )


@settings(max_examples=15)
@given(seeds)
def test_monotone_maps_leave_spearman_and_not_pearson(seed):
    codes, z = draw(seed)
    assert mcc(np.exp(codes), z, correlation="spearman") == pytest.approx(mcc(codes, z, correlation="spearman"))
    assert mcc(np.exp(3 * z), z, correlation="spearman") == 1.0
    assert mcc(np.exp(3 * z), z) < 0.95


def test_a_rotation_of_the_content_keeps_r2_and_lowers_mcc():
    """Block identification is not component identification."""
    z = np.random.default_rng(0).normal(size=(400, 2))
    rotated = z @ np.array([[1, 1], [-1, 1]]) / np.sqrt(2)
    assert r2_linear(rotated[:200], z[:200], rotated[200:], z[200:]).min() > 0.999
    assert mcc(rotated, z) < 0.8
    assert mcc(z[:, ::-1], z) == pytest.approx(1.0)


def test_a_latent_without_a_partner_counts_nothing():
    z = np.random.default_rng(1).normal(size=(50, 2))
    np.testing.assert_allclose(matched_correlations(z[:, 1:], z), [0, 1])
    assert mcc(z[:, 1:], z) == pytest.approx(0.5)


def test_ties_share_a_rank():
    codes, z = np.array([[1.0], [2], [2], [3], [3], [5]]), np.array([[1.0], [2], [3], [3], [4], [6]])
    assert mcc(codes, z, correlation="spearman") == pytest.approx(spearmanr(codes[:, 0], z[:, 0])[0])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"codes": np.ones((40, 3))}, r"codes is constant in coordinates \[0, 1, 2\].*collapsed"),
        ({"latents": np.full((40, 3), np.nan)}, "latents holds nan at sample 0, coordinate 0"),
        ({"latents": np.ones((39, 3))}, "numbers of samples differ: {'codes': 40, 'latents': 39}"),
        ({"correlation": "kendall"}, "correlation 'kendall' is unknown; expected 'pearson' or 'spearman'"),
    ],
)
def test_bad_input_is_refused_with_its_reason(change, message):
    codes, z = draw(2)
    with pytest.raises(ValueError, match=message):
        matched_correlations.__wrapped__(**{"codes": codes, "latents": z, **change})
