"""Theorem 5 of CLIP-IRM, learned: a code of full captions is frozen, then projected onto what pruned captions say."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from identifiability.claims.claim import Claim, Context, Evidence, Interval, Preset, Setting
from identifiability.claims.measures import Block, Measures, block_measures
from identifiability.learning.codes import Encode, LearnedCodes, PairLoss, Probes, Tower, learn_pairs
from identifiability.learning.encoders import Perceptron, initialise
from identifiability.learning.loop import TrainingConfig
from identifiability.objectives import smm_align, symmetric_infonce, unit_cube
from scm.batch import Batch
from scm.mixing import Mixing
from scm.sentence import SentenceConfig, SentenceSCM
from scm.streams import stream, stream_seed

TOLERANCE = 0.02  # by which z_env may exceed what z_cls itself tells of it


class Captions:
    """A sentence model with z_inv = (z_cls, z_env), and each of its captions in two versions.

    The full caption mixes z_inv and its private part, the pruned one z_cls and the same private part.
    """

    def __init__(self, setting: Setting, seed: int) -> None:
        self.classes, each = setting["classes"], setting["private"]
        dims = self.classes + setting["contexts"]
        config = SentenceConfig(n_inv=dims, n_dp=0, n_pr=each, layers=2)
        self.scm = SentenceSCM.draw(config, rng=stream(seed, "scm"))
        self.mixing = Mixing.draw(self.classes + each, layers=2, rng=stream(seed, "pruned"))
        self.mixing = self.mixing.standardised(self._kept(self.scm.sample(20_000, rng=stream(seed, "scale")).latents))

    def _kept(self, latents: Mapping[str, np.ndarray]) -> np.ndarray:
        return np.hstack([latents["z_inv"][:, : self.classes], latents["z_pr_tex"]])

    def sample(self, n: int, rng: np.random.Generator) -> Batch:
        """n pairs; the pruned caption stands among the latents as "x_pruned"."""
        batch = self.scm.sample(n, rng=rng, dtype=np.float32)
        z = batch.latents["z_inv"]
        pruned = self.mixing(self._kept(batch.latents)).astype(np.float32)
        latents = {"z_cls": z[:, : self.classes], "z_env": z[:, self.classes :], "x_pruned": pruned}
        return replace(batch, latents={**batch.latents, **latents})

    def ceiling(self) -> float:
        """Mean population R2 of z_env from z_cls."""
        r2 = self.scm.ceiling("z_inv", "z_inv", {"z_inv": tuple(range(self.classes))})
        return float(r2[self.classes :].mean())


def _infonce(f: Tensor, g: Tensor) -> Tensor:
    return symmetric_infonce(f, g, similarity="negative_squared_l2")


def _smm_align(f: Tensor, g: Tensor) -> Tensor:
    # g of the vocabulary term: the pruned captions of the batch themselves; weight and bandwidth as for L_MMAlign
    f, g = unit_cube(f), unit_cube(g)
    return smm_align(f, g, g, weight=30.0, bandwidth=0.05)


def _both_captions(f: Tensor, g: Tensor) -> Tensor:
    full, pruned = g.chunk(2, dim=1)
    return _infonce(f, full) + _infonce(f, pruned)


_PROJECTED: Mapping[str, PairLoss] = {"infonce": _infonce, "smm_align": _smm_align}


class _Stages:
    """The two stages of training, with everything random from named streams of the seed."""

    def __init__(self, setting: Setting, seed: int, context: Context) -> None:
        self.setting, self.seed, self.context = setting, seed, context
        self.captions = Captions(setting, seed)
        self.shared = setting["classes"] + setting["contexts"]

    def perceptrons(self, name: str, **sizes: tuple[int, int]) -> nn.ModuleDict:
        """Perceptrons of (inputs, outputs), drawn from a stream of this name."""
        width = self.setting["width"]
        towers = nn.ModuleDict({key: Perceptron(a, b, width=width) for key, (a, b) in sizes.items()})
        initialise(towers, generator=torch.Generator().manual_seed(stream_seed(self.seed, name) % 2**63))
        return towers

    def learn(self, name: str, towers: nn.Module, encode: Encode, loss: PairLoss) -> LearnedCodes:
        """Train and encode; each stage has batches and a checkpoint of its own."""
        workspace = self.context.workspace
        return learn_pairs(
            towers,
            self.captions.sample,
            encode,
            loss,
            batch=self.setting["batch"],
            training=TrainingConfig(steps=self.setting[f"{name}_steps"]),
            probes=Probes(700, 5000) if self.setting["width"] < 100 else Probes(),
            seed=stream_seed(self.seed, name),
            context=replace(self.context, workspace=workspace and workspace / name),
        )

    def full(self) -> tuple[nn.Module, LearnedCodes]:
        """The image tower learned with full captions, for all of z_inv."""
        scm = self.captions.scm
        towers = self.perceptrons(
            "towers", image=(scm.image_mixing.dim, self.shared), text=(scm.text_mixing.dim, self.shared)
        )

        def encode(batch: Batch) -> tuple[Tensor, Tensor]:
            return towers["image"](torch.from_numpy(batch.image)), towers["text"](torch.from_numpy(batch.text))

        codes = self.learn("full", towers, encode, _infonce)
        return towers["image"].requires_grad_(False), codes

    def projection(self, frozen: nn.Module) -> LearnedCodes:
        """P and a tower of pruned captions, learned with the frozen code of the image."""
        classes = self.captions.classes
        towers = self.perceptrons("projection", image=(self.shared, classes), text=(self.captions.mixing.dim, classes))

        def encode(batch: Batch) -> tuple[Tensor, Tensor]:
            code = frozen(torch.from_numpy(batch.image))
            return towers["image"](code), towers["text"](torch.from_numpy(batch.latents["x_pruned"]))

        return self.learn("projection", towers, encode, _PROJECTED[self.setting["objective"]])

    def joint(self) -> LearnedCodes:
        """One image tower of dim z_inv outputs for both captions, nothing frozen; text codes stand side by side."""
        scm, shared = self.captions.scm, self.shared
        towers = self.perceptrons(
            "towers",
            image=(scm.image_mixing.dim, shared),
            text=(scm.text_mixing.dim, shared),
            pruned=(self.captions.mixing.dim, shared),
        )

        def encode(batch: Batch) -> tuple[Tensor, Tensor]:
            full = towers["text"](torch.from_numpy(batch.text))
            pruned = towers["pruned"](torch.from_numpy(batch.latents["x_pruned"]))
            return towers["image"](torch.from_numpy(batch.image)), torch.cat([full, pruned], dim=1)

        return self.learn("joint", towers, encode, _both_captions)

    def measures(self, codes: LearnedCodes) -> Measures:
        """Content z_cls; z_env beside what z_cls tells of it, and private parts."""
        environment = ("z_env", self.captions.ceiling())
        blocks: dict[Tower, dict[str, Block]] = {
            "image": {"environment": environment, "private": ("z_pr_img", 0.0)},
            "text": {"environment": environment, "private": ("z_pr_tex", 0.0)},
        }
        return block_measures(codes, "z_cls", blocks, rng=stream(self.seed, "floor"))


def projection_holds_the_class(setting: Setting, seed: int, context: Context) -> Evidence:
    """Freeze the code of full captions, learn P against pruned ones, and read z_cls and z_env from the projection."""
    stages = _Stages(setting, seed, context)
    frozen, full = stages.full()
    before = stages.measures(full)
    codes = stages.projection(frozen)
    measures = stages.measures(codes)
    measures.measured["frozen_environment_image"] = before.measured["environment_image"]
    bar: dict[str, Interval] = {"frozen_environment_image": (setting["bar"], None)}
    for tower in ("image", "text"):
        bar[f"forward_{tower}"] = bar[f"reverse_{tower}"] = (setting["bar"], None)
        bar[f"excess_environment_{tower}"] = bar[f"excess_private_{tower}"] = (None, TOLERANCE)
    series = {"steps": codes.history.steps, "loss": codes.history.losses, "graph": stages.captions.scm.graph.to_json()}
    return measures.evidence(bar, series, "frozen_environment_image: R2 of z_env from f*, before the projection")


def joint_training_keeps_the_environment(setting: Setting, seed: int, context: Context) -> Evidence:
    """Both captions at once, one image code of dim z_inv outputs."""
    stages = _Stages(setting, seed, context)
    codes = stages.joint()
    measures = stages.measures(codes)
    series = {"steps": codes.history.steps, "loss": codes.history.losses}
    return measures.evidence({"excess_environment_image": (0.3, None)}, series)


_ID = "smmalign.projection_learned"
_SOURCE = "CLIP-IRM (CVPR 2026), Theorem 5, restated"
_FROZEN = "the code of full captions is frozen before P is learned"
_OTHERS = (
    "image and full caption determine z_inv",
    "pruned captions determine z_cls and say nothing of z_env beyond it",
    "as many outputs of P as z_cls has dimensions",
    "invertible mixings",
)
_SIZES: Mapping[Preset, Mapping[str, Any]] = {
    "quick": {"classes": 2, "contexts": 1, "private": 1, "batch": 256, "width": 64, "full_steps": 300},
    "standard": {"classes": 2, "contexts": 2, "private": 2, "batch": 512, "width": 128, "full_steps": 900},
    "full": {"classes": 3, "contexts": 3, "private": 3, "batch": 512, "width": 128, "full_steps": 6000},
}
_PROJECTION_STEPS: Mapping[Preset, int] = {"quick": 200, "standard": 400, "full": 2000}
_JOINT_STEPS: Mapping[Preset, int] = {"quick": 120, "standard": 400, "full": 2000}


def _settings(preset: Preset, *objectives: str) -> tuple[Setting, ...]:
    common = {**_SIZES[preset], "projection_steps": _PROJECTION_STEPS[preset], "bar": 0.98}
    return tuple({**common, "objective": objective} for objective in objectives)


CLAIMS = (
    Claim(
        id=_ID,
        statement="A code learned by InfoNCE from full captions holds z_cls and z_env; a projection of it learned from "
        "pruned captions holds z_cls up to an invertible map, and of z_env what z_cls itself tells.",
        formula=r"P\circ f^*=h'(z_{\mathrm{cls}}),\quad R^2(P\circ f^*\to z_{\mathrm{env}})="
        r"R^2(z_{\mathrm{cls}}\to z_{\mathrm{env}})",
        source=_SOURCE,
        form="corrected",
        track="learned",
        assumptions=(*_OTHERS, _FROZEN),
        check=projection_holds_the_class,
        settings={
            "quick": _settings("quick", "smm_align"),
            "standard": _settings("standard", "smm_align", "infonce"),
            "full": _settings("full", "smm_align", "infonce"),
        },
        seeds={"quick": 1, "standard": 3, "full": 5},
    ),
    Claim(
        id=f"{_ID}.joint_training",
        statement="Trained on both kinds of captions at once, with as many outputs as z_inv has dimensions, the image "
        "code keeps the environment.",
        formula=r"f^*\in\arg\min L(D_V)+L(D)\ \Rightarrow\ R^2(f^*\to z_{\mathrm{env}})\gg "
        r"R^2(z_{\mathrm{cls}}\to z_{\mathrm{env}})",
        source=f"{_SOURCE} (frozen code dropped)",
        form="violation",
        track="learned",
        assumptions=_OTHERS,
        check=joint_training_keeps_the_environment,
        drops=(_ID, _FROZEN),
        settings={preset: ({**size, "joint_steps": _JOINT_STEPS[preset]},) for preset, size in _SIZES.items()},
        seeds={"quick": 1, "standard": 1, "full": 3},
    ),
)
