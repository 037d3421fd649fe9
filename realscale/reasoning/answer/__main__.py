"""`python -m realscale.reasoning.answer`: have a policy answer a benchmark's prompts, or scenes in three laws."""

import json
import sys
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import torch
import tyro

from realscale.data.cache import write_atomically
from realscale.exit_codes import exit_code
from realscale.reasoning.answer.prompts import answer_prompts
from realscale.reasoning.answer.scenes import LAWS, Law, answer_scenes, table
from realscale.reasoning.answer.settings import Answering, Say
from realscale.reasoning.policies import Policy, load_policy
from realscale.reasoning.policies.loading import transformers_library
from realscale.reasoning.tasks import SceneSettings

Named = Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="POLICY")]
Prompts = Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="PROMPTS")]
Out = Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="OUT")]
How = Annotated[Answering, tyro.conf.arg(name="")]
Flag = tyro.conf.FlagCreatePairsOff[bool]
application = tyro.extras.SubcommandApp()


@application.command
def prompts(policy: Named, prompts: Prompts, out: Out, how: How, cpu: Flag = False, quiet: Flag = False) -> None:
    """Answer the file of `realscale.reasoning.benchmarks prompts` for its `score`; given again, the command goes on.

    Args:
        policy: Folder of a policy or of an adapter (OUT/policy of `python -m realscale.grpo`), or a name on the hub.
        prompts: File with a record {id, prompt, image} a line.
        out: File to write, a record {id, completion} a line; what it is of is written beside it, OUT.run.json.
        how: How completions are drawn.
        cpu: Stay off the GPU where there is one.
        quiet: No progress on stderr.
    """
    loaded = _loaded(policy, how, cpu)
    written = answer_prompts(loaded, {"policy": policy}, how, prompts, out, progress=None if quiet else _say())
    print(f"{written} completions written now", file=sys.stderr)
    print(out)


@application.command
def scenes(
    policy: Named,
    how: How,
    scene: SceneSettings,
    count: int = 500,
    laws: tuple[Law, ...] = LAWS,
    completions: Path | None = None,
    as_json: Annotated[Flag, tyro.conf.arg(name="json")] = False,
    cpu: Flag = False,
    quiet: Flag = False,
) -> None:
    """Answer scenes that no training has drawn, where backgrounds go with answers, with any, or with others'.

    Args:
        policy: Folder of a policy or of an adapter (OUT/policy of `python -m realscale.grpo`), or a name on the hub.
        how: How completions are drawn.
        scene: How hard the task is; the same flags as of `python -m realscale.grpo`.
        count: Scenes of each law.
        laws: id is the law of training; uniform any background, reversed those of other answers.
        completions: File to write, a record a line: what was asked, what was answered, whether it is right.
        as_json: One JSON document instead of a table.
        cpu: Stay off the GPU where there is one.
        quiet: No progress on stderr.
    """
    loaded = _loaded(policy, how, cpu)
    found, rows = answer_scenes(loaded, scene, how, count, laws, progress=None if quiet else _say())
    if completions is not None:
        write_atomically(completions, "".join(f"{json.dumps(row)}\n" for row in rows).encode())
    told = {"policy": policy, "sees": loaded.sees, "held_out": scene.held_out, **how.told()}
    print(json.dumps({**told, "laws": found}, indent=1) if as_json else table(found))


def _loaded(name: str, how: Answering, cpu: bool) -> Policy:
    transformers_library().utils.logging.disable_progress_bar()
    policy = load_policy(name, dtype=how.dtype)
    policy.model.to("cpu" if cpu or not torch.cuda.is_available() else "cuda")
    if not policy.sees:
        print(f"{name} reads texts alone: it is shown no picture", file=sys.stderr)
    return policy


def _say() -> Say:
    since = time.perf_counter()

    def say(done: int, whole: int, now: int) -> None:
        left = timedelta(seconds=round((time.perf_counter() - since) / now * (whole - done)))
        print(f"answered {done}/{whole}, {left} left", file=sys.stderr, flush=True)

    return say


def main(arguments: list[str] | None = None) -> int:
    """0 when all is answered, 1 when something is missing, 2 for bad input, 130 when ended."""
    run = partial(
        application.cli,
        args=arguments,
        prog="python -m realscale.reasoning.answer",
        description="Completions of a policy: of a benchmark's prompts, and of scenes with what they are worth.",
    )
    return exit_code(run, interrupted="interrupted; `prompts` given again goes on")


if __name__ == "__main__":
    sys.exit(main())
