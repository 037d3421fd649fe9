"""What the process reward costs beside a GRPO step, and how many texts go through CLIP's text encoder for it.

The tiny setting: a Qwen2.5-VL of 0.7 million parameters that has learnt for some steps to write the solutions of
scenes, 32 completions a step in groups of 8, an open_clip model of 8 million parameters with random weights. Processor
time of one run, first step left out: the share of the process reward (decoding, windows, codes of images and texts,
scores, advantages) in a whole step, and the most of any step. Texts encoded are counted against one a token, for each
stride, with the largest difference of a reward from encoding every window by itself, without batches or a cache. Codes
are of single precision and scores are divided by a temperature of 0.01, so that the difference is a rounding times 100.

Bars: 15 % of a step; 3 times fewer texts than one a token, rewards the same to 1e-5 of the largest.

    python benchmarks/process_reward.py          about a minute
"""

import json
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import torch
import tyro
from transformers import PrinterCallback

from realscale.composition.models import OpenClip
from realscale.reasoning.policies import load_policy, rows, tiny_vision_policy, warm_start
from realscale.reasoning.reward import ProcessReward, RewardSettings, WindowEncoder
from realscale.reasoning.tasks import SceneSettings, scene_examples, scene_vocabulary, verify
from realscale.reasoning.trainer.data import task_reward
from realscale.reasoning.trainer.image_reward import ImageReward
from realscale.reasoning.trainer.process_trainer import ProcessTrainer
from realscale.reasoning.trainer.rollouts import Rollouts
from realscale.reasoning.trainer.scorer import Scorer
from realscale.reasoning.trainer.settings import Reinforcement
from scm.streams import stream

ARCHITECTURE = {
    "embed_dim": 64,
    "vision_cfg": {"image_size": 32, "layers": 4, "width": 128, "head_width": 32, "patch_size": 8},
    "text_cfg": {"context_length": 32, "vocab_size": 49408, "width": 128, "heads": 4, "layers": 4},
}
BAR_SHARE, BAR_FEWER, BAR_SAME = 0.15, 3.0, 1e-5
STRIDES = (1, 4)


class Timed(ProcessTrainer):
    """Processor time of each step, and of the process reward in it; the rollouts."""

    def __init__(self, *args: Any, **others: Any) -> None:
        super().__init__(*args, **others)
        self.whole: list[float] = []
        self.reward: list[float] = []
        self.rollouts: list[Rollouts] = []
        self.given, self.process_reward = self.process_reward, self._kept

    def _kept(self, rollouts: Rollouts) -> torch.Tensor:
        self.rollouts.append(rollouts)
        assert self.given is not None
        return self.given(rollouts)

    def training_step(self, *args: Any, **others: Any) -> Any:
        """A step of one pass."""
        start = time.process_time()
        self.reward.append(0.0)
        found = super().training_step(*args, **others)
        self.whole.append(time.process_time() - start)
        return found

    def _timed(self, work: Any, *args: Any) -> Any:
        start = time.process_time()
        found = work(*args)
        self.reward[-1] += time.process_time() - start
        return found

    def _process_rewards(self, *args: Any) -> Any:
        return self._timed(super()._process_rewards, *args)

    def _gathered(self, *args: Any) -> Any:
        return self._timed(super()._gathered, *args)

    def _advantages(self, *args: Any) -> Any:
        return self._timed(super()._advantages, *args)


def alone(reward: ProcessReward, towers: OpenClip) -> ProcessReward:
    """The same reward with every text encoded by itself."""

    class Plain(WindowEncoder):
        def __call__(self, texts: Any) -> torch.Tensor:
            return torch.cat([torch.from_numpy(towers.encode_texts([text])) for text in texts])

    return ProcessReward(Plain(reward.encoder.encode), reward.vocabulary, reward.prompts, reward.settings)


def counted(rollouts: list[Rollouts], scorer: Scorer, towers: OpenClip) -> dict[str, float]:
    """Texts encoded in a fresh encoder, one a token, and how far rewards are from those of encoding each by itself."""
    made = scorer.process_reward(scene_vocabulary(SceneSettings()))
    assert made is not None
    plain = ImageReward(alone(made.reward, towers), made.images)
    tokens = sum(int(batch.mask.sum()) for batch in rollouts)
    pairs = [(made(batch), plain(batch)) for batch in rollouts]
    encoded = made.reward.encoder.encoded
    absolute = max(float((one - other).abs().max()) for one, other in pairs)
    largest = max(float(other.abs().max()) for _, other in pairs)
    return {"tokens": tokens, "encoded": encoded, "absolute": absolute, "relative": absolute / largest}


def main(steps: int = 8, warm_steps: int = 80) -> None:
    """Measure and print.

    Args:
        steps: GRPO steps measured.
        warm_steps: Steps in which the policy learns to write solutions first.
    """
    warnings.filterwarnings("ignore", message="`is_gradient_checkpointing` is deprecated", category=FutureWarning)
    examples = scene_examples(SceneSettings(), 400, rng=stream(0, "benchmark of the process reward"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "clip.json").write_text(json.dumps(ARCHITECTURE))
        policy = tiny_vision_policy([f"{e.question}\n{e.solution}" for e in examples], folder / "policy")
        warm_start(policy, examples, warm_steps)
        policy.save(folder / "warm")
        scorers = [Scorer(clip=str(folder / "clip.json"), reward=RewardSettings(stride=stride)) for stride in STRIDES]
        training = Reinforcement(steps=steps + 1, batch=32, at_once=32, length=48, rate=1e-4)
        for stride, scorer in zip(STRIDES, scorers, strict=True):
            reward = scorer.process_reward(scene_vocabulary(SceneSettings()))
            assert reward is not None
            policy = load_policy(folder / "warm")
            trainer = Timed(
                model=policy.model,
                processing_class=policy.processor,
                reward_funcs=task_reward(verify),
                args=training.configuration(folder / "run", cpu=True),
                train_dataset=rows(examples),
                process_reward=reward,
                process=training.process(scorer.reward),
            )
            trainer.remove_callback(PrinterCallback)
            trainer.train()
            whole, spent = sum(trainer.whole[1:]), sum(trainer.reward[1:])
            shares = [part / step for part, step in zip(trainer.reward[1:], trainer.whole[1:], strict=True)]
            with torch.random.fork_rng():
                torch.default_generator.manual_seed(0)
                towers = OpenClip("clip")
            found = counted(trainer.rollouts, scorer, towers)
            print(
                f"stride {stride}: {whole / steps:.3f} cpu-s a step, {spent / steps:.3f} of them the process reward: "
                f"{spent / whole:.1%} (most of a step {max(shares):.1%}; bar {BAR_SHARE:.0%})"
            )
            print(
                f"  {found['tokens']:.0f} tokens, {found['encoded']:.0f} texts encoded: "
                f"{found['tokens'] / found['encoded']:.1f} times fewer (bar {BAR_FEWER:.0f}); rewards differ by "
                f"{found['absolute']:.1e}, {found['relative']:.1e} of the largest (bar {BAR_SAME:.0e} of it)"
            )


if __name__ == "__main__":
    tyro.cli(main)
