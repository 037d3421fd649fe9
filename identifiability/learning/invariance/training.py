"""Training two towers on a coloured problem by any objective of the catalogue."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor, nn

from identifiability.claims.claim import Context
from identifiability.learning.encoders import Perceptron, initialise
from identifiability.learning.invariance.captions import TextTower, caption_tower
from identifiability.learning.invariance.evaluation import (
    EnvironmentScores,
    Evaluation,
    Prompt,
    Report,
    class_scores,
    environment_scores,
    select,
)
from identifiability.learning.invariance.problems import Problem, Sampler
from identifiability.learning.loop import TrainingConfig, train
from identifiability.objectives.catalogue import OBJECTIVES, Loss
from identifiability.objectives.negatives import Proposal, swapped_classes
from identifiability.objectives.tokens import Tokens
from scm.streams import stream, stream_seed

# Prompts by the captions that an objective trains on: its own first.
_FULL_PROMPTS: tuple[Prompt, ...] = ("matched", "estimated", "mean", "fixed")
_PROMPTS: Mapping[str, tuple[Prompt, ...]] = {
    "full": _FULL_PROMPTS,
    "swapped": _FULL_PROMPTS,
    "mid_training": ("class", *_FULL_PROMPTS),
}


@dataclass(frozen=True)
class Task:
    """How to train: the objective, the towers, and for how long.

    Attributes:
        objective: name in the catalogue.
        options: of the objective ("penalty", "threshold", ...).
        warm_up: steps at the start at which a "penalty" above 1 is 1, as in the published IRMv1 code; >= 0.
        proposal, swaps: law and number of the swapped captions of "swapped".
        text: the text tower: a free code a string, or the sum of word vectors.
        outputs: dimensions of the codes.
        width, layers: of the image perceptron.
        batch: pairs a step.
        training: steps and rates.
    """

    objective: str
    options: Mapping[str, object] = field(default_factory=dict)
    warm_up: int = 0
    proposal: Proposal = "conditional"
    swaps: int = 4
    text: TextTower = "strings"
    outputs: int = 16
    width: int = 32
    layers: int = 2
    batch: int = 512
    training: TrainingConfig = field(default_factory=lambda: TrainingConfig(steps=300, muon_rate=0.005, warmup=20))

    def __post_init__(self) -> None:
        if self.objective not in OBJECTIVES:
            raise ValueError(
                f"objective {self.objective!r} is not in the catalogue; expected one of {', '.join(OBJECTIVES)}"
            )

    @property
    def prompts(self) -> tuple[Prompt, ...]:
        """The prompts that classify, the objective's own first."""
        return _PROMPTS.get(self.objective, ("class",))


class Towers(nn.Module):
    """A perceptron for images and a tower for caption strings, drawn from `seed`."""

    def __init__(self, problem: Problem, task: Task, *, seed: int) -> None:
        super().__init__()
        self.captions = problem.captions
        self.image = Perceptron(problem.images.dim, task.outputs, width=task.width, layers=task.layers)
        self.text = caption_tower(task.text, problem.captions, task.outputs)
        initialise(self, generator=torch.Generator().manual_seed(stream_seed(seed, "towers") % 2**63))

    def scores(self, evaluation: Evaluation, prompt: Prompt) -> EnvironmentScores:
        """Zero-shot classification of the evaluation images."""
        classes, contexts = len(self.captions.class_words), len(self.captions.context_words)
        with torch.no_grad():
            codes = self.text(torch.arange(len(self.captions.strings)))
            tables = {"pruned": codes[:classes], "full": codes[classes:].reshape(classes, contexts, -1)}
            scores = class_scores(self.image(evaluation.images), tables, prompt, evaluation.contexts)
        return environment_scores(evaluation, scores.double().numpy())


def learn(problem: Problem, task: Task, seed: int, context: Context, *, sampler: Sampler | None = None) -> Report:
    """Train on pairs of the problem (fresh ones unless a `sampler` is given) and score every environment.

    The objective "oracle" is given the problem with shuffled contexts. Everything random comes from named streams of
    `seed`; the batch of a step depends on (seed, step) alone. The scores reported are those of images never trained on.

    Raises:
        Diverged: the loss is no longer finite.
    """
    start = time.process_time()
    towers = Towers(problem, task, seed=seed)
    evaluation = Evaluation.of(problem, rng=stream(seed, "evaluation"))
    draw = sampler or (problem.contexts_shuffled if task.objective == "oracle" else problem).fresh
    losses = _losses(task, problem, towers)
    captions = OBJECTIVES[task.objective].captions
    law = problem.pooled

    def loss_of(step: int) -> Tensor:
        samples = draw(task.batch, stream(seed, "batch", step))
        columns = (samples.classes, samples.contexts, samples.environments)
        tokens = Tokens(*(torch.from_numpy(column) for column in columns))
        generator = torch.Generator().manual_seed(stream_seed(seed, "swaps", step) % 2**63)
        numbers = {name: _numbers(name, problem, task, tokens, law, generator) for name in captions}
        first, *others = (towers.text(numbers[name]) for name in captions)
        named = dict(zip(captions[1:], others, strict=True))
        return losses[step >= task.warm_up](towers.image(torch.from_numpy(samples.images)), first, tokens, **named)

    curve: dict[int, EnvironmentScores] = {}

    def look(done: int, total: int) -> None:
        if done > 1:  # the first call is for untrained towers
            curve[done] = towers.scores(evaluation, task.prompts[0])
        if context.progress is not None:
            context.progress(done, total)

    history = train(towers, loss_of, task.training, progress=look)
    prompts = {prompt: towers.scores(evaluation, prompt) for prompt in task.prompts}
    return Report(
        task.objective,
        prompts,
        select(curve),
        tuple(history.steps),
        tuple(history.losses),
        time.process_time() - start,
    )


def _losses(task: Task, problem: Problem, towers: Towers) -> tuple[Loss, Loss]:
    """The losses during and after the warm-up of the penalty; balancing is by the pooled law of the problem."""
    options = dict(task.options)
    if task.objective == "balanced":
        options["law"] = problem.pooled
    if task.objective == "group_dro":
        options["environments"] = len(problem.training.names)
    after = OBJECTIVES[task.objective].prepare(towers.parameters(), **options)
    if "penalty" not in options or not task.warm_up:
        return after, after
    options["penalty"] = min(1.0, float(str(options["penalty"])))
    return OBJECTIVES[task.objective].prepare(towers.parameters(), **options), after


def _numbers(
    captions: str, problem: Problem, task: Task, tokens: Tokens, law: np.ndarray, generator: torch.Generator
) -> Int[Tensor, "..."]:
    """Numbers of the caption strings that the catalogue calls `captions`."""
    contexts = tokens.column("contexts")
    if captions == "pruned":
        return tokens.classes
    if captions == "vocabulary":
        return torch.arange(len(problem.captions.class_words))
    if captions == "full":
        return problem.captions.full(tokens.classes, contexts)
    swapped = swapped_classes(tokens, law, proposal=task.proposal, count=task.swaps, generator=generator)
    return problem.captions.full(swapped, contexts[:, None])
