"""trl's GRPOTrainer with an advantage for every token, from task rewards and process rewards."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from peft import PeftModel
from torch import Tensor
from torch.nn.functional import pad

from identifiability.objectives import token_advantages
from realscale.reasoning.reward import written
from realscale.reasoning.trainer.library import trl_library
from realscale.reasoning.trainer.recording import Completions
from realscale.reasoning.trainer.rollouts import ProcessFunction, ProcessSettings, Rollouts

SAMPLED = 4  # completions of a step: of one group, as long as groups are no smaller
SCALES = ("group", "none")  # of trl's three; its third, a deviation of the whole batch, has no per-token form here


class ProcessTrainer(trl_library().GRPOTrainer):  # type: ignore[misc]  # trl is not typed
    """GRPO whose advantages are `token_advantages` of the task rewards (`reward_funcs`) and of a process reward.

    Only what follows generation is overridden, so that text-only and vision-language policies, adapters, vLLM and all
    losses are trl's own. Logged beside what trl logs: process/reward (mean over completions of what their tokens earn),
    process/weight (lambda_proc), advantage/task and advantage/process (mean absolute share of either in the advantage
    of a token), and what the process reward logs itself.

    Args:
        process_reward: gives (B, T) rewards; None: trl's own advantages.
        process: how they enter.
        samples: keeps the first completions of some steps, with what each earned.
        others: as of GRPOTrainer.

    Raises:
        ValueError: scale_rewards "batch" or an aggregation other than trl's default, beside a process reward.
    """

    def __init__(
        self,
        *args: Any,
        process_reward: ProcessFunction | None = None,
        process: ProcessSettings | None = None,
        samples: Completions | None = None,
        **others: Any,
    ) -> None:
        super().__init__(*args, **others)
        self.process_reward, self.samples = process_reward, samples
        self.process = ProcessSettings() if process is None else process
        if process_reward is None:
            return
        if self.scale_rewards not in SCALES or self.multi_objective_aggregation != "sum_then_normalize":
            raise ValueError(
                f"scale_rewards is {self.scale_rewards!r} and multi_objective_aggregation "
                f"{self.multi_objective_aggregation!r}; expected one of {', '.join(SCALES)} and 'sum_then_normalize' "
                "beside a process reward, because advantages of tokens are relative to the group of a prompt"
            )

    def _calculate_rewards(
        self,
        inputs: Sequence[Mapping[str, Any]],
        prompts: Any,
        completions: Any,
        completion_ids_list: Sequence[Sequence[int]],
    ) -> Float[Tensor, "all_B functions"]:
        """Task rewards as trl gathers them from all processes; process rewards are set aside."""
        found = super()._calculate_rewards(inputs, prompts, completions, completion_ids_list)
        task = (found * self.reward_weights.to(found)[None]).nansum(dim=1)
        task[found.isnan().all(dim=1)] = torch.nan
        process = None
        if self.process_reward is not None:
            self._rewards = (task, *self._gathered(*self._process_rewards(inputs, completion_ids_list)))
            process = self._rewards[1].sum(dim=1)
        step = self.state.global_step + 1
        if self.samples is not None and self.accelerator.is_main_process and self.samples.wanted(step):
            texts = self._tokenizer.batch_decode(completion_ids_list[:SAMPLED], skip_special_tokens=True)
            self.samples.write(step, [self._sample(k, inputs[k], text, task, process) for k, text in enumerate(texts)])
        return found

    @staticmethod
    def _sample(number: int, row: Mapping[str, Any], text: str, task: Tensor, process: Tensor | None) -> dict[str, Any]:
        """What the main process's completion was asked and earned; its rewards come first of all processes'."""
        earned = {"task": task[number].item()} | ({} if process is None else {"process": process[number].item()})
        asked = row["prompt"][-1]["content"]
        question = asked if isinstance(asked, str) else "".join(part.get("text", "") for part in asked)
        return {"question": question, "answer": row.get("answer"), "completion": text, **earned}

    def _generate_and_score_completions(self, inputs: Any) -> dict[str, Any]:
        """trl's batch with advantages (B, T)."""
        found: dict[str, Any] = super()._generate_and_score_completions(inputs)
        if self.process_reward is not None:
            of_tokens = self._advantages(len(inputs), found["completion_ids"].shape[1])
            found["advantages"] = of_tokens * found["completion_mask"]
        return found

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        """Put back the weights of a checkpoint, all of them.

        transformers writes a Qwen2.5-VL by the names of its first release, and as it goes on it looks for the names of
        now: it finds none and trains on from where the run once began (its issue 43701).
        """
        whole = self.accelerator.unwrap_model(self.model if model is None else model)
        if self.is_fsdp_enabled or isinstance(whole, PeftModel):
            super()._load_from_checkpoint(resume_from_checkpoint, model)
            return
        saved = type(whole).from_pretrained(resume_from_checkpoint, dtype=whole.dtype)
        whole.load_state_dict(saved.state_dict())

    def _process_rewards(
        self, inputs: Sequence[Mapping[str, Any]], ids: Sequence[Sequence[int]]
    ) -> tuple[Float[Tensor, "B T"], Tensor]:
        """What the tokens of this process's completions earn, and which tokens those are."""
        decode = partial(self._tokenizer.decode, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        device = self.accelerator.device
        lengths = torch.tensor([len(row) for row in ids], device=device)
        mask = torch.arange(int(lengths.max()), device=device) < lengths[:, None]
        rollouts = Rollouts(
            images=[_image(row) for row in inputs],
            ids=ids,
            texts=[written(row, decode) for row in ids],
            mask=mask,
            columns={name: [row[name] for row in inputs] for name in inputs[0]},
            log=self._log_metric,
        )
        assert self.process_reward is not None
        rewards = self.process_reward(rollouts)
        if rewards.shape != mask.shape or not bool(rewards.isfinite().all()):
            raise ValueError(
                f"the process reward gave shape {tuple(rewards.shape)} with {int((~rewards.isfinite()).sum())} "
                f"numbers that are not finite; expected finite numbers of shape {tuple(mask.shape)}: a reward of each "
                "token of each completion"
            )
        return rewards.to(device=device, dtype=torch.float32) * mask, mask

    def _gathered(self, rewards: Float[Tensor, "B T"], mask: Tensor) -> tuple[Tensor, Tensor]:
        """Those of all processes, in the order in which trl gathers completions; a group may lie on several."""
        both = torch.stack([rewards, mask.to(rewards)], dim=2)
        everyone = self.accelerator.gather(self.accelerator.pad_across_processes(both, dim=1))
        return everyone[..., 0], everyone[..., 1].bool()

    def _advantages(self, own: int, width: int) -> Float[Tensor, "B T"]:
        mode = "train" if self.model.training else "eval"
        group = self.num_generations if mode == "train" else self.num_generations_eval
        weight = self.process.weight_at(self.state.global_step / max(1, self.state.max_steps))
        task, process, mask = self._rewards

        def advantages(weight: float) -> Tensor:
            return token_advantages(
                task,
                process,
                mask,
                group,
                weight=weight,
                combination=self.process.combination,
                credit=self.process.credit,
                scale=self.scale_rewards,
            )

        of_both, of_task = advantages(weight), advantages(0.0)
        tokens = mask.sum()
        for name, value in {
            "process/reward": process.sum(dim=1).mean(),
            "process/weight": torch.tensor(weight),
            "advantage/task": of_task.abs().sum() / tokens,
            "advantage/process": (of_both - of_task).abs().sum() / tokens,
        }.items():
            self._metrics[mode][name].append(value.item())
        start = self.accelerator.process_index * own
        here = of_both[start : start + own, :width]  # longer ones are of other processes
        return pad(here, (0, width - here.shape[1]))


def _image(row: Mapping[str, Any]) -> Any:
    """The image of a row, the first of several; None."""
    several = row.get("images") or [row.get("image")]
    return several[0]
