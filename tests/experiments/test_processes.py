"""The command in processes of its own: worker processes, kills and Ctrl-C in the middle of a run."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from experiments.records import read_records

CELLS = 16
TIMEOUT = 120  # seconds after which something hangs, on a busy machine


def records_of(out: Path) -> list[dict[str, Any]]:
    (path,) = out.glob("fake/*/records.jsonl")
    return read_records(path)


def stop_in_the_middle(
    process: subprocess.Popen[str], number: signal.Signals, after: int
) -> tuple[list[str], str, list[psutil.Process]]:
    """Send the signal to the command's whole session, as a terminal does, once `after` cells are told as finished.

    Returns the lines of progress, what came on standard error after them, and the command's child processes.
    """
    assert process.stderr is not None
    lines = [process.stderr.readline() for _ in range(after)]
    assert lines[-1].startswith(f"[{after}/{CELLS}]"), "".join(lines)
    children = psutil.Process(process.pid).children(recursive=True)
    time.sleep(0.2)  # until it waits for the cells in flight
    if number == signal.SIGKILL:
        process.kill()  # the command alone: its workers must notice by themselves
    else:
        os.killpg(process.pid, number)
    _, rest = process.communicate(timeout=TIMEOUT)
    return lines, rest, children


def told_as_finished(lines: list[str]) -> set[str]:
    return {line.split("] ")[1].split(": ")[0] for line in lines}


@pytest.fixture
def uninterrupted(run: Callable[..., Any], tmp_path: Path, timeless: Callable[..., Any]) -> dict[str, Any]:
    assert run("--out", tmp_path / "uninterrupted", "--jobs", 1).code == 1
    return dict(timeless(records_of(tmp_path / "uninterrupted")))


def test_worker_processes_give_the_same_records_and_one_document(
    start: Callable[..., Any], tmp_path: Path, uninterrupted: dict[str, Any], timeless: Callable[..., Any]
) -> None:
    process = start("--out", tmp_path / "runs", "--jobs", 2, "--json")
    out, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 1  # count.own is refuted
    assert json.loads(out)["cells"] == {"done": CELLS, "left": []}
    assert timeless(records_of(tmp_path / "runs")) == uninterrupted
    assert told_as_finished(err.splitlines()) == uninterrupted.keys()
    assert len(err.splitlines()) == CELLS


def test_a_killed_run_loses_the_cells_in_flight_alone_and_its_workers_end(
    start: Callable[..., Any],
    run: Callable[..., Any],
    orders: Path,
    tmp_path: Path,
    uninterrupted: dict[str, Any],
    timeless: Callable[..., Any],
) -> None:
    (orders / "wait").touch()  # one cell stays in flight while the other worker does all the rest
    process = start("--out", tmp_path / "runs", "--jobs", 2, "--json")
    lines, _, children = stop_in_the_middle(process, signal.SIGKILL, CELLS - 1)
    assert process.returncode == -signal.SIGKILL
    assert len(children) >= 2
    assert psutil.wait_procs(children, timeout=TIMEOUT)[1] == []
    kept = records_of(tmp_path / "runs")
    assert told_as_finished(lines) == {record["key"] for record in kept}
    (orders / "wait").unlink()
    resumed = run("--out", tmp_path / "runs", "--jobs", 1)
    assert f"[1/{CELLS - len(kept) + 1}]" in resumed.err  # the cell in flight, and the one that was `not run`
    assert timeless(records_of(tmp_path / "runs")) == uninterrupted


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_keeps_finished_cells_and_leaves_no_process(
    start: Callable[..., Any],
    run: Callable[..., Any],
    orders: Path,
    tmp_path: Path,
    uninterrupted: dict[str, Any],
    timeless: Callable[..., Any],
    jobs: int,
) -> None:
    (orders / "wait").touch()
    process = start("--out", tmp_path / "runs", "--jobs", jobs)
    lines, rest, children = stop_in_the_middle(process, signal.SIGINT, CELLS - 1 if jobs == 2 else 4)
    assert process.returncode == 130
    assert rest == "interrupted: finished cells are kept; run the same command again to go on\n"  # and no traceback
    assert psutil.wait_procs(children, timeout=TIMEOUT)[1] == []
    assert told_as_finished(lines) == {record["key"] for record in records_of(tmp_path / "runs")}
    (orders / "wait").unlink()
    run("--out", tmp_path / "runs", "--jobs", 1)
    assert timeless(records_of(tmp_path / "runs")) == uninterrupted
