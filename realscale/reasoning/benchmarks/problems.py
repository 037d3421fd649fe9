"""One form for every reasoning benchmark: problems, answers as the file has them, pictures that are not yet read."""

import hashlib
import json
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from PIL import Image

from realscale.composition.items import BenchmarkError
from realscale.data.decoding import NoPicture
from realscale.data.findings import Findings
from realscale.reasoning.benchmarks.pictures import Picture
from realscale.reasoning.tasks.example import Example

LETTERS = string.ascii_uppercase
Kind = Literal["choice", "integer", "float", "list", "value", "yes/no"]


@dataclass(frozen=True, eq=False)
class Problem:
    """One question of a benchmark.

    Attributes:
        name: what joins it with a completion; unique within its set.
        kind: what an answer to it is; choice: a letter.
        prompt: what a policy is asked, with options and the form of the answer, without image marks.
        answer: as the file has it.
        options: texts of the choices from A on; empty also where a file names none.
        letters: the right letters of a choice; more than one if all of them are asked for.
        picture: None if it is asked without one.
        groups: columns by which accuracy is told, the values of this problem in each; the first names its environment.
        facts: what else the set's own rule needs.
    """

    name: str
    kind: Kind
    prompt: str
    answer: str
    options: tuple[str, ...] = ()
    letters: str = ""
    picture: Picture | None = None
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def right_option(self) -> str | None:
        """The text of the right option, if it is one and has a text."""
        if len(self.letters) != 1 or not self.options:
            return None
        return self.options[LETTERS.index(self.letters)]

    @property
    def expected(self) -> str:
        """What the prompt asks for, answered rightly: letters of a choice, else the answer."""
        return ", ".join(self.letters) or self.answer


@dataclass(frozen=True, eq=False)
class ProblemSet:
    """The problems of one split of a benchmark, and what its reader found wrong with the files."""

    name: str
    split: str
    problems: tuple[Problem, ...]
    findings: Findings

    def __post_init__(self) -> None:
        if not self.problems:
            raise BenchmarkError(
                f"{self.name}, split {self.split}, has no problem to ask; expected one at least. Found: "
                f"{self.findings.summary() or 'nothing in the files'}"
            )

    @property
    def identity(self) -> str:
        """A hash of what is asked and of the answers, so that two results can be told to be of the same problems."""
        asked = [(problem.name, problem.prompt, problem.answer) for problem in self.problems]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:12]

    def with_pictures(self) -> Iterator[tuple[Problem, Image.Image | None]]:
        """Each problem with its picture, decoded one by one; one whose picture is none is a finding and left out."""
        for problem in self.problems:
            try:
                image = None if problem.picture is None else problem.picture.image()
            except NoPicture as error:
                if problem.picture is not None and problem.picture.fault is None:  # others are findings already
                    self.findings.add(f"picture: {error.reason}", problem.name)
                continue
            yield problem, image

    def examples(self) -> Iterator[Example]:
        """The problems as a policy is trained on them, those of `with_pictures`.

        The verifier's answer is the letter of a choice, else the answer of the file.
        """
        for problem, image in self.with_pictures():
            environment = next((values[0] for values in problem.groups.values() if values), "")
            facts = {"id": problem.name, **{column: list(values) for column, values in problem.groups.items()}}
            yield Example(
                problem.prompt, problem.expected, image, environment=environment, facts=facts, options=problem.options
            )

    def with_problems(self, problems: tuple[Problem, ...]) -> "ProblemSet":
        """The same set with other problems."""
        return replace(self, problems=problems)
