"""The scripts for Qwen2.5-VL-7B: the command understands what they say, and accelerate its configuration."""

import json
import os
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("trl", reason="needs the extra: pip install 'token-scm[realscale]'")

from accelerate.commands.config.config_args import ClusterConfig, load_config_from_file

import realscale.grpo
from realscale.reasoning.trainer import planning

SCRIPTS = Path(realscale.grpo.__file__).parent / "scripts"
LAUNCHED = sorted(path.name for path in SCRIPTS.glob("grpo_*.sh"))
GIVEN = ["set of mine", "vocabulary.yaml", "weights.safetensors", "out"]


def launched(script: str, folder: Path, **settings: str) -> list[str]:
    """What accelerate is given; a stand-in prints it."""
    stand_in = folder / "bin" / "accelerate"
    stand_in.parent.mkdir(exist_ok=True)
    stand_in.write_text('#!/usr/bin/env bash\nprintf "%s\\n" "$@"\n')
    stand_in.chmod(0o755)
    environment = {**os.environ, "PATH": f"{stand_in.parent}:{os.environ['PATH']}", **settings}
    command = ["bash", str(SCRIPTS / script), *GIVEN, "--dry-run"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.parametrize("script", LAUNCHED)
def test_the_command_understands_what_the_scripts_say(
    script: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = launched(script, tmp_path, NODES="2", NODE="1", MASTER="first")
    module = said.index("realscale.grpo")
    assert said[0] == "launch"
    told = dict(zip(said[1 : module - 1 : 2], said[2 : module - 1 : 2], strict=True))
    assert told["--num_processes"] == "16"
    assert (told["--machine_rank"], told["--main_process_ip"]) == ("1", "first")
    options = said[module + 1 :]
    assert options[options.index("--root") + 1] == "set of mine"
    assert options[options.index("--clip-pretrained") + 1] == "weights.safetensors"
    assert options[options.index("--data") + 1] == script.removeprefix("grpo_").removesuffix(".sh")
    monkeypatch.setenv("WORLD_SIZE", told["--num_processes"])
    asked: list[str] = []
    monkeypatch.setattr(planning, "parameters", asked.append)  # the hub has it
    assert realscale.grpo.main(options) == 0
    found = json.loads(capsys.readouterr().out)
    assert asked == ["Qwen/Qwen2.5-VL-7B-Instruct"]
    assert found["passes_of_a_process_and_step"] == 8
    assert found["prompts_of_a_step"] == 64
    assert found["process_reward"]["final_weight"] < found["process_reward"]["weight"]
    assert found["process_reward"]["credit"] == "whole"


@pytest.mark.parametrize("script", LAUNCHED)
def test_a_script_without_its_arguments_says_what_it_takes(script: str) -> None:
    done = subprocess.run(["bash", str(SCRIPTS / script), "one"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(f"usage: bash {script} ROOT VOCABULARY CLIP OUT")


def test_accelerate_reads_its_configuration(tmp_path: Path) -> None:
    said = launched(LAUNCHED[0], tmp_path)
    path = Path(said[said.index("--config_file") + 1])
    config = load_config_from_file(str(path))
    assert isinstance(config, ClusterConfig)
    assert config.fsdp_config["fsdp_version"] == 2
    assert str(config.mixed_precision) == "bf16"
    assert config.num_processes == 8
