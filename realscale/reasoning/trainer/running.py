"""A whole run: policy, data and rewards put together, trained, gone on with after an interruption, written down."""

import hashlib
import json
import os
import shutil
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from realscale.data.cache import write_atomically
from realscale.reasoning.policies import Policy, load_policy, rows, tiny_vision_policy, warm_start
from realscale.reasoning.tasks import Example
from realscale.reasoning.trainer.data import task_reward
from realscale.reasoning.trainer.image_reward import ImageReward
from realscale.reasoning.trainer.library import trl_library
from realscale.reasoning.trainer.settings import HOW_RECORDED, Reinforcement

RUN, LOG, CHECKPOINTS, TRAINED = "run.json", "log.jsonl", "checkpoints", "policy"
# the decoder's matrices; those of the image tower have some of the same names
ADAPTED = r"(?!.*visual).*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"
Say = Callable[[Mapping[str, Any]], None]


def same_run(folder: Path, told: Mapping[str, Any]) -> None:
    """Write down what a run is, or find that the folder has the same one; how it is recorded may differ.

    Raises:
        ValueError: it has another one.
    """
    decisive = json.loads(json.dumps(told, default=str))
    for name in HOW_RECORDED:
        decisive["training"].pop(name, None)
    identity = hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()
    path = folder / RUN
    if path.exists():
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["identity"] != identity:
            other = [name for name in decisive if decisive[name] != found["told"].get(name)]
            raise ValueError(
                f"{path} is of a run with other settings ({', '.join(other)}); expected the same ones, because a "
                "schedule cannot be changed half-way; take another folder, or remove this one to start over"
            )
        return
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps({"identity": identity, "told": decisive}, indent=1).encode())


def reinforce(
    training: Reinforcement,
    policy: Callable[[], Policy],
    examples: Iterable[Example],
    folder: Path,
    *,
    answers_rightly: Callable[[str, str], bool],
    process_reward: ImageReward | None = None,
    progress: Say | None = None,
    cpu: bool = False,
) -> Path:
    """Train a policy; the folder that `load_policy` reads it from, with an adapter if `lora` says so.

    The folder of the run holds log.jsonl (a JSON object a line, as trl logs them), checkpoints while the run lasts, and
    the policy at its end. Called again after an interruption it goes on from the last checkpoint; a finished run is not
    run again. Processes that train together need one folder that all of them see.

    Raises:
        ValueError: a batch that cannot be dealt out, and as the trainer and the rewards.
        MissingData: trl is not installed, or of a version that was never tried.
    """
    if (folder / TRAINED).is_dir():
        return folder / TRAINED
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if world > 1 and process_reward is not None and process_reward.reward.settings.normalised:
        raise ValueError(
            f"scores are to be normalised in a batch that lies on {world} processes; expected reward.normalised off, "
            "because each process would use its own mean for completions of one group. With --combination separate and "
            "form mean the advantages are the same without"
        )
    trl_library()
    # trl 1.16 still reads a property by the name that transformers 5.23 has deprecated
    warnings.filterwarnings("ignore", message="`is_gradient_checkpointing` is deprecated", category=FutureWarning)
    from transformers import PrinterCallback
    from transformers.trainer_utils import get_last_checkpoint

    from realscale.reasoning.trainer.process_trainer import ProcessTrainer
    from realscale.reasoning.trainer.recording import Recording

    checkpoints = folder / CHECKPOINTS
    checkpoints.mkdir(parents=True, exist_ok=True)
    config = training.configuration(checkpoints, world=world, cpu=cpu)
    with config.main_process_first(local=False):  # who comes first may have to write the policy down
        start = policy()
    trainer = ProcessTrainer(
        model=start.model,
        processing_class=start.processor,
        reward_funcs=task_reward(answers_rightly),
        args=config,
        train_dataset=rows(examples),
        process_reward=process_reward,
        process=None if process_reward is None else training.process(process_reward.reward.settings),
        peft_config=None if training.lora is None else _adapter(training.lora),
    )
    trainer.remove_callback(PrinterCallback)  # it writes to stdout
    trainer.add_callback(Recording(folder / LOG, progress))
    trainer.train(resume_from_checkpoint=get_last_checkpoint(str(checkpoints)))
    draft = folder / f"{TRAINED}.writing"
    trainer.save_model(str(draft))
    if trainer.is_world_process_zero():
        (draft / "training_args.bin").unlink(missing_ok=True)  # a pickle that nobody needs
        draft.replace(folder / TRAINED)
        shutil.rmtree(checkpoints)
    trainer.accelerator.wait_for_everyone()
    return folder / TRAINED


def started(examples: Sequence[Example], folder: Path, *, warm_steps: int, seed: int) -> Policy:
    """The tiny policy, trained on the examples' solutions for some steps; the folder keeps it.

    Raises:
        ValueError: as `warm_start`.
    """
    if not folder.is_dir():
        draft = folder.with_name(f"{folder.name}.writing")
        texts = [f"{example.question}\n{example.solution}" for example in examples]
        policy = tiny_vision_policy(texts, draft, seed=seed)
        if warm_steps:
            warm_start(policy, examples, warm_steps, seed=seed)
            policy.save(draft)
        draft.replace(folder)
    return load_policy(folder)


def _adapter(rank: int) -> Any:
    from peft import LoraConfig

    return LoraConfig(r=rank, lora_alpha=rank, target_modules=ADAPTED)
