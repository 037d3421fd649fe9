import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identifiability.exact.invariance.random_environments import content_and_context, random_rows, shown
from scm import FiniteLaw

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=30)
@given(SEEDS, st.sampled_from(["any", "independent_inside", "one_class_law", "cancelling"]))
def test_laws_have_the_structure_of_their_kind(seed: int, kind: str) -> None:
    table = content_and_context(kind, rng=np.random.default_rng(seed))
    law = FiniteLaw(("e", "u", "s", "y"), table)
    assert law.independent("u", "s", ("y", "e"))
    assert law.independent("u", "e", "y")
    inside = law.independent("s", "y", "e", tolerance=1e-9)
    assert inside == (kind == "independent_inside")
    assert law.independent("y", "e", tolerance=1e-9) == (kind in ("one_class_law", "cancelling"))
    assert law.independent("s", "y", tolerance=1e-9) == (kind == "cancelling")


def test_images_show_content_and_context() -> None:
    table = content_and_context("any", rng=np.random.default_rng(0)).sum(axis=0)
    law = shown(table)
    contents, contexts, _ = table.shape
    for u, s in np.ndindex(contents, contexts):
        np.testing.assert_array_equal(law[contexts * u + s, :, s], table[u, s])
    assert law.sum() == pytest.approx(1.0)
    assert np.count_nonzero(law.sum(axis=1)) == contents * contexts


def test_rows_are_laws() -> None:
    rows = random_rows(2, 3, levels=4, rng=np.random.default_rng(0))
    assert rows.shape == (2, 3, 4)
    np.testing.assert_allclose(rows.sum(axis=2), 1.0)
    assert not np.allclose(rows[0, 0], rows[1, 2])
