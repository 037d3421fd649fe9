"""The training loop: what is stepped by what, on what schedule, and that an interruption leaves no trace."""

import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from identifiability.learning import (
    Diverged,
    History,
    Perceptron,
    PixelEncoder,
    TokenTransformer,
    TrainingConfig,
    WordSetEncoder,
    initialise,
    train,
)
from identifiability.learning.checkpoint import save_checkpoint
from identifiability.learning.loop import optimizers_of

CONFIG = TrainingConfig(steps=20, warmup=4, log_every=3, checkpoint_every=6)


def perceptron(seed: int = 0, width: int = 8) -> Perceptron:
    module = Perceptron(3, 2, width=width)
    initialise(module, generator=torch.Generator().manual_seed(seed))
    return module


def regression(module: nn.Module) -> Callable[[int], Tensor]:
    """Fresh data each step, drawn from the step's number alone."""

    def loss_of(step: int) -> Tensor:
        x = torch.randn(16, 3, generator=torch.Generator().manual_seed(step))
        return (module(x) - x[:, :2].sin()).square().mean()

    return loss_of


class Interrupted(Exception):
    """What stops a run in a test."""


def train_until(stop: int, checkpoint: Path, config: TrainingConfig = CONFIG) -> None:
    module = perceptron()
    loss_of = regression(module)

    def interrupted(step: int) -> Tensor:
        if step == stop:
            raise Interrupted
        return loss_of(step)

    with pytest.raises(Interrupted):
        train(module, interrupted, config, checkpoint=checkpoint)


@pytest.fixture(scope="module")
def uninterrupted() -> tuple[Perceptron, History]:
    module = perceptron()
    return module, train(module, regression(module), CONFIG)


def assert_equal_runs(module: nn.Module, history: History, expected: tuple[nn.Module, History]) -> None:
    for name, value in expected[0].state_dict().items():
        assert torch.equal(module.state_dict()[name], value), name  # bit for bit
    assert history == expected[1]


@pytest.mark.parametrize("stop", [0, 5, 6, 7, 12, 17, 19])
def test_an_interrupted_run_goes_on_as_if_it_had_not_been(
    stop: int, tmp_path: Path, uninterrupted: tuple[Perceptron, History]
) -> None:
    checkpoint = tmp_path / "new" / "training.safetensors"
    train_until(stop, checkpoint)
    saved = stop // CONFIG.checkpoint_every * CONFIG.checkpoint_every
    assert checkpoint.exists() == (saved > 0)
    module = perceptron(seed=5 if saved else 0)  # other weights: those of the checkpoint count
    loss_of, steps = regression(module), []
    history = train(module, lambda step: (steps.append(step), loss_of(step))[1], CONFIG, checkpoint=checkpoint)
    assert steps == list(range(saved, CONFIG.steps))
    assert_equal_runs(module, history, uninterrupted)
    assert list(checkpoint.parent.glob("*")) == []  # a finished run leaves nothing to go on from


def test_a_run_interrupted_twice_goes_on_as_if_it_had_not_been(
    tmp_path: Path, uninterrupted: tuple[Perceptron, History]
) -> None:
    checkpoint = tmp_path / "training.safetensors"
    for stop in (8, 14):
        train_until(stop, checkpoint)
    module = perceptron()
    assert_equal_runs(module, train(module, regression(module), CONFIG, checkpoint=checkpoint), uninterrupted)


def test_a_killed_process_goes_on_as_if_it_had_not_been(
    tmp_path: Path, uninterrupted: tuple[Perceptron, History]
) -> None:
    """A real SIGKILL, by the process to itself at step 15, so that it strikes where the test says."""
    checkpoint = tmp_path / "training.safetensors"
    code = f"""
import importlib.util, os, signal, sys
from pathlib import Path
specification = importlib.util.spec_from_file_location("loop_test", {__file__!r})
tests = importlib.util.module_from_spec(specification)
specification.loader.exec_module(tests)
tests.torch.set_num_threads(1)
module = tests.perceptron()
loss_of = tests.regression(module)
def killed(step):
    if step == 15:
        os.kill(os.getpid(), signal.SIGKILL)
    return loss_of(step)
tests.train(module, killed, tests.CONFIG, checkpoint=Path({str(checkpoint)!r}))
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True
    )
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    checkpoint.with_suffix(".writing").write_bytes(b"half a file")  # as if killed while it wrote the next one
    module = perceptron(seed=5)
    assert_equal_runs(module, train(module, regression(module), CONFIG, checkpoint=checkpoint), uninterrupted)


def test_a_checkpoint_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint = tmp_path / "training.safetensors"
    train_until(8, checkpoint)
    before = checkpoint.read_bytes()

    def half(tensors: dict[str, Tensor], path: Path, metadata: dict[str, str]) -> None:
        path.write_bytes(b"half")
        raise Interrupted

    monkeypatch.setattr("identifiability.learning.checkpoint.save_file", half)
    with pytest.raises(Interrupted):
        save_checkpoint(checkpoint, perceptron(), [], {})
    assert checkpoint.read_bytes() == before


def rewritten(checkpoint: Path, change: Callable[[dict[str, Tensor], dict[str, Any]], object]) -> None:
    tensors, header = load_file(checkpoint), {"step": 6, "config": "x", "history": {"steps": [], "losses": []}}
    metadata = {"header": json.dumps(header)}
    change(tensors, metadata)
    save_file(tensors, checkpoint, metadata=metadata)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-40]),
    "empty": lambda path: path.write_bytes(b""),
    "text": lambda path: path.write_text("not a checkpoint, but longer than eight bytes"),
    "folder": lambda path: (path.unlink(), path.mkdir()),
    "no header": lambda path: rewritten(path, lambda tensors, metadata: metadata.clear()),
    "header no JSON": lambda path: rewritten(path, lambda tensors, metadata: metadata.update(header="{")),
    "parameter missing": lambda path: rewritten(path, lambda tensors, _: tensors.pop("module/layers.0.bias")),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_checkpoint_is_refused_and_left_as_it_is(tmp_path: Path, damage: str) -> None:
    checkpoint = tmp_path / "training.safetensors"
    train_until(8, checkpoint)
    DAMAGES[damage](checkpoint)
    before = checkpoint.read_bytes() if checkpoint.is_file() else None
    module = perceptron()
    with pytest.raises(ValueError, match=r"training\.safetensors is not a checkpoint of this training run .*remove"):
        train(module, regression(module), CONFIG, checkpoint=checkpoint)
    assert (checkpoint.read_bytes() if checkpoint.is_file() else None) == before


def test_a_checkpoint_of_another_module_or_of_other_settings_is_refused(tmp_path: Path) -> None:
    checkpoint = tmp_path / "training.safetensors"
    train_until(8, checkpoint)
    before = checkpoint.read_bytes()
    wider = perceptron(width=9)
    with pytest.raises(ValueError, match="is not a checkpoint of this training run"):
        train(wider, regression(wider), CONFIG, checkpoint=checkpoint)
    module = perceptron()
    with pytest.raises(ValueError, match="other training settings; expected the same ones, because a schedule"):
        train(module, regression(module), replace(CONFIG, steps=21), checkpoint=checkpoint)
    assert checkpoint.read_bytes() == before


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_no_number_stops_the_run(value: float) -> None:
    module, steps = perceptron(), []
    loss_of = regression(module)

    def diverging(step: int) -> Tensor:
        steps.append(step)
        return loss_of(step) * (value if step >= 7 else 1.0)

    with pytest.raises(Diverged, match=r"the loss is (nan|inf) at step 9"):
        train(module, diverging, CONFIG)
    assert steps[-1] == 9  # the next step that is logged


@pytest.mark.parametrize("warmup", [0, 2, 4])
def test_rates_rise_linearly_then_fall_by_half_a_cosine_to_0(warmup: int) -> None:
    config = replace(CONFIG, warmup=warmup)
    rates = [config.rate(step) for step in range(config.steps + 1)]
    assert rates[:warmup] == pytest.approx([(step + 1) / warmup for step in range(warmup)])
    assert rates[warmup] == 1.0
    assert rates[-1] == pytest.approx(0.0, abs=1e-15)
    assert rates[(warmup + config.steps) // 2] == pytest.approx(0.5, abs=1e-12)
    assert all(after < before for before, after in zip(rates[warmup:], rates[warmup + 1 :], strict=False))


def test_the_first_step_is_taken_at_the_rate_of_the_schedule() -> None:
    """AdamW's first step moves a parameter by its rate, whatever the gradient."""
    module = perceptron()
    before = module.layers[-1].bias.detach().clone()
    train_config = TrainingConfig(steps=1, warmup=10, adam_rate=0.01)
    train(module, regression(module), train_config)
    moved = (module.layers[-1].bias.detach() - before).abs()
    torch.testing.assert_close(moved, torch.full_like(moved, 0.001), rtol=1e-3, atol=0)


def test_the_gradient_is_clipped_as_a_whole() -> None:
    module = perceptron()
    loss_of = regression(module)
    train(module, lambda step: 1e4 * loss_of(step), replace(CONFIG, steps=2, clip=0.5))
    norm = torch.stack([parameter.grad.norm() for parameter in module.parameters()]).norm().item()
    assert norm == pytest.approx(0.5, rel=1e-4)


def test_training_lowers_the_loss() -> None:
    module = perceptron()
    history = train(module, regression(module), replace(CONFIG, steps=150))
    assert history.losses[-1] < 0.2 * history.losses[0]


def test_history_and_progress_are_told_at_logged_steps(uninterrupted: tuple[Perceptron, History]) -> None:
    assert uninterrupted[1].steps == [0, 3, 6, 9, 12, 15, 18, 19]
    module, told = perceptron(), []
    train(module, regression(module), CONFIG, progress=lambda done, total: told.append((done, total)))
    assert told == [(step + 1, 20) for step in uninterrupted[1].steps]
    assert uninterrupted[1].losses[0] == regression(perceptron())(0).item()


@pytest.mark.parametrize(
    "module",
    [
        Perceptron(3, 2, width=4),
        TokenTransformer(3, 2, length=4, width=8),
        WordSetEncoder(5, 2, width=4),
        PixelEncoder(8, 2, channels=2, width=4),
    ],
    ids=lambda module: type(module).__name__,
)
def test_muon_steps_the_matrices_of_linear_layers_and_adamw_the_rest(module: nn.Module) -> None:
    muon, adamw = optimizers_of(module, CONFIG)
    assert isinstance(muon, torch.optim.Muon)
    assert isinstance(adamw, torch.optim.AdamW)
    names = {id(parameter): name for name, parameter in module.named_parameters()}
    stepped = [[names[id(p)] for group in o.param_groups for p in group["params"]] for o in (muon, adamw)]
    linear = [f"{name}.weight" for name, part in module.named_modules() if isinstance(part, nn.Linear)]
    assert sorted(stepped[0]) == sorted(linear)
    assert sorted(stepped[0] + stepped[1]) == sorted(names.values())
    assert all(group["weight_decay"] == 0 for optimizer in (muon, adamw) for group in optimizer.param_groups)


@pytest.mark.parametrize("name", ["steps", "log_every", "checkpoint_every"])
def test_counts_that_are_not_positive_are_refused(name: str) -> None:
    for value in (0, -1):
        with pytest.raises(ValueError, match=rf"TrainingConfig\.{name} is {value}; expected a positive number"):
            replace(CONFIG, **{name: value})


@pytest.mark.parametrize("name", ["muon_rate", "adam_rate", "clip"])
def test_rates_that_are_not_positive_are_refused(name: str) -> None:
    for value in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match=rf"TrainingConfig\.{name} is {value}; expected a positive number"):
            replace(CONFIG, **{name: value})


def test_a_negative_warmup_is_refused() -> None:
    assert replace(CONFIG, warmup=0).rate(0) == 1.0
    with pytest.raises(ValueError, match=r"TrainingConfig\.warmup is -1"):
        replace(CONFIG, warmup=-1)
