"""The population table."""

from collections.abc import Callable

import pytest

from identifiability.claims.claim import Context, Evidence
from identifiability.claims.equivalence.population import INVARIANT, PROBLEMS, SPURIOUS, invariant_row, spurious_row
from identifiability.exact.invariance.designs import DESIGNS

Check = Callable[[str], Evidence]


def test_population_repaired(check: Check) -> None:
    check("population.repaired")


def test_population_repaired_unrepaired_batches(check: Check) -> None:
    check("population.repaired.unrepaired_batches")


def test_population_no_label_noise(check: Check) -> None:
    check("population.no_label_noise")


def test_population_no_label_noise_label_noise(check: Check) -> None:
    check("population.no_label_noise.label_noise")


def test_population_balanced_pool(check: Check) -> None:
    check("population.balanced_pool")


def test_population_balanced_pool_index_prompt(check: Check) -> None:
    check("population.balanced_pool.index_prompt")


def test_every_design_has_a_row_in_every_problem_with_label_noise() -> None:
    for problem in ("two classes", "ten classes", "unbalanced classes"):
        rows = [row["design"] for row in (*INVARIANT, *SPURIOUS) if row["problem"] == problem]
        assert sorted(rows) == sorted(DESIGNS)
    assert {row["problem"] for row in INVARIANT} < set(PROBLEMS)


@pytest.mark.parametrize("row", SPURIOUS[:8], ids=lambda row: row["design"])
def test_a_spurious_row_misses_the_bars_of_an_invariant_one(row: dict) -> None:
    missed = invariant_row({**row, "train": 0.75, "ood": 0.75}, 0, Context()).missed()
    assert sorted(missed) == ["deviation", "ood_accuracy", "penalty", "train_accuracy"]


@pytest.mark.parametrize("row", INVARIANT[:6], ids=lambda row: row["design"])
def test_an_invariant_row_misses_the_bars_of_a_spurious_one(row: dict) -> None:
    missed = spurious_row({**row, "train": 0.85, "ood": 0.10, "penalty": 5e-3}, 0, Context()).missed()
    assert sorted(missed) == ["deviation", "ood_accuracy", "penalty", "train_accuracy"]
