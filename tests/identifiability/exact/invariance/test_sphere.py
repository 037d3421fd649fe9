"""Unit-length codes of class-only captions: the bound, the codes that attain it, and the descent that finds them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime, minimize_scalar

from identifiability.exact.infonce import infonce_limit, population_optimum
from identifiability.exact.invariance.sphere import (
    SphereProblem,
    _loss,
    coded,
    descend,
    least_loss_on_the_line,
    optimal_codes,
    simplex,
)
from scm import FiniteLaw

problems = st.builds(
    SphereProblem,
    classes=st.integers(2, 5),
    noise=st.floats(1e-3, 0.45),
    temperature=st.floats(0.05, 3.0),
)


def _unit(rows: int, dim: int, rng: np.random.Generator) -> np.ndarray:
    codes = rng.standard_normal((rows, dim))
    return codes / np.linalg.norm(codes, axis=1, keepdims=True)


@given(problem=problems)
@settings(max_examples=30)
def test_the_margin_of_least_loss_is_that_of_the_log_ratio(problem: SphereProblem) -> None:
    found = minimize_scalar(problem.loss_of_margin, bounds=(-5, 30), method="bounded", options={"xatol": 1e-9})
    assert problem.best_margin == pytest.approx(found.x, abs=1e-5)
    joint = problem.joint(2)
    ratio = population_optimum(joint)
    assert ratio[0, 0] - ratio[0, 1] == pytest.approx(problem.best_margin)
    information = FiniteLaw(("x", "t"), joint).mutual_information("x", "t")
    assert problem.loss_of_margin(problem.best_margin) == pytest.approx(-information, abs=1e-12)


def test_the_values_of_four_classes_with_a_tenth_of_wrong_words() -> None:
    critical = SphereProblem(4, 0.1, 1.0).critical_temperature
    assert critical == pytest.approx(0.404551, abs=5e-7)
    for temperature, bound in ((0.2, -0.951350), (1.0, -0.670303), (1.3 * critical, -0.919495)):
        assert SphereProblem(4, 0.1, temperature).bound == pytest.approx(bound, abs=5e-7)


@given(problem=problems)
@settings(max_examples=20)
def test_critical_noise_and_critical_temperature_are_the_same_line(problem: SphereProblem) -> None:
    above = problem.temperature >= problem.critical_temperature
    assert above == (np.log(problem.noise) <= problem.log_critical_noise)


@given(problem=problems, seed=st.integers(0, 10**6))
@settings(max_examples=30)
def test_the_closed_form_attains_the_bound_and_no_other_unit_codes_go_below(problem: SphereProblem, seed: int) -> None:
    rng, joint = np.random.default_rng(seed), problem.joint(2)
    best = optimal_codes(problem, 2, problem.classes)
    assert np.allclose(np.linalg.norm(best.image, axis=-1), 1)
    assert np.allclose(np.linalg.norm(best.text, axis=-1), 1)
    scores = best.image.reshape(-1, problem.classes) @ best.text.T / problem.temperature
    assert best.loss == pytest.approx(infonce_limit(joint, scores), abs=1e-12)
    assert best.backward_loss == pytest.approx(infonce_limit(joint.T, scores.T), abs=1e-12)
    assert best.loss == pytest.approx(problem.bound, abs=1e-12)
    assert best.backward_loss == pytest.approx(problem.bound, abs=1e-12)
    low = problem.temperature < problem.critical_temperature
    spare = 1 - (problem.temperature / problem.critical_temperature) ** 2
    assert best.image_dependence == pytest.approx(2 * np.sqrt(spare) if low else 0.0)
    for scale in (1.0, 0.05):  # anywhere, and near the optimum
        image = best.image + scale * _unit(problem.classes * 2, problem.classes, rng).reshape(best.image.shape)
        text = best.text + scale * _unit(problem.classes, problem.classes, rng)
        image /= np.linalg.norm(image, axis=-1, keepdims=True)
        text /= np.linalg.norm(text, axis=-1, keepdims=True)
        other = coded(joint, image, text, problem.temperature)
        assert min(other.loss, other.backward_loss) >= problem.bound - 1e-12


@pytest.mark.parametrize("transposed", [False, True])
def test_loss_and_gradients(transposed: bool) -> None:
    rng = np.random.default_rng(3)
    joint = rng.random((5, 3)) / 7.5
    joint /= joint.sum()
    image, text = rng.standard_normal((5, 2)), rng.standard_normal((3, 2))
    if transposed:
        joint, image, text = joint.T, text, image

    def value(flat: np.ndarray) -> float:
        codes = flat.reshape(-1, 2)
        return infonce_limit(joint, codes[: len(image)] @ codes[len(image) :].T / 0.7)

    loss, by_image, by_text = _loss(joint, image, text, 0.7)
    flat = np.concatenate([image, text]).ravel()
    assert loss == pytest.approx(value(flat), abs=1e-13)
    assert np.allclose(np.concatenate([by_image, by_text]).ravel(), approx_fprime(flat, value), atol=1e-6)


def test_descent_finds_the_minimum_on_both_sides() -> None:
    for ratio, free in ((0.6, False), (1.4, True)):
        temperature = ratio * SphereProblem(3, 0.2, 1.0).critical_temperature
        problem = SphereProblem(3, 0.2, temperature)
        for symmetric in (False, True):
            rng = np.random.default_rng(5)
            codes = descend(problem.joint(2), temperature, 2, 5, rng=rng, symmetric=symmetric)
            assert codes.loss == pytest.approx(problem.bound, abs=1e-9)
            assert (codes.image_dependence < 1e-4) == free
            assert codes.predictor_dependence < 1e-5
            assert codes.simplex_error < 1e-4 or not free


def test_the_line_by_trying_every_code() -> None:
    problem = SphereProblem(2, 0.1, 0.9)
    joint, least = problem.joint(2), np.inf
    for signs in np.ndindex(2, 2, 2, 2, 2, 2):
        codes = 1.0 - 2.0 * np.array(signs)
        least = min(least, infonce_limit(joint, np.outer(codes[:4], codes[4:]) / 0.9))
    assert least_loss_on_the_line(problem) == pytest.approx(least, abs=1e-14)


@given(classes=st.integers(2, 7), spare=st.integers(0, 2))
def test_simplex(classes: int, spare: int) -> None:
    points = simplex(classes, classes - 1 + spare)
    gram = points @ points.T
    assert np.allclose(np.diag(gram), 1)
    assert np.allclose(points.sum(axis=0), 0)
    assert np.allclose(gram[~np.eye(classes, dtype=bool)], -1 / (classes - 1))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1, 0.1, 1.0), "one class leaves nothing to say"),
        ((4, 0.75, 1.0), "speaks against the class it names"),
        ((4, -0.1, 1.0), "expected 0 <= noise"),
        ((4, 0.1, 0.0), "temperature=0.0"),
    ],
)
def test_errors(arguments: tuple[int, float, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SphereProblem(*arguments)


def test_too_few_dimensions() -> None:
    with pytest.raises(ValueError, match="span 3 dimensions, more than 2"):
        simplex(4, 2)
    with pytest.raises(ValueError, match="attained in 4 or more dimensions, dim is 3"):
        optimal_codes(SphereProblem(4, 0.1, 0.2), 2, 3)
