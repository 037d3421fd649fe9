"""Estimates agree with what is counted in real steps; the launch files say what the command understands."""

import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

import realscale.midtrain
from realscale.midtrain import main
from realscale.midtraining.estimate import counted, estimate
from realscale.midtraining.models import ClipModel
from realscale.midtraining.pairs import PairSet
from realscale.midtraining.settings import MidTraining
from realscale.midtraining.training import model_of, optimizer_of, train_step

pytestmark = pytest.mark.filterwarnings("ignore")  # open_clip's own, of its dependencies
SCRIPTS = Path(realscale.midtrain.__file__).parent / "scripts"
LAUNCHED = sorted(path.name for path in SCRIPTS.glob("clip_irm_*.sh"))


@pytest.fixture
def long_captions(pairs: PairSet) -> PairSet:
    """Captions that differ and are cut at the model's context."""
    names = tuple(f"{chr(97 + k % 26)} {chr(97 + k // 26)} " + "very " * 20 + "long" for k in range(len(pairs)))
    return PairSet(pairs.images, names, pairs.classes, pairs.contexts, pairs.phrases)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"chunk": 4},
        {"recipe": "plain", "freeze": ("image",)},
        {"chunk": 5, "lora": 2},
    ],
)
def test_flops_are_those_of_a_real_step(options: dict[str, Any], architecture: str, long_captions: PairSet) -> None:
    config = MidTraining(architecture, batch=20, steps=3, **options)
    model = model_of(config, torch.device("cpu"))
    batch = long_captions.batch(20, rng=np.random.default_rng(0))
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        train_step(model, optimizer_of(model, config), config, batch, 0)
    found = estimate(config)
    assert found["petaflops_of_a_step"] * 1e15 == pytest.approx(counter.get_total_flops(), rel=0.03)
    assert found["exaflops_of_the_run"] == pytest.approx(3 * found["petaflops_of_a_step"] / 1e3)
    assert estimate(replace(config, recipe="hardneg"))["petaflops_of_a_step"] > found["petaflops_of_a_step"]
    own = [parameter for parameter in model.parameters() if parameter.requires_grad]
    assert found["parameters_trained"] == sum(parameter.numel() for parameter in own)
    assert len(found["notes"]) == ("lora" in options)  # how little it saves


def test_changes_of_low_rank_cost_less_than_the_whole_towers(architecture: str, tmp_path: Path) -> None:
    wide = json.loads(Path(architecture).read_text())
    wide["vision_cfg"] |= {"image_size": 64, "width": 256}
    (tmp_path / "token-scm-wide.json").write_text(json.dumps(wide))
    config = MidTraining(str(tmp_path / "token-scm-wide.json"), batch=8, freeze=("text",))
    whole, thin = estimate(config), estimate(replace(config, lora=1))
    passes = thin["gigaflops_of_a_picture"] / whole["gigaflops_of_a_picture"]
    assert (
        passes < 1 - 0.5 * 2 / 9
    )  # of three equal products for each matrix one is spared, for eight matrices of twelve
    assert thin["gigabytes"]["moments"] < 0.1 * whole["gigabytes"]["moments"]


def test_what_is_kept_is_what_autograd_keeps(architecture: str) -> None:
    real, meta = ClipModel(architecture), ClipModel(architecture, device="meta")
    pixels = torch.zeros(3, 3, 16, 16)
    assert counted(real, lambda: real.image_codes(pixels)) == counted(meta, lambda: meta.image_codes(pixels.to("meta")))
    assert all(parameter.device.type == "meta" for parameter in meta.parameters())


def test_chunks_and_processes_share_memory(architecture: str) -> None:
    config = MidTraining(architecture, batch=64, ema=0.9)
    whole, chunked, shared = estimate(config), estimate(replace(config, chunk=8)), estimate(config, world=4)
    assert chunked["gigabytes"]["kept_for_backward"] < whole["gigabytes"]["kept_for_backward"] / 8
    assert shared["gigabytes"]["kept_for_backward"] == pytest.approx(whole["gigabytes"]["kept_for_backward"] / 4)
    assert shared["pairs_of_a_step_and_process"] == 16
    for name in ("weights", "moments", "running_mean"):
        assert shared["gigabytes"][name] == whole["gigabytes"][name]
    assert whole["gigabytes"]["moments"] == 2 * whole["gigabytes"]["gradients"]
    loss = whole["gigaflops_of_the_loss_in_each_process"]
    assert shared["petaflops_of_a_step"] * 1e6 == pytest.approx(whole["petaflops_of_a_step"] * 1e6 + 3 * loss)


@pytest.mark.parametrize("name", [path.name for path in sorted(SCRIPTS.iterdir())])
def test_the_shell_reads_the_scripts(name: str) -> None:
    subprocess.run(["bash", "-n", str(SCRIPTS / name)], check=True)


def _launched(script: str, launcher: str, folder: Path, **settings: str) -> list[str]:
    """What a launcher of this name is given; it stands in for the real one."""
    stand_in = folder / "bin" / launcher
    stand_in.parent.mkdir(exist_ok=True)
    stand_in.write_text('#!/usr/bin/env bash\nprintf "%s\\n" "$@"\n')
    stand_in.chmod(0o755)
    environment = {**os.environ, "PATH": f"{stand_in.parent}:{os.environ['PATH']}", "LAUNCHER": launcher, **settings}
    command = ["bash", str(SCRIPTS / script), "shards of mine", "vocabulary.yaml", "out", "--dry-run"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.parametrize("script", LAUNCHED)
def test_the_scripts_say_what_the_command_understands(
    script: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = _launched(script, "torchrun", tmp_path)
    module = said.index("realscale.midtrain")
    options = dict(zip(said[0:module:2], said[1:module:2], strict=False))
    processes = int(options["--nproc_per_node"]) * int(options["--nnodes"])
    other = _launched(script, "accelerate", tmp_path)
    assert other[other.index("--num_processes") + 1] == str(processes)
    assert other[other.index("realscale.midtrain") :] == said[module:]
    monkeypatch.setenv("WORLD_SIZE", str(processes))
    assert main(said[module + 1 :]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["processes"] == processes
    assert int(said[said.index("--readers") + 1]) % processes == 0
    assert found["gigabytes_of_a_process"] < 80
    known = {"ViT-B-16-quickgelu": 149_620_737, "ViT-L-14-quickgelu": 427_616_513}
    assert found["parameters_all"] == known[found["architecture"]]


def test_accelerate_starts_what_torchrun_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    launch = pytest.importorskip(
        "accelerate.commands.launch", reason="needs the extra: pip install 'token-scm[realscale]'"
    )
    from torch.distributed import run

    place = {"PROCESSES": "2", "NODES": "3", "NODE": "1", "MASTER": "first", "PORT": "29512"}
    first, other = (_launched("clip_irm_v1.sh", name, tmp_path, **place) for name in ("torchrun", "accelerate"))
    started: list[Any] = []
    monkeypatch.setattr(run, "run", started.append)
    monkeypatch.setattr(launch, "default_config_file", str(tmp_path / "none.yaml"))
    launch.launch_command(launch.launch_command_parser().parse_args(other[1:]))
    expected, found = run.parse_args(first), started[0]
    for name in ("node_rank", "master_addr", "master_port", "module", "training_script", "training_script_args"):
        assert str(getattr(found, name)) == str(getattr(expected, name)), name
    assert (int(found.nproc_per_node), int(found.nnodes)) == (2, 3)


def test_slurm_numbers_the_nodes(tmp_path: Path) -> None:
    for name, text in {
        "scontrol": "printf 'first\\nsecond\\n'",
        "srun": 'shift; SLURM_NODEID=1 exec "$@"',
        "torchrun": 'printf "%s\\n" "$@"',
    }.items():
        (tmp_path / name).write_text(f"#!/usr/bin/env bash\n{text}\n")
        (tmp_path / name).chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "SLURM_JOB_NODELIST": "n[1-2]"}
    environment |= {"SLURM_NNODES": "2", "SLURM_GPUS_ON_NODE": "4"}
    command = ["bash", str(SCRIPTS / "slurm.sbatch"), str(SCRIPTS / LAUNCHED[-1]), "a b", "v.yaml", "out"]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()
    pairs = dict(zip(said[:10:2], said[1:10:2], strict=True))
    assert pairs == {
        "--nproc_per_node": "4",
        "--nnodes": "2",
        "--node_rank": "1",
        "--master_addr": "first",
        "--master_port": "29500",
    }
    assert said[said.index("--data") + 1] == "a b"


def test_a_launcher_that_is_not_known_is_refused() -> None:
    environment = {**os.environ, "LAUNCHER": "mpirun"}
    found = subprocess.run(
        ["bash", str(SCRIPTS / "launch.sh")], env=environment, capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stderr) == (2, "LAUNCHER is mpirun; expected torchrun or accelerate\n")
