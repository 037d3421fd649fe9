"""Leakage: predictability through the content is not leakage, a code that holds the block itself is."""

import numpy as np
import pytest

from identifiability.metrics import leakage, r2_linear

SAMPLES, TRAIN = 1500, 700


def measured(code, block, ceiling, **options):
    return leakage(
        code[:TRAIN],
        block[:TRAIN],
        code[TRAIN:],
        block[TRAIN:],
        ceiling=ceiling,
        rng=np.random.default_rng(0),
        regression=r2_linear,
        **options,
    )


def style(seed=0):
    """Content, a style that depends on it, and the style's population R2 from the content: |B|^2 / (1 + |B|^2)."""
    rng = np.random.default_rng(seed)
    content, slope = rng.normal(size=(SAMPLES, 2)), np.array([[1.0, 0.5], [1.0, 0.0]])
    block = content @ slope + rng.normal(size=(SAMPLES, 2))
    share = np.square(slope).sum(0)
    return content, block, share / (1 + share)


def test_what_the_content_predicts_is_no_leak():
    content, block, ceiling = style()
    result = measured(content @ np.array([[2.0, 1.0], [0.0, 1.0]]), block, ceiling)
    assert result.r2.min() > 0.1
    assert np.abs(result.excess).max() < 0.06
    assert np.abs(result.floor).max() < 0.03


def test_a_code_with_the_style_in_it_leaks():
    content, block, ceiling = style()
    result = measured(np.hstack([content, block[:, :1]]), block, ceiling)
    assert result.excess[0] > 0.3
    assert abs(result.excess[1]) < 0.1


def test_an_independent_block_lies_at_its_floor():
    content, _, _ = style()
    private = np.random.default_rng(9).normal(size=(SAMPLES, 3))
    result = measured(content, private, 0.0)
    assert result.floor.shape == (3,)
    assert np.abs(result.r2 - result.floor).max() < 0.05
    np.testing.assert_array_equal(result.ceiling, 0)


def test_the_score_beside_the_floor_is_the_regressions():
    content, block, ceiling = style()
    alone = r2_linear(content[:TRAIN], block[:TRAIN], content[TRAIN:], block[TRAIN:])
    np.testing.assert_allclose(measured(content, block, ceiling).r2, alone, rtol=1e-9)


@pytest.mark.parametrize(
    ("ceiling", "options", "message"),
    [
        (1.2, {}, "ceiling is 1.2; expected 2 population R2, each between 0 and 1"),
        (np.array([0.5]), {}, "expected 2 population R2"),
        (0.5, {"repeats": 0}, "repeats is 0; expected at least one shuffle"),
    ],
)
def test_bad_input_is_refused_with_its_reason(ceiling, options, message):
    content, block, _ = style()
    with pytest.raises(ValueError, match=message):
        leakage.__wrapped__(content, block, content, block, ceiling=ceiling, rng=np.random.default_rng(0), **options)
