"""A group of completions that lies on two processes."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from identifiability.objectives import token_advantages

HERE = Path(__file__).parent


def test_a_group_on_two_processes_has_the_advantages_of_the_whole_group(policy_folder: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(HERE / "gathering.py"), str(policy_folder), str(tmp_path), port],
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(HERE.parents[3])},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    parts = [load_file(tmp_path / f"{rank}.safetensors") for rank in (0, 1)]
    assert [part["advantages"].shape for part in parts] == [(2, 3), (2, 7)]

    def together(name: str) -> torch.Tensor:
        return torch.cat([torch.nn.functional.pad(part[name], (0, 7 - part[name].shape[1])) for part in parts])

    task = torch.cat([part["task"] for part in parts])
    mask = together("completion_mask").bool()
    expected = token_advantages(task, together("process"), mask, 4, weight=0.7)
    torch.testing.assert_close(together("advantages"), expected)
    assert abs(expected[:2].sum()) > 0.1  # no group by itself
    for part in parts:
        assert float(part["reward"]) == pytest.approx(float(together("process").sum(1).mean()), abs=1e-5)
        assert float(part["weight"]) == pytest.approx(0.7)
