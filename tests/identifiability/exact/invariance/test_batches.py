import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from identifiability.exact.infonce import finite_k_gap, infonce_loss, population_optimum
from identifiability.exact.invariance.batches import (
    balanced_law,
    proposal_optimum,
    shown_value,
    stratified_loss,
    stratified_optimum,
    swapped_optimum,
    within_strata,
)
from identifiability.exact.invariance.designs import deviation
from identifiability.exact.random_laws import random_law
from scm import FiniteLaw

SEEDS = st.integers(0, 2**32 - 1)
ZEROS = st.sampled_from([0.0, 0.4])


def shows_context(seed: int, *, zeros: float = 0.0) -> np.ndarray:
    """A random p(x, y, z) of 6 images, 3 classes, 2 contexts, the context a function of the image."""
    joint = random_law(6, 3, zeros=zeros, rng=np.random.default_rng(seed))
    law = np.zeros((6, 3, 2))
    law[::2, :, 0], law[1::2, :, 1] = joint[::2], joint[1::2]
    return law


@settings(max_examples=20)
@given(SEEDS, ZEROS, st.integers(2, 4))
def test_optimum_against_a_proposal_of_each_image(seed: int, zeros: float, k: int) -> None:
    """Image by image the softmax over a batch is the posterior of the positive: no critic can be better."""
    rng = np.random.default_rng(seed)
    joint, proposal = random_law(4, 3, zeros=zeros, rng=rng), rng.dirichlet(np.ones(3), size=4)
    critic = proposal_optimum(joint, proposal)
    for x in np.flatnonzero(joint.sum(axis=1)):
        row = joint[x : x + 1] / joint[x].sum()
        assert abs(finite_k_gap(row, critic[x : x + 1], k, negatives=proposal[x])) < 1e-12
    missing = joint.sum(axis=1) == 0
    assert np.isnan(critic[missing]).all()
    assert not np.isnan(critic[~missing]).any()


def test_texts_outside_the_batches_of_an_image_have_no_score() -> None:
    joint = np.array([[0.5, 0.0], [0.2, 0.3]])
    critic = proposal_optimum(joint, np.array([[1.0, 0.0], [0.5, 0.5]]))
    np.testing.assert_allclose(critic, [[0.0, np.nan], np.log([0.8, 1.2])])
    with pytest.raises(ValueError, match="never a negative can be scored"):
        proposal_optimum(joint, np.array([[1.0, 0.0], [1.0, 0.0]]))
    with pytest.raises(ValueError, match="it is not a law"):
        proposal_optimum(joint, np.array([[1.0, 0.0], [1.0, 0.5]]))


@settings(max_examples=20)
@given(SEEDS, ZEROS)
def test_strata_shown_by_the_image_have_a_closed_form(seed: int, zeros: float) -> None:
    law = shows_context(seed, zeros=zeros)
    closed = proposal_optimum(law.sum(axis=2), within_strata(law))
    fitted = stratified_optimum(law)
    np.testing.assert_array_equal(shown_value(law)[law.any(axis=(1, 2))], (np.arange(6) % 2)[law.any(axis=(1, 2))])
    assert deviation(fitted, np.where(np.isnan(closed), -np.inf, closed)) < 1e-9
    for k in (2, 4):
        best = stratified_loss(law, np.where(np.isnan(closed), 0.0, closed), k)
        rng = np.random.default_rng(seed)
        assert stratified_loss(law, rng.normal(size=(6, 3)), k) >= best - 1e-12


@settings(max_examples=5)
@given(SEEDS)
def test_fit_is_the_minimum_that_a_general_optimiser_finds(seed: int) -> None:
    law = random_law(3, 3, 2, rng=np.random.default_rng(seed))
    prior = law.sum(axis=0) / law.sum(axis=(0, 1))

    def loss(flat: np.ndarray) -> float:
        critic = flat.reshape(3, 3)
        return float((law.sum(axis=1) * np.log(np.exp(critic) @ prior)).sum() - (law.sum(axis=2) * critic).sum())

    fitted = stratified_optimum(law)
    found = minimize(loss, np.zeros(9), method="BFGS", options={"gtol": 1e-8})
    assert loss(fitted.ravel()) <= found.fun + 1e-12
    assert deviation(fitted, found.x.reshape(3, 3)) < 1e-4


@settings(max_examples=20)
@given(SEEDS)
def test_one_stratum_is_the_pool(seed: int) -> None:
    joint = random_law(5, 3, zeros=0.3, rng=np.random.default_rng(seed))
    critic = np.random.default_rng(seed).normal(size=(5, 3))
    assert deviation(stratified_optimum(joint[:, :, None]), population_optimum(joint)) < 1e-9
    assert stratified_loss(joint[:, :, None], critic, 3) == pytest.approx(infonce_loss(joint, critic, 3), abs=1e-12)


def test_fit_survives_extreme_laws() -> None:
    rng = np.random.default_rng(0)
    for _ in range(10):
        law = np.exp(2 * rng.normal(size=(20, 5, 3))) * (rng.random((20, 5, 3)) < 0.6)
        law /= law.sum()
        score = stratified_optimum(law, tolerance=1e-11)
        named = FiniteLaw(("x", "y", "z"), law)
        share, prior, target = (
            np.nan_to_num(named.conditional(a, b, undefined="nan")) for a, b in (("z", "x"), ("y", "z"), ("y", "x"))
        )
        weight = np.exp(score - score.max(axis=1, keepdims=True))[:, None] * prior
        posterior = weight / np.maximum(weight.sum(axis=2, keepdims=True), 1e-300)
        np.testing.assert_allclose(np.einsum("xz,xzy->xy", share, posterior), target, atol=1e-9)


@settings(max_examples=20)
@given(SEEDS)
def test_swapped_captions_divide_by_their_proposal_and_leave_other_contexts_open(seed: int) -> None:
    law, proposal = shows_context(seed), np.random.default_rng(seed).dirichlet(np.ones(3), size=2)
    critic = swapped_optimum(law, proposal)
    for x in range(6):
        z = x % 2
        np.testing.assert_allclose(critic[x, :, z], np.log(law[x, :, z] / law[x, :, z].sum() / proposal[z]), atol=1e-12)
        assert np.isnan(critic[x, :, 1 - z]).all()


@settings(max_examples=20)
@given(SEEDS)
def test_balancing_keeps_the_images_of_every_class_and_context(seed: int) -> None:
    law = random_law(4, 3, 2, rng=np.random.default_rng(seed))
    before, after = (FiniteLaw(("x", "y", "z"), table) for table in (law, balanced_law(law)))
    assert after.independent("y", "z")
    np.testing.assert_allclose(after.marginal("y"), before.marginal("y"), atol=1e-12)
    np.testing.assert_allclose(after.conditional("x", ("y", "z")), before.conditional("x", ("y", "z")), atol=1e-12)


def test_an_image_of_two_contexts_is_named() -> None:
    law = np.full((2, 2, 2), 0.125)
    law[0] = [[0.25, 0.0], [0.25, 0.0]]
    with pytest.raises(ValueError, match=r"image 1 occurs with the values \[0, 1\] .* \(1 such images\)"):
        shown_value(law)
    with pytest.raises(ValueError, match="one image has one matched prompt"):
        within_strata(law)
    empty = np.zeros((2, 2, 2))
    empty[0] = [[0.5, 0.0], [0.5, 0.0]]
    np.testing.assert_array_equal(shown_value(empty), [0, -1])


def test_a_fit_that_does_not_converge_says_so() -> None:
    law = random_law(3, 3, 2, rng=np.random.default_rng(0))
    with pytest.raises(ArithmeticError, match="after 200 Newton steps"):
        stratified_optimum(law, tolerance=-1.0)
