"""Measures of completions: environments, the worst of them, kinds; hallucination with coverage beside it."""

import numpy as np
import pytest

from identifiability.metrics.pairwise import wilson_interval
from realscale.reasoning.tasks import Example, SceneSettings, scene_examples
from realscale.reasoning.tasks.measures import accuracies, hallucinations
from scm.streams import stream

TASK = SceneSettings(kinds=("attribute", "compare"), size=28)


def rng() -> np.random.Generator:
    return stream(0, "bootstrap")


def test_accuracy_of_each_environment_the_worst_and_each_kind() -> None:
    examples = scene_examples(TASK, 200, rng=stream(0, "measured"), split="uniform")
    right = [e.environment != "striped" and e.facts["kind"] == "compare" for e in examples]
    completions = [e.solution if good else "I cannot tell" for e, good in zip(examples, right, strict=True)]
    found = accuracies(examples, completions, rng=rng())
    assert found["accuracy"] == pytest.approx(np.mean(right))
    assert found["interval"][0] < found["accuracy"] < found["interval"][1]
    assert found["answered"] == pytest.approx(np.mean(right))
    assert found["worst"] == {"environment": "striped", "accuracy": 0, "interval": [0, 0]}
    plain = [good for e, good in zip(examples, right, strict=True) if e.environment == "plain"]
    assert found["environments"]["plain"] == {
        "accuracy": pytest.approx(np.mean(plain)),
        "interval": pytest.approx(wilson_interval(float(np.mean(plain)), len(plain))),
        "n": len(plain),
    }
    assert found["kinds"]["attribute"]["accuracy"] == 0
    assert sum(table["n"] for table in found["kinds"].values()) == found["n"] == 200


def test_completions_of_one_example_are_no_independent_evidence() -> None:
    examples = scene_examples(SceneSettings(contexts=2, size=28), 40, rng=stream(0, "few"))
    good = stream(0, "good").random(40) < 0.5
    texts = [e.solution if good[i] else "" for i, e in enumerate(examples)]
    once, repeated = (accuracies(examples * times, texts * times, rng=rng())["interval"] for times in (1, 16))
    assert repeated[1] - repeated[0] == pytest.approx(once[1] - once[0], rel=0.2)


def test_saying_nothing_has_no_hallucination_and_no_coverage() -> None:
    examples = scene_examples(TASK, 30, rng=stream(0, "said"))
    silent = hallucinations(examples, [f"Answer: {e.answer}" for e in examples])
    assert silent["rate"]["share"] == silent["coverage"]["share"] == silent["claims"] == 0
    assert silent["rate_of_naming"] is None
    mixed = hallucinations(examples, ["9 times circle. a red bar", *[e.solution for e in examples[1:20]], *[""] * 10])
    assert mixed["rate"]["share"] == pytest.approx(1 / 30)
    assert mixed["rate"]["interval"] == pytest.approx(wilson_interval(1 / 30, 30))
    assert mixed["rate_of_naming"]["share"] == pytest.approx(1 / 20)
    assert mixed["coverage"]["share"] == pytest.approx(2 / 3)
    assert mixed["about"] == pytest.approx({"object": 1 / 30, "colour": 0, "count": 1 / 30, "background": 0})


def test_what_cannot_be_measured_is_refused() -> None:
    example = Example("how many?", "2")
    with pytest.raises(ValueError, match="completion i answers example i"):
        accuracies([example], [], rng=rng())
    with pytest.raises(ValueError, match="expected objects and background"):
        hallucinations([example], ["red"])
