"""What every evaluation begins with: the model, the set or a stated part of it, codes, and the record."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from realscale.clip_library import Activation
from realscale.data.errors import DataError
from realscale.data.image_files import ImageFiles
from realscale.data.labelled import LabelledImages, part
from realscale.evaluation.codes import Progress, cached_image_codes, set_fingerprint
from realscale.evaluation.models import Device, Evaluated, evaluated
from realscale.evaluation.record import Record
from realscale.evaluation.sample import stratified_rows
from realscale.evaluation.sets import Layout, open_set
from realscale.midtraining.models import Precision
from scm.streams import stream

CODES = "codes"


@dataclass(frozen=True)
class Target:
    """Which weights on which images, and where what is found goes."""

    architecture: str
    """Name of an open_clip architecture, or path to a configuration (.json) in its format."""
    out: Path
    """Folder of the records, and of the image codes."""
    pretrained: str | None = None
    """Tag of open_clip or path to weights; without it random weights, which show only that the code runs."""
    activation: Activation | None = None
    """What weights of a path were trained with, where neither the file nor open_clip_config.json beside it says so."""
    data: str = "emoji"
    """Name of a real set (`python -m realscale.data list`), or a folder."""
    layout: Layout | None = None
    """Of a folder: DATA/domain/class/image, NICO++'s, or a split file of the CoOp family."""
    skip: Path | None = None
    """Report of `python -m realscale.data check`: files without a picture, to be left out."""
    limit: int | None = None
    """Evaluate this many images, stratified over class and context; None: all of them."""
    device: Device = "auto"
    """auto: a GPU where torch finds one."""
    precision: Precision = "float32"
    """bfloat16: the towers compute in it (autocast)."""
    batch: int = 256
    """Images that go through the tower at once."""
    seed: int = 0
    """Of everything that is drawn: the part of the set, splits, bootstraps, random weights."""


@dataclass(frozen=True)
class Session:
    """A target that was opened; model, images, codes and record are made once, when they are first asked for."""

    target: Target
    progress: Progress | None = field(default=None)

    def __post_init__(self) -> None:
        try:
            self.target.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:  # told before hours of codes
            raise DataError(f"cannot make the folder {self.target.out} of --out: {error.strerror or error}") from error

    @cached_property
    def model(self) -> Evaluated:
        """The model on its device."""
        target = self.target
        return evaluated(
            target.architecture,
            target.pretrained,
            activation=target.activation,
            device=target.device,
            precision=target.precision,
            seed=target.seed,
        )

    @cached_property
    def whole(self) -> LabelledImages:
        """The set."""
        return open_set(self.target.data, self.target.layout, size=self.model.size, skip=self.target.skip)

    @cached_property
    def images(self) -> LabelledImages:
        """The set, or the part of it that is evaluated."""
        if self.target.limit is None:
            return self.whole
        rng = stream(self.target.seed, "part", self.whole.name)
        return part(self.whole, stratified_rows(self.whole, self.target.limit, rng=rng))

    @cached_property
    def codes(self) -> Float[np.ndarray, "n d"]:
        """Unit codes of the images, from the cache as far as they are there."""
        return self.codes_of(self.images)

    def codes_of(self, images: LabelledImages) -> Float[np.ndarray, "n d"]:
        """Unit codes of any images, from the cache as far as they are there."""
        folder = self.target.out / CODES
        return cached_image_codes(self.model, images, folder, batch=self.target.batch, progress=self.progress)

    @cached_property
    def record(self) -> Record:
        """The document of this model on these images."""
        return Record(self.target.out, self.model, self.about_set())

    def about_set(self) -> dict[str, Any]:
        """Which images these are, ready for a record."""
        contexts = np.bincount(self.images.contexts, minlength=len(self.images.context_names))
        return {
            "name": self.images.name,
            "fingerprint": set_fingerprint(self.images, size=self.model.size),
            "n": len(self.images),
            "whole": len(self.whole),
            "part": "full set" if len(self.images) == len(self.whole) else "stratified over class and context",
            "part_seed": None if len(self.images) == len(self.whole) else self.target.seed,
            "classes": len(np.unique(self.images.classes)),
            "contexts": {name: int(n) for name, n in zip(self.images.context_names, contexts, strict=True)},
            "groups": len(np.unique(self.images.groups)),
            "findings": self.whole.findings.to_record() if isinstance(self.whole, ImageFiles) else {},
        }
