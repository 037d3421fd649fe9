"""What a policy is worth before and after training: answers, words and reward in three laws of the background."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch

from realscale.reasoning.learning.arms import LearnedTask
from realscale.reasoning.policies import Policy, answered
from realscale.reasoning.reward import Written, written
from realscale.reasoning.tasks import Example, scene_examples, verify
from realscale.reasoning.tasks.measures import accuracies, hallucinations
from realscale.reasoning.trainer.image_reward import ImageReward
from scm.streams import stream, stream_seed

TESTS = ("id", "uniform", "reversed")
Numbers = dict[str, dict[str, float]]


def tested(policy: Policy, reward: ImageReward, task: LearnedTask, seed: int) -> Numbers:
    """By test: of completions drawn at temperature 1 of examples that no training has seen.

    accuracy; worst: in the worst background; shortcut: share that gives the answer which the background suggests;
    hallucination: share whose steps name what the picture does not have, coverage: share that names anything; score:
    mean over completions of the reward model's mean score (form mean), of their texts cut into tokens anew.
    """
    found = {}
    for test in TESTS:
        examples = scene_examples(task.scenes, task.tested, split=test, rng=stream(seed, "tests", test))
        texts = answered(
            policy,
            examples,
            length=task.training.length,
            batch=task.tested,
            temperature=1.0,
            seed=stream_seed(seed, "answers", test) % 2**31,
        )
        right = accuracies(examples, texts, rng=stream(seed, "bootstrap", test))
        wrong = hallucinations(examples, texts)
        whole = [spelled(policy, text) for text in texts]
        suggested = [verify(text, example.facts["shortcut"]) for text, example in zip(texts, examples, strict=True)]
        found[test] = {
            "accuracy": right["accuracy"],
            "worst": right["worst"]["accuracy"],
            "shortcut": float(np.mean(suggested)),
            "hallucination": wrong["rate"]["share"],
            "coverage": wrong["coverage"]["share"],
            "score": float(scores(reward, examples, whole).mean()),
        }
    return found


def spelled(policy: Policy, text: str) -> Written:
    """A completion cut into tokens, with its end mark."""
    ids = [*policy.tokenizer(text)["input_ids"], policy.tokenizer.eos_token_id]
    decode = partial(policy.tokenizer.decode, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    return written(ids, decode)


def scores(reward: ImageReward, examples: Sequence[Example], completions: Sequence[Written]) -> np.ndarray:
    """Mean score of the windows of each completion."""
    longest = max(len(one.spans) for one in completions)
    mask = torch.tensor([[token < len(one.spans) for token in range(longest)] for one in completions])
    images = reward.images([example.image for example in examples if example.image is not None])
    scored = reward.reward(images, completions, mask)
    return ((scored.scores * scored.steps).sum(dim=1) / scored.steps.sum(dim=1)).numpy()
