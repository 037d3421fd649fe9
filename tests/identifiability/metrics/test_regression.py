"""R2 against scikit-learn, its invariance group, its ceiling, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score as sklearn_r2

from identifiability.metrics import permutation_floor, r2_kernel, r2_linear
from identifiability.metrics.kernel_ridge import BANDWIDTHS, PENALTIES, TOLERANCE, kernel_ridge_predict

seeds = st.integers(0, 2**31)


def draw(seed, train=120, test=80, inputs=3, targets=2, noise=0.3):
    """Train and test of a mildly nonlinear regression."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(train + test, inputs)) @ rng.normal(size=(inputs, inputs)) + rng.normal(size=inputs)
    y = np.tanh(x @ rng.normal(size=(inputs, targets))) + noise * rng.normal(size=(train + test, targets))
    return x[:train], y[:train], x[train:], y[train:]


def invertible(seed, size):
    """A matrix of condition number 10."""
    rng = np.random.default_rng(seed)
    left, right = (np.linalg.qr(rng.normal(size=(size, size)))[0] for _ in range(2))
    return left @ np.diag(np.geomspace(0.3, 3, size)) @ right


@settings(max_examples=20)
@given(seeds)
def test_linear_is_scikit_learn(seed):
    train_x, train_y, test_x, test_y = draw(seed)
    prediction = LinearRegression().fit(train_x, train_y).predict(test_x)
    expected = sklearn_r2(test_y, prediction, multioutput="raw_values")
    np.testing.assert_allclose(r2_linear(train_x, train_y, test_x, test_y), expected, rtol=1e-9, atol=1e-12)


def kernel_reference(train_x, train_y, test_x):
    """Grid search with scikit-learn on standardised inputs: penalties from the heaviest, kernels from the widest."""
    centre, scale = train_x.mean(0), train_x.std(0)
    train_x, test_x = (train_x - centre) / scale, (test_x - centre) / scale
    held_out = np.arange(len(train_x)) % 3 == 2
    prediction = np.empty((len(test_x), train_y.shape[1]))
    train_mean = train_y.mean(0)
    for target, y in enumerate((train_y - train_mean).T):
        choices = [
            KernelRidge(alpha=penalty, kernel="rbf", gamma=bandwidth / (2 * train_x.shape[1]))
            for penalty in PENALTIES
            for bandwidth in BANDWIDTHS
        ]
        errors = np.array(
            [
                np.mean((y[held_out] - choice.fit(train_x[~held_out], y[~held_out]).predict(train_x[held_out])) ** 2)
                for choice in choices
            ]
        )
        chosen = choices[np.flatnonzero(errors <= TOLERANCE * errors.min())[0]]
        prediction[:, target] = chosen.fit(train_x, y).predict(test_x)
    return prediction + train_mean


@settings(max_examples=6)
@given(seeds, st.sampled_from([0.0, 0.3, 3.0]))
def test_kernel_is_a_grid_search_with_scikit_learn(seed, noise):
    train_x, train_y, test_x, test_y = draw(seed, train=90, noise=noise)
    expected = kernel_reference(train_x, train_y, test_x)
    prediction = kernel_ridge_predict(train_x, train_y, test_x, scaling="standardise")
    np.testing.assert_allclose(prediction, expected, rtol=1e-5, atol=1e-5)
    score = r2_kernel(train_x, train_y, test_x, test_y, scaling="standardise")
    np.testing.assert_allclose(score, sklearn_r2(test_y, prediction, multioutput="raw_values"), rtol=1e-9)


@settings(max_examples=5)
@given(seeds)
def test_invertible_affine_maps_of_the_input_change_nothing(seed):
    train_x, train_y, test_x, test_y = draw(seed)
    matrix = invertible(seed, 3)
    moved = train_x @ matrix + 7, train_y, test_x @ matrix + 7, test_y
    for score, tolerance in ((r2_linear, 1e-9), (r2_kernel, 1e-6)):
        np.testing.assert_allclose(score(*moved), score(train_x, train_y, test_x, test_y), rtol=0, atol=tolerance)


@settings(max_examples=5)
@given(seeds, st.floats(1e-3, 1e3), st.floats(-1e3, 1e3))
def test_scale_and_shift_of_a_target_change_nothing(seed, scale, shift):
    train_x, train_y, test_x, test_y = draw(seed)
    moved = train_x, -scale * train_y + shift, test_x, -scale * test_y + shift
    for score in (r2_linear, r2_kernel):
        np.testing.assert_allclose(score(*moved), score(train_x, train_y, test_x, test_y), rtol=0, atol=1e-6)


@settings(max_examples=5)
@given(seeds)
def test_order_of_coordinates_and_of_test_samples_changes_nothing(seed):
    train_x, train_y, test_x, test_y = draw(seed)
    rows = np.random.default_rng(seed).permutation(len(test_x))
    moved = train_x[:, ::-1], train_y[:, ::-1], test_x[rows][:, ::-1], test_y[rows][:, ::-1]
    for score in (r2_linear, r2_kernel):
        np.testing.assert_allclose(score(*moved)[::-1], score(train_x, train_y, test_x, test_y), rtol=0, atol=1e-6)


@settings(max_examples=5)
@given(seeds)
def test_targets_do_not_feel_each_other(seed):
    train_x, train_y, test_x, test_y = draw(seed, targets=3)
    for score in (r2_linear, r2_kernel):
        alone = [score(train_x, train_y[:, [k]], test_x, test_y[:, [k]])[0] for k in range(3)]
        np.testing.assert_allclose(score(train_x, train_y, test_x, test_y), alone, rtol=0, atol=1e-9)


@pytest.mark.parametrize("score", [r2_linear, r2_kernel])
def test_a_perfect_prediction_shifted_by_one_is_still_perfect(score):
    """The known fault: without an intercept, Z + 1 scores 0.75 and Z + 5 less."""
    z = np.random.default_rng(0).normal(size=(500, 2))
    for shift in (1.0, 5.0):
        assert score(z[:300] + shift, z[:300], z[300:] + shift, z[300:]).min() > 0.999
        assert score(z[:300], z[:300] + shift, z[300:], z[300:] + shift).min() > 0.999


def test_kernel_sees_what_linear_cannot():
    z = np.random.default_rng(1).normal(size=(900, 2))
    y = z[:, [0]] * z[:, [1]]
    assert abs(r2_linear(z[:600], y[:600], z[600:], y[600:])[0]) < 0.1
    assert r2_kernel(z[:600], y[:600], z[600:], y[600:])[0] > 0.95


@pytest.mark.parametrize("score", [r2_linear, r2_kernel])
def test_inputs_that_do_not_vary_say_nothing(score):
    train_x, train_y, test_x, test_y = draw(2)
    padded = [np.hstack([x, np.full((len(x), 1), 3.7)]) for x in (train_x, test_x)]
    np.testing.assert_allclose(
        score(padded[0], train_y, padded[1], test_y), score(train_x, train_y, test_x, test_y), atol=1e-9
    )
    collapsed = score(np.ones((120, 2)), train_y, np.ones((80, 2)), test_y)
    assert (collapsed <= 0).all()
    assert (collapsed > -0.3).all()


@pytest.mark.parametrize("score", [r2_linear, r2_kernel])
def test_the_ceiling_of_a_gaussian_block_is_reached_and_not_passed(score, false_alarm):
    """y = x + e with Var e = 1 has R2 = 1/2; the test R2's standard deviation is about sqrt(4 R2 (1 - R2)^2 / m)."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(3000, 1))
    y = x + rng.normal(size=(3000, 1))
    spread = np.sqrt(4 * 0.5 * 0.5**2 / 2400)
    measured = score(x[:600], y[:600], x[600:], y[600:])[0]
    assert abs(measured - 0.5) < norm.isf(false_alarm / 2) * spread + 0.02  # 0.02: the fit's own error, > p / n


@pytest.mark.parametrize("score", [r2_linear, r2_kernel])
def test_shuffled_targets_score_nothing(score):
    """Off the train set a fit to noise loses about p/n and never gains; every copy is shuffled in another way."""
    train_x, train_y, test_x, test_y = draw(4, train=300, test=300, noise=0.1)
    floor = permutation_floor(
        train_x, train_y, test_x, test_y, rng=np.random.default_rng(0), repeats=4, regression=score
    )
    assert floor.shape == (4, 2)
    assert np.abs(floor).max() < 0.1 < score(train_x, train_y, test_x, test_y).min()
    assert len(np.unique(floor)) == 8


def good():
    return dict(zip(("train_x", "train_y", "test_x", "test_y"), draw(6), strict=True))


@pytest.mark.parametrize("score", [r2_linear, r2_kernel])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s["train_x"].__setitem__((5, 1), np.nan), "train_x holds nan at sample 5, coordinate 1 .1 entries"),
        (lambda s: s["test_y"].__setitem__((0, 0), np.inf), "test_y holds inf at sample 0, coordinate 0"),
        (
            lambda s: s["test_y"].__setitem__((slice(None), 1), 0.1),
            r"test_y is constant in coordinates \[1\].*collapsed",
        ),
        (lambda s: s.update(test_x=s["test_x"][:, :2]), "numbers of coordinates differ: {'train_x': 3, 'test_x': 2}"),
        (lambda s: s.update(train_y=s["train_y"][:90]), "numbers of samples differ: {'train_x': 120, 'train_y': 90}"),
        (lambda s: s.update(train_x=s["train_x"][:2], train_y=s["train_y"][:2]), "train_x has 2 samples; expected at"),
    ],
)
def test_bad_samples_are_refused_with_their_reason(score, change, message):
    samples = good()
    change(samples)
    with pytest.raises(ValueError, match=message):
        score.__wrapped__(**samples)  # below the type check that tests run


def test_too_few_samples_for_the_coordinates_are_refused():
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=(10, 9)), rng.normal(size=(10, 1))
    with pytest.raises(ValueError, match=r"10 samples of 9 coordinates; expected at least 11.*interpolates"):
        r2_linear(x, y, x, y)
    with pytest.raises(ValueError, match="train_x has 10 samples; expected at least 30"):
        r2_kernel(x, y, x, y)


def test_unknown_scaling_is_refused():
    train_x, train_y, test_x, _ = draw(8)
    with pytest.raises(ValueError, match=r"scaling 'none' is unknown; expected 'whiten' or 'standardise'"):
        kernel_ridge_predict.__wrapped__(train_x, train_y, test_x, scaling="none")
