"""Deliberate mutations that must make the suite fail: `python tests/mutations.py [--only N ...]`.

Each of `mutations.toml` replaces one piece of text in one file of a copy of the tree and runs the named tests there:
every one of them must fail. Before that all of them must pass on the copy as it is. Exit code 1 when a mutation
survives.
"""

import argparse
import importlib
import os
import shutil
import sys
import tempfile
import time
import tomllib
import traceback
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOMETHING_ELSE = 70  # exit code of a run that pytest did not end
COPIED = ("scm", "identifiability", "realscale", "experiments", "paper_figures", "tests", "pyproject.toml")


@dataclass(frozen=True)
class Mutation:
    """`old` (exactly once in `file`) becomes `new`; the tests (node ids without parameters) that must then fail."""

    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


def read_mutations(path: Path) -> tuple[Mutation, ...]:
    """The list of mutations, in the order of their numbers."""
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["mutation"]
    return tuple(Mutation(**{**entry, "tests": tuple(entry["tests"])}) for entry in entries)


MUTATIONS = read_mutations(ROOT / "tests" / "mutations.toml")


def copy_of_the_tree(folder: Path) -> Path:
    """A copy in which files may be changed."""
    ignore = shutil.ignore_patterns("__pycache__", "output", ".*")
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignore)
        else:
            shutil.copy2(source, folder / name)
    return folder


def run_here(tests: tuple[str, ...], tree: Path, printed: Path) -> int:
    """Run pytest in this process on a copy of the tree, with all that it prints in a file."""
    output = os.open(printed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.chdir(tree)
    sys.path.insert(0, str(tree))
    os.environ.update(PYTHONPATH=str(tree), PYTHONDONTWRITEBYTECODE="1")
    sys.dont_write_bytecode = True
    return pytest.main(["-p", "no:cacheprovider", "-rf", "--tb=line", *tests])


def failing(tests: tuple[str, ...], tree: Path) -> tuple[int, set[str], str]:
    """pytest's exit code on these tests in the copy, those that failed (without parameters), and what it printed.

    Runs in a fork of this process, which has imported what is slow to import and nothing of the project.
    """
    printed = tree / "printed.txt"
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code: int = SOMETHING_ELSE
        try:
            code = run_here(tests, tree, printed)
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)  # at once: what follows in this process is the parent's
    _, status = os.waitpid(child, 0)
    text = printed.read_text()
    failed = {line.split()[1].split("[")[0] for line in text.splitlines() if line.startswith("FAILED ")}
    return os.waitstatus_to_exitcode(status), failed, text


def killed(mutation: Mutation, tree: Path) -> str:
    """Empty when every named test fails under the mutation; else what happened instead."""
    path = tree / mutation.file
    original = path.read_text(encoding="utf-8")
    path.write_text(original.replace(mutation.old, mutation.new), encoding="utf-8")
    try:
        code, failed, text = failing(mutation.tests, tree)
    finally:
        path.write_text(original, encoding="utf-8")
    if code not in (0, 1):
        return f"pytest exited with {code}: {text.strip().splitlines()[-1]}"
    survived = [test for test in mutation.tests if test not in failed]
    return f"passes: {', '.join(survived)}" if survived else ""


def main() -> int:
    """Run the mutations asked for and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=int, nargs="+", metavar="N", help="numbers of the mutations to run")
    numbers = parser.parse_args().only or range(1, len(MUTATIONS) + 1)
    if wrong := [number for number in numbers if not 1 <= number <= len(MUTATIONS)]:
        parser.error(f"--only {wrong}: expected numbers from 1 to {len(MUTATIONS)}")
    chosen = {number: MUTATIONS[number - 1] for number in numbers}
    for slow_to_import in ("networkx", "scipy.stats", "sklearn.linear_model", "torch"):
        importlib.import_module(slow_to_import)
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        tree = copy_of_the_tree(Path(folder))
        every_test = tuple(dict.fromkeys(test for mutation in chosen.values() for test in mutation.tests))
        code, _, text = failing(every_test, tree)
        if code != 0:
            print(text)
            print("the tests named must pass on the code as it is")
            return 1
        survivors = 0
        for number, mutation in chosen.items():
            started = time.perf_counter()
            problem = killed(mutation, tree)
            survivors += bool(problem)
            outcome = f"SURVIVES ({problem})" if problem else "killed"
            seconds = time.perf_counter() - started
            print(f"{number:3d}  {mutation.what:62s}  {seconds:5.1f} s  {outcome}", flush=True)
    print(f"{len(chosen) - survivors} of {len(chosen)} mutations make the suite fail")
    return int(survivors > 0)


if __name__ == "__main__":
    sys.exit(main())
