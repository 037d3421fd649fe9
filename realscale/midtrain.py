"""Mid-training of an open_clip model: `python -m realscale.midtrain --architecture ViT-B-32 --out runs/pruned ...`.

`torchrun --nproc_per_node N -m realscale.midtrain ...` trains the same weights in N processes. Prints the path of the
weights; progress goes to stderr.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import tyro
from safetensors import SafetensorError

from identifiability.claims.claim import NotAvailable
from identifiability.learning import Diverged
from realscale.midtraining.estimate import estimate
from realscale.midtraining.ranks import SaidElsewhere, joined
from realscale.midtraining.settings import MidTraining
from realscale.midtraining.shard_pairs import ShardPairs
from realscale.midtraining.sources import Source
from realscale.midtraining.training import Stopped, mid_train


@dataclass(frozen=True)
class Command:
    """Mid-train an open_clip model by one recipe. An interrupted run goes on when the same command is given again."""

    training: tyro.conf.OmitArgPrefixes[MidTraining]
    out: Path
    """Folder of the run: log.jsonl, weights.safetensors."""
    source: tyro.conf.OmitArgPrefixes[Source] = field(default_factory=Source)
    device: str = ""
    """cpu, cuda, cuda:N; "": cuda where there is one."""
    dry_run: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False
    """Train nothing: print steps, parameters, memory and FLOPs as JSON; reads no data and needs no GPU."""
    quiet: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False
    """No progress on stderr."""


def _say(line: Mapping[str, Any]) -> None:
    left = timedelta(seconds=round(line["seconds_left"]))
    print(
        f"step {line['step']}/{line['steps']}: loss {line['loss']:.4f}, {line['images_per_second']:.0f} images/s, "
        f"{left} left",
        file=sys.stderr,
        flush=True,
    )


def main(arguments: list[str] | None = None) -> int:
    """0 when trained, 1 when something is missing or the loss diverged, 2 for bad input, 130 or 143 when ended."""
    command = tyro.cli(Command, args=arguments, prog="python -m realscale.midtrain")
    try:
        if command.dry_run:
            if int(os.environ.get("RANK", "0")) == 0:
                print(json.dumps(estimate(command.training, world=int(os.environ.get("WORLD_SIZE", "1"))), indent=1))
            return 0
        with joined(command.device) as ranks:
            pairs = ranks.together(lambda: command.source.pairs(command.training.architecture))
            progress = None if command.quiet else _say
            weights = mid_train(command.training, pairs, command.out, progress=progress, ranks=ranks)
            if isinstance(pairs, ShardPairs) and pairs.findings:
                print(f"process {ranks.rank} passed over:\n{pairs.findings.summary()}", file=sys.stderr)
            if ranks.rank == 0:
                print(weights)
    except (NotAvailable, Diverged) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except SaidElsewhere:
        return 2
    except (ValueError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except (OSError, SafetensorError) as error:
        print(f"error: {error}; the same command goes on from the last checkpoint", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from the last checkpoint", file=sys.stderr)
        return 130
    except Stopped as stopped:
        print(stopped, file=sys.stderr)
        return 143
    return 0


if __name__ == "__main__":
    sys.exit(main())
