"""Pictures of one colour with a question, a tiny policy that reads them, and settings of trl for a CPU."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from realscale.reasoning.policies import tiny_vision_policy
from realscale.reasoning.tasks.example import Example

COLOURS = {"red": (220, 30, 30), "green": (30, 170, 60), "blue": (40, 60, 220)}


def coloured_pictures(count: int, seed: int) -> list[Example]:
    rng = np.random.default_rng(seed)
    names = [str(rng.choice(list(COLOURS))) for _ in range(count)]
    pictures = [Image.new("RGB", (28, 28), COLOURS[name]) for name in names]
    return [
        Example("What colour is it?", name, picture, f"It is {name}. Answer: {name}", "plain", {"colour": name})
        for name, picture in zip(names, pictures, strict=True)
    ]


@pytest.fixture(scope="session")
def coloured() -> Callable[[int, int], list[Example]]:
    return coloured_pictures


@pytest.fixture(scope="session")
def policy_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("trl", reason="needs the extra: pip install 'token-scm[realscale]'")
    folder = tmp_path_factory.mktemp("policy")
    texts = [f"{example.question} {example.solution}" for example in coloured_pictures(20, 0)]
    tiny_vision_policy(texts, folder, hidden=64, layers=2, vision_layers=1, image_size=28)
    return folder


@pytest.fixture(scope="session")
def on_cpu() -> Callable[..., Any]:
    """A GRPOConfig: two groups of four completions of at most twelve tokens."""

    def configuration(folder: Path, **others: Any) -> Any:
        from trl import GRPOConfig

        told: dict[str, Any] = {
            "per_device_train_batch_size": 8,
            "num_generations": 4,
            "max_completion_length": 12,
            "max_steps": 1,
            "learning_rate": 1e-3,
            "logging_steps": 1,
            "save_strategy": "no",
            "use_cpu": True,
            "bf16": False,
            "report_to": "none",
            "dataloader_pin_memory": False,
            "activation_checkpointing": False,
            "disable_tqdm": True,
        }
        return GRPOConfig(str(folder), **(told | others))

    return configuration
