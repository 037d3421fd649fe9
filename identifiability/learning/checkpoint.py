"""Checkpoints of a training run: tensors as safetensors, written whole or not at all."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn


def save_checkpoint(
    path: Path, module: nn.Module, optimizers: Sequence[torch.optim.Optimizer], header: Mapping[str, object]
) -> None:
    """Write parameters, optimizer states and a JSON header; a reader sees the old file or the new one, never half."""
    tensors = {f"module/{name}": value.contiguous() for name, value in module.state_dict().items()}
    for number, optimizer in enumerate(optimizers):
        for index, state in optimizer.state_dict()["state"].items():
            for name, value in state.items():
                tensors[f"optimizer/{number}/{index}/{name}"] = torch.as_tensor(value).contiguous()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".writing")
    save_file(tensors, temporary, metadata={"header": json.dumps(dict(header), sort_keys=True)})
    os.replace(temporary, path)


def load_checkpoint(path: Path, module: nn.Module, optimizers: Sequence[torch.optim.Optimizer]) -> dict[str, object]:
    """Put a checkpoint back into the module and its optimizers; returns the header.

    Raises ValueError when the file is no checkpoint of this module.
    """
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads(file.metadata()["header"])
            tensors: dict[str, Tensor] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        module.load_state_dict({n.removeprefix("module/"): t for n, t in tensors.items() if n.startswith("module/")})
        for number, optimizer in enumerate(optimizers):
            state: dict[int, dict[str, Tensor]] = {}
            for name, tensor in tensors.items():
                kind, *rest = name.split("/")
                if kind == "optimizer" and int(rest[0]) == number:
                    state.setdefault(int(rest[1]), {})[rest[2]] = tensor
            optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(
            f"{path} is not a checkpoint of this training run ({reason}); expected parameters of the same shapes, "
            "because training goes on from them; remove the file to start the run over"
        ) from error
    return dict(header)
