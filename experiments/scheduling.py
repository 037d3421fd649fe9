"""Running cells: one after the other or in worker processes, within a budget, results as they finish."""

import os
import signal
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from experiments.cells import Cell, provenance, run_cell

# Long cells first, so that the last worker is not left alone with one of them.
_DURATION_RANK = {"real": 0, "learned": 1, "exact": 2}


def run_cells(
    cells: Sequence[Cell],
    *,
    jobs: int,
    workspace: Path,
    budget_seconds: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Generator[dict[str, Any], None, None]:
    """Yield the record of each cell as it finishes; cells beyond the budget are not started.

    A record depends on its cell alone, never on `jobs` or on the order (each check gets its own seed and one thread).
    Closing the generator ends the worker processes and the cells in flight.
    """
    deadline = None if budget_seconds is None else time.monotonic() + budget_seconds
    pending = sorted(cells, key=lambda cell: _DURATION_RANK[cell.claim.track])

    def within_budget() -> Iterator[Cell]:
        for cell in pending:
            if deadline is not None and time.monotonic() > deadline:
                return
            yield cell

    # its own for each run: what other code left there would be taken for this code's
    with tempfile.TemporaryDirectory(prefix="shared-between-cells-") as folder:
        yield from _run_all(within_budget(), jobs if len(pending) > 1 else 1, workspace, Path(folder), progress)


def _run_all(
    cells: Iterator[Cell],
    jobs: int,
    workspace: Path,
    shared: Path,
    progress: Callable[[int, int], None] | None,
) -> Generator[dict[str, Any], None, None]:
    facts = provenance()
    if jobs == 1:
        for cell in cells:
            yield run_cell(cell, workspace, facts, progress, shared)
        return
    from joblib import Parallel, delayed, parallel_config

    # A worker whose memory grew is replaced between two cells, and none of them is lost: nobody has to be warned.
    warnings.filterwarnings("ignore", "A worker stopped while some jobs were given to the executor", UserWarning)
    with parallel_config(backend="loky", inner_max_num_threads=1, initializer=_serve, initargs=(os.getpid(),)):
        workers = Parallel(n_jobs=jobs, return_as="generator_unordered", pre_dispatch=jobs, batch_size=1)
    with _ctrl_c_ignored():
        results = workers(delayed(run_cell)(cell, workspace, facts, None, shared) for cell in cells)
    try:
        for record in results:  # noqa: UP028 (`yield from` would close the results before `finally` does)
            yield record
    finally:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "[0-9]+ tasks which were still being processed", UserWarning)
            results.close()  # after Ctrl-C: ends the workers; that cells were cancelled is told by who asked for it


@contextmanager
def _ctrl_c_ignored() -> Iterator[None]:
    """Processes started meanwhile ignore Ctrl-C: a terminal sends it to them too, but their parent ends them."""
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def _serve(parent: int) -> None:
    """Make this worker process end with its parent, however that ends.

    A worker that outlived it would go on writing the checkpoint that the next run goes on from.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
