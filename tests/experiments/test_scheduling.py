"""Scheduling: no record depends on the order of cells or on the budget; the budget leaves out whole cells."""

import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from experiments.cells import plan
from experiments.scheduling import run_cells
from identifiability.claims.claim import Context, Evidence, Setting, every_preset


@pytest.mark.parametrize("shuffle", range(3))
def test_records_do_not_depend_on_the_order_of_cells(
    fake: ModuleType, timeless: Callable[..., Any], tmp_path: Path, shuffle: int
) -> None:
    cells = plan(fake.CLAIMS, "quick", None)
    mixed = random.Random(shuffle).sample(cells, len(cells))
    assert mixed != cells
    records = [timeless(run_cells(order, jobs=1, workspace=tmp_path)) for order in (cells, mixed)]
    assert records[0] == records[1]
    assert records[0].keys() == {cell.key for cell in cells}


def test_long_cells_come_first(fake: ModuleType, tmp_path: Path) -> None:
    tracks = [record["track"] for record in run_cells(plan(fake.CLAIMS, "quick", None), jobs=1, workspace=tmp_path)]
    assert tracks == sorted(tracks, key=["real", "learned", "exact"].index)
    assert set(tracks) == {"real", "learned", "exact"}


def test_cells_beyond_the_budget_are_not_started(
    fake: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = plan([claim for claim in fake.CLAIMS if claim.id == "draws.slow"], "quick", None)
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    done = 0
    for _ in run_cells(cells, jobs=1, workspace=tmp_path, budget_seconds=2.5):
        now += 1.0  # each cell takes a second
        done += 1
    assert done == 3  # the third starts at 2 s and is finished; at 3 s none starts
    now = 0.0
    assert len(list(run_cells(cells, jobs=1, workspace=tmp_path))) == len(cells)


def shared_folder(setting: Setting, seed: int, context: Context) -> Evidence:
    assert context.shared is not None
    left = sorted(path.name for path in context.shared.iterdir())
    (context.shared / str(seed)).touch()
    return Evidence({"left": float(len(left))}, {"left": (0.0, None)}, note=str(context.shared))


def test_cells_of_one_run_share_a_folder_that_ends_with_it(fake: ModuleType, tmp_path: Path) -> None:
    claim = replace(fake.CLAIMS[0], check=shared_folder, **every_preset({}))
    cells = plan([claim], "quick", range(3))
    found = [record["evidence"] for record in run_cells(cells, jobs=1, workspace=tmp_path)]
    assert [evidence["measured"]["left"] for evidence in found] == [0, 1, 2]
    (folder,) = {evidence["note"] for evidence in found}
    assert not Path(folder).exists()


def test_nothing_to_do_yields_nothing(tmp_path: Path) -> None:
    assert list(run_cells([], jobs=1, workspace=tmp_path)) == []
