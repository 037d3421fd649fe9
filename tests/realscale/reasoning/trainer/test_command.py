"""`python -m realscale.grpo`: what it trains, logs and prints, how it goes on, and what it refuses."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

pytest.importorskip("trl", reason="needs the extra: pip install 'token-scm[realscale]'")

from realscale import grpo
from realscale.reasoning.policies import answered, load_policy
from realscale.reasoning.tasks import SceneSettings, scene_examples
from realscale.reasoning.trainer import planning
from realscale.reasoning.trainer.data import Data
from realscale.reasoning.trainer.scorer import Scorer
from realscale.reasoning.trainer.settings import Reinforcement
from scm.streams import stream

# trl 1.16 still reads a property by the name that transformers 5.23 has deprecated
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")

LOGGED = {
    *("loss", "kl", "completions/mean_length", "rewards/task/mean", "process/reward", "process/weight"),
    *("advantage/task", "advantage/process", "process/likelihood", "process/overlap"),
    *("process/windows", "process/windows_encoded"),
}


def lines(out: Path) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    return [line for line in found if "loss" in line]


def samples(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "completions.jsonl").read_text().splitlines()]


def interrupted_at(step: int) -> Callable[[dict[str, Any]], None]:
    def say(line: dict[str, Any]) -> None:
        if line["step"] == step:
            raise KeyboardInterrupt

    return say


def distance(first: Mapping[str, torch.Tensor], second: Mapping[str, torch.Tensor]) -> float:
    """Of all weights. Two runs agree to rounding: CLIP encodes texts in other batches where it has forgotten some."""
    return float(sum((first[name] - second[name]).square().sum() for name in first) ** 0.5)


def test_twenty_steps_are_logged_and_an_interrupted_run_ends_alike(
    command: Callable[..., list[str]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    told = {"steps": 20, "save_every": 8, "beta": 0.04, "warm_steps": 2, "weight": 0.8, "final_weight": 0.0}
    assert grpo.main(command(whole, **told)) == 0
    said = capsys.readouterr()
    assert said.out == f"{whole / 'policy'}\n"
    assert "going on" not in said.err
    seen = samples(whole)
    assert [row["step"] for row in seen] == [1] * 4 + [11] * 4
    assert len({row["question"] for row in seen[:4]}) == 1
    assert all(row["task"] in (0.0, 1.0) and row["process"] < 0 and row["answer"] for row in seen)
    assert "step 20/20: task 0.000, process -" in said.err
    history = lines(whole)
    assert [line["step"] for line in history] == list(range(1, 21))
    assert all(line.keys() >= LOGGED for line in history)
    assert [line["process/weight"] for line in history[::10]] == pytest.approx([0.8, 0.4])
    assert all(line["process/windows_encoded"] < line["process/windows"] for line in history)

    with monkeypatch.context() as patch:
        patch.setattr(grpo, "_say", interrupted_at(13))
        assert grpo.main(command(broken, **told)) == 130
    assert "the same command goes on" in capsys.readouterr().err
    assert len(lines(broken)) == 13
    assert not (broken / "policy").exists()
    capsys.readouterr()
    assert grpo.main(command(broken, **told)) == 0
    assert "going on from step 8 of 20" in capsys.readouterr().err
    assert [row["step"] for row in samples(broken)] == [1] * 4 + [11] * 4
    summary = json.loads((broken / "log.jsonl").read_text().splitlines()[-1])
    assert summary["resumed_from"] == 8
    assert not any(name.startswith("train_") for name in summary)
    gone_on = lines(broken)
    assert [line["step"] for line in gone_on] == list(range(1, 21))
    assert [line["kl"] for line in gone_on] == pytest.approx([line["kl"] for line in history], rel=1e-2, abs=1e-6)
    assert history[-1]["kl"] > 1e-3
    ends = [load_policy(out / "policy").model.state_dict() for out in (whole, broken)]
    start = load_policy(whole / "start").model.state_dict()
    assert distance(*ends) < 0.01 * distance(start, ends[0])
    assert sorted(path.name for path in broken.iterdir()) == [
        "completions.jsonl",
        "log.jsonl",
        "policy",
        "run.json",
        "start",
    ]

    written = (whole / "policy" / "model.safetensors").stat().st_mtime_ns
    assert grpo.main(command(whole, **told, log_every=5)) == 0  # it is done; how it is recorded does not matter
    assert (whole / "policy" / "model.safetensors").stat().st_mtime_ns == written
    assert "holds a finished run: nothing is trained" in capsys.readouterr().err
    assert grpo.main(command(whole, **(told | {"beta": 0.0}))) == 2
    assert (
        "is of a run with other settings (training.beta was 0.04 and is 0.0); expected the same ones"
        in capsys.readouterr().err
    )


def test_an_adapter_is_read_back_with_its_policy(
    command: Callable[..., list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    told = {
        "steps": 4,
        "lora": 2,
        "rate": 0.1,
        "save_every": 2,
        "reward__form": "potential",
        "reward__patch_weight": 0.5,
    }
    assert grpo.main(command(whole, **told)) == 0
    with monkeypatch.context() as patch:
        patch.setattr(grpo, "_say", interrupted_at(3))
        assert grpo.main(command(broken, **told)) == 130
    assert grpo.main(command(broken, **told)) == 0
    saved = [load_file(out / "policy" / "adapter_model.safetensors") for out in (whole, broken)]
    assert saved[0].keys() == saved[1].keys()
    assert distance(*saved) < 0.01 * distance(saved[0], {name: 0 * value for name, value in saved[0].items()})
    assert len(saved[0]) == 2 * 3 * 7  # two thin matrices for each of seven in three layers of the decoder
    assert not any("visual" in name for name in saved[0])
    changed, start = load_policy(whole / "policy"), load_policy(whole / "start")
    example = scene_examples(SceneSettings(), 1, rng=stream(1, "test"))
    assert answered(changed, example, length=8) != answered(start, example, length=8)


def test_a_dry_run_says_what_would_be_done(
    command: Callable[..., list[str]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    policy_folder: Path,
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    arguments = [*command(tmp_path / "out", policy=policy_folder, batch=32, at_once=4), "--dry-run"]
    assert grpo.main(arguments) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["processes"] == 2
    assert found["prompts_of_a_step"] == 8
    assert found["passes_of_a_process_and_step"] == 4
    assert found["parameters"] == sum(p.numel() for p in load_policy(policy_folder).model.parameters())
    assert found["process_reward"]["credit"] == "whole"
    assert found["training"]["loss"] == "dapo"
    assert found["data"]["scene"]["agreement"] == 0.9
    assert found["epochs"] == 100 * 8 / 40
    assert found["bytes_of_weights_and_optimiser"] == 16 * found["parameters"]
    assert not (tmp_path / "out").exists()
    assert grpo.main([*command(tmp_path / "out", policy=policy_folder, batch=8, at_once=3), "--dry-run"]) == 2
    assert "expected a multiple of 6" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("others", "code", "message"),
    [
        ({"generations": 3}, 2, "a batch of whole groups"),
        ({"data": "geometry3k"}, 2, "--data geometry3k without --root"),
        ({"policy": "/no/policy"}, 1, "there is no policy '/no/policy'"),
        ({"template": "a photo"}, 2, "exactly one {}"),
        ({"clip": "nothing.json"}, 2, "there is no configuration nothing.json"),
        ({"clip": "", "reward__penalty": 0.2}, 2, "settings of a process reward"),
        ({"count": 1}, 2, "there are 1 examples, and a step asks 2"),
    ],
)
def test_what_cannot_be_trained_is_refused_in_words(
    others: dict[str, object],
    code: int,
    message: str,
    command: Callable[..., list[str]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert grpo.main(command(tmp_path, **others)) == code
    assert message in " ".join(capsys.readouterr().err.split())


def test_other_settings_or_other_files_are_named_once(
    command: Callable[..., list[str]],
    clip: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grpo, "reinforce", lambda *args, **others: tmp_path)
    own = tmp_path / "clip.json"
    own.write_text(Path(clip).read_text())
    assert grpo.main(command(tmp_path, clip=own)) == 0
    assert grpo.main(command(tmp_path, clip=own)) == 0
    own.write_text(Path(clip).read_text() + " ")
    capsys.readouterr()
    assert grpo.main(command(tmp_path, clip=own)) == 2
    assert f"(files.{own} was " in capsys.readouterr().err
    monkeypatch.setenv("RANK", "1")
    with pytest.raises(SystemExit, match="2"):
        grpo.main(command(tmp_path, clip=own))
    assert capsys.readouterr().err == ""


def test_vllm_that_is_not_installed_is_missing(
    command: Callable[..., list[str]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(grpo, "find_spec", lambda name: None)
    assert grpo.main([*command(tmp_path / "out"), "--vllm"]) == 1
    assert "vllm is not installed" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_scores_are_not_normalised_by_parts_of_a_batch(
    command: Callable[..., list[str]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert grpo.main([*command(tmp_path), "--reward.normalised"]) == 2
    assert "normalised in a batch that lies on 2 processes" in capsys.readouterr().err


def test_a_policy_that_cannot_be_had_has_no_known_size(tmp_path: Path) -> None:
    training, data = Reinforcement(), Data("mmk12", tmp_path)
    told = planning.plan(str(tmp_path), training, data, Scorer())
    assert told["parameters"] is told["bytes_of_weights_and_optimiser"] is told["epochs"] is None
    notes = " ".join(told["notes"])
    assert "no configuration of" in notes
    assert "how many problems mmk12 has" in notes
    assert planning.plan("tiny", training, data, Scorer())["notes"][0].startswith("parameters: of tiny")


@pytest.mark.parametrize(
    ("told", "copies"), [({}, 16), ({"beta": 0.1}, 20), ({"lora": 4}, 4), ({"lora": 4, "precision": "bfloat16"}, 2)]
)
def test_bytes_are_of_what_is_held_and_trained(told: dict[str, Any], copies: int) -> None:
    assert planning.training_bytes(1000, Reinforcement(**told)) == 1000 * copies
