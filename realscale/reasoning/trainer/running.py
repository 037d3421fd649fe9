"""A whole run: policy, data and rewards put together, trained, gone on with after an interruption, written down."""

import os
import shutil
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from realscale.reasoning.policies import Policy, load_policy, rows, tiny_vision_policy, warm_start
from realscale.reasoning.tasks import Example
from realscale.reasoning.trainer.data import task_reward
from realscale.reasoning.trainer.image_reward import ImageReward
from realscale.reasoning.trainer.library import trl_library
from realscale.reasoning.trainer.settings import Reinforcement

LOG, COMPLETIONS, CHECKPOINTS, TRAINED = "log.jsonl", "completions.jsonl", "checkpoints", "policy"
Say = Callable[[Mapping[str, Any]], None]
# the decoder's matrices; those of the image tower have some of the same names
ADAPTED = r"(?!.*visual).*\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)"


def reinforce(
    training: Reinforcement,
    policy: Callable[[], Policy],
    examples: Iterable[Example],
    folder: Path,
    *,
    answers_rightly: Callable[[str, str], bool],
    process_reward: ImageReward | None = None,
    progress: Say | None = None,
    tell: Callable[[str], None] | None = None,
    cpu: bool = False,
) -> Path:
    """Train a policy; the folder that `load_policy` reads it from, with an adapter if `lora` says so.

    The folder of the run holds log.jsonl (a JSON object a line, as trl logs them), completions.jsonl (some completions
    and what they earned), checkpoints while the run lasts, and the policy at its end. Called again after an
    interruption it goes on from the last checkpoint; a finished run is not
    run again. Processes that train together need one folder that all of them see.

    Args:
        tell: hears in words from where it goes on, or that there is nothing left to do.

    Raises:
        ValueError: a batch that cannot be dealt out, fewer examples than a step asks, as the trainer and the rewards.
        MissingData: trl is not installed, or of a version that was never tried.
    """
    if (folder / TRAINED).is_dir():
        if tell is not None:
            tell(f"{folder} holds a finished run: nothing is trained")
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
    from realscale.reasoning.trainer.recording import Completions, Recording

    dataset, asked = rows(examples), training.batch // training.generations
    if len(dataset) < asked:
        raise ValueError(
            f"there are {len(dataset)} examples, and a step asks {asked} (batch {training.batch} / generations "
            f"{training.generations}); expected as many at least, because trl draws no step that is not full"
        )
    checkpoints = folder / CHECKPOINTS
    checkpoints.mkdir(parents=True, exist_ok=True)
    config = training.configuration(checkpoints, world=world, cpu=cpu)
    with config.main_process_first(local=False):  # who comes first may have to write the policy down
        start = policy()
    samples = Completions(folder / COMPLETIONS, training.sample_every)
    trainer = ProcessTrainer(
        model=start.model,
        processing_class=start.processor,
        reward_funcs=task_reward(answers_rightly),
        args=config,
        train_dataset=dataset,
        process_reward=process_reward,
        process=None if process_reward is None else training.process(process_reward.reward.settings),
        samples=samples,
        peft_config=None if training.lora is None else _adapter(training.lora),
    )
    trainer.remove_callback(PrinterCallback)  # it writes to stdout
    trainer.add_callback(Recording(folder / LOG, progress))
    trainer.add_callback(samples)
    last = get_last_checkpoint(str(checkpoints))
    if last is not None and tell is not None:
        tell(f"going on from step {last.rpartition('-')[2]} of {training.steps}")
    trainer.train(resume_from_checkpoint=last)
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
