"""The README is true: its commands and examples run, its table has every claim, its figure exists."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from experiments import EXPERIMENTS
from identifiability.claims.claim import Claim
from identifiability.claims.registry import LEDGERS
from paper_figures.readme import BEGIN, END, TESTS
from realscale.claims import EMOJI
from realscale.claims.emoji_composition import EMOJI_COMPOSITION
from realscale.claims.leave_one_domain_out import LEAVE_ONE_DOMAIN_OUT
from realscale.claims.midtraining import MIDTRAINING
from realscale.claims.reasoning_training import REASONING
from realscale.claims.sentence_encoder import SENTENCE_ENCODER

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TABLE = README.partition(BEGIN)[2].partition(END)[0]
COMMANDS = [
    line.partition("#")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
    for line in block.splitlines()
    if line.strip()
]
CLAIMS: dict[str, list[Claim]] = {name: list(claims) for name, claims in LEDGERS.items()}
CLAIMS["identifiability"] += EMOJI
CLAIMS["composition"] += [*EMOJI_COMPOSITION, *SENTENCE_ENCODER]
CLAIMS["midtraining"] += [*MIDTRAINING, *LEAVE_ONE_DOMAIN_OUT]
CLAIMS["reward"] += REASONING

# What makes a command short enough for a test; the command itself stays as printed.
SHORTER = {
    "python -m experiments.identifiability": ["--claims", "thm2.h_invertible", "--jobs", "1"],
    "python -m experiments.equivalence": ["--claims", "swap.positive_captions", "--jobs", "1"],
    "python -m experiments.invariance_tests": ["--budget-seconds", "0.001", "--jobs", "1"],
    "python -m experiments.composition": ["--claims", "iteration.balls", "--jobs", "1"],
    "python -m experiments.midtraining": ["--budget-seconds", "0.001", "--jobs", "1"],
    "python -m experiments.reward": ["--claims", "hacking.potential", "--jobs", "1"],
    "python -m experiments.equivalence --preset standard": ["--claims", "swap.positive_captions", "--jobs", "1"],
    "python -m experiments.identifiability --data emoji --json": ["--budget-seconds", "0.001", "--jobs", "1"],
    "python benchmarks/generator.py": ["--help"],
    "python benchmarks/infonce.py --quick": ["--help"],
    "python benchmarks/scorer.py": ["--help"],
    "python tests/mutations.py --only 1": ["--help"],
}


def _run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = shlex.split(command) + SHORTER.get(command, [])
    if words[0] == "make":
        words.insert(1, "--dry-run")
    if words[0] == "python":
        words[0] = sys.executable
    if any(word.startswith("experiments.") for word in words) and "list" not in words:
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


def test_every_example_of_the_readme_runs() -> None:
    examples = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert examples
    for example in examples:
        exec(compile(example, "README.md", "exec"), {})


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_table_has_every_claim_once_with_its_words(name: str) -> None:
    """A row a claim; a violation stands in its claim's row, under the rest of its name."""
    part = TABLE.partition(f"### {name}\n")[2].partition("\n### ")[0]
    rows = {row.split("|")[1].strip().strip("`"): row for row in part.splitlines() if row.startswith("| `")}
    told = list(rows)
    for claim in CLAIMS[name]:
        if claim.id in rows:
            assert claim.statement.replace("|", "\\|") in rows[claim.id]
            assert f"*({claim.form}, {claim.track})*" in rows[claim.id]
        else:
            assert claim.drops is not None, claim.id
            assert f"`{claim.id.removeprefix(claim.drops[0])}`" in rows[claim.drops[0]].rsplit("|", 2)[1]
            told.append(claim.id)
    assert sorted(told) == sorted(claim.id for claim in CLAIMS[name])


def test_no_claim_of_the_table_is_left_undecided() -> None:
    assert "REFUTED" not in TABLE
    assert "not run" not in TABLE


@pytest.mark.parametrize("place", [*TESTS.values(), *re.findall(r"\]\(([^)#:]+)\)", README)])
def test_the_readme_points_to_files_that_exist(place: str) -> None:
    assert (ROOT / place).is_file()
