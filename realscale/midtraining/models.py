"""open_clip models for mid-training: made or loaded, their codes, and checkpoints that open_clip loads again."""

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn.functional import interpolate

from realscale.clip_texts import unit_text_codes
from realscale.data.errors import MissingData

Precision = Literal["float32", "bfloat16"]

INSTALL = "pip install 'token-scm[realscale]'"
LARGEST_SCALE = 100.0  # of the logits, as CLIP clips it
WORTH_SPLITTING = 0.8  # share of the tokens that two passes over the captions must stay below, to be made
KEPT_ROWS = 1 << 16


def open_clip_library() -> Any:
    """The module open_clip.

    Raises:
        MissingData: it is not installed; the message names the extra.
    """
    try:
        import open_clip
    except ImportError as error:
        raise MissingData(
            f"open_clip cannot be imported ({error}); it has the models that are trained. Install the extra with: "
            f"{INSTALL}"
        ) from error
    return open_clip


def known_architecture(architecture: str) -> str:
    """The name by which open_clip knows an architecture; a path to a configuration (.json) is made known to it.

    Raises:
        MissingData: open_clip is not installed.
        ValueError: no such configuration.
    """
    library = open_clip_library()
    if architecture.endswith(".json"):
        path = Path(architecture)
        if not path.is_file():
            raise ValueError(f"there is no configuration {architecture}; expected a file in open_clip's own format")
        library.add_model_config(path)
        return path.stem
    if library.get_model_config(architecture) is None:
        raise ValueError(
            f"open_clip has no architecture {architecture!r}; expected one of open_clip.list_models(), or a path to a "
            "configuration of its format that ends in .json"
        )
    return architecture


def check_activation(architecture: str, pretrained: str) -> None:
    """Refuse weights that were trained with the other one of GELU and QuickGELU, where that is on record.

    Raises:
        ValueError: they do not agree; training would start from a network that computes something else.
    """
    library = open_clip_library()
    quick = bool(library.get_model_config(architecture).get("quick_gelu", False))
    tag = library.get_pretrained_cfg(architecture, pretrained)
    trained: bool | None = bool(tag.get("quick_gelu", False)) if tag else None
    if trained is None and pretrained.endswith(".safetensors") and Path(pretrained).is_file():
        with safe_open(pretrained, framework="pt") as file:
            said = (file.metadata() or {}).get("quick_gelu")
        trained = None if said is None else json.loads(said)
    if trained is not None and trained != quick:
        names = {True: "QuickGELU", False: "GELU"}
        raise ValueError(
            f"the weights {pretrained!r} were trained with {names[trained]} and the architecture {architecture!r} "
            f"computes {names[quick]}; expected the same, because with the other activation the weights are another "
            f"network: name the architecture {'with' if trained else 'without'} `-quickgelu`"
        )


class ClipModel(nn.Module):
    """An open_clip model with random weights that `seed` decides, or the weights of a tag or of a local file.

    With `precision` "bfloat16" the towers compute in it (autocast); weights, codes and their gradients are float32.

    Raises:
        MissingData: open_clip is not installed.
        ValueError: an unknown architecture, or an activation that is not the one of the weights.
        RuntimeError: open_clip's own, for weights that cannot be found or downloaded.
    """

    def __init__(
        self, architecture: str, pretrained: str | None = None, *, seed: int = 0, precision: Precision = "float32"
    ) -> None:
        super().__init__()
        self.precision = precision
        library = open_clip_library()
        self.name = known_architecture(architecture)
        if pretrained is not None:
            check_activation(self.name, pretrained)
        with torch.random.fork_rng(devices=[]):  # open_clip draws from the global state, which is put back
            torch.default_generator.manual_seed(seed % 2**63)
            self.clip: Any = library.create_model(self.name, pretrained)
        self.tokenizer = library.get_tokenizer(self.name)
        self._rows: dict[str, Tensor] = {}

    @property
    def temperature(self) -> Float[Tensor, ""]:
        """exp(-logit_scale), where the scale is not above 100."""
        return torch.exp(-self.clip.logit_scale).clamp(min=1 / LARGEST_SCALE)

    def pixels(self, images: UInt8[np.ndarray, "n height width 3"]) -> Float[Tensor, "n 3 size size"]:
        """Pictures at the model's size, with the mean and deviation of the colours that it expects."""
        visual = self.clip.visual
        size = visual.image_size if isinstance(visual.image_size, tuple) else (visual.image_size,) * 2
        found = torch.from_numpy(images.astype(np.float32) / 255).permute(0, 3, 1, 2)
        if found.shape[2:] != size:
            found = interpolate(found, size=size, mode="bicubic", antialias=True).clamp(0, 1)
        mean, deviation = (torch.tensor(values).view(3, 1, 1) for values in (visual.image_mean, visual.image_std))
        return (found - mean) / deviation

    def image_codes(self, pixels: Float[Tensor, "n 3 size size"]) -> Float[Tensor, "n d"]:
        """Codes of pictures, not normalised."""
        with self._computing():
            return self.clip.encode_image(pixels).float()

    def text_codes(self, texts: Sequence[str]) -> Float[Tensor, "n d"]:
        """Unit codes of captions; longer ones are cut at the model's context length.

        The shorter and the longer half go separately where that leaves out much padding: a pruned caption is not
        carried to the length of a full one.
        """
        tokens = torch.stack([self._row(text) for text in texts]).to(self.device)
        lengths = tokens.argmax(dim=1) + 1  # the end mark is the greatest token
        order = lengths.argsort(stable=True)
        half = len(order) // 2
        carried = half * (lengths[order[half - 1]] if half else 0) + (len(order) - half) * lengths.max()
        with self._computing():
            if carried > WORTH_SPLITTING * len(order) * lengths.max():
                return unit_text_codes(self.clip, tokens).float()
            parts = [unit_text_codes(self.clip, tokens[rows]) for rows in (order[:half], order[half:])]
        return torch.cat(parts).float()[order.argsort()]

    def _row(self, text: str) -> Int[Tensor, " length"]:
        """Tokens of a caption; those of the captions met before are kept, up to a number."""
        if text not in self._rows:
            if len(self._rows) >= KEPT_ROWS:
                self._rows.clear()
            self._rows[text] = self.tokenizer([text])[0]
        return self._rows[text]

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

    def export(self, path: Path, about: Mapping[str, str]) -> None:
        """Write the weights so that `open_clip.create_model_and_transforms(architecture, pretrained=path)` loads them.

        The file says whether they were trained with QuickGELU, and what `about` holds.
        """
        quick = open_clip_library().get_model_config(self.name).get("quick_gelu", False)
        tensors = {name: tensor.contiguous() for name, tensor in self.clip.state_dict().items()}
        draft = path.with_suffix(".writing")
        save_file(tensors, draft, metadata={**about, "architecture": self.name, "quick_gelu": json.dumps(bool(quick))})
        draft.replace(path)
