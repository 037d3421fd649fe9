"""Completions of a file of prompts, a record a line, gone on with after an interruption."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

from realscale.composition.files import record_lines
from realscale.composition.items import BenchmarkError
from realscale.reasoning.answer.settings import Answering, Say
from realscale.reasoning.policies import Policy, answered
from realscale.reasoning.same_run import same_run
from realscale.reasoning.tasks import Example
from scm.streams import stream_seed

UNKNOWN = "?"  # an example needs an answer; of a prompt it is the benchmark's to know
SETTINGS = ".run.json"


def answer_prompts(
    policy: Policy, told: Mapping[str, Any], answering: Answering, prompts: Path, out: Path, *, progress: Say | None
) -> int:
    """Write {id, completion} of each prompt to `out`, and count those that were written now.

    Whole batches are written at once, a torn one is written again, so that a run which goes on gives the completions
    of one that was never interrupted. What the completions are of lies beside them in a file with .run.json at its end.

    Args:
        told: what else decides the completions, such as the policy's name.

    Raises:
        BenchmarkError: a record that is no prompt, or a picture that cannot be read.
        ValueError: `out` is of another policy, other prompts or other settings.
    """
    records = [_prompt(prompts, line, record) for line, record in record_lines(prompts)]
    identity = hashlib.sha256(prompts.read_bytes()).hexdigest()
    decisive = {**told, **answering.told(), "prompts": identity}
    why = "completions of two policies or of two ways of drawing must not be mixed in one file"
    same_run(out.with_name(out.name + SETTINGS), decisive, why=why)
    done = _kept(out, answering.batch, len(records))
    for start in range(done, len(records), answering.batch):
        here = records[start : start + answering.batch]
        examples = [_example(prompts, record) for record in here]
        seed = stream_seed(answering.seed, "answers", start) % 2**31
        texts = answered(policy, examples, seed=seed, **answering.drawn())
        lines = [json.dumps({"id": r["id"], "completion": text}) for r, text in zip(here, texts, strict=True)]
        with out.open("a", encoding="utf-8") as file:
            file.write("".join(f"{line}\n" for line in lines))
        if progress is not None:
            progress(start + len(here), len(records), start + len(here) - done)
    return len(records) - done


def _kept(out: Path, batch: int, wanted: int) -> int:
    """How many completions are there in whole batches; a torn batch is cut off."""
    if not out.exists():
        out.parent.mkdir(parents=True, exist_ok=True)
        out.touch()
        return 0
    lines = out.read_bytes().splitlines(keepends=True)
    whole = len(lines) - (bool(lines) and not lines[-1].endswith(b"\n"))
    if whole < wanted:
        whole -= whole % batch
        with out.open("r+b") as file:
            file.truncate(sum(map(len, lines[:whole])))
    return whole


def _prompt(prompts: Path, line: str, record: Mapping[str, Any]) -> Mapping[str, Any]:
    named = isinstance(record.get("id"), str) and isinstance(record.get("prompt"), str) and record["prompt"].strip()
    if not named or not isinstance(record.get("image"), str | None):
        raise BenchmarkError(
            f'{prompts}, line {line}: {dict(record)!r:.80}; expected {{"id": ..., "prompt": ..., "image": ...}} as '
            "`python -m realscale.reasoning.benchmarks prompts` writes it, the image a path or null"
        )
    return record


def _example(prompts: Path, record: Mapping[str, Any]) -> Example:
    path = record.get("image")
    if path is None:
        return Example(record["prompt"], UNKNOWN)
    try:
        with Image.open(path) as image:
            return Example(record["prompt"], UNKNOWN, image.convert("RGB"))
    except OSError as error:
        raise BenchmarkError(
            f"{prompts}, {record['id']}: its picture {path} cannot be read ({error}); expected the file that `prompts` "
            "named, because a policy that does not see it is asked something else"
        ) from error
