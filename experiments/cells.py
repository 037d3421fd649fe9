"""Cells: a claim x a setting x a seed is the unit that is run, recorded and resumed."""

import hashlib
import platform
import subprocess
import sys
import time
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from experiments.records import SCHEMA, canonical, plain
from identifiability.claims.claim import Claim, Context, Evidence, NotAvailable, Preset, Setting

BROKEN = "the check broke"  # how the reason of a cell begins whose check raised an exception


@dataclass(frozen=True)
class Cell:
    """One claim at one setting and one seed; `key` names it in the records whatever the order of the run."""

    claim: Claim
    setting: Setting
    seed: int
    position: int  # the claim's place in the ledger

    @property
    def key(self) -> str:
        """`claim/<hash of the setting>/seed`."""
        digest = hashlib.sha256(canonical(plain(self.setting)).encode()).hexdigest()[:10]
        return f"{self.claim.id}/{digest}/{self.seed}"


def plan(ledger: Iterable[Claim], preset: Preset, seeds: Sequence[int] | None) -> list[Cell]:
    """The cells of a preset: every claim of the ledger, each of its settings, each of its seeds (or the given ones)."""
    return [
        Cell(claim, setting, seed, position)
        for position, claim in enumerate(ledger)
        for setting in claim.settings[preset]
        for seed in (seeds if seeds is not None else range(claim.seeds[preset]))
    ]


def run_cell(
    cell: Cell, workspace: Path | None, facts: Mapping[str, Any], progress: Any = None, shared: Path | None = None
) -> dict[str, Any]:
    """Run one cell on one thread and return its record (without writing it); `facts` is its `provenance()`.

    A check that is not available here gives the verdict `not run` with its reason; so does one that breaks, with its
    traceback on standard error, so that the other cells go on. One thread, always: the sums of a
    matrix product depend on how it is split, and a record must not depend on how many jobs ran beside it.
    """
    from threadpoolctl import threadpool_limits

    if "torch" in sys.modules:  # a check that needs it came with it; the others need not wait for its import
        sys.modules["torch"].set_num_threads(1)
    folder = None if workspace is None else workspace / cell.key.replace("/", "_")
    started, cpu_started = time.perf_counter(), time.process_time()
    evidence: Evidence | None = None
    reason = ""
    with threadpool_limits(limits=1):
        try:
            context = Context(workspace=folder, progress=progress, shared=shared)
            evidence = cell.claim.check(cell.setting, cell.seed, context)
        except NotAvailable as missing:
            reason = str(missing)
        except Exception as error:
            traceback.print_exc()
            reason = f"{BROKEN}: {type(error).__name__}: {error}"
    return {
        **left_out(cell, reason),
        "verdict": cell.claim.verdict(evidence) if evidence else "not run",
        "evidence": plain(asdict(evidence)) if evidence else None,
        "seconds": round(time.perf_counter() - started, 3),
        "cpu_seconds": round(time.process_time() - cpu_started, 3),
        **facts,
    }


def left_out(cell: Cell, reason: str) -> dict[str, Any]:
    """What a summary says of a cell without a record: `not run`, and why."""
    return {
        "schema": SCHEMA,
        "key": cell.key,
        "position": cell.position,
        "claim": cell.claim.id,
        "statement": cell.claim.statement,
        "formula": cell.claim.formula,
        "source": cell.claim.source,
        "form": cell.claim.form,
        "track": cell.claim.track,
        "assumptions": list(cell.claim.assumptions),
        "drops": list(cell.claim.drops) if cell.claim.drops else None,
        "setting": plain(cell.setting),
        "standard_settings": len(cell.claim.settings["standard"]),
        "seed": cell.seed,
        "verdict": "not run",
        "reason": reason,
        "evidence": None,
        "seconds": 0.0,
        "cpu_seconds": 0.0,
    }


@cache
def provenance() -> dict[str, Any]:
    """What a record must say to be repeated: git commit, versions, platform."""
    root = Path(__file__).resolve().parent.parent
    try:
        command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
        commit = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        commit = "unknown"
    packages = ("token-scm", "numpy", "scipy", "torch", "scikit-learn")
    return {
        "commit": commit,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in packages}},
        "platform": f"{platform.system()}-{platform.machine()}",
    }
