"""Settings become the problems they name, references are the exact posteriors, and evidence says what it measured."""

import json
from dataclasses import replace

import numpy as np
import pytest

from identifiability.claims.claim import Context
from identifiability.claims.equivalence.coloured_bits import invariant
from identifiability.claims.equivalence.learned_claims import POOLED
from identifiability.claims.equivalence.learned_runs import (
    evidence_of,
    label_of,
    noise_and_strength,
    problem_of,
    references,
    run,
    task_of,
)

SETTING = {"classes": 2, "steps": 40, "objective": "full"}


@pytest.mark.parametrize(("classes", "pooled_ood", "invariant_ood"), [(2, 0.1, 0.75), (10, 0.1 / 9, 0.75)])
def test_references_are_the_exact_posteriors(classes: int, pooled_ood: float, invariant_ood: float) -> None:
    found = references(problem_of({"classes": classes}, 0))
    np.testing.assert_allclose(found, (pooled_ood, invariant_ood), atol=1e-12)


def test_settings_change_the_law() -> None:
    independent = problem_of({"classes": 2}, 0).training.joint()
    assert independent.independent("c", "s", ("y", "environment"))
    dependent = problem_of({"classes": 2, "colour_of_mislabelled": 0.5}, 0).training.joint()
    assert not dependent.independent("c", "s", ("y", "environment"))
    given = dependent.conditional("s", ("y", "c", "environment"))
    np.testing.assert_allclose(given[0, 1, :, 0], 0.5, atol=1e-12)
    np.testing.assert_allclose(given[0, 0, :, 0], [0.9, 0.8], atol=1e-12)
    exact = problem_of({"classes": 2, "label_noise": 0.0, "colour": (0.7, 0.6)}, 0)
    assert exact.law.sum(axis=(0, 3))[0, 1] == 0
    np.testing.assert_allclose(exact.pooled, [[0.325, 0.175], [0.175, 0.325]], atol=1e-12)
    noisy = problem_of({"classes": 2, "token_noise": 0.2}, 0)
    np.testing.assert_allclose(noisy.pooled, 0.8 * problem_of({"classes": 2}, 0).pooled + 0.05, atol=1e-12)


def test_evidence_has_what_figures_read() -> None:
    problem, report = run(SETTING, 0, Context())
    evidence = evidence_of(SETTING, problem, report, {"ood": (None, 1.0)})
    series = json.loads(json.dumps(evidence.series))
    assert series["environments"] == ["train_0", "train_1", "test"]
    assert series["accuracy"][-1] == evidence.measured["ood"]
    assert series["penalty"] == evidence.measured["penalty"]
    assert set(series["prompts"]) == {"matched", "estimated", "mean", "fixed"}
    assert set(series["selection"]) == {"last", "training", "oracle"}
    assert set(series["selection"]["training"]) == {"ood", "step"}
    assert evidence.ceiling == {"ood": pytest.approx(0.75)}
    assert evidence.floor == {"ood": pytest.approx(0.1)}
    assert evidence.measured["share"] == pytest.approx((evidence.measured["ood"] - 0.1) / 0.65)


def test_labels_tell_runs_apart() -> None:
    assert label_of({"objective": "erm"}) == "erm"
    assert label_of({"objective": "swapped", "proposal": "uniform"}) == "swapped (uniform)"
    assert (
        label_of({"objective": "mid_training", "text": "words", "trade_off": 0.1}) == "mid_training (words, lambda 0.1)"
    )


def test_a_task_has_the_options_of_its_objective() -> None:
    task = task_of({"objective": "irmv1", "steps": 90, "estimator": "biased"})
    assert task.options == {"penalty": 1e3, "estimator": "biased"}
    assert (task.warm_up, task.training.steps) == (30, 90)
    assert task_of({"objective": "swapped", "steps": 9, "proposal": "uniform"}).proposal == "uniform"


def test_an_objective_that_reads_the_colour_does_not_pass_for_invariant() -> None:
    """The bars of the claim and of its violations exclude each other on the run that decides both."""
    evidence = invariant({"classes": 2, "steps": 80, "objective": "within_environment", "rate": 0.02}, 101, Context())
    assert evidence.missed() == ["ood", "penalty"]
    assert not replace(evidence, bar={"ood": POOLED}).missed()


def test_axes_of_the_phase_diagram_are_those_of_the_pool() -> None:
    assert noise_and_strength(problem_of({"classes": 2}, 0)) == (0.25, 0.85)
    assert noise_and_strength(problem_of({"classes": 3, "label_noise": 0.1, "colour": (0.6, 0.5)}, 0)) == (0.1, 0.55)
    dependent = {"classes": 2, "colour": (0.99, 0.97), "colour_of_mislabelled": 0.5}
    assert noise_and_strength(problem_of(dependent, 0)) == (0.25, 0.75 * 0.98 + 0.25 * 0.5)
