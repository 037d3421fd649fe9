"""The ledger of every experiment is sound, and the command of each runs."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from experiments import EXPERIMENTS
from experiments.cells import plan
from experiments.command import Experiment
from identifiability.claims.claim import PRESETS, Claim, Preset
from identifiability.claims.registry import LEDGERS

ALL: dict[str, Experiment] = {name: importlib.import_module(f"experiments.{name}").EXPERIMENT for name in EXPERIMENTS}
CLAIMS = {claim.id: claim for experiment in ALL.values() for claim in experiment.claims}
ROOT = Path(__file__).resolve().parents[2]


def test_experiments_are_named_as_their_ledgers() -> None:
    assert [experiment.name for experiment in ALL.values()] == list(EXPERIMENTS) == list(LEDGERS)


def test_a_claim_is_told_in_one_experiment() -> None:
    assert len(CLAIMS) == sum(len(experiment.claims) for experiment in ALL.values())


@pytest.mark.parametrize("name", EXPERIMENTS)
@pytest.mark.parametrize("preset", PRESETS)
def test_every_claim_has_cells_of_different_keys(name: str, preset: Preset) -> None:
    cells = plan(ALL[name].claims, preset, None)
    assert len({cell.key for cell in cells}) == len(cells)
    assert {cell.claim.id for cell in cells} == {claim.id for claim in ALL[name].claims}


@pytest.mark.parametrize("claim", [claim for claim in CLAIMS.values() if claim.drops], ids=lambda claim: claim.id)
def test_a_violation_drops_an_assumption_that_its_claim_makes(claim: Claim) -> None:
    assert claim.drops is not None
    dropped_from, assumption = claim.drops
    assert dropped_from in CLAIMS
    assert assumption in CLAIMS[dropped_from].assumptions
    assert assumption not in claim.assumptions


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=lambda claim: claim.id)
def test_a_check_is_found_by_its_name_in_another_process(claim: Claim) -> None:
    module = importlib.import_module(claim.check.__module__)
    assert getattr(module, claim.check.__qualname__) is claim.check


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=lambda claim: claim.id)
def test_a_claim_is_told_in_whole_sentences_with_its_source(claim: Claim) -> None:
    assert claim.statement[0].isupper()
    assert claim.statement.endswith(".")
    assert "\n" not in claim.statement
    assert claim.formula
    assert "$" not in claim.formula
    assert claim.source
    assert len(set(claim.assumptions)) == len(claim.assumptions)


def test_the_command_runs_a_claim_and_prints_one_document(tmp_path: Path) -> None:
    command = ["-m", "experiments.identifiability", "run", "--claims", "lemma1.connected_support", "--json"]
    ran = subprocess.run(
        [sys.executable, *command, "--jobs", "1", "--out", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    document = json.loads(ran.stdout)
    assert document["experiment"] == "identifiability"
    assert [entry["verdict"] for entry in document["claims"]] == ["holds"]
    assert Path(document["records"]).is_relative_to(tmp_path)
