"""One row of the unit tests' table: a method on an example with some number of environments."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from jaxtyping import Float

from identifiability.exact.linear_invariance import least_squares
from identifiability.learning.linear_invariance.draws import Draws, hyper_parameters
from identifiability.learning.linear_invariance.task import balanced_task, exact_errors, population_task
from identifiability.learning.linear_invariance.training import select, train_linear
from scm.streams import stream, stream_seed
from scm.unit_tests import CauseAndEffect, MixtureTest, UnitTest, unit_test

EXAMPLES_EACH = 10_000  # of an environment in the published runs: the resolution at which they compare errors
PUBLISHED_SEEDS, PUBLISHED_DRAWS = 50, 20
_REPLICATIONS = 4000


@dataclass(frozen=True, eq=False)
class Row:
    """Exact errors of S data seeds and H draws in E environments; `draw` is the selected one.

    `solution` says how the predictor was found: "normal equations" (then H = 1) or "gradient steps".
    """

    test: Float[np.ndarray, "s h e"]
    validation: Float[np.ndarray, "s h e"]
    draws: Draws
    solution: str

    @property
    def draw(self) -> int:
        """Index of the draw that the published rule selects."""
        return select(self.validation, examples=EXAMPLES_EACH)

    @property
    def errors(self) -> Float[np.ndarray, "s e"]:
        """Test errors of the selected draw."""
        return self.test[:, self.draw]

    def replications(self, *, rng: np.random.Generator) -> Float[np.ndarray, "b"]:
        """Mean test errors that other data seeds and other draws of hyper-parameters would have given (bootstrap).

        Each takes the default and as many random draws as there are here, and as many data seeds as make its spread
        that of the difference of two means, over S seeds here and over `PUBLISHED_SEEDS` there.
        """
        seeds, count, _ = self.test.shape
        size = max(1, (seeds - 1) * PUBLISHED_SEEDS // (seeds - 1 + PUBLISHED_SEEDS))
        result = []
        for _ in range(_REPLICATIONS):
            data = rng.integers(seeds, size=size)
            draws = np.append(0, rng.integers(1, count, size=count - 1)) if count > 1 else np.zeros(1, dtype=int)
            validation = self.validation[np.ix_(data, draws)]
            chosen = draws[select(validation, examples=EXAMPLES_EACH)]
            result.append(self.test[data, chosen].mean())
        return np.array(result)


def draw_problems(example: str, environments: int, seeds: int, seed: int) -> list[UnitTest]:
    """The data sets of a row, one a data seed; the same for every method."""
    names = ("unit tests", example, environments)
    return [unit_test(example, environments, rng=stream(seed, *names, data)) for data in range(seeds)]


def linear_row(
    method: str,
    problems: list[UnitTest],
    *,
    draws: int,
    steps: int,
    stride: int = 1,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> Row:
    """Train a method on every problem with every draw of its hyper-parameters, and evaluate exactly.

    ERM and the oracle of Example 1 are least squares: their optimum is taken from the normal equations. All else takes
    the published number of gradient steps, because on separable classes the optimum lies at infinity and the number of
    steps decides.
    """
    shuffled = method == "Oracle"  # trained, and validated, where the spurious coordinates are shuffled
    settings = hyper_parameters(method, draws, rng=stream(seed, method, "hyper-parameters"))
    if method in ("ERM", "Oracle") and isinstance(problems[0], CauseAndEffect):
        moments = [np.mean([p.moments(e, shuffled=shuffled) for e in range(p.environments)], axis=0) for p in problems]
        parameters = least_squares(np.stack(moments))[:, None]
        settings, solution = hyper_parameters(method, 1, rng=np.random.default_rng(0)), "normal equations"
    else:
        if method == "token-balanced InfoNCE":
            task = balanced_task(cast(list[MixtureTest], problems))
        else:
            task = population_task(problems, shuffled=shuffled)
        generator = torch.Generator().manual_seed(stream_seed(seed, method, "initial") % 2**63)
        trained = train_linear(
            method, task, settings, steps=steps, stride=stride, generator=generator, progress=progress
        )
        parameters, solution = trained.numpy(), "gradient steps"
    validation = exact_errors(problems, parameters, shuffled=shuffled)
    return Row(exact_errors(problems, parameters, shuffled=True), validation, settings, solution)
