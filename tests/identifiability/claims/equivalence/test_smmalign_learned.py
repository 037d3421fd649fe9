"""Captions in two versions, and a tiny run of each learned claim about projections."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from identifiability.claims.claim import Claim, Context
from identifiability.claims.equivalence.smmalign_learned import CLAIMS, Captions
from identifiability.metrics import r2_linear

SIZE = {"classes": 2, "contexts": 1, "private": 1}
TINY = {"full_steps": 3, "projection_steps": 3, "joint_steps": 3}


@pytest.fixture(scope="module")
def claims() -> dict[str, Claim]:
    return {claim.id.rpartition(".")[2]: claim for claim in CLAIMS}


def test_pruned_captions_determine_the_class_and_say_nothing_else_of_the_environment() -> None:
    captions = Captions(SIZE, 3)
    batch = captions.sample(20_000, np.random.default_rng(0))
    z_cls, z_env, pruned = (batch.latents[name].astype(np.float64) for name in ("z_cls", "z_env", "x_pruned"))
    assert np.array_equal(np.hstack([z_cls, z_env]), batch.latents["z_inv"].astype(np.float64))
    unmixed = captions.mixing.inverse(pruned)
    assert np.allclose(unmixed, np.hstack([z_cls, batch.latents["z_pr_tex"]]), atol=1e-4)
    half = slice(10_000), slice(10_000, None)
    from_class = r2_linear(z_cls[half[0]], z_env[half[0]], z_cls[half[1]], z_env[half[1]])[0]
    assert from_class == pytest.approx(captions.ceiling(), abs=0.04)  # 5 standard errors at most of an R2 from 10,000
    beyond = z_env - z_cls @ np.linalg.lstsq(z_cls, z_env, rcond=None)[0]
    correlation = np.corrcoef(np.hstack([beyond, unmixed]).T)[0, 1:]
    assert np.abs(correlation).max() < 0.04


def test_captions_are_those_of_their_seed() -> None:
    first, again, other = (Captions(SIZE, seed).sample(8, np.random.default_rng(1)) for seed in (0, 0, 1))
    assert np.array_equal(first.latents["x_pruned"], again.latents["x_pruned"])
    assert not np.array_equal(first.latents["x_pruned"], other.latents["x_pruned"])


@pytest.mark.parametrize("name", ["projection_learned", "joint_training"])
def test_smoke(claims: dict[str, Claim], name: str, tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        calls.append((done, total))

    check: Callable = claims[name].check
    evidence = check({**claims[name].settings["quick"][0], **TINY}, 0, Context(tmp_path, progress))
    assert all(np.isfinite(value) for value in evidence.measured.values())
    assert evidence.ceiling["forward_image"] == 1.0
    assert calls
