"""One loop for the five methods: frozen towers, SGD with one epoch of warm-up and a cosine, a few images a class."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from identifiability.learning import Diverged
from realscale.data.labelled import LabelledImages
from realscale.evaluation.accuracy import choice_credits
from realscale.evaluation.models import Evaluated
from realscale.prompt_tuning.cocoop import ConditionalPrompt
from realscale.prompt_tuning.kgcoop import GuidedPrompt
from realscale.prompt_tuning.maple import CoupledPrompt
from realscale.prompt_tuning.prograd import AlignedPrompt
from realscale.prompt_tuning.prompt import Prompt
from realscale.prompt_tuning.settings import MOMENTUM, WARM_UP_RATE, WEIGHT_DECAY, Method, Tuning
from scm.streams import stream

METHODS: Mapping[Method, type[Prompt]] = {
    "coop": Prompt,
    "cocoop": ConditionalPrompt,
    "kgcoop": GuidedPrompt,
    "maple": CoupledPrompt,
    "prograd": AlignedPrompt,
}
_TESTED = 256  # images that are judged at once


@dataclass(frozen=True, eq=False)
class Pictures:
    """Labelled images with their unit codes by the model as it is."""

    model: Evaluated
    images: LabelledImages
    codes: Float[np.ndarray, "n d"]

    def inputs(self, rows: Int[np.ndarray, " m"], *, pixels: bool) -> Float[Tensor, "m ..."]:
        """Pixels or unit codes of these images, on the model's device."""
        if not pixels:
            return torch.from_numpy(self.codes[rows]).to(self.model.model.device)
        clip = self.model.model
        return clip.pixels(self.images.pictures(rows, size=self.model.size)).to(clip.device)


def rate_at(tuning: Tuning, epoch: int) -> float:
    """1e-5 in the first epoch, then half a cosine over as many epochs as there are in all, as Dassl steps it."""
    if epoch == 0:
        return min(WARM_UP_RATE, tuning.rate)
    return tuning.rate * 0.5 * (1 + math.cos(math.pi * (epoch - 1) / tuning.epochs))


def tune(
    tuning: Tuning, shots: Pictures, *, seed: int, progress: Callable[[str, int, int], None] | None = None
) -> tuple[Prompt, list[float]]:
    """The prompt that was learned from these images, and the mean loss of each epoch.

    The prompt of the last step counts, as in the authors' runs. Unlike there, pictures are not augmented: they are the
    centre squares that are evaluated, so that codes of a frozen tower are made once.

    Raises:
        ValueError: as the method's own module.
        Diverged: the loss is not a finite number.
    """
    model, labels = shots.model.model, torch.from_numpy(shots.images.classes).to(shots.model.model.device)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(int(stream(seed, "prompt", tuning.method).integers(2**63)))
        prompt = METHODS[tuning.method](model, tuning)
    classes = prompt.classes(model, shots.images.class_names)
    optimizer = torch.optim.SGD(prompt.parameters(), lr=tuning.rate, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY)
    count, losses = len(shots.images), []
    for epoch in range(tuning.epochs):
        for group in optimizer.param_groups:
            group["lr"] = rate_at(tuning, epoch)
        order = stream(seed, "prompt batches", epoch).permutation(count)
        whole = count - count % tuning.batch if count >= tuning.batch else count  # the rest is dropped, as there
        found = []
        for start in range(0, whole, tuning.batch):
            rows = order[start : start + tuning.batch]
            optimizer.zero_grad(set_to_none=True)
            inputs = shots.inputs(rows, pixels=prompt.takes_pixels)
            found.append(prompt.backward(model, classes, inputs, labels[torch.from_numpy(rows).to(labels.device)]))
            if not math.isfinite(found[-1]):
                raise Diverged(f"the loss of {tuning.method} is {found[-1]} in epoch {epoch}")
            optimizer.step()
        losses.append(float(np.mean(found)))
        if progress is not None:
            progress(f"{tuning.method}, seed {seed}: epoch", epoch + 1, tuning.epochs)
    return prompt, losses


@torch.no_grad()
def tuned_credits(prompt: Prompt, pictures: Pictures) -> Float[np.ndarray, " n"]:
    """Credit of each image for its own class among the classes of its set."""
    model = pictures.model.model
    classes = prompt.classes(model, pictures.images.class_names)
    scores = []
    for start in range(0, len(pictures.images), _TESTED):
        rows = np.arange(start, min(start + _TESTED, len(pictures.images)))
        inputs = pictures.inputs(rows, pixels=prompt.takes_pixels)
        scores.append((prompt.logits(model, classes, inputs) * model.temperature).cpu().numpy())
    return choice_credits(np.concatenate(scores), pictures.images.classes)
