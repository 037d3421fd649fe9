"""The scene task: answers follow from the latents, frequencies from the law, and the reversed split reverses."""

from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from realscale.reasoning.tasks import (
    Example,
    SceneSettings,
    chance,
    scene_examples,
    scene_laws,
    scene_vocabulary,
    shortcut_accuracies,
    verify,
)
from realscale.reasoning.tasks.scene_law import KINDS, SPLITS, all_answers, answers
from realscale.reasoning.tasks.scene_questions import Placed, solved
from realscale.reasoning.tasks.scenes import is_held_out
from scm.grammar import BACKGROUNDS, COLOURS, SHAPES
from scm.streams import stream
from scm.tokens import TokenRole

PALETTE = (
    np.array([[1, 0, 0], [0, 1, 0], [0, 0.2, 1], [1, 0.9, 0], [0.6, 0, 0.8], [1, 0.5, 0], [1, 1, 1], [0, 0, 0]]) - 0.5
)
PALETTE /= np.linalg.norm(PALETTE, axis=1, keepdims=True)
SMALL = SceneSettings(size=28)
LAWS = ("train", "uniform", "reversed")
COUNT = 1200
EVERY_KIND = SceneSettings(kinds=KINDS, objects=4, shapes=5, colours=3, contexts=5, size=28)


@st.composite
def task_settings(draw: st.DrawFn) -> dict[str, Any]:
    grid = draw(st.integers(2, 3))
    return dict(
        kinds=tuple(draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=4, unique=True))),
        objects=draw(st.integers(2, grid**2)),
        grid=grid,
        shapes=draw(st.integers(3, 8)),
        colours=draw(st.integers(2, 8)),
        contexts=draw(st.integers(2, 8)),
        agreement=draw(st.floats(0, 1)),
        size=14 * grid,
    )


def placed(example: Example) -> tuple[Placed, ...]:
    return tuple(
        Placed(SHAPES.index(thing["shape"]), COLOURS.index(thing["colour"]), (thing["row"], thing["column"]))
        for thing in example.facts["objects"]
    )


@settings(max_examples=25)
@given(task_settings(), st.integers(0, 2**32 - 1), st.sampled_from(SPLITS))
def test_the_answer_follows_from_the_latents_and_the_solution_verifies(
    fields: dict[str, Any], seed: int, split: str
) -> None:
    task = SceneSettings(**fields)
    vocabulary = scene_vocabulary(task)
    for example in scene_examples(task, 6, rng=stream(seed, "examples"), split=split):
        facts = example.facts
        assert solved(facts["kind"], facts["targets"], placed(example)) == example.answer
        assert verify(example.solution, example.answer)
        for wrong in set(all_answers(task)) - {example.answer}:
            assert not verify(f"{example.solution} Answer: {wrong}", example.answer)
        assert example.environment == facts["background"] in BACKGROUNDS[: task.contexts]
        assert len(facts["objects"]) == task.objects
        caption = vocabulary.encode(f"{example.question} {example.solution}")  # no word without a role
        named = caption.only(TokenRole.ENVIRONMENT).words
        assert set(named) <= {facts["background"]}


def test_the_picture_shows_the_latents() -> None:
    task = SceneSettings(shapes=2, colours=8, contexts=2, objects=3)
    seen = set()
    for example in scene_examples(task, 60, rng=stream(0, "shown"), split="uniform"):
        picture = np.asarray(example.image) / 255
        edge = picture[:, 0]  # no object reaches it
        assert (example.environment == "plain") == bool((edge == edge[0]).all())
        for thing in example.facts["objects"]:
            row, column = (slice(28 * thing[name], 28 * thing[name] + 28) for name in ("row", "column"))
            cell = picture[row, column]
            shade = cell[14, 14] - 0.5  # its colour, paler or not
            assert COLOURS[int((PALETTE @ shade).argmax())] == thing["colour"]
            if example.environment == "plain":
                inked = np.abs(cell - edge[0]).max(axis=2) > np.abs(cell[14, 14] - edge[0]).max() / 2
                box = inked[inked.any(axis=1)][:, inked.any(axis=0)]
                assert (box.mean() > 0.9) == (thing["shape"] == "square")
                seen.add(thing["shape"])
    assert seen == {"circle", "square"}


SIGNS = {"left": (0, -1), "right": (0, 1), "above": (-1, 0), "below": (1, 0)}


def test_answers_mean_what_they_say() -> None:
    for example in drawn("uniform"):
        things, asked = example.facts["objects"], example.facts["targets"]
        by_shape = [[thing for thing in things if thing["shape"] == name] for name in asked]
        by_colour = [sum(thing["colour"] == name for thing in things) for name in asked]
        match example.facts["kind"]:
            case "attribute":
                assert [thing["colour"] for thing in by_shape[0]] == [example.answer]
            case "count":
                assert str(len(by_shape[0])) == example.answer
            case "compare":
                assert (by_colour[0] > by_colour[1]) == (example.answer == "yes")
            case "relation":
                (first,), (second,) = by_shape
                steps = tuple(int(np.sign(first[name] - second[name])) for name in ("row", "column"))
                assert steps == SIGNS[example.answer]


@lru_cache
def drawn(split: str) -> list[Example]:
    return scene_examples(EVERY_KIND, COUNT, rng=stream(0, "law", split), split=split)


@pytest.mark.parametrize("split", LAWS)
def test_frequencies_follow_the_law(split: str, false_alarm: float) -> None:
    law = scene_laws(EVERY_KIND).laws[split].table
    named = all_answers(EVERY_KIND)
    found = np.zeros(law.shape, dtype=int)
    for e in drawn(split):
        found[KINDS.index(e.facts["kind"]), named.index(e.answer), BACKGROUNDS.index(e.environment)] += 1
    assert (found[law == 0] == 0).all()
    for cell in np.argwhere(law > 0):
        assert binomtest(int(found[tuple(cell)]), COUNT, law[tuple(cell)]).pvalue > false_alarm / law.size


def test_the_test_id_has_the_law_of_training() -> None:
    train, same = (scene_examples(EVERY_KIND, 10, rng=stream(0, "id"), split=split) for split in ("train", "id"))
    assert [e.facts | {"split": "id"} for e in train] == [e.facts for e in same]


def test_the_same_generator_gives_the_same_examples() -> None:
    first, second = (scene_examples(EVERY_KIND, 20, rng=stream(3, "same"), split="uniform") for _ in range(2))
    other = scene_examples(EVERY_KIND, 20, rng=stream(4, "same"), split="uniform")
    for a, b in zip(first, second, strict=True):
        assert (a.question, a.answer, a.solution, a.environment, a.facts) == (
            (b.question, b.answer, b.solution, b.environment, b.facts)
        )
        assert np.array_equal(np.asarray(a.image), np.asarray(b.image))
    assert [a.question for a in first] != [c.question for c in other]


def test_exact_accuracies_of_chance_and_shortcut() -> None:
    assert chance(SceneSettings(kinds=KINDS, objects=4, colours=8)) == pytest.approx(
        {"attribute": 1 / 8, "count": 1 / 4, "compare": 1 / 2, "relation": 1 / 4, "all": 9 / 32}
    )
    found = {name: table["all"] for name, table in shortcut_accuracies(SMALL).items()}
    assert found == pytest.approx({"train": 0.9, "uniform": 1 / 4, "reversed": 0.1 / 3})
    # two answers and four backgrounds: each answer has two of them
    found = {name: table["compare"] for name, table in shortcut_accuracies(SceneSettings(kinds=("compare",))).items()}
    assert found == pytest.approx({"train": 0.9, "uniform": 1 / 2, "reversed": 0.1})


@pytest.mark.parametrize("split", LAWS)
def test_answering_from_the_background_is_as_right_as_enumeration_says(split: str, false_alarm: float) -> None:
    right = sum(e.facts["shortcut"] == e.answer for e in drawn(split))
    assert binomtest(right, COUNT, shortcut_accuracies(EVERY_KIND)[split]["all"]).pvalue > false_alarm


def test_the_question_says_nothing_about_the_answer(false_alarm: float) -> None:
    by_question: dict[str, list[Example]] = {}
    for example in drawn("train"):
        by_question.setdefault(example.question, []).append(example)
    assert len(by_question) == 5 + 5 + 3 * 2 + 5 * 4
    for asked in by_question.values():
        possible = answers(EVERY_KIND, asked[0].facts["kind"])
        for answer in possible:
            right = sum(e.answer == answer for e in asked)
            assert binomtest(right, len(asked), 1 / len(possible)).pvalue > false_alarm / 4 / len(by_question)


def test_held_out_arrangements_are_in_no_training_example() -> None:
    task = SceneSettings(kinds=KINDS, objects=3, size=28, held_out=True)
    for split in SPLITS:
        arrangements = [placed(e) for e in scene_examples(task, 60, rng=stream(0, "held out", split), split=split)]
        assert {is_held_out(objects) for objects in arrangements} == {split != "train"}


def test_a_task_with_too_few_arrangements_to_hold_any_out_says_so() -> None:
    task = SceneSettings(objects=1, grid=1, size=28, held_out=True)
    with pytest.raises(ValueError, match="all on one side of the held-out split"):
        scene_examples(task, 100, rng=stream(0, "few"), split="uniform")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"shapes": 1}, "nothing to ask"),
        ({"contexts": 9}, "expected 2 to 8"),
        ({"agreement": 1.1}, "a probability"),
        ({"kinds": ()}, "each once"),
        ({"kinds": ("count", "count")}, "each once"),
        ({"objects": 5}, "a cell of its own"),
        ({"kinds": ("count",), "objects": 1}, "expected 2 to grid"),
        ({"kinds": ("relation",), "objects": 3, "shapes": 2}, "a third shape"),
    ],
)
def test_settings_that_make_no_task_are_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SceneSettings(**changed)


def test_an_unknown_split_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one of"):
        scene_examples(SMALL, 1, rng=stream(0, "x"), split="test")
