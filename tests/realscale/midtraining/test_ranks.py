"""Two processes train the weights of one; shares, messages and summed gradients."""

import importlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch import Tensor

from realscale.midtraining.log import LOG
from realscale.midtraining.ranks import ALONE, Ranks, SaidElsewhere, joined
from realscale.midtraining.training import MEAN_WEIGHTS, WEIGHTS

pytestmark = pytest.mark.filterwarnings("ignore")  # open_clip's own, of its dependencies
HERE = Path(__file__).parent


def _distance(one: dict[str, Tensor], other: dict[str, Tensor]) -> float:
    assert set(one) == set(other)
    return max(float((one[name] - other[name]).abs().max()) for name in one)


def test_two_processes_train_the_weights_of_one(
    architecture: str, shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(HERE)
    two_processes = importlib.import_module("two_processes")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    (tmp_path / "two").mkdir()
    together = subprocess.Popen(
        [
            sys.executable,
            "-W",
            "ignore",
            two_processes.__file__,
            architecture,
            str(shards),
            str(tmp_path / "two"),
            port,
        ],
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": f"{HERE.parents[2]}{os.pathsep}{HERE}"},
        stderr=subprocess.PIPE,
        text=True,
    )
    alone = dict(two_processes.every_recipe(architecture, ALONE, (None,)))
    two_processes.whole_run(architecture, tmp_path, ALONE)
    two_processes.run_on_shards(architecture, shards, tmp_path, ALONE)
    said = together.communicate(timeout=300)[1]
    assert together.returncode == 0, said
    for name, weights in alone.items():
        for chunk in (None, 3):
            stem = f"{name.removesuffix('-None')}-{chunk}"
            first, second = (load_file(tmp_path / "two" / f"{stem}-{rank}.safetensors") for rank in (0, 1))
            assert _distance(first, second) == 0, stem
            assert _distance(first, weights) <= 1e-5, stem
    for name, files in (("run", (WEIGHTS, MEAN_WEIGHTS)), ("stream", (WEIGHTS,))):
        runs = tmp_path / name, tmp_path / "two" / name
        for file in files:
            assert _distance(*(load_file(run / file) for run in runs)) <= 1e-5, (name, file)
        one, two = (json.loads((run / LOG).read_text())["terms"] for run in runs)
        assert two == pytest.approx(one, rel=1e-5)


@given(st.integers(0, 40), st.integers(1, 7))
def test_shares_are_all_and_nearly_equal(count: int, world: int) -> None:
    parts = [Ranks(rank, world).share(count) for rank in range(world)]
    dealt = [number for part in parts for number in range(count)[part]]
    assert dealt == list(range(count))
    assert Ranks(0, world).shares(count) == [len(range(count)[part]) for part in parts]
    assert max(Ranks(0, world).shares(count)) - min(Ranks(0, world).shares(count)) <= 1


def test_alone_nothing_is_sent() -> None:
    own = torch.arange(3.0)
    assert ALONE.gather(own, [3]) is own
    assert ALONE.gather_json({"a": 1}) == [{"a": 1}]
    assert ALONE.anyone(True)
    assert not ALONE.anyone(False)


def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the device is 'nowhere'; expected cpu, cuda or cuda:N"), joined("nowhere"):
        pass
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match="torch finds no CUDA here"), joined("cuda"):
            pass
        with joined() as ranks:
            assert ranks == ALONE


@pytest.mark.parametrize(
    ("told", "rank", "raised"),
    [
        ([None, None], 0, None),
        (["bad", "bad"], 0, ValueError),
        (["bad", "bad"], 1, SaidElsewhere),
        (["bad", "no file"], 1, ValueError),
        ([None, "bad"], 0, SaidElsewhere),
        ([None, "bad"], 1, ValueError),
    ],
)
def test_what_is_wrong_everywhere_is_said_once(
    told: list[str | None], rank: int, raised: type[Exception] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work() -> int:
        if (text := told[rank]) is not None:
            raise ValueError(text)
        return 3

    def gathered(self: Ranks, own: object) -> list[str | None]:
        assert own == told[rank]
        return told

    monkeypatch.setattr(Ranks, "gather_json", gathered)
    if raised is None:
        assert Ranks(rank, 2).together(work) == 3
    else:
        with pytest.raises(raised):
            Ranks(rank, 2).together(work)


def test_a_launcher_that_is_to_shard_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    with pytest.raises(ValueError, match="ACCELERATE_USE_FSDP is set, and this loop shards nothing"), joined("cpu"):
        pass
