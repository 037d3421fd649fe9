"""A tiny open_clip architecture, and the command's settings for a CPU."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

CLIP = {
    "embed_dim": 32,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 32, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    pytest.importorskip("open_clip", reason="needs the extra: pip install 'token-scm[realscale]'")
    path = tmp_path_factory.mktemp("architecture") / "token-scm-grpo.json"
    path.write_text(json.dumps(CLIP))
    return str(path)


@pytest.fixture
def command(clip: str) -> Callable[..., list[str]]:
    """Arguments of `python -m realscale.grpo`: scenes, a tiny policy, two groups of four short completions."""

    def arguments(out: Path, **others: object) -> list[str]:
        told = {
            "policy": "tiny",
            "out": out,
            "count": 40,
            "clip": clip,
            "batch": 8,
            "generations": 4,
            "length": 12,
            "rate": 1e-4,
            **others,
        }
        words = ["--cpu"]
        for name, value in told.items():
            words += ["--" + name.replace("__", ".").replace("_", "-"), str(value)]
        return words

    return arguments
