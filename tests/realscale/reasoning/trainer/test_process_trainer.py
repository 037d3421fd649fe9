"""Advantages of tokens inside trl's GRPO: nothing changes without process rewards, and what they change with them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

pytest.importorskip("trl", reason="needs the extra: pip install 'token-scm[realscale]'")

import transformers
import trl
from peft import LoraConfig

from identifiability.objectives import token_advantages
from realscale.reasoning.policies import Policy, load_policy, rows
from realscale.reasoning.tasks.example import Example
from realscale.reasoning.trainer import ProcessSettings, Rollouts
from realscale.reasoning.trainer.process_trainer import ProcessTrainer

# trl 1.16 still reads a property by the name that transformers 5.23 has deprecated
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")


Coloured = Callable[[int, int], list[Example]]


class Task:
    """A reward that differs between completions; it remembers their tokens."""

    __name__ = "task"

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def __call__(self, completion_ids: Any, answer: Any, **others: Any) -> list[float]:
        self.seen += completion_ids
        return [float(sum(ids) % 7) for ids in completion_ids]


def of_tokens(rollouts: Rollouts) -> torch.Tensor:
    """A reward of every token, by its number."""
    found = torch.zeros(rollouts.mask.shape)
    for row, ids in enumerate(rollouts.ids):
        found[row, : len(ids)] = torch.tensor([number % 5 - 2.0 for number in ids])
    rollouts.log("process/seen", float(len(rollouts.ids)))
    return found


class Gradient(transformers.TrainerCallback):
    """What the first step's gradient is."""

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        self.found = {name: value.grad.clone() for name, value in others["model"].named_parameters()}


def text_policy(policy: Policy, folder: Path) -> Path:
    """A decoder that reads texts alone."""
    config = transformers.Qwen2Config(
        vocab_size=len(policy.tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        pad_token_id=policy.tokenizer.pad_token_id,
        eos_token_id=policy.tokenizer.eos_token_id,
        bos_token_id=None,
    )
    policy.tokenizer.chat_template = policy.processor.chat_template
    Policy(transformers.Qwen2ForCausalLM(config), policy.tokenizer).save(folder)
    return folder


def one_step(trainer: type, folder: Path, config: Any, examples: list[Example], **others: Any) -> Any:
    policy, task, gradient = load_policy(folder), Task(), Gradient()
    made = trainer(
        model=policy.model,
        processing_class=policy.processor,
        reward_funcs=task,
        args=config,
        train_dataset=rows(examples),
        callbacks=[gradient],
        **others,
    )
    made.train()
    return task.seen, made.state.log_history[0]["loss"], gradient.found, made


@pytest.mark.parametrize(
    ("scale", "loss", "beta", "sees"),
    [("group", "dapo", 0.0, True), ("none", "grpo", 0.04, True), ("group", "dr_grpo", 0.0, False)],
)
def test_without_weight_loss_and_gradient_are_those_of_trl(
    scale: str,
    loss: str,
    beta: float,
    sees: bool,
    policy_folder: Path,
    coloured: Coloured,
    on_cpu: Callable[..., Any],
    tmp_path: Path,
) -> None:
    examples = coloured(8, 1)
    folder = policy_folder
    if not sees:
        folder = text_policy(load_policy(policy_folder), tmp_path / "text")
        examples = [Example(example.question, example.answer) for example in examples]
    config = on_cpu(tmp_path, scale_rewards=scale, loss_type=loss, beta=beta, max_grad_norm=0.0)
    told, expected, gradient, _ = one_step(trl.GRPOTrainer, folder, config, examples)

    def ours(weight: float) -> tuple[Any, float, dict[str, torch.Tensor]]:
        settings = ProcessSettings(weight=weight)
        found = one_step(ProcessTrainer, folder, config, examples, process_reward=of_tokens, process=settings)
        assert found[0] == told  # the same completions
        return found[:3]

    _, same, own = ours(0.0)
    assert same == pytest.approx(expected, abs=1e-6)
    assert max((own[name] - gradient[name]).abs().max() for name in gradient) < 1e-6
    assert max(value.abs().max() for value in gradient.values()) > 1e-3
    _, other, own = ours(0.5)  # and with weight they are not
    assert abs(other - expected) > 1e-4
    assert max((own[name] - gradient[name]).abs().max() for name in gradient) > 1e-3


def test_advantages_are_of_the_groups_of_the_mode(
    policy_folder: Path, coloured: Coloured, on_cpu: Callable[..., Any], tmp_path: Path
) -> None:
    policy, examples = load_policy(policy_folder), coloured(4, 1)
    told: list[Rollouts] = []

    def kept(rollouts: Rollouts) -> torch.Tensor:
        told.append(rollouts)
        return of_tokens(rollouts)

    trainer = ProcessTrainer(
        model=policy.model,
        processing_class=policy.processor,
        reward_funcs=Task(),
        args=on_cpu(tmp_path, num_generations_eval=2, per_device_eval_batch_size=4, pad_to_multiple_of=32),
        train_dataset=rows(examples),
        process_reward=kept,
        process=ProcessSettings(weight=0.3, combination="summed", credit="whole"),
    )
    for training, group in ((True, 4), (False, 2)):
        trainer.model.train(training)
        given = [row for row in rows(examples[: 8 // group]) for _ in range(group)]
        batch = trainer._generate_and_score_completions(given)
        seen = told[-1]
        assert [image.getpixel((0, 0)) for image in seen.images] == [row["image"].getpixel((0, 0)) for row in given]
        assert seen.columns["answer"] == [row["answer"] for row in given]
        for ids, text, mask in zip(seen.ids, seen.texts, seen.mask, strict=True):
            assert policy.tokenizer.decode(ids, skip_special_tokens=True) == text.text
            assert len(text.spans) == len(ids) == int(mask.sum())
        task = torch.tensor([float(sum(ids) % 7) for ids in seen.ids])
        expected = token_advantages(
            task, of_tokens(seen), seen.mask, group, weight=0.3, combination="summed", credit="whole"
        )
        assert batch["advantages"].shape == batch["completion_ids"].shape == (8, 32)
        torch.testing.assert_close(batch["advantages"][:, : expected.shape[1]], expected)
        assert not batch["advantages"][:, expected.shape[1] :].any()
        assert expected.std(dim=0).max() > 0.1


def test_low_rank_changes_and_the_weight_go_along_a_straight_line(
    policy_folder: Path, coloured: Coloured, on_cpu: Callable[..., Any], tmp_path: Path
) -> None:
    policy = load_policy(policy_folder)
    before = {name: value.clone() for name, value in policy.model.named_parameters()}
    trainer = ProcessTrainer(
        model=policy.model,
        processing_class=policy.processor,
        reward_funcs=Task(),
        args=on_cpu(tmp_path, max_steps=4, beta=0.04),
        train_dataset=rows(coloured(8, 1)),
        process_reward=of_tokens,
        process=ProcessSettings(weight=0.8, final_weight=0.0),
        peft_config=LoraConfig(r=2, target_modules=["q_proj", "v_proj"]),
    )
    trainer.train()
    history = trainer.state.log_history[:4]
    assert [line["process/weight"] for line in history] == pytest.approx([0.8, 0.6, 0.4, 0.2])
    for line in history:
        assert line["process/seen"] == 8
        assert line["advantage/task"] > 0.1
        assert line["advantage/process"] > 0.05
        assert line["kl"] >= 0
    assert history[-1]["kl"] > 0
    known = dict(trainer.accelerator.unwrap_model(trainer.model).base_model.model.named_parameters())
    left = {name.replace(".base_layer", ""): value for name, value in known.items() if "lora_" not in name}
    assert all(torch.equal(left[name], before[name]) for name in before)
    assert any(value.abs().max() > 0 for name, value in known.items() if "lora_B" in name)


def test_what_does_not_fit_is_refused_in_words(
    policy_folder: Path, coloured: Coloured, on_cpu: Callable[..., Any], tmp_path: Path
) -> None:
    examples = coloured(8, 1)
    with pytest.raises(ValueError, match=r"scale_rewards is 'batch'.*expected one of group, none"):
        one_step(
            ProcessTrainer, policy_folder, on_cpu(tmp_path, scale_rewards="batch"), examples, process_reward=of_tokens
        )
    wrong: list[tuple[Callable[[Rollouts], torch.Tensor], str]] = [
        (lambda rollouts: of_tokens(rollouts)[:, 0], r"gave shape \(8,\)"),
        (lambda rollouts: of_tokens(rollouts) / 0.0, "numbers that are not finite"),
    ]
    for reward, message in wrong:
        with pytest.raises(ValueError, match=message):
            one_step(ProcessTrainer, policy_folder, on_cpu(tmp_path), examples, process_reward=reward)
