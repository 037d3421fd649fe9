"""The README is true: its commands run, its table has every claim, its figure exists."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.identifiability import EXPERIMENT
from paper_figures.readme import BEGIN, END, TESTS

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line.partition("#")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
    for line in block.splitlines()
    if line.strip()
]

# What makes a command short enough for a test; the command itself stays as printed.
SHORTER = {
    "python -m experiments.identifiability": ["--claims", "thm2.h_invertible", "--jobs", "1"],
    "python -m experiments.identifiability --preset standard": ["--claims", "gk.common_part", "--jobs", "1"],
    "python -m experiments.identifiability --data emoji --json": ["--budget-seconds", "0.001", "--jobs", "1"],
    "python benchmarks/generator.py": ["--help"],
    "python benchmarks/infonce.py --quick": ["--help"],
    "python tests/mutations.py --only 1": ["--help"],
}


def _run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = shlex.split(command) + SHORTER.get(command, [])
    if words[0] == "make":
        words.insert(1, "--dry-run")
    if words[0] == "python":
        words[0] = sys.executable
    if "experiments.identifiability" in words and "list" not in words:
        words += ["--out", str(folder)]
    if "paper_figures" in words:
        words += ["--out", str(folder), "--to", str(folder / "pictures")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)


def test_every_command_of_the_readme_runs(tmp_path: Path) -> None:
    """In the order of the README, in one folder of records: later commands read what earlier ones wrote."""
    assert len(COMMANDS) >= 10
    for command in COMMANDS:
        ran = _run(command, tmp_path)
        missing_data = "--data emoji" in command and ran.returncode == 2 and "realscale.data fetch" in ran.stderr
        assert ran.returncode == 0 or missing_data, f"{command}: {ran.stderr[-2000:]}"


def test_the_table_has_every_claim_once_with_its_words() -> None:
    rows = README.partition(BEGIN)[2].partition(END)[0].splitlines()
    told = {row.split("|")[1].strip().strip("`"): row for row in rows if row.startswith("| `")}
    assert list(told) == [claim.id for claim in EXPERIMENT.claims]
    for claim in EXPERIMENT.claims:
        assert claim.statement.replace("|", "\\|") in told[claim.id]
        assert f"| {claim.form}, {claim.track} |" in told[claim.id]


def test_no_claim_of_the_table_is_left_undecided() -> None:
    table = README.partition(BEGIN)[2].partition(END)[0]
    assert "REFUTED" not in table
    assert "not run" not in table


@pytest.mark.parametrize("place", [*TESTS.values(), *re.findall(r"\]\(([^)#:]+)\)", README)])
def test_the_readme_points_to_files_that_exist(place: str) -> None:
    assert (ROOT / place).is_file()
