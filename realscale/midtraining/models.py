"""open_clip models for mid-training: made or loaded, their codes, and checkpoints that open_clip loads again."""

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor, nn
from torch.nn.functional import interpolate

from realscale.clip_library import Activation, check_activation, known_architecture, open_clip_library
from realscale.clip_texts import unit_text_codes
from realscale.midtraining.low_rank import merged_state, train_low_rank
from realscale.midtraining.masks import MaskNetwork
from realscale.midtraining.weight_files import save_weights

Precision = Literal["float32", "bfloat16"]
LARGEST_SCALE = 100.0  # of the logits, as CLIP clips it
PASS = {"cpu": 256}  # tokens that take as long as a pass through the text tower by itself: the time to launch it
PASS_ELSEWHERE = 4096
KEPT_ROWS = 1 << 16


@cache
def _tokenizer(name: str, configuration: str) -> Any:
    """The tokenizer of an architecture; reading its vocabulary takes longer than making a small model."""
    return open_clip_library().get_tokenizer(name)


def _made(name: str, pretrained: str | None, device: str) -> Any:
    """open_clip's model."""
    try:
        return open_clip_library().create_model(name, pretrained, device=device)
    except Exception as error:  # what a file holds makes open_clip, torch and safetensors raise almost any type
        of_file = pretrained is not None and Path(pretrained).is_file()
        if isinstance(error, RuntimeError) and not of_file:
            raise  # its own words about tags and downloads
        said = " ".join(str(error).split()).partition(". ")[
            0
        ]  # of torch's, the rest advises to unpickle what is not safe
        reason = f"{type(error).__name__}: {said}"[:300]
        raise ValueError(
            f"open_clip cannot load the weights {pretrained!r} into the architecture {name!r} ({reason}); expected a "
            "whole file of weights of this architecture"
            if of_file
            else f"open_clip cannot make the architecture {name!r} ({reason}); expected a configuration that it knows"
        ) from error


class ClipModel(nn.Module):
    """An open_clip model with random weights that `seed` decides, or the weights of a tag or of a local file.

    On the device "meta" it has no weights, only their shapes. With `precision` "bfloat16" the towers compute in it
    (autocast); weights, codes and their gradients are float32.

    Raises:
        MissingData: open_clip is not installed.
        ValueError: an unknown architecture, a file that does not hold its weights, or an activation that is not the one
            of the weights (`check_activation`).
        RuntimeError: open_clip's own, for weights that cannot be found or downloaded.
    """

    def __init__(
        self,
        architecture: str,
        pretrained: str | None = None,
        *,
        seed: int = 0,
        precision: Precision = "float32",
        activation: Activation | None = None,
        device: Literal["cpu", "meta"] = "cpu",
    ) -> None:
        super().__init__()
        self.precision = precision
        library = open_clip_library()
        self.name = known_architecture(architecture)
        if pretrained is not None:
            check_activation(self.name, pretrained, activation)
        with torch.random.fork_rng(devices=[]), torch.device(device):
            torch.default_generator.manual_seed(seed % 2**63)  # open_clip draws from the global state, then put back
            self.clip: Any = _made(self.name, pretrained, device)
        self.tokenizer = _tokenizer(self.name, json.dumps(library.get_model_config(self.name)))
        self.masks: MaskNetwork | None = None
        self._rows: dict[str, Tensor] = {}

    def add_masks(self, *, seed: int) -> None:
        """Let captions have masks, beside their codes."""
        width, codes = self.clip.text_projection.shape
        self.masks = MaskNetwork(width, codes, seed=seed).to(self.device)

    @property
    def temperature(self) -> Float[Tensor, ""]:
        """exp(-logit_scale), where the scale is not above 100."""
        return torch.exp(-self.clip.logit_scale).clamp(min=1 / LARGEST_SCALE)

    def pixels(self, images: UInt8[np.ndarray, "n height width 3"]) -> Float[Tensor, "n 3 size size"]:
        """Pictures at the model's size and device, with the mean and deviation of the colours that it expects."""
        visual = self.clip.visual
        size = visual.image_size if isinstance(visual.image_size, tuple) else (visual.image_size,) * 2
        found = torch.from_numpy(images).to(self.device).permute(0, 3, 1, 2).float() / 255
        if found.shape[2:] != size:
            found = interpolate(found, size=size, mode="bicubic", antialias=True).clamp(0, 1)
        mean, deviation = (
            torch.tensor(values, device=self.device).view(3, 1, 1) for values in (visual.image_mean, visual.image_std)
        )
        return (found - mean) / deviation

    def image_codes(self, pixels: Float[Tensor, "n 3 size size"]) -> Float[Tensor, "n d"]:
        """Codes of pictures, not normalised."""
        with self._computing():
            return self.clip.encode_image(pixels).float()

    def text_codes(self, texts: Sequence[str]) -> Float[Tensor, "n d"]:
        """Unit codes of captions, and beside them their masks if there are any (n, 2 d).

        Longer captions are cut at the model's context length. Captions of like lengths go together: a short one is not
        carried to the length of the longest.
        """
        overhead = PASS.get(self.device.type, PASS_ELSEWHERE)
        with self._computing():
            tokens = self.tokens(texts).to(self.device)
            return unit_text_codes(self.clip, tokens, overhead=overhead, beside=self.masks).float()

    def tokens(self, texts: Sequence[str]) -> Int[Tensor, "n length"]:
        """Tokens of captions; those of the captions met before are kept, up to a number."""
        new = [text for text in dict.fromkeys(texts) if text not in self._rows]
        if len(self._rows) + len(new) > KEPT_ROWS:
            self._rows.clear()
            new = list(dict.fromkeys(texts))
        if new:
            self._rows |= dict(zip(new, self.tokenizer(new), strict=True))
        return torch.stack([self._rows[text] for text in texts])

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.clip.logit_scale.device

    def _computing(self) -> AbstractContextManager[Any]:
        if self.precision == "float32":
            return nullcontext()
        return torch.autocast(self.device.type, torch.bfloat16)

    def freeze(self, towers: Sequence[str]) -> None:
        """Let nothing of these towers ("image", "text") be trained; the temperature always is."""
        for name, parameter in self.clip.named_parameters():
            tower = "image" if name.startswith("visual.") else "text"
            parameter.requires_grad_(tower not in towers or name == "logit_scale")

    def train_low_rank(self, rank: int, *, seed: int) -> None:
        """Train changes of this rank to what `freeze` has left of the towers' matrices, and the temperature.

        Raises:
            ValueError: there is no such matrix.
        """
        if not train_low_rank(self.clip, rank, seed=seed):
            raise ValueError("no matrix is left to be changed; expected a tower of transformer blocks that is trained")
        self.clip.logit_scale.requires_grad_()

    def check_can_be_dealt_out(self, *, chunk: int | None, world: int) -> None:
        """Refuse chunks, or several processes, where pictures do not go through the towers each for itself.

        Raises:
            ValueError: statistics of a batch, or units that are left out at random.
        """
        mixing = any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in self.clip.modules())
        drawing = [m for m in self.clip.modules() if "drop" in type(m).__name__.lower()]
        random = any(getattr(m, name, 0) > 0 for m in drawing for name in ("p", "prob", "drop_prob"))
        if (chunk is not None or world > 1) and (mixing or random):
            raise ValueError(
                f"the towers of {self.name!r} {'normalise over a batch' if mixing else 'leave out units at random'}; "
                "expected ones that encode each picture for itself, because chunks and processes would not give the "
                "gradient of the whole batch"
            )

    def export(self, path: Path, about: Mapping[str, str]) -> None:
        """Write the weights so that `open_clip.create_model_and_transforms(architecture, pretrained=path)` loads them.

        Changes of low rank are added to the matrices. The file says whether the weights were trained with QuickGELU,
        and what `about` holds.
        """
        quick = open_clip_library().get_model_config(self.name).get("quick_gelu", False)
        tensors = {name: tensor.contiguous() for name, tensor in merged_state(self.clip).items()}
        save_weights(tensors, path, {**about, "architecture": self.name, "quick_gelu": json.dumps(bool(quick))})
