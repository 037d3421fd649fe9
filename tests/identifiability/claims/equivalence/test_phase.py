"""The phase diagram."""

from collections.abc import Callable

import numpy as np

from identifiability.claims.claim import Evidence
from identifiability.claims.equivalence.phase import POOLED, REPAIRED

Check = Callable[[str], Evidence]


def test_phase_pruned_is_invariant_iff(check: Check) -> None:
    evidence = check("phase.pruned_is_invariant_iff")
    series = evidence.series
    shape = (len(series["label_noise"]), len(series["strength"]))
    for grids in (series["invariant"], series["ood_accuracy"]):
        assert {np.shape(grid) for grid in grids.values()} == {shape}
        assert set(grids) == {*POOLED, *REPAIRED}
    assert evidence.measured["cells"] == 6 * np.prod(shape)
    assert 0 < evidence.measured["cells_where_pruned_is_invariant"] < np.prod(shape)


def test_phase_pruned_is_invariant_iff_dependent_content(check: Check) -> None:
    check("phase.pruned_is_invariant_iff.dependent_content")
