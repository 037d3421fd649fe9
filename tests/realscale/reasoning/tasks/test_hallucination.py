"""What completions claim: read by rule, held against the latents."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realscale.reasoning.tasks import SceneSettings, scene_examples
from realscale.reasoning.tasks.hallucination import Claim, claims, false_claims
from realscale.reasoning.tasks.scene_law import KINDS
from scm.grammar import BACKGROUNDS, COLOURS
from scm.streams import stream

FACTS: dict[str, Any] = {
    "background": "striped",
    "objects": [
        {"colour": "red", "shape": "circle", "row": 0, "column": 0},
        {"colour": "blue", "shape": "square", "row": 0, "column": 1},
        {"colour": "red", "shape": "circle", "row": 1, "column": 0},
    ],
}
TRUE = [
    ("A striped picture.", Claim(background="striped")),
    ("the Red circles", Claim("red", "circle")),
    ("the square is blue", Claim("blue", "square")),
    ("circles are red", Claim("red", "circle")),
    ("2 circles", Claim(None, "circle", 2)),
    ("two times red", Claim("red", None, 2)),
    ("1 blue square", Claim("blue", "square", 1)),
    ("no green", Claim("green", None, 0)),
]
FALSE = [
    ("A plain picture", "background"),
    ("a star", "object"),
    ("blue circle", "object"),
    ("the circle is blue", "object"),
    ("something green", "colour"),
    ("3 circles", "count"),
    ("0 times blue", "count"),
    ("no crosses, no circle", "count"),
]


@pytest.mark.parametrize(("text", "claim"), TRUE)
def test_what_is_there_is_no_hallucination(text: str, claim: Claim) -> None:
    assert claims(f"{text}. Answer: green") == (claim,)
    assert false_claims(text, FACTS) == ()


@pytest.mark.parametrize(("text", "about"), FALSE)
def test_what_is_not_there_is_one(text: str, about: str) -> None:
    assert [claim.about for claim in false_claims(text, FACTS)] == [about]


def test_phrases_end_at_punctuation_and_the_answer_is_no_step() -> None:
    assert claims("blue, circle; 2. square") == (Claim("blue"), Claim(shape="circle"), Claim(shape="square"))
    assert claims("so there are 3 of them. Answer: 7 green stars") == ()
    assert claims("Answer: red\nAnswer: 2\na star") == (Claim("red"), Claim(shape="star"))
    assert claims("") == ()


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_reference_solutions_name_things_and_nothing_that_is_not_there(seed: int) -> None:
    task = SceneSettings(kinds=KINDS, objects=4, shapes=8, colours=8, contexts=8, size=28)
    for example in scene_examples(task, 6, rng=stream(seed, "solutions")):
        assert claims(example.solution)
        assert false_claims(example.solution, example.facts) == ()
        other = BACKGROUNDS[BACKGROUNDS.index(example.environment) - 1]
        absent = next(c for c in COLOURS if c not in {thing["colour"] for thing in example.facts["objects"]})
        for lie in (f"{other}.", f"{absent}.", "5 times circle."):
            assert len(false_claims(f"{lie} {example.solution}", example.facts)) == 1
