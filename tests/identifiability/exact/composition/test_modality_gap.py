"""Flat directions of InfoNCE, and what a constant gap carries from captions to images."""

import numpy as np
import pytest

from identifiability.exact.composition.modality_gap import gap, merged, orthogonal_offset, symmetric_loss
from identifiability.exact.random_laws import random_law


def test_an_orthogonal_offset_changes_no_loss_and_any_other_one_does() -> None:
    rng = np.random.default_rng(0)
    joint = random_law(3, 4, rng=rng)
    f, g = rng.standard_normal((3, 5)), rng.standard_normal((4, 5))
    offset = orthogonal_offset(f, rng=rng)
    assert np.linalg.norm(offset) == pytest.approx(1)
    assert symmetric_loss(joint, f, g + offset, 3) == pytest.approx(symmetric_loss(joint, f, g, 3), abs=1e-12)
    along = (f[1] - f[0]) / np.linalg.norm(f[1] - f[0])
    assert abs(symmetric_loss(joint, f, g + along, 3) - symmetric_loss(joint, f, g, 3)) > 1e-3


def test_without_a_spare_dimension_there_is_no_free_gap() -> None:
    with pytest.raises(ValueError, match="span all 2 dimensions; expected a spare one"):
        orthogonal_offset(np.array([[0.0, 0], [1, 0], [0, 1]]), rng=np.random.default_rng(0))


def test_a_constant_gap_has_no_deviation() -> None:
    joint, codes = np.eye(3) / 3, np.arange(6.0).reshape(3, 2)
    constant = gap(joint, codes + np.array([1, -2]), codes)
    assert constant.mean == pytest.approx([1, -2])
    assert constant.deviation < 1e-15
    assert gap(joint, codes * 2, codes).deviation > 1


def test_merged_names_the_first_equal_code() -> None:
    assert merged(np.array([[1.0, 2], [3, 4], [1, 2]])) == [0, 1, 0]
