"""One question with its verified answer: what every task and benchmark hands to the trainer and to the measures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from realscale.reasoning.tasks.verification import verify


@dataclass(frozen=True, eq=False)
class Example:
    """A question, its answer, and what is known about how it came to be.

    Attributes:
        question: what the policy is asked, without image marks.
        answer: what the verifier accepts.
        image: the picture that it is asked about; None for text alone.
        solution: a whole reference completion, for a supervised start: steps in plain words, then "Answer: X".
        environment: name of the context that this example is of.
        facts: latents that are known; values that JSON can hold.
        options: choices, if it has some.

    Raises:
        ValueError: no question, no answer, or a solution that the verifier does not accept.
    """

    question: str
    answer: str
    image: Image.Image | None = None
    solution: str = ""
    environment: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    options: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.question.strip() or not self.answer.strip():
            raise ValueError(
                f"the question is {self.question!r} and its answer {self.answer!r}; expected both to be there, because "
                "a completion is verified against the answer"
            )
        if self.solution and not verify(self.solution, self.answer):
            raise ValueError(
                f"the solution {self.solution!r} does not end in the answer {self.answer!r}; expected one that the "
                'verifier accepts (its last "Answer: X" is the answer), because a policy starts by imitating it'
            )
