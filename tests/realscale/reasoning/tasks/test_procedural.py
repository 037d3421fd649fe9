"""Procedural questions: the package's own scorer agrees with the verifier, and the generator decides the questions."""

import sys
from collections import Counter

import pytest

from realscale.reasoning.tasks import verify
from realscale.reasoning.tasks.procedural import TASKS, package_score, procedural_examples
from scm.streams import stream

WITHOUT = "reasoning-gym is not installed: procedural questions come from it"


def test_the_package_and_the_verifier_agree() -> None:
    pytest.importorskip("reasoning_gym", reason=WITHOUT)
    examples = procedural_examples(70, rng=stream(0, "procedural"))
    assert Counter(e.environment for e in examples) == dict.fromkeys(TASKS, 10)
    for example in examples:
        for other in examples[:14]:
            completion = f"so it is\nAnswer: {other.answer}."
            assert verify(completion, example.answer) == (package_score(completion, example) == 1)
        assert package_score(example.answer, example) == 0  # no answer is marked
        assert not verify(f"Answer: {example.answer} or not", example.answer)


def test_the_same_generator_gives_the_same_questions() -> None:
    pytest.importorskip("reasoning_gym", reason=WITHOUT)
    first, same, other = (
        [(e.question, e.answer) for e in procedural_examples(12, rng=stream(seed, "p"), tasks=("gcd", "syllogism"))]
        for seed in (0, 0, 1)
    )
    assert first == same
    assert not set(first) & set(other)
    assert len(set(first)) == 12


def test_what_cannot_be_made_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="expected one or several of"):
        procedural_examples(1, rng=stream(0, "p"), tasks=("sudoku",))
    monkeypatch.setitem(sys.modules, "reasoning_gym", None)
    with pytest.raises(RuntimeError, match=r"pip install 'token-scm\[reasoning\]'"):
        procedural_examples(1, rng=stream(123456, "p"))
