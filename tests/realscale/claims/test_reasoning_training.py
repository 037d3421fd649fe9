"""Claims on policies that GRPO trains: what they make of outcomes, which here are made up."""

from collections.abc import Callable

import pytest

from identifiability.claims.claim import Claim, Context
from realscale.claims import reasoning_runs
from realscale.claims.reasoning_runs import SEEDS, STEPS, TOLERANCE, numbers, task_of
from realscale.claims.reasoning_training import MOVED, PAID, REASONING, STILL
from realscale.data.errors import MissingData
from realscale.reasoning.learning import ARMS, LearnedTask, Outcome
from realscale.reasoning.learning.measures import TESTS

CLAIMS = {claim.id: claim for claim in REASONING}
START = {"accuracy": 0.5, "worst": 0.3, "shortcut": 0.4, "score": -2.0}
Trained = Callable[[str, int], dict[str, float]]


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> Callable[[Trained], None]:
    """Every arm comes to the start with some numbers changed."""

    def install(changed: Trained) -> None:
        def trained(task: LearnedTask, arm: str, seed: int, **others: object) -> Outcome:
            numbers = START | changed(arm, seed)
            length = numbers.pop("length", 12.0)
            curve = [99.0] * (task.training.steps - task.training.steps // 5) + [length] * (task.training.steps // 5)
            return Outcome(dict.fromkeys(TESTS, START), dict.fromkeys(TESTS, numbers), {"length": curve})

        monkeypatch.setattr(reasoning_runs, "trained", trained)

    return install


def verdict(claim: Claim, number: int = 0, preset: str = "quick") -> str:
    return claim.verdict(claim.check(claim.settings[preset][number], 100, Context()))


def test_learning_is_a_gain_of_accuracy(made_up):
    learns, exchanged = CLAIMS["grpo.learns"], CLAIMS["grpo.learns.exchanged"]
    made_up(lambda arm, seed: {"accuracy": 0.5 + MOVED + 0.01})
    assert (verdict(learns), verdict(exchanged)) == ("holds", "refuted")
    made_up(lambda arm, seed: {"accuracy": 0.5 + STILL - 0.01})
    assert (verdict(learns), verdict(exchanged)) == ("refuted", "fails as predicted")


def test_more_reward_without_more_answers_is_what_the_claim_says(made_up):
    paid, told = CLAIMS["grpo.process_alone"], CLAIMS["grpo.process_alone.as_told"]
    made_up(lambda arm, seed: {"accuracy": 0.2, "score": -2 + PAID + 0.01})
    assert (verdict(paid), verdict(told)) == ("holds", "refuted")
    made_up(lambda arm, seed: {"accuracy": 0.2, "score": -2 + PAID - 0.01})
    assert verdict(paid) == "refuted"
    made_up(lambda arm, seed: {"accuracy": 0.7, "score": -1})
    assert (verdict(paid), verdict(told)) == ("refuted", "holds")
    assert verdict(CLAIMS["grpo.process_alone.with_answers"]) == "fails as predicted"


def test_arms_are_compared_seed_by_seed(made_up):
    claim = CLAIMS["grpo.sum_shortens"]
    made_up(
        lambda arm, seed: {"length": 10.0 + seed - (arm == "printed") * (1 + 0.1 * (seed % 3)) + (arm == "mean alone")}
    )
    (setting,) = claim.settings["standard"]
    evidence = claim.check(setting, 34, Context())
    assert evidence.series["each"]["length"] == pytest.approx([-1.0, -1.1, -1.2])  # seeds 102, 103, 104
    assert evidence.measured["length"] == pytest.approx(-1.1)
    low, high = evidence.series["intervals"]["length"]
    assert low < -1.1 < high < 0
    assert claim.verdict(evidence) == "holds"
    assert verdict(CLAIMS["grpo.sum_shortens.mean"]) == "fails as predicted"
    made_up(lambda arm, seed: {"length": 10.0 - 2 * (arm == "mean alone")})
    assert verdict(claim) == verdict(CLAIMS["grpo.sum_shortens.mean"]) == "refuted"


def test_neutral_is_the_same_accuracy_in_every_test(made_up):
    neutral, moved = CLAIMS["grpo.potential_is_neutral"], CLAIMS["grpo.potential_is_neutral.mean"]
    made_up(lambda arm, seed: {"accuracy": 0.7 - (arm == "mean alone") * 0.3})  # less the other arm, not the start
    assert (verdict(neutral, preset="standard"), verdict(moved)) == ("holds", "fails as predicted")
    made_up(lambda arm, seed: {"accuracy": 0.5 - (arm == "potential") * 0.3})
    assert (verdict(neutral), verdict(moved)) == ("refuted", "refuted")
    made_up(lambda arm, seed: {"accuracy": 0.5 + (arm == "potential") * (TOLERANCE["standard"] + 0.01)})
    assert (verdict(neutral), verdict(neutral, preset="standard")) == ("holds", "refuted")


def test_without_the_extra_they_are_not_run(monkeypatch):
    def missing(*args: object, **others: object) -> None:
        raise MissingData("trl cannot be imported")

    monkeypatch.setattr(reasoning_runs, "trained", missing)
    for claim in REASONING:
        with pytest.raises(MissingData):
            verdict(claim)


def test_presets_are_lengths_of_one_training():
    for claim in REASONING:
        for preset, length in STEPS.items():
            for setting in claim.settings[preset]:
                assert {setting[name] for name in ("arm", "against") if name in setting} <= set(ARMS)
                task = task_of(setting)
                training = task.training
                assert (training.steps, training.batch, task.tested) == tuple(length.values())
                assert training.accumulated(1) == 1
                assert claim.seeds[preset] * setting.get("runs", 1) == SEEDS[preset]


def test_numbers_are_named_by_test_and_time():
    found = Outcome({t: START for t in TESTS}, {t: START | {"accuracy": 0.75} for t in TESTS}, {"length": [9.0, 7.0]})
    measured = numbers(found)
    assert measured["gain_reversed"] == pytest.approx(0.25)
    assert (measured["accuracy_id_before"], measured["accuracy_id_after"]) == (0.5, 0.75)
    assert measured["gain_of_score_uniform"] == 0
    assert measured["length"] == 7
