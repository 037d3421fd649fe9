import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import erf

from identifiability.exact import (
    critic_is_function_of_common_part,
    finite_k_loss,
    flat_direction,
    infinite_k_limit,
    infonce_loss,
    information_beyond_common_part,
    interval_limits,
    one_coordinate_bound,
    population_optimum,
    random_law,
    sphere_uniformity,
    uniform_limit_gap,
)

SEEDS = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize(("dim", "temperature"), [(2, 0.5), (3, 0.1), (5, 2.0)])
def test_sphere_uniformity_by_quadrature_and_poles_below_it(dim: int, temperature: float) -> None:
    angle_mass = quad(lambda t: np.sin(t) ** (dim - 2), 0, np.pi)[0]
    mean = quad(lambda t: np.sin(t) ** (dim - 2) * np.exp(np.cos(t) / temperature), 0, np.pi)[0] / angle_mass
    uniformity = sphere_uniformity(dim, temperature)
    assert uniformity == pytest.approx(np.log(mean), abs=1e-9)
    assert -1 / temperature < 0 <= uniformity


@settings(max_examples=15)
@given(SEEDS, st.integers(2, 5), st.floats(-2.0, 2.0))
def test_orthogonal_gap_changes_alignment_and_not_infonce(seed: int, k: int, offset: float) -> None:
    joint = random_law(4, 3, rng=np.random.default_rng(seed))
    codes = flat_direction(joint, k, offset=offset)
    assert codes.shifted_loss == pytest.approx(codes.loss, abs=1e-12)
    assert codes.shifted_alignment - codes.alignment == pytest.approx((1 - offset) ** 2 - 1, abs=1e-12)


@settings(max_examples=15)
@given(SEEDS, st.integers(2, 5))
def test_flat_direction_starts_from_an_infonce_minimiser(seed: int, k: int) -> None:
    joint = random_law(4, 3, rng=np.random.default_rng(seed))
    optimum = population_optimum(joint)
    least = (infonce_loss(joint, optimum, k) + infonce_loss(joint.T, optimum.T, k)) / 2
    assert flat_direction(joint, k).loss == pytest.approx(least, abs=1e-12)


def test_one_coordinate_bound_holds_and_vanishes() -> None:
    for scale in (0.5, 1.0, 2.0):
        exact = finite_k_loss(1, 2.0 / scale**2, np.array([16]), nodes=200)
        loss = exact.bias[0] + np.log(16) + infinite_k_limit(1, 2.0 / scale**2)
        assert 0 < loss <= one_coordinate_bound(2.0, 16, scale)
    assert one_coordinate_bound(2.0, 4096, 1e14) < 1e-9


def test_interval_limits_by_direct_quadrature_and_their_order() -> None:
    for temperature in (1.0, 0.3):
        uniform, bit = interval_limits(temperature)

        def log_mean(x: float, tau: float = temperature) -> float:
            return float(np.log(quad(lambda y: np.exp(-((x - y) ** 2) / tau), 0, 1)[0]))

        assert uniform == pytest.approx(quad(log_mean, 0, 1)[0], abs=1e-9)
        assert bit == pytest.approx(np.log((1 + np.exp(-1 / temperature)) / 2), abs=1e-15)
    assert interval_limits(1.0)[0] > interval_limits(1.0)[1]  # one bit is better at temperature one
    assert interval_limits(0.01)[0] < interval_limits(0.01)[1]  # and the uniform code at a low temperature


def test_uniform_code_approaches_minus_its_entropy_like_the_root_of_the_temperature() -> None:
    constant = 2 * quad(lambda s: np.log(0.5 * (1 + erf(s))), 0, 8)[0]
    for temperature in (1e-6, 1e-4):
        assert uniform_limit_gap(temperature) / np.sqrt(temperature) == pytest.approx(constant, abs=1e-9)


@settings(max_examples=60)
@given(SEEDS, st.sampled_from([0.0, 0.5, 0.8]), st.booleans())
def test_infonce_optimum_lives_on_the_common_part_iff_it_holds_all_information(
    seed: int, zeros: float, engineered: bool
) -> None:
    rng = np.random.default_rng(seed)
    joint = random_law(4, 4, zeros=zeros, rng=rng)
    if engineered:  # independent inside two blocks
        mass = random_law(2, rng=rng)
        blocks = [np.outer(random_law(2, rng=rng), random_law(2, rng=rng)) for _ in range(2)]
        joint = np.block([[mass[0] * blocks[0], np.zeros((2, 2))], [np.zeros((2, 2)), mass[1] * blocks[1]]])
        assert critic_is_function_of_common_part(joint)
    beyond = information_beyond_common_part(joint)
    assert beyond >= -1e-12
    assert critic_is_function_of_common_part(joint) == (beyond < 1e-12)


def test_pairs_that_never_occur_inside_a_component_carry_information() -> None:
    joint = (np.ones((3, 3)) - np.eye(3)) / 6  # one component, constant log ratio where pairs occur
    assert not critic_is_function_of_common_part(joint)
    assert information_beyond_common_part(joint) == pytest.approx(np.log(1.5), abs=1e-12)
