"""Low-rank changes, the running mean of the weights, logs for TensorBoard, and being told to end."""

import os
import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from realscale.clip_library import open_clip_library
from realscale.midtraining.low_rank import merged_state
from realscale.midtraining.models import ClipModel
from realscale.midtraining.pairs import PairSet
from realscale.midtraining.ranks import ALONE
from realscale.midtraining.running_mean import RunningMean
from realscale.midtraining.settings import MidTraining
from realscale.midtraining.training import (
    CHECKPOINT,
    MEAN_WEIGHTS,
    WEIGHTS,
    Stopped,
    mid_train,
    model_of,
    optimizer_of,
    train_step,
)

pytestmark = pytest.mark.filterwarnings("ignore")  # open_clip's own, of its dependencies
CPU = torch.device("cpu")


@pytest.fixture
def config(architecture: str) -> MidTraining:
    return MidTraining(architecture, steps=7, batch=12, warmup=2, log_every=1, checkpoint_every=3)


def test_low_rank_changes_are_of_their_rank_and_start_at_nothing(config: MidTraining, pairs: PairSet) -> None:
    whole, model = model_of(config, CPU), model_of(replace(config, lora=3), CPU)
    start = {name: tensor.clone() for name, tensor in whole.clip.state_dict().items()}
    assert set(merged_state(model.clip)) == set(start)
    assert all(torch.equal(tensor, start[name]) for name, tensor in merged_state(model.clip).items())
    optimizer = optimizer_of(model, config)
    for step in range(2):
        train_step(model, optimizer, config, pairs.batch(12, rng=np.random.default_rng(step)), step)
    changed = {name for name, tensor in merged_state(model.clip).items() if not torch.equal(tensor, start[name])}
    blocks = {name for name in start if "resblocks" in name and name.endswith("weight") and ".ln_" not in name}
    assert changed == blocks | {"logit_scale"} | {name for name in start if name.endswith("in_proj_weight")}
    for name in changed - {"logit_scale"}:
        assert torch.linalg.matrix_rank(merged_state(model.clip)[name] - start[name], tol=1e-7) <= 3, name


def test_low_rank_leaves_a_frozen_tower_alone(config: MidTraining, tmp_path: Path, pairs: PairSet) -> None:
    path = mid_train(replace(config, lora=2, freeze=("text",)), pairs, tmp_path)
    fresh, trained = ClipModel(config.architecture).clip.state_dict(), load_file(path)
    moved = {name.split(".")[0] for name in fresh if not torch.equal(fresh[name], trained[name])}
    assert moved == {"visual", "logit_scale"}
    with pytest.raises(ValueError, match="no matrix is left to be changed"):
        model_of(replace(config, recipe="smartclip-mask", lora=2, freeze=("image", "text")), CPU)
    with pytest.raises(ValueError, match="freeze is text, image; expected one tower at most"):
        replace(config, freeze=("text", "image"))


def test_open_clip_loads_what_low_rank_has_trained(config: MidTraining, tmp_path: Path, pairs: PairSet) -> None:
    lora = replace(config, lora=2)
    path = mid_train(lora, pairs, tmp_path)
    loaded = open_clip_library().create_model(Path(config.architecture).stem, pretrained=str(path)).eval()
    model = model_of(lora, CPU)
    optimizer = optimizer_of(model, lora)
    drawn = pairs.batches(12, range(7), seed=0, wrong=False, ranks=ALONE, after={})
    for step, batch in enumerate(drawn):
        train_step(model, optimizer, lora, batch, step)
    model.eval()
    with torch.no_grad():
        pixels = model.pixels(pairs.images[:4])  # type: ignore[index]
        assert (loaded.encode_image(pixels) - model.image_codes(pixels)).abs().max() <= 1e-6


def test_the_running_mean_is_a_mean_and_is_put_in_place_for_a_while(config: MidTraining) -> None:
    model = torch.nn.Linear(2, 1)
    with torch.no_grad():
        model.weight.fill_(1)
        mean = RunningMean(model, 0.75)
        model.weight.fill_(5)
        mean.update()
        model.weight.fill_(9)
        mean.update()
    with mean.in_place():
        assert torch.allclose(model.weight, torch.tensor(0.75 * (0.75 * 1 + 0.25 * 5) + 0.25 * 9))
    assert (model.weight == 9).all()
    with pytest.raises(ValueError, match=r"the decay is 1\.0"):
        RunningMean(model, 1.0)
    with pytest.raises(ValueError, match=r"ema is 1\.5"):
        replace(config, ema=1.5)


def test_a_resumed_run_has_the_mean_of_an_uninterrupted_one(
    config: MidTraining, pairs: PairSet, tmp_path: Path
) -> None:
    averaged = replace(config, ema=0.8, lora=2)
    mid_train(averaged, pairs, tmp_path / "whole")

    def stop(line: Mapping[str, Any]) -> None:
        if line["step"] == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mid_train(averaged, pairs, tmp_path / "cut", progress=stop)
    mid_train(averaged, pairs, tmp_path / "cut")
    for name in (WEIGHTS, MEAN_WEIGHTS):
        one, other = (load_file(tmp_path / run / name) for run in ("whole", "cut"))
        assert all(torch.equal(one[key], other[key]) for key in one), name
    last, mean = (load_file(tmp_path / "whole" / name) for name in (WEIGHTS, MEAN_WEIGHTS))
    key = "transformer.resblocks.0.mlp.c_fc.weight"
    start = ClipModel(config.architecture).clip.state_dict()[key]
    assert 0 < (mean[key] - start).norm() < (last[key] - start).norm()


def test_told_to_end_a_run_keeps_its_last_step(config: MidTraining, pairs: PairSet, tmp_path: Path) -> None:
    whole = load_file(mid_train(config, pairs, tmp_path / "whole"))
    before = signal.getsignal(signal.SIGTERM)

    def end(line: Mapping[str, Any]) -> None:
        if line["step"] == 2:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Stopped, match="told to end after step 2 of 7"):
        mid_train(config, pairs, tmp_path / "cut", progress=end)
    assert signal.getsignal(signal.SIGTERM) == before
    assert (tmp_path / "cut" / CHECKPOINT).exists()
    steps: list[int] = []
    resumed = load_file(
        mid_train(config, pairs, tmp_path / "cut", progress=lambda line: steps.append(int(line["step"])))
    )
    assert steps == [3, 4, 5, 6, 7]
    assert all(torch.equal(resumed[name], tensor) for name, tensor in whole.items())


def test_tensorboard_is_told_what_the_log_says(config: MidTraining, pairs: PairSet, tmp_path: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    left: list[float] = []
    mid_train(
        replace(config, steps=3, tensorboard=True),
        pairs,
        tmp_path,
        progress=lambda line: left.append(line["seconds_left"]),
    )
    events = accumulator.EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    assert [event.step for event in events.Scalars("terms/D_V")] == [1, 2, 3]
    total = events.Scalars("terms/D_V")[1].value + events.Scalars("terms/D")[1].value
    assert events.Scalars("loss")[1].value == pytest.approx(total, rel=1e-5)
    assert left[0] > left[-1] == 0


def test_weights_of_which_nobody_knows_the_activation_are_refused(
    config: MidTraining, architecture: str, tmp_path: Path
) -> None:
    path = tmp_path / "weights.pt"
    torch.save(ClipModel(architecture, seed=7).clip.state_dict(), path)
    with pytest.raises(ValueError, match=r"nothing says whether the weights .* expected a record .* --activation"):
        ClipModel(architecture, str(path))
    said = ClipModel(architecture, str(path), activation="gelu")
    assert torch.equal(said.clip.visual.proj, ClipModel(architecture, seed=7).clip.visual.proj)
    with pytest.raises(ValueError, match=r"trained with QuickGELU and the architecture .* computes GELU"):
        ClipModel(architecture, str(path), activation="quickgelu")
    (tmp_path / "open_clip_config.json").write_text('{"model_cfg": {"quick_gelu": true}}')
    with pytest.raises(ValueError, match="trained with QuickGELU"):
        ClipModel(architecture, str(path))
    with pytest.raises(ValueError, match="said to be trained with gelu, and their record says the other one"):
        ClipModel(architecture, str(path), activation="gelu")


@pytest.mark.parametrize(("layer", "said"), [("BatchNorm1d", "normalise over a batch"), ("Dropout", "at random")])
def test_towers_that_mix_pictures_are_not_dealt_out(layer: str, said: str, architecture: str) -> None:
    model = ClipModel(architecture)
    model.check_can_be_dealt_out(chunk=2, world=2)
    model.clip.extra = getattr(torch.nn, layer)(1 if layer == "BatchNorm1d" else 0.1)
    model.check_can_be_dealt_out(chunk=None, world=1)
    for chunk, world in ((2, 1), (None, 2)):
        with pytest.raises(ValueError, match=said):
            model.check_can_be_dealt_out(chunk=chunk, world=world)
