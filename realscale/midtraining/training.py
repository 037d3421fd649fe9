"""The loop: one recipe, from random or loaded weights to a checkpoint of open_clip, resumable to the step."""

import hashlib
import json
import math
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from identifiability.learning import Diverged
from identifiability.learning.checkpoint import load_checkpoint, save_checkpoint
from realscale.midtraining.log import RunLog
from realscale.midtraining.models import ClipModel
from realscale.midtraining.pairs import Batch, Pairs
from realscale.midtraining.ranks import ALONE, Ranks
from realscale.midtraining.recipes import Version, recipe_loss, term_weights, versions_of
from realscale.midtraining.running_mean import RunningMean
from realscale.midtraining.settings import HOW_RECORDED, MidTraining
from realscale.midtraining.steps import backward
from realscale.midtraining.weight_files import save_weights
from scm.streams import stream_seed

WEIGHTS, MEAN_WEIGHTS, MASK_WEIGHTS = "weights.safetensors", "weights-ema.safetensors", "masks.safetensors"
CHECKPOINT = "checkpoint.safetensors"


class Stopped(Exception):
    """The process was told to end (SIGTERM); a checkpoint of the last step was written before."""


def optimizer_of(model: ClipModel, config: MidTraining) -> torch.optim.Optimizer:
    """AdamW as in open_clip's own training of ViTs: betas (.9, .98), epsilon 1e-6, decay of matrices alone."""
    groups = []
    for module, rate in ((model.clip, config.rate), (model.masks, config.mask_rate)):
        trained = [] if module is None else [p for p in module.parameters() if p.requires_grad]
        for parameters, decay in (
            ([p for p in trained if p.ndim >= 2], config.weight_decay),
            ([p for p in trained if p.ndim < 2], 0.0),
        ):
            if parameters:
                groups.append({"params": parameters, "weight_decay": decay, "scale": rate / config.rate})
    return torch.optim.AdamW(groups, lr=config.rate, betas=(0.9, 0.98), eps=1e-6, fused=True)


def model_of(config: MidTraining, device: torch.device) -> ClipModel:
    """The model that a run starts from, on a device, with what it trains."""
    model = ClipModel(
        config.architecture,
        config.pretrained,
        seed=config.seed,
        precision=config.precision,
        activation=config.activation,
    )
    return prepare(model, config).to(device)


def prepare(model: ClipModel, config: MidTraining) -> ClipModel:
    """The model, with what the settings train of it."""
    model.clip.train()
    model.freeze(config.freeze)
    if config.lora is not None:
        model.train_low_rank(config.lora, seed=config.seed)
    if config.recipe == "smartclip-mask":
        model.add_masks(seed=stream_seed(config.seed, "masks"))
    return model


def mid_train(
    config: MidTraining,
    pairs: Pairs,
    folder: Path,
    *,
    progress: Callable[[Mapping[str, Any]], None] | None = None,
    ranks: Ranks = ALONE,
) -> Path:
    """Train as `config` says; the weights, a file that open_clip loads as `pretrained`.

    Of smartclip-mask, the network that makes masks is written beside the weights (masks.safetensors).
    The folder holds the log (a JSON object a line: step, loss, its terms without their weights (`term_weights`; one
    whose weight is 0 is left out), rate, temperature, images a second), the checkpoint while the run lasts, and the
    weights at its end. Called again after an interruption of any kind it goes on from the checkpoint, and the weights
    are those of an uninterrupted run: what a step does is decided by the weights, the seed and its number. A finished
    run is not run again. Processes that train together need one folder that all of them see; the first of them writes.

    Raises:
        ValueError: the folder holds another run, or cannot be written; a batch larger than the set; as `ClipModel`.
        Stopped: the process was told to end.
        Diverged: the loss is not a finite number.
        MissingData: open_clip is not installed.
    """
    identity = _identity(config, pairs)
    weights, checkpoint = folder / WEIGHTS, folder / CHECKPOINT
    if weights.exists():
        _same_run(_identity_of(weights), identity, weights)
        return weights
    model = ranks.together(lambda: _start(config, pairs, ranks))
    optimizer = optimizer_of(model, config)
    means = [] if config.ema is None else [RunningMean(model, config.ema)]
    kept = nn.ModuleList([model, *means])
    start, after = 0, {}
    if checkpoint.exists():
        header: dict[str, Any] = load_checkpoint(checkpoint, kept, [optimizer])
        _same_run(header.get("identity"), identity, checkpoint)
        start, after = int(header["step"]), header["after"]
    _same_start(ranks, start, folder)
    law = pairs.law if config.recipe == "balanced" else None
    wrong = "negatives" in versions_of(config.recipe, config.trade_off)
    weighed = term_weights(config.recipe, config.trade_off, config.sparsity)
    batches = pairs.batches(
        config.batch, range(start, config.steps), seed=config.seed, wrong=wrong, ranks=ranks, after=after
    )

    def keep(step: int, batch: Batch) -> None:
        reached = {name: value for part in ranks.gather_json(dict(batch.after)) for name, value in part.items()}
        if log is not None:
            log.keep()
            save_checkpoint(checkpoint, kept, [optimizer], {"step": step, "identity": identity, "after": reached})

    log = RunLog(folder, start, tensorboard=config.tensorboard) if ranks.rank == 0 else None
    with _told_to_end() as told, nullcontext() if log is None else closing(log):
        for step, batch in zip(range(start, config.steps), batches, strict=True):
            terms = train_step(model, optimizer, config, batch, step, law=law, ranks=ranks)
            for mean in means:
                mean.update()
            done = step + 1
            if log is not None and (done % config.log_every == 0 or done == config.steps):
                line = {
                    "step": done,
                    "loss": sum(terms.values()),
                    "terms": {name: term / weighed[name] for name, term in terms.items() if weighed[name]},
                    "rate": config.rate_at(step),
                    "temperature": float(model.temperature.detach()),
                }
                said = log.write(line, batch=config.batch, steps=config.steps)
                if progress is not None:
                    progress(said)
            ending = ranks.anyone(told()) and done < config.steps
            if ending or (done % config.checkpoint_every == 0 and done < config.steps):
                keep(done, batch)
            if ending:
                raise Stopped(f"told to end after step {done} of {config.steps}; the same command goes on from there")
    if ranks.rank == 0:
        about = {"identity": identity, "recipe": config.recipe, "steps": str(config.steps)}
        for mean in means:
            with mean.in_place():
                model.export(folder / MEAN_WEIGHTS, about)
        if model.masks is not None:
            save_weights(model.masks.state_dict(), folder / MASK_WEIGHTS, about)
        model.export(weights, about)
        checkpoint.unlink(missing_ok=True)
    ranks.wait()
    return weights


def train_step(
    model: ClipModel,
    optimizer: torch.optim.Optimizer,
    config: MidTraining,
    batch: Batch,
    step: int,
    *,
    law: np.ndarray | None = None,
    ranks: Ranks = ALONE,
) -> dict[str, float]:
    """Train on a batch; the terms of the loss.

    Raises:
        Diverged: a term is not a finite number.
    """
    for group in optimizer.param_groups:
        group["lr"] = config.rate_at(step) * group["scale"]
    optimizer.zero_grad(set_to_none=True)

    def terms_of(f: Tensor, codes: Mapping[Version, Tensor], temperature: Tensor) -> Mapping[str, Tensor]:
        return recipe_loss(
            config.recipe,
            f,
            codes,
            batch.tokens,
            temperature=temperature,
            trade_off=config.trade_off,
            law=law,
            sparsity=config.sparsity,
        )

    versions = versions_of(config.recipe, config.trade_off)
    terms = backward(model, batch, versions, terms_of, chunk=config.chunk, ranks=ranks)
    if not all(map(math.isfinite, terms.values())):
        raise Diverged(f"the terms of the loss are {terms} at step {step}")
    ranks.sum_gradients(model.parameters())
    nn.utils.clip_grad_norm_(model.parameters(), config.clip)
    optimizer.step()
    return terms


def _start(config: MidTraining, pairs: Pairs, ranks: Ranks) -> ClipModel:
    """The model, when pairs and processes fit what is asked for."""
    if absent := set(versions_of(config.recipe, config.trade_off)) - set(pairs.versions):
        raise ValueError(
            f"the recipe {config.recipe!r} scores {' and '.join(sorted(absent))} captions, which these pairs do not "
            "have; expected --vocabulary FILE.yaml, a reviewed file of `python -m realscale.vocabulary mine`, because "
            "class and context stand in the captions alone; plain and smartclip-mask train without one"
        )
    pairs.check(config.batch, ranks)
    model = model_of(config, ranks.device)
    model.check_can_be_dealt_out(chunk=config.chunk, world=ranks.world)
    return model


def _identity(config: MidTraining, pairs: Pairs) -> str:
    told = {name: value for name, value in asdict(config).items() if name not in HOW_RECORDED}
    return hashlib.sha256(json.dumps([told, pairs.fingerprint], sort_keys=True).encode()).hexdigest()


def _identity_of(weights: Path) -> str | None:
    try:
        with safe_open(weights, framework="pt") as file:
            return (file.metadata() or {}).get("identity")
    except (SafetensorError, OSError) as error:
        raise ValueError(
            f"{weights} cannot be read ({error}); expected the weights of a finished run, which are written whole; "
            "remove the file, and the same command makes them"
        ) from error


def _same_run(found: object, identity: str, path: Path) -> None:
    if found != identity:
        raise ValueError(
            f"{path} is of a run with other settings or other data; expected the same ones, because a schedule cannot "
            "be changed half-way; take another folder, or remove the file to start the run over"
        )


def _same_start(ranks: Ranks, start: int, folder: Path) -> None:
    starts = ranks.gather_json(start)
    if len(set(starts)) > 1:
        raise ValueError(
            f"the processes would start from the steps {starts} of {folder}; expected one step, because they train one "
            "model: the folder must be on a file system that all of them see"
        )


@contextmanager
def _told_to_end() -> Iterator[Callable[[], bool]]:
    """Whether SIGTERM came inside the block; signals can be heard in the main thread alone."""
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = signal.signal(signal.SIGTERM, lambda number, frame: came.append(number))
    try:
        yield lambda: bool(came)
    finally:
        signal.signal(signal.SIGTERM, before)
