import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import entr

from identifiability.exact import random_law, smoothed_entropy


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_smoothed_code_of_discrete_text_loses_entropy_without_bound(seed: int, texts: int) -> None:
    rng = np.random.default_rng(seed)
    law = random_law(texts, rng=rng)
    codes = rng.permutation(8)[:texts] / 8.0
    for exponent in (4, 30, 60):
        width = 0.5**exponent
        code = codes if exponent < 50 else codes - codes  # 0: exact sums even at this width
        shannon = entr(law).sum() if exponent < 50 else 0.0
        assert smoothed_entropy(code, law, width) == pytest.approx(shannon + np.log(width), abs=1e-9)


def test_overlapping_atoms_are_added() -> None:
    # density 1/2 on [0, 1/2], 1 on [1/2, 1], 1/2 on [1, 3/2]
    value = smoothed_entropy(np.array([0.0, 0.5]), np.array([0.5, 0.5]), 1.0)
    assert value == pytest.approx(0.5 * np.log(2), abs=1e-15)
