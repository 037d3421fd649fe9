"""What a policy is worth on scenes: its measures where the background goes with the answer, does not, or misleads."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from realscale.reasoning.answer.settings import Answering, Say
from realscale.reasoning.policies import Policy, answered
from realscale.reasoning.tasks import Example, SceneSettings, chance, scene_examples, shortcut_accuracies, verify
from realscale.reasoning.tasks.measures import accuracies, hallucinations
from scm.streams import stream, stream_seed

Law = Literal["id", "uniform", "reversed"]
LAWS: tuple[Law, ...] = ("id", "uniform", "reversed")


def answer_scenes(
    policy: Policy,
    scene: SceneSettings,
    answering: Answering,
    count: int,
    laws: Sequence[Law] = LAWS,
    *,
    progress: Say | None = None,
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """By law what the completions are worth, ready for JSON; and the completions with what they were asked.

    The scenes of a law are those that `python -m realscale.reasoning.tasks make` draws of it with the same seed. Beside
    accuracy and hallucination: `suggested`, the share that answers what the background suggests by the law of training;
    `chance`, what the best policy without eyes reaches, and `background_alone`, what that suggestion does, exactly.

    Raises:
        ValueError: no or few scenes, or settings of which there are none.
    """
    exact = shortcut_accuracies(scene)
    found: dict[str, Any] = {}
    written: list[dict[str, Any]] = []
    for number, law in enumerate(laws):
        examples = scene_examples(scene, count, rng=stream(answering.seed, "scenes", law), split=law)
        texts: list[str] = []
        for start in range(0, count, answering.batch):
            seed = stream_seed(answering.seed, "answers", law, start) % 2**31
            texts += answered(policy, examples[start : start + answering.batch], seed=seed, **answering.drawn())
            if progress is not None:
                done = number * count + len(texts)
                progress(done, len(laws) * count, done)
        found[law] = {
            **accuracies(examples, texts, rng=stream(answering.seed, "bootstrap", law)),
            "hallucination": hallucinations(examples, texts),
            "suggested": float(
                np.mean([verify(text, e.facts["shortcut"]) for text, e in zip(texts, examples, strict=True)])
            ),
            "chance": chance(scene),
            "background_alone": exact["train" if law == "id" else law],
        }
        written += [_row(law, example, text) for example, text in zip(examples, texts, strict=True)]
    return found, written


def _row(law: Law, example: Example, text: str) -> dict[str, Any]:
    return {
        "law": law,
        "question": example.question,
        "answer": example.answer,
        "environment": example.environment,
        "right": verify(text, example.answer),
        "completion": text,
    }


def table(found: dict[str, Any]) -> str:
    """The measures of each law in words and numbers."""
    lines = []
    for law, measured in found.items():
        lines.append(f"{law}: {measured['n']} scenes, an answer in {measured['answered']:.3f}")
        lines.append(_line("accuracy", measured, "accuracy") + _beside(measured, "all"))
        worst = measured["worst"]
        lines.append(_line(f"worst, {worst['environment']}", worst, "accuracy"))
        for name, share in measured["environments"].items():
            lines.append(_line(f"  on {name}", share, "accuracy"))
        for name, share in measured["kinds"].items():
            lines.append(_line(f"  {name}", share, "accuracy") + _beside(measured, name))
        lines.append(f"{'answers as background suggests':32} {measured['suggested']:.3f}")
        wrong = measured["hallucination"]
        lines.append(_line("names what is not there", wrong["rate"], "share"))
        lines.append(_line("names anything (coverage)", wrong["coverage"], "share"))
        if wrong["rate_of_naming"] is not None:
            lines.append(_line("wrong of those that name", wrong["rate_of_naming"], "share"))
    return "\n".join(lines)


def _line(name: str, share: dict[str, Any], key: str) -> str:
    low, high = share["interval"]
    return f"{name:32} {share[key]:.3f} [{low:.3f}, {high:.3f}]"


def _beside(measured: dict[str, Any], kind: str) -> str:
    return f"  chance {measured['chance'][kind]:.3f}, background alone {measured['background_alone'][kind]:.3f}"
