"""Cells: keys that name them, records that depend on nothing else."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from experiments.cells import Cell, left_out, plan, provenance, run_cell
from experiments.records import SCHEMA
from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset


def seen_by_check(setting: Setting, seed: int, context: Context) -> Evidence:
    return Evidence(
        measured={
            "torch_threads": float(torch.get_num_threads()),
            "other_threads": float(max((pool["num_threads"] for pool in threadpool_info()), default=1)),
        },
        bar={"torch_threads": (1.0, 1.0), "other_threads": (1.0, 1.0)},
    )


def workspace_of(setting: Setting, seed: int, context: Context) -> Evidence:
    if context.progress is not None:
        context.progress(1, 2)
    return Evidence(measured={"x": 1.0}, bar={"x": (1.0, 1.0)}, note=str(context.workspace))


def claim_of(check: Any, name: str = "a.claim") -> Claim:
    return Claim(
        id=name,
        statement="s",
        formula="f",
        source="own",
        form="extra",
        track="exact",
        assumptions=("one", "two"),
        check=check,
        **every_preset({}),
    )


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def reversed_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: reversed_order(value[name]) for name in reversed(value)}
    return [reversed_order(item) for item in value] if isinstance(value, list) else value


@settings(max_examples=30)
@given(st.dictionaries(st.text(max_size=3), NESTED, max_size=4))
def test_a_key_does_not_depend_on_the_order_of_a_setting(setting: dict[str, Any]) -> None:
    claim = claim_of(seen_by_check)
    assert Cell(claim, setting, 0, 0).key == Cell(claim, reversed_order(setting), 0, 5).key


def test_a_key_tells_claims_settings_and_seeds_apart() -> None:
    cells = [
        Cell(claim_of(seen_by_check, name), setting, seed, 0)
        for name in ("a", "b")
        for setting in ({"dims": 3}, {"dims": 5}, {"layers": 3}, {"dims": [3]}, {"dims": "3"}, {})
        for seed in (0, 1)
    ]
    assert len({cell.key for cell in cells}) == len(cells)
    assert cells[1].key.startswith("a/")
    assert cells[1].key.endswith("/1")


def test_a_plan_has_every_claim_setting_and_seed(fake: ModuleType) -> None:
    cells = plan(fake.CLAIMS, "quick", None)
    for position, claim in enumerate(fake.CLAIMS):
        mine = [(cell.setting, cell.seed) for cell in cells if cell.claim.id == claim.id]
        assert mine == [(setting, seed) for setting in claim.settings["quick"] for seed in range(claim.seeds["quick"])]
        assert {cell.position for cell in cells if cell.claim.id == claim.id} == {position}
    seeded = plan(fake.CLAIMS, "quick", (7, 3))
    assert {cell.seed for cell in seeded} == {7, 3}
    assert len(seeded) == 2 * sum(len(claim.settings["quick"]) for claim in fake.CLAIMS)


def test_the_same_cell_gives_the_same_record(fake: ModuleType, timeless: Callable[..., Any]) -> None:
    for cell in plan(fake.CLAIMS, "quick", None):
        first, second = (run_cell(cell, None, provenance()) for _ in range(2))
        assert timeless([first]) == timeless([second])
        assert json.loads(json.dumps(first, allow_nan=False)) == first
        assert first["seconds"] >= 0
        assert first["cpu_seconds"] >= 0
        assert first["seed"] == cell.seed
        assert first["commit"] == second["commit"]


def test_another_seed_gives_another_record(fake: ModuleType) -> None:
    cell = plan(fake.CLAIMS, "quick", (0,))[0]
    measured = [run_cell(replace(cell, seed=seed), None, {})["evidence"]["measured"]["mean"] for seed in range(3)]
    assert len(set(measured)) == 3


def test_a_record_says_what_was_claimed_and_by_what_code(fake: ModuleType) -> None:
    cell = next(cell for cell in plan(fake.CLAIMS, "quick", None) if cell.claim.form == "violation")
    record = run_cell(cell, None, provenance())
    assert record["schema"] == SCHEMA
    assert record["key"] == cell.key
    assert record["verdict"] == "fails as predicted"
    assert record["drops"] == ["draws.mean", "finite variance"]
    assert record["setting"] == {"dims": 2}
    assert record["evidence"]["bar"] == {"mean": [-1.0, 1.0]}
    assert record["versions"].keys() >= {"python", "numpy", "torch", "token-scm"}
    assert record["commit"]
    assert record["platform"]


def test_a_check_that_is_not_available_is_not_run_and_says_why(fake: ModuleType, orders: Path) -> None:
    (cell,) = (cell for cell in plan(fake.CLAIMS, "quick", None) if cell.claim.track == "real")
    record = run_cell(cell, None, {})
    assert (record["verdict"], record["reason"]) == ("not run", "the fake data is missing; put it there")
    assert record["evidence"] is None
    (orders / "data").touch()
    assert run_cell(cell, None, {})["verdict"] == "holds"


def test_a_check_that_breaks_is_not_run_and_says_why(
    fake: ModuleType, orders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (orders / "broken").touch()
    cell = next(cell for cell in plan(fake.CLAIMS, "quick", None) if cell.claim.track == "learned")
    record = run_cell(cell, None, {})
    assert record["verdict"] == "not run"
    assert record["reason"] == "the check broke: ZeroDivisionError: broken check"
    assert "Traceback" in capsys.readouterr().err


def test_an_undefined_measurement_refutes_and_is_recorded_as_null(fake: ModuleType) -> None:
    cell = next(cell for cell in plan(fake.CLAIMS, "quick", (1,)) if cell.claim.id == "ratio.undefined")
    record = run_cell(cell, None, {})
    assert record["verdict"] == "refuted"
    assert record["evidence"]["measured"] == {"ratio": None}


def test_a_cell_runs_on_one_thread() -> None:
    torch.set_num_threads(2)
    try:
        record = run_cell(Cell(claim_of(seen_by_check), {}, 0, 0), None, {})
    finally:
        torch.set_num_threads(1)
    assert record["verdict"] == "holds", record["evidence"]["measured"]


def test_each_cell_has_a_workspace_of_its_own_and_tells_its_progress(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    claim = claim_of(workspace_of)
    cells = [Cell(claim, setting, seed, 0) for setting in ({"a": 1}, {"a": 2}) for seed in (0, 1)]
    folders = {run_cell(cell, tmp_path, {}, lambda *step: told.append(step))["evidence"]["note"] for cell in cells}
    assert len(folders) == 4
    assert {Path(folder).parent for folder in folders} == {tmp_path}
    assert told == [(1, 2)] * 4
    assert run_cell(cells[0], None, {})["evidence"]["note"] == "None"


def test_a_cell_left_out_reads_like_a_record_that_was_not_run(fake: ModuleType) -> None:
    (cell,) = (cell for cell in plan(fake.CLAIMS, "quick", None) if cell.claim.track == "real")
    assert run_cell(cell, None, {}).keys() == left_out(cell, "why").keys()
    assert left_out(cell, "why")["verdict"] == "not run"
    assert left_out(cell, "why")["reason"] == "why"
