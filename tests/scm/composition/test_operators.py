"""SWAP, REPLACE and ADD: what one step does, normal forms against enumerated classes, and how far iteration reaches."""

import subprocess
import sys
from collections import Counter
from math import factorial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scm.composition import (
    Add,
    Join,
    Operator,
    Replace,
    Swap,
    all_sentences,
    classes,
    hamming_sphere,
    spheres,
    transposition_sphere,
)

TOKENS, LONGEST = 4, 3
groupings = st.lists(st.integers(0, 3), min_size=TOKENS, max_size=TOKENS).map(tuple)
groups = st.frozensets(st.integers(0, TOKENS - 1))
sentences = st.lists(st.integers(0, TOKENS - 1), max_size=LONGEST).map(tuple)


def joined(kinds: tuple[int, ...], finer: tuple[int, ...], optional_kinds: frozenset[int], takes: int) -> Join:
    """Operators that fit together: classes refine kinds, and whole kinds are optional; `takes` says which take part."""
    named: dict[tuple[int, int], int] = {}
    refined = tuple(named.setdefault(pair, len(named)) for pair in zip(kinds, finer, strict=True))
    optional = frozenset(token for token in range(TOKENS) if kinds[token] in optional_kinds)
    return Join(Swap(kinds) if takes & 1 else None, Replace(refined) if takes & 2 else None, Add(optional, LONGEST))


def any_operator(kinds: tuple[int, ...], finer: tuple[int, ...], chosen: frozenset[int], which: int) -> Operator:
    return (Swap(kinds), Replace(finer), Add(chosen, LONGEST), joined(kinds, finer, chosen, which))[which]


def everything() -> list[tuple[int, ...]]:
    return all_sentences(TOKENS, range(LONGEST + 1))


@settings(max_examples=30, deadline=None)
@given(groupings, groupings, groups, st.integers(0, 3))
def test_canonical_forms_are_equal_exactly_within_a_class(
    kinds: tuple[int, ...], finer: tuple[int, ...], chosen: frozenset[int], which: int
) -> None:
    """Against union-find over every sentence: invariant, complete, and itself a member of the class."""
    operator = any_operator(kinds, finer, chosen, which)
    number = classes(everything(), [operator])
    form = {sentence: operator.canonical(sentence) for sentence in number}
    assert all(number[form[sentence]] == number[sentence] for sentence in number)
    assert len(set(form.values())) == len(set(number.values()))
    assert all(form[form[sentence]] == form[sentence] for sentence in number)


@settings(max_examples=30, deadline=None)
@given(groupings, groupings, groups, st.integers(0, 3))
def test_a_join_is_the_relation_of_all_its_operators_together(
    kinds: tuple[int, ...], finer: tuple[int, ...], chosen: frozenset[int], takes: int
) -> None:
    join = joined(kinds, finer, chosen, takes)
    assert classes(everything(), [join]) == classes(everything(), join.operators)


@settings(max_examples=60, deadline=None)
@given(groupings, sentences)
def test_swap_keeps_the_tokens_and_is_undone_by_itself(kinds: tuple[int, ...], sentence: tuple[int, ...]) -> None:
    swap = Swap(kinds)
    for other in swap.steps(sentence):
        assert Counter(other) == Counter(sentence)
        assert sum(a != b for a, b in zip(sentence, other, strict=True)) == 2
        assert sentence in set(swap.steps(other))


@settings(max_examples=60, deadline=None)
@given(groupings, sentences)
def test_replace_changes_one_token_within_its_class(grouping: tuple[int, ...], sentence: tuple[int, ...]) -> None:
    replace = Replace(grouping)
    for other in replace.steps(sentence):
        changed = [(a, b) for a, b in zip(sentence, other, strict=True) if a != b]
        assert len(changed) == 1
        assert replace.classes[changed[0][0]] == replace.classes[changed[0][1]]


@settings(max_examples=60, deadline=None)
@given(groups, sentences)
def test_add_is_undone_by_deletion(optional: frozenset[int], sentence: tuple[int, ...]) -> None:
    add = Add(optional, LONGEST)
    for other in add.steps(sentence):
        assert abs(len(other) - len(sentence)) == 1
        assert len(other) <= LONGEST
        assert sentence in set(add.steps(other))


@settings(max_examples=60, deadline=None)
@given(groupings, groupings, groups, st.integers(0, 3), sentences)
def test_steps_never_stand_still_and_never_repeat(
    kinds: tuple[int, ...], finer: tuple[int, ...], chosen: frozenset[int], which: int, sentence: tuple[int, ...]
) -> None:
    found = list(any_operator(kinds, finer, chosen, which).steps(sentence))
    assert sentence not in found
    assert len(set(found)) == len(found)


def test_joint_blindness_to_replace_and_add_is_blindness_to_everything() -> None:
    """Each alone keeps something (the length; the other tokens); together nothing is left."""
    replace, add = Replace((0, 0, 0, 0)), Add(frozenset({0}), LONGEST)
    assert len(set(classes(everything(), [replace]).values())) == LONGEST + 1
    assert len(set(classes(everything(), [add]).values())) > 1
    assert len(set(classes(everything(), [replace, add]).values())) == 1


@pytest.mark.parametrize(
    ("swap", "replace", "add", "text"),
    [
        (None, None, None, "a join of no operators"),
        (Swap((0, 0)), None, Add(frozenset({1}), 3), "tokens 0 and 1 are of one kind of SWAP, but only one"),
        (None, Replace((5, 5)), Add(frozenset({1}), 3), "tokens 0 and 1 are of one class, but only one"),
        (Swap((0, 1)), Replace((0, 0)), None, "of one class but of kinds 0 and 1; expected one kind"),
    ],
)
def test_operators_that_do_not_fit_together_are_refused(
    swap: Swap | None, replace: Replace | None, add: Add | None, text: str
) -> None:
    with pytest.raises(ValueError, match=text):
        Join(swap, replace, add)


def test_why_a_kind_must_be_optional_as_a_whole() -> None:
    """object 0, relation 1, object 2 that may go: 0 1 and 1 0 are joined, though neither form would say so."""
    swap, add = Swap((0, 1, 0)), Add(frozenset({2}), 3)
    number = classes(all_sentences(3, range(4)), [swap, add])
    assert number[0, 1] == number[1, 0]
    assert swap.canonical(add.canonical((0, 1))) != swap.canonical(add.canonical((1, 0)))


@pytest.mark.parametrize(("length", "tokens"), [(3, 3), (4, 2), (2, 4)])
def test_replace_balls_are_hamming_balls(length: int, tokens: int) -> None:
    rings = spheres((0,) * length, [Replace((0,) * tokens)], length + 1)
    assert [len(ring) for ring in rings] == [hamming_sphere(length, tokens, k) for k in range(length + 2)]
    assert sum(map(len, rings)) == tokens**length


def test_swap_balls_have_stirling_numbers_and_stop() -> None:
    rings = spheres((0, 1, 2, 3, 4), [Swap((0,) * 5)], 5)
    assert [len(ring) for ring in rings] == [1, 10, 35, 50, 24, 0]
    assert [transposition_sphere(5, k) for k in range(6)] == [1, 10, 35, 50, 24, 0]
    assert sum(transposition_sphere(7, k) for k in range(7)) == factorial(7)


def test_two_swaps_can_lead_back() -> None:
    """More steps along one path are not more negatives: only the set of what is reached grows."""
    swap = Swap((0, 0))
    assert list(swap.steps(next(swap.steps((0, 1))))) == [(0, 1)]


@pytest.mark.parametrize(
    ("tokens", "lengths", "text"), [(0, [1], "0 tokens"), (2, [-1], "lengths"), (9, [9], "at most")]
)
def test_sentences_that_cannot_be_enumerated(tokens: int, lengths: list[int], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        all_sentences(tokens, lengths)


@pytest.mark.parametrize("operator", [Swap((0, 0, 1)), Replace((0, 0, 1))])
@pytest.mark.parametrize("sentence", [(0, 9), (0, 3), (-1, 0)])
def test_tokens_of_no_kind_are_refused(operator: Swap | Replace, sentence: tuple[int, ...]) -> None:
    message = (
        rf"sentence \({sentence[0]}, {sentence[1]}\) with a (kind|class) for each of 3 tokens; expected token ids 0"
    )
    with pytest.raises(ValueError, match=message):
        list(operator.steps(sentence))
    with pytest.raises(ValueError, match=message):
        operator.canonical(sentence)
    assert operator.canonical(()) == ()


@pytest.mark.parametrize("operator", ["Swap", "Replace"])
def test_words_are_no_tokens(operator: str) -> None:
    """In a process of its own, without the tests' check of types."""
    code = f"from scm.composition import {operator}; {operator}((0, 0, 1)).canonical((0, 'dog'))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "ValueError: sentence (0, 'dog') with a" in run.stderr
    assert "for each of 3 tokens; expected token ids 0 to 2" in run.stderr
