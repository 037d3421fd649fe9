"""A style left out, on made-up features: what is trained, on which pairs, and what is asked."""

import math

import numpy as np
import pytest

from identifiability.claims.claim import PRESETS, Claim, Context
from paper_figures.mathml import mathml
from realscale.claims import domain_runs
from realscale.claims.domain_runs import DomainTask, domain_data, domain_run
from realscale.claims.leave_one_domain_out import LEAVE_ONE_DOMAIN_OUT
from realscale.claims.linear_towers import standardised
from realscale.data.dataset import ImageTextSet
from realscale.data.errors import MissingData

CLASSES, STYLES, EACH = 3, 4, 24
SEED = 101  # the presets count from 0
POOLED = [claim for claim in LEAVE_ONE_DOMAIN_OUT if "components" in claim.settings["quick"][0]]
SMALL = {"splits": 1, "styles": ("photo", "line")}


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Features in which each style shows the class in a direction of its own beside a common one, and itself."""
    rng = np.random.default_rng(0)
    classes = np.tile(np.repeat(np.arange(CLASSES), EACH), STYLES)
    styles = np.repeat(np.arange(STYLES), CLASSES * EACH)
    common, own = rng.normal(size=(CLASSES, 12)), 2 * rng.normal(size=(STYLES, CLASSES, 12))
    shown = 2 * rng.normal(size=(STYLES, 12))
    features = common[classes] + own[styles, classes] + shown[styles] + 0.5 * rng.normal(size=(len(classes), 12))
    concepts = np.arange(len(classes))
    dataset = ImageTextSet(
        name="made up",
        images=np.zeros((len(classes), 1, 1, 3), dtype=np.uint8),
        captions=("thing",) * len(classes),
        concepts=concepts,
        concept_names=tuple(map(str, concepts)),
        styles=styles,
        style_names=("photo", "cartoon", "flat", "line"),
        style_phrases=("a photo", "a cartoon", "a flat one", "a line drawing"),
        classes=classes,
        class_names=("bird", "bug", "tool"),
        groups=concepts,
        families=("photo", "cartoon", "flat", "line"),
        licences={},
    )
    monkeypatch.setattr(domain_runs, "domain_data", lambda: (dataset, features))
    monkeypatch.setattr("realscale.claims.leave_one_domain_out.domain_data", lambda: (dataset, features))
    domain_runs._directions.cache_clear()
    yield features
    domain_runs._directions.cache_clear()


def run(left_out: bool, **task: object) -> domain_runs.DomainRun:
    return domain_run(DomainTask("pruned", components=None, steps=40, **task), 0, left_out, SEED)


def test_a_style_of_its_own_is_missed_when_it_is_left_out(made_up: np.ndarray) -> None:
    seen, unseen = run(left_out=False), run(left_out=True)
    assert seen.balanced > 0.9
    assert unseen.balanced < seen.balanced - 0.2
    assert unseen.calibration > seen.calibration
    assert seen.leakage > seen.majority + 0.3


def test_a_random_part_is_not_missed(made_up: np.ndarray) -> None:
    seen, unseen = run(left_out=False, domains="random"), run(left_out=True, domains="random")
    assert abs(seen.balanced - unseen.balanced) < 0.15
    assert unseen.leakage < unseen.majority + 0.2
    assert not seen.rejected


def test_the_left_out_style_is_in_no_training_pair(made_up: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    trained = []
    original = domain_runs._train

    def watched(task: DomainTask, features: object, tokens: object, *rest: object) -> object:
        trained.append(np.bincount(tokens.contexts.numpy(), minlength=STYLES))
        return original(task, features, tokens, *rest)

    monkeypatch.setattr(domain_runs, "_train", watched)
    run(left_out=True)
    run(left_out=False)
    assert trained[0][0] == 0
    assert trained[1].min() > 0
    assert trained[0].sum() == trained[1].sum(), "as many pairs with the style as without"


def test_agreement_sets_the_law_of_the_training_pairs() -> None:
    rng = np.random.default_rng(0)
    classes, styles = rng.integers(CLASSES, size=600), rng.choice([1, 2, 3], size=600, p=[0.6, 0.3, 0.1])
    shares = domain_runs._shares(classes, styles, 0.9, SEED)
    law = np.zeros((CLASSES, STYLES))
    np.add.at(law, (classes, styles), shares)
    assert law.sum(axis=1) == pytest.approx([1 / CLASSES] * CLASSES)
    assert np.sort(law * CLASSES, axis=1) == pytest.approx(np.array([[0, 0.05, 0.05, 0.9]] * CLASSES))
    assert domain_runs._shares(classes, styles, None, SEED) == pytest.approx(1 / 600)


def test_each_class_counts_alike_in_balanced_accuracy() -> None:
    scores = np.array([[9.0, 0, 0]] * 10)
    classes = np.array([0] * 8 + [2] * 2)
    found = domain_runs._accuracies(scores, classes)
    assert found["accuracy"] == 0.8
    assert found["balanced"] == 0.5
    assert found["calibration"] == pytest.approx(0.5, abs=1e-3)  # certain, and right for half of the classes' weight


def test_components_are_of_variance_one_in_training(made_up: np.ndarray) -> None:
    rows = domain_runs._pairs("styles", 0, True, SEED)[2]
    fitted = made_up[rows]
    mapped = standardised(fitted, made_up, domain_runs._directions(3, "styles", 0, True, SEED)).numpy()
    assert mapped.shape == (len(made_up), 3)
    assert mapped[rows].mean(axis=0) == pytest.approx([0] * 3, abs=1e-5)
    assert np.cov(mapped[rows].T, bias=True) == pytest.approx(np.eye(3), abs=1e-4)
    largest = np.linalg.svd(fitted - fitted.mean(axis=0))[2][:3]
    spread = (made_up - fitted.mean(axis=0)) @ largest.T
    assert sorted(abs(np.corrcoef(mapped.T, spread.T)[:3, 3:]).max(axis=0)) == pytest.approx([1] * 3, abs=1e-3)


def test_a_recipe_is_compared_with_pruned_captions(made_up: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def watched(task: DomainTask, target: int, left_out: bool, seed: int) -> domain_runs.DomainRun:
        asked.append((task.objective, task.prompt, task.agreement, target, left_out, seed))
        right = 0.75 if task.objective == "balanced" else 0.5
        return domain_runs.DomainRun(right, right, 0.1, 0.6, 0.4, True)

    monkeypatch.setattr("realscale.claims.leave_one_domain_out.domain_run", watched)
    (claim,) = [claim for claim in LEAVE_ONE_DOMAIN_OUT if claim.id.endswith("correlated")]
    evidence = claim.check({**claim.settings["quick"][0], **SMALL}, SEED, Context())
    assert evidence.measured["gap_balanced"] == 0.25
    assert evidence.series["rows"]["balanced"]["worst_balanced"] == [0.75]
    assert {entry[:3] for entry in asked} == {("balanced", "class", 0.9), ("pruned", "class", 0.9)}
    assert [entry[3:5] for entry in asked] == [(0, True), (3, True)] * 2
    assert len({entry[5] for entry in asked}) == 1, "the same splits for both"


@pytest.mark.parametrize("claim", POOLED, ids=lambda claim: claim.id)
def test_every_claim_measures_what_its_bars_name(claim: Claim, made_up: np.ndarray) -> None:
    setting = {**claim.settings["quick"][-1], **SMALL}
    if setting["components"]:
        setting["components"] = 6  # of 12
    evidence = claim.check(setting, SEED, Context())
    assert set(evidence.bar) <= set(evidence.measured)
    assert all(type(value) is float and math.isfinite(value) for value in evidence.measured.values())
    assert evidence.measured["gap"] == pytest.approx(
        evidence.measured["balanced_all"] - evidence.measured["balanced_left_out"]
    )
    assert np.array(evidence.series["by_style"]["all"]).shape == (1, 2)


def test_claims_have_their_violations_and_formulas() -> None:
    ids = {claim.id: claim for claim in LEAVE_ONE_DOMAIN_OUT}
    dropped = {claim.drops[0] for claim in LEAVE_ONE_DOMAIN_OUT if claim.drops}
    assert dropped == {name for name, claim in ids.items() if claim.form != "violation"}
    for claim in LEAVE_ONE_DOMAIN_OUT:
        mathml(claim.formula)
        assert claim.statement[0].isupper()
        assert claim.statement.endswith(".")
        assert all(claim.settings[preset] for preset in PRESETS)
        if claim.drops:
            positive, assumption = claim.drops
            assert assumption in ids[positive].assumptions
            assert assumption not in claim.assumptions


@pytest.mark.parametrize("claim", LEAVE_ONE_DOMAIN_OUT, ids=lambda claim: claim.id)
def test_without_the_set_a_claim_says_how_to_get_it(claim: Claim, tmp_path: object, monkeypatch: object) -> None:
    monkeypatch.setenv("TOKEN_SCM_DATA", str(tmp_path))
    with pytest.raises(MissingData, match=r"python -m realscale\.pretrained fetch open-styles"):
        claim.check(claim.settings["quick"][0], SEED, Context())


def test_the_real_set_has_a_class_in_every_style() -> None:
    try:
        dataset, features = domain_data()
    except MissingData as missing:
        pytest.skip(str(missing))
    assert dataset.class_names == ("bird", "bug", "building", "fruit", "mammal", "sea animal", "vegetable", "vehicle")
    shown = set(zip(dataset.classes.tolist(), dataset.styles.tolist(), strict=True))
    assert len(shown) == 8 * 6
    assert features.shape == (len(dataset), 1280)
