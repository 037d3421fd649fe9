"""Codes of both captions at once, and projections of a frozen code."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import eval_legendre, ndtr

from identifiability.exact.captions import CLASS, FULL, PRUNED, caption_model, factor_of_image, image_caption_law
from identifiability.exact.common_part import common_part
from identifiability.exact.invariance.projection import (
    FROZEN,
    FrozenCode,
    aligned_with_both,
    class_projection,
    frozen_code,
    joint_of_code,
    lay_in_strips,
    optimal_projections,
    optimal_representation,
    read_strips,
    relabels,
    strip_alignment,
)
from identifiability.exact.random_laws import random_law


def _square(points: int) -> np.ndarray:
    """The midpoints of a grid of the unit square."""
    middle = (np.arange(points) + 0.5) / points
    return np.stack(np.meshgrid(middle, middle, indexing="ij"), axis=-1).reshape(-1, 2)


@pytest.mark.parametrize("strips", [1, 2, 3, 8])
def test_strips_lose_nothing_and_stay_uniform(strips: int) -> None:
    u = _square(48)
    code = lay_in_strips(u, strips)
    assert np.allclose(read_strips(code, strips), u, atol=1e-12)
    assert code.min() > 0
    assert code.max() < 1
    for i, j in ((1, 0), (0, 1), (1, 1), (2, 1)):  # moments that are 0 for the uniform law
        moment = (eval_legendre(i, 2 * code[:, 0] - 1) * eval_legendre(j, 2 * code[:, 1] - 1)).mean()
        assert abs(moment) < 1e-3
    same = np.ptp(code.reshape(48, 48, 2), axis=1)  # along u_2, at one u_1
    assert same[:, 0].max() < 1e-12
    assert same[:, 1].max() < 1 / strips


@pytest.mark.parametrize("strips", [1, 2, 5])
def test_strip_alignment_is_a_third_over_the_number_of_strips(strips: int) -> None:
    assert strip_alignment(strips) == pytest.approx((1 - 64.0**-2) / (3 * strips), abs=1e-12)
    rng = np.random.default_rng(0)
    first, second, own = rng.random((3, 200_000))
    distance = np.linalg.norm(
        lay_in_strips(np.column_stack([first, second]), strips) - lay_in_strips(np.column_stack([first, own]), strips),
        axis=1,
    )
    assert distance.mean() == pytest.approx(strip_alignment(strips), abs=6 * distance.std() / len(distance) ** 0.5)


@pytest.mark.parametrize("kind", FROZEN)
def test_the_projection_of_a_frozen_code_is_the_uniform_class(kind: FrozenCode) -> None:
    rng = np.random.default_rng(1)
    z = rng.standard_normal((4000, 2)) @ np.linalg.cholesky(np.array([[1.0, -0.7], [-0.7, 1.0]])).T
    code = frozen_code(z, -0.7, kind)
    assert np.allclose(class_projection(code, -0.7, kind), ndtr(z[:, 0]), atol=1e-9)
    for coordinate in code.T:  # uniform: 6 standard errors of the mean and of the mean square
        assert abs(coordinate.mean() - 1 / 2) < 6 / np.sqrt(12 * 4000)
        assert abs((coordinate**2).mean() - 1 / 3) < 6 * np.sqrt(4 / 45 / 4000)
    assert abs(np.corrcoef(code.T)[0, 1]) < 6 / np.sqrt(4000)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=25)
def test_optimal_projections_are_the_common_part_of_code_and_caption(seed: int) -> None:
    rng = np.random.default_rng(seed)
    joint = random_law(5, 4, zeros=0.6, rng=rng)
    frozen = rng.integers(3, size=5)
    table = joint_of_code(frozen, joint)
    assert table.sum() == pytest.approx(1.0)
    entropy, maximisers = optimal_projections(frozen, joint, 4)
    part = common_part(table)
    assert entropy == pytest.approx(part.entropy, abs=1e-12)
    occurs = joint.any(axis=1)
    for code in maximisers:
        assert relabels(code[occurs], part.image[frozen][occurs])
        assert len({*zip(frozen, code, strict=True)}) == len(np.unique(frozen))  # a function of the frozen code


def test_captions_with_and_without_context_have_no_optimum_in_common() -> None:
    model = caption_model(classes=2, environments=2)
    full, pruned = image_caption_law(model, FULL), image_caption_law(model, PRUNED)
    assert aligned_with_both(full, pruned, 4) == (24, 12, 0)  # 4! relabellings of 4 pairs, 4 * 3 of 2 classes
    assert aligned_with_both(pruned, pruned, 4) == (12, 12, 12)
    assert relabels(np.array(optimal_representation(pruned)), factor_of_image(model, (CLASS,)))


def test_relabels() -> None:
    assert relabels(np.array([0, 0, 1]), np.array([5, 5, 2]))
    assert not relabels(np.array([0, 0, 1]), np.array([5, 2, 2]))
    assert not relabels(np.array([0, 1, 2]), np.array([5, 2, 2]))
    assert not relabels(np.array([0, 0, 0]), np.array([5, 2, 2]))
