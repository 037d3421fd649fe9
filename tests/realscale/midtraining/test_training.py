"""Runs: resumed equals uninterrupted, open_clip loads the weights, other runs and other activations are refused."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from identifiability.learning import Diverged
from realscale.clip_library import open_clip_library
from realscale.data import MissingData, load
from realscale.data.cache import ENVIRONMENT_VARIABLE
from realscale.midtrain import main
from realscale.midtraining import training
from realscale.midtraining.log import LOG
from realscale.midtraining.models import ClipModel
from realscale.midtraining.pairs import PairSet
from realscale.midtraining.settings import MidTraining
from realscale.midtraining.training import CHECKPOINT, WEIGHTS, mid_train
from realscale.vocabulary.document import ReviewedVocabulary
from realscale.vocabulary.writing import save

pytestmark = pytest.mark.filterwarnings("ignore")  # open_clip's own, of its dependencies


class Stop(Exception):
    pass


@pytest.fixture
def config(architecture: str) -> MidTraining:
    return MidTraining(architecture, steps=7, batch=12, warmup=2, log_every=1, checkpoint_every=3, recipe="balanced")


def _lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / LOG).read_text().splitlines()]


def _stop_at(step: int, line: Mapping[str, Any]) -> None:
    if line["step"] == step:
        raise Stop


@pytest.mark.parametrize("stop", [2, 5])
def test_a_resumed_run_equals_an_uninterrupted_one(
    stop: int, config: MidTraining, pairs: PairSet, tmp_path: Path
) -> None:
    whole = load_file(mid_train(config, pairs, tmp_path / "whole"))
    with pytest.raises(Stop):
        mid_train(config, pairs, tmp_path / "cut", progress=lambda line: _stop_at(stop, line))
    with (tmp_path / "cut" / LOG).open("a") as log:
        log.write('{"step": ')  # cut short by the interruption
    resumed = load_file(mid_train(config, pairs, tmp_path / "cut"))
    assert set(resumed) == set(whole)
    assert all(torch.equal(resumed[name], tensor) for name, tensor in whole.items())
    strip = lambda line: {name: value for name, value in line.items() if name != "images_per_second"}  # noqa: E731
    assert list(map(strip, _lines(tmp_path / "cut"))) == list(map(strip, _lines(tmp_path / "whole")))
    assert [line["step"] for line in _lines(tmp_path / "cut")] == list(range(1, 8))
    assert not (tmp_path / "cut" / CHECKPOINT).exists()


def test_training_moves_the_loss_and_its_parts(config: MidTraining, pairs: PairSet, tmp_path: Path) -> None:
    longer = replace(config, steps=40, batch=40, rate=3e-3, warmup=5)
    mid_train(longer, pairs, tmp_path)
    lines = _lines(tmp_path)
    assert lines[-1]["loss"] < lines[0]["loss"] - 0.3
    assert set(lines[0]["terms"]) == {"D_V", "D"}
    assert lines[0]["loss"] == pytest.approx(sum(lines[0]["terms"].values()))
    assert [lines[k]["rate"] for k in (0, 4, 5)] == pytest.approx([6e-4, 3e-3, 3e-3])
    assert lines[-1]["rate"] < 1e-4


def test_the_log_has_terms_without_their_weights(config: MidTraining, pairs: PairSet, tmp_path: Path) -> None:
    first = []
    for trade_off in (0.3, 1.0):
        mid_train(replace(config, steps=1, trade_off=trade_off), pairs, tmp_path / str(trade_off))
        (line,) = _lines(tmp_path / str(trade_off))
        assert line["loss"] == pytest.approx(line["terms"]["D_V"] + trade_off * line["terms"]["D"])
        first.append(line["terms"])
    assert first[0] == pytest.approx(first[1])
    mid_train(replace(config, steps=1, recipe="smartclip-mask", sparsity=0.5), pairs, tmp_path / "masks")
    (line,) = _lines(tmp_path / "masks")
    assert line["loss"] == pytest.approx(line["terms"]["D"] + 0.5 * line["terms"]["m"])


def test_open_clip_loads_the_weights(config: MidTraining, pairs: PairSet, tmp_path: Path) -> None:
    path = mid_train(config, pairs, tmp_path)
    name = ClipModel(config.architecture).name
    loaded, _, _ = open_clip_library().create_model_and_transforms(name, pretrained=str(path))
    ours = ClipModel(config.architecture, str(path))
    images, texts = pairs.images[:5], pairs.names[:5]
    with torch.no_grad():
        pixels = ours.pixels(images)
        f, g, scale = loaded.eval()(pixels, open_clip_library().get_tokenizer(name)(list(texts)))
        codes = ours.image_codes(pixels), ours.text_codes(texts)
        own = [torch.nn.functional.normalize(code, dim=1) for code in codes]
    assert (scale * f @ g.T - own[0] @ own[1].T / ours.temperature).abs().max() <= 1e-6
    fresh = ClipModel(config.architecture, seed=config.seed)
    with torch.no_grad():
        assert (fresh.image_codes(pixels) - codes[0]).abs().max() > 1e-3  # it was trained


def test_a_finished_run_is_not_run_again(
    config: MidTraining, pairs: PairSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = mid_train(config, pairs, tmp_path)
    monkeypatch.setattr(training, "ClipModel", None)
    assert mid_train(replace(config, log_every=2), pairs, tmp_path) == path
    with pytest.raises(ValueError, match="of a run with other settings or other data"):
        mid_train(replace(config, trade_off=0.5), pairs, tmp_path)


def test_a_checkpoint_of_other_data_is_refused(config: MidTraining, pairs: PairSet, tmp_path: Path) -> None:
    with pytest.raises(Stop):
        mid_train(config, pairs, tmp_path, progress=lambda line: _stop_at(4, line))
    assert (tmp_path / CHECKPOINT).exists()
    others = PairSet(255 - pairs.images, pairs.names, pairs.classes, pairs.contexts, pairs.phrases)
    with pytest.raises(ValueError, match="of a run with other settings or other data"):
        mid_train(config, others, tmp_path)


def test_the_seed_decides_weights_and_batches(config: MidTraining, pairs: PairSet, tmp_path: Path) -> None:
    before = torch.random.get_rng_state()
    one, again, other = (
        load_file(mid_train(replace(config, steps=1, seed=seed), pairs, tmp_path / name))
        for name, seed in (("one", 1), ("again", 1), ("other", 2))
    )
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(torch.equal(again[name], tensor) for name, tensor in one.items())
    assert not torch.equal(one["visual.proj"], other["visual.proj"])


def test_weights_of_the_other_activation_are_refused(config: MidTraining, pairs: PairSet, tmp_path: Path) -> None:
    path = mid_train(replace(config, steps=1), pairs, tmp_path)
    quick = Path(config.architecture).with_name("token-scm-midtrain-quickgelu.json")
    quick.write_text(json.dumps({**json.loads(Path(config.architecture).read_text()), "quick_gelu": True}))
    with pytest.raises(ValueError, match=r"trained with GELU .* computes QuickGELU.*without `-quickgelu`"):
        ClipModel(str(quick), str(path))
    with pytest.raises(ValueError, match=r"trained with QuickGELU .* 'ViT-B-32' computes GELU.*with `-quickgelu`"):
        ClipModel("ViT-B-32", "metaclip_400m")  # refused before anything is downloaded


@pytest.mark.parametrize(
    ("name", "said"),
    [("no-such-model", "open_clip has no architecture 'no-such-model'"), ("absent.json", "no configuration absent")],
)
def test_an_unknown_architecture_is_refused(name: str, said: str, config: MidTraining) -> None:
    with pytest.raises(ValueError, match=said):
        ClipModel(name)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"trade_off": -1.0}, r"trade_off is -1\.0"),
        ({"rate": float("inf")}, "rate is inf; expected a positive number"),
        ({"weight_decay": float("inf")}, "weight_decay is inf"),
    ],
)
def test_settings_are_checked(wrong: dict[str, Any], said: str, config: MidTraining) -> None:
    with pytest.raises(ValueError, match=said):
        replace(config, **wrong)


def test_a_loss_that_is_not_finite_stops_the_run(
    config: MidTraining, pairs: PairSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "backward", lambda *arguments, **options: {"D": float("nan")})
    with pytest.raises(Diverged, match="at step 0"):
        mid_train(config, pairs, tmp_path)
    assert not (tmp_path / WEIGHTS).exists()


def _arguments(architecture: str, out: Path) -> list[str]:
    settings = {"architecture": architecture, "recipe": "stratified", "steps": "12", "batch": "16"}
    settings |= {"checkpoint-every": "3", "log-every": "1", "out": str(out)}
    return [word for name, value in settings.items() for word in (f"--{name}", value)]


@pytest.fixture(params=["emoji", "shards"])
def data(request: pytest.FixtureRequest, shards: Path, vocabulary: ReviewedVocabulary, tmp_path: Path) -> list[str]:
    """Options that say what is trained on: a set in memory, or a stream of two readers."""
    if request.param == "emoji":
        try:
            load("emoji")
        except MissingData as missing:
            pytest.skip(str(missing))
        return []
    save(vocabulary, tmp_path / "vocabulary.yaml")
    options = {"data": shards, "layout": "shards", "vocabulary": tmp_path / "vocabulary.yaml", "readers": 2}
    return [str(word) for name, value in {**options, "buffer": 5}.items() for word in (f"--{name}", value)]


def test_killed_and_started_again_the_command_gives_the_same_weights(
    architecture: str, data: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, cut = ([*_arguments(architecture, tmp_path / name), *data] for name in ("whole", "cut"))
    command = [sys.executable, "-m", "realscale.midtrain", *cut]
    killed = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"}, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 300
    while not (tmp_path / "cut" / CHECKPOINT).exists() and time.monotonic() < deadline and killed.poll() is None:
        time.sleep(0.002)
    killed.send_signal(signal.SIGKILL)
    said = killed.communicate()[1]
    assert killed.returncode == -signal.SIGKILL, said
    assert not (tmp_path / "cut" / WEIGHTS).exists()
    for name, arguments in (("whole", whole), ("cut", cut)):
        assert main(arguments) == 0
        told = capsys.readouterr()
        assert told.out.strip() == str(tmp_path / name / WEIGHTS)
        assert "step 12/12: loss" in told.err
        assert ("step 1/12: loss" in told.err) == (name == "whole")
    one, other = (load_file(tmp_path / name / WEIGHTS) for name in ("whole", "cut"))
    assert set(one) == set(other)
    assert all(np.array_equal(one[name].numpy(), other[name].numpy()) for name in one)


def test_the_command_says_what_is_wrong(
    architecture: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path))
    assert main(_arguments(architecture, tmp_path / "run")) == 1
    assert "python -m realscale.data fetch emoji" in capsys.readouterr().err
    assert main(["--data", "nothing", *_arguments(architecture, tmp_path / "run")]) == 2
    assert "no real set is named 'nothing'" in capsys.readouterr().err
