"""Procedural questions in words alone, from the package reasoning-gym: a control without pictures."""

from collections.abc import Sequence
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np

from realscale.reasoning.tasks.example import Example
from realscale.reasoning.tasks.verification import extracted
from scm.sampling import check_sampling

# each with one right answer of few words, made in under a millisecond from its seed alone
TASKS = (
    "chain_sum",
    "gcd",
    "simple_equations",
    "leg_counting",
    "letter_counting",
    "family_relationships",
    "syllogism",
)
INSTALL = "pip install 'token-scm[reasoning]'"
_ENTRIES = 500  # of one data set of the package


def procedural_examples(count: int, *, rng: np.random.Generator, tasks: Sequence[str] = TASKS) -> list[Example]:
    """Questions of the tasks by turns; the environment is the task. The same generator gives the same questions.

    Facts: kind (the task), and the seed and the index from which the package makes the question.

    Raises:
        ValueError: no task, or one that is not in `TASKS`.
        RuntimeError: reasoning-gym is not installed.
    """
    check_sampling(count, rng)
    if not tasks or not set(tasks) <= set(TASKS):
        raise ValueError(f"tasks={tuple(tasks)}, expected one or several of {TASKS}")
    seeds = [int(rng.integers(2**31)) for _ in range(-(-count // (_ENTRIES * len(tasks))))]
    found = []
    for number in range(count):
        turn, task = number // len(tasks), tasks[number % len(tasks)]
        facts = {"kind": task, "seed": seeds[turn // _ENTRIES], "index": turn % _ENTRIES}
        entry = _entries(task, facts["seed"])[facts["index"]]
        found.append(Example(entry["question"], entry["answer"], environment=task, facts=facts))
    return found


def package_score(completion: str, example: Example) -> float:
    """The package's own score of the extracted answer, in [0, 1]; without an answer 0.

    1 exactly for the right answer. For most tasks an answer that holds the right one among other characters has a part
    of it, which `verify` refuses.

    Raises:
        RuntimeError: reasoning-gym is not installed.
    """
    facts = example.facts
    entries = _entries(facts["kind"], facts["seed"])
    return float(entries.score_answer(extracted(completion), entries[facts["index"]]))


@lru_cache(maxsize=64)
def _entries(task: str, seed: int) -> Any:
    return _package().create_dataset(task, size=_ENTRIES, seed=seed)


def _package() -> ModuleType:
    try:
        import reasoning_gym
    except ImportError as error:
        raise RuntimeError(
            f"{error.name} is not installed, which procedural questions come from; expected the package: {INSTALL}"
        ) from error
    return reasoning_gym
