"""Processes that train one model together: shares of a batch, codes of all of them, summed gradients."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

import torch
from torch import Tensor, distributed, nn

from identifiability.claims.claim import NotAvailable

BUCKET = 1 << 24  # numbers of gradients that are summed in one message
SHARDING = ("ACCELERATE_USE_FSDP", "ACCELERATE_USE_DEEPSPEED", "ACCELERATE_USE_MEGATRON_LM")  # what accelerate tells


Result = TypeVar("Result")


class SaidElsewhere(Exception):
    """Another process says what is wrong with what all of them were to do."""


@dataclass(frozen=True)
class Ranks:
    """This process and its place among `world` of them, numbered from 0; the device that it computes on."""

    rank: int = 0
    world: int = 1
    device: torch.device = torch.device("cpu")  # noqa: RUF009 (a constant)

    def share(self, count: int) -> slice:
        """The part of `count` consecutive things that is this process's own; parts differ by at most one."""
        ends = self._ends(count)
        return slice(ends[self.rank], ends[self.rank + 1])

    def shares(self, count: int) -> list[int]:
        """How many things each process has."""
        ends = self._ends(count)
        return [end - start for start, end in pairwise(ends)]

    def _ends(self, count: int) -> list[int]:
        return [count * rank // self.world for rank in range(self.world + 1)]

    def gather(self, own: Tensor, counts: Sequence[int]) -> Tensor:
        """The rows of all processes, in their order; process r has `counts[r]` of them. No gradient flows."""
        if self.world == 1:
            return own
        padded = own.new_zeros((max(counts), *own.shape[1:]))
        padded[: len(own)] = own
        parts = [torch.empty_like(padded) for _ in counts]
        distributed.all_gather(parts, padded)
        return torch.cat([part[:count] for part, count in zip(parts, counts, strict=True)])

    def gather_json(self, own: Any) -> list[Any]:
        """What each process has to say, in their order; anything that JSON can hold."""
        if self.world == 1:
            return [own]
        said = torch.tensor(list(json.dumps(own).encode()), dtype=torch.uint8, device=self.device)
        lengths = self.gather(torch.tensor([len(said)], device=self.device), [1] * self.world).tolist()
        whole = bytes(self.gather(said, lengths).cpu().numpy())
        ends = [sum(lengths[:rank]) for rank in range(self.world + 1)]
        return [json.loads(whole[start:end]) for start, end in pairwise(ends)]

    def anyone(self, flag: bool) -> bool:
        """Whether it holds in one process at least; all of them learn the same."""
        if self.world == 1:
            return flag
        found = torch.tensor([float(flag)], device=self.device)
        distributed.all_reduce(found, distributed.ReduceOp.MAX)
        return bool(found.item())

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Put the sum over all processes into the gradient of each parameter; none counts as zero."""
        if self.world == 1:
            return
        for bucket in _buckets(parameter for parameter in parameters if parameter.requires_grad):
            gradients = [p.grad if p.grad is not None else torch.zeros_like(p) for p in bucket]
            flat = torch.cat([gradient.flatten() for gradient in gradients])
            distributed.all_reduce(flat)
            for parameter, part in zip(bucket, flat.split([p.numel() for p in bucket]), strict=True):
                parameter.grad = part.view_as(parameter).clone()

    def together(self, work: Callable[[], Result]) -> Result:
        """What `work` gives here, when it has succeeded in every process.

        Raises:
            ValueError, RuntimeError, OSError, NotAvailable: that of `work`, in the first process that has met it.
            SaidElsewhere: in the others.
        """
        failed: Exception | None = None
        try:
            found = work()
        except (ValueError, RuntimeError, OSError, NotAvailable) as error:
            failed = error
        told = self.gather_json(None if failed is None else str(failed))
        if failed is not None and told.index(str(failed)) == self.rank:
            raise failed
        if told.count(None) < len(told):
            raise SaidElsewhere
        return found

    def wait(self) -> None:
        """Go on when all processes have come here."""
        if self.world > 1:
            distributed.barrier()


ALONE = Ranks()


def _buckets(parameters: Iterable[nn.Parameter]) -> Iterator[list[nn.Parameter]]:
    """Parameters of one type, in order, in groups that hold about `BUCKET` numbers."""
    bucket: list[nn.Parameter] = []
    for parameter in parameters:
        full = sum(p.numel() for p in bucket) + parameter.numel() > BUCKET
        if bucket and (full or bucket[0].dtype != parameter.dtype):
            yield bucket
            bucket = []
        bucket.append(parameter)
    if bucket:
        yield bucket


@contextmanager
def joined(device: str = "") -> Iterator[Ranks]:
    """The processes that torchrun has started, or this one alone; they talk by NCCL on CUDA and by gloo elsewhere.

    Args:
        device: "cpu", "cuda", "cuda:1", ...; "": CUDA where there is one. Each process of a node takes its own of
            "cuda".

    Raises:
        ValueError: a device that this machine does not have, or a launcher that is to shard the weights.
    """
    if sharding := [name for name in SHARDING if os.environ.get(name, "").lower() == "true"]:
        raise ValueError(
            f"{sharding[0]} is set, and this loop shards nothing; expected plain data parallel processes (torchrun, or "
            "accelerate launch --multi_gpu), each of which holds the whole model: --dry-run says what that takes"
        )
    kind = device or ("cuda" if torch.cuda.is_available() else "cpu")
    if kind.partition(":")[0] == "cuda" and not torch.cuda.is_available():
        raise ValueError(f"the device is {device!r}, and torch finds no CUDA here; expected cpu, or another machine")
    world = int(os.environ.get("WORLD_SIZE", "1"))
    if kind == "cuda" and world > 1:
        kind = f"cuda:{os.environ['LOCAL_RANK']}"
    try:
        place = torch.device(kind)
    except RuntimeError as error:
        raise ValueError(f"the device is {device!r}; expected cpu, cuda or cuda:N ({error})") from error
    if place.type == "cuda":
        torch.cuda.set_device(place)
    if world == 1:
        yield Ranks(device=place)
        return
    distributed.init_process_group("nccl" if place.type == "cuda" else "gloo")
    try:
        yield Ranks(distributed.get_rank(), world, place)
    finally:
        distributed.destroy_process_group()
