"""What a run will cost, before it is run: parameters, memory and FLOPs, counted on tensors without storage."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from realscale.clip_library import check_activation, known_architecture
from realscale.midtraining.models import ClipModel
from realscale.midtraining.recipes import versions_of
from realscale.midtraining.settings import MidTraining
from realscale.midtraining.training import prepare

_FLOAT = 4
_PRODUCTS = 3  # of the codes with each other, for a term of the loss: scores, and the gradient of either side
_WRONG = 2  # captions of a pair, recipe hardneg
LOW_RANK = (
    "changes of low rank save the memory of gradients and moments, and of FLOPs only the gradients of matrices outside "
    "of attention, which takes its own ones whole"
)


def estimate(config: MidTraining, *, world: int = 1) -> dict[str, Any]:
    """What a run with these settings costs in `world` processes, ready for JSON; nothing is read or allocated.

    The towers are built on the meta device and run forwards and backwards once; products of matrices are counted.
    Captions are taken to be all different and as long as the model's context, which real ones are not: their share is
    an upper bound, and so is memory, where it depends on them. Memory: weights, gradients, AdamW's two moments and the
    running mean in single precision, what autograd keeps of one chunk (attention as plain products; a fused kernel
    keeps less), pictures and codes; not what libraries and allocators keep.

    Raises:
        ValueError: as `ClipModel`, and an activation that is not the one of the weights.
    """
    name = known_architecture(config.architecture)
    if config.pretrained is not None:
        check_activation(name, config.pretrained, config.activation)
    model = prepare(ClipModel(config.architecture, device="meta"), config)
    model.check_can_be_dealt_out(chunk=config.chunk, world=world)
    visual = model.clip.visual
    size = visual.image_size if isinstance(visual.image_size, tuple) else (visual.image_size,) * 2
    length = int(model.tokenizer.context_length)
    pictures = -(-config.batch // world)
    versions = versions_of(config.recipe, config.trade_off)
    captions = pictures * sum(_WRONG if version == "negatives" else 1 for version in versions)
    image = Cost.of(model, lambda n: model.image_codes(torch.empty(n, 3, *size, device="meta")))
    caption = Cost.of(model, lambda n: _captions(model, n, length))
    passes = [-(-count // (config.chunk or count)) for count in (pictures, captions)]
    again = 0 if config.chunk is None else 1
    terms = 2 if model.masks is not None else sum(version != "negatives" for version in versions)
    flops_loss = terms * _PRODUCTS * 2 * config.batch**2 * caption.width
    flops_process = sum(
        cost.forward(count, times) * (1 + again) + cost.backward(count, times)
        for count, times, cost in zip((pictures, captions), passes, (image, caption), strict=True)
    )
    flops_step = world * (flops_process + flops_loss)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    weights = sum(parameter.numel() for parameter in model.parameters())
    numbers = sum(parameter.numel() for parameter in trained)
    half = config.precision == "bfloat16"
    at_once = [min(count, config.chunk or count) for count in (pictures, captions)]
    kept = [cost.kept(count, 1) for count, cost in zip(at_once, (image, caption), strict=True)]
    memory = {
        "weights": weights * _FLOAT + (weights * _FLOAT // 2 if half else 0),
        "gradients": numbers * _FLOAT,
        "moments": 2 * numbers * _FLOAT,
        "running_mean": numbers * _FLOAT if config.ema is not None else 0,
        "kept_for_backward": int((max(kept) if again else sum(kept)) * (0.5 if half else 1)),
        "pictures": pictures * 3 * size[0] * size[1],
        "codes": 2 * (config.batch + captions * world) * caption.width * _FLOAT,
    }
    towers = {"image": visual.parameters(), "all": model.clip.parameters()}
    found = {f"parameters_{name}": sum(p.numel() for p in parameters) for name, parameters in towers.items()}
    return {
        "architecture": name,
        "recipe": config.recipe,
        "processes": world,
        "steps": config.steps,
        "pairs_of_a_step": config.batch,
        "pairs_of_a_step_and_process": pictures,
        "pairs_of_the_run": config.steps * config.batch,
        **found,
        "parameters_trained": numbers,
        "caption_tokens": length,
        "gigaflops_of_a_picture": (image.forward(1, 1) + image.backward(1, 1)) / 1e9,
        "gigaflops_of_a_caption": (caption.forward(1, 1) + caption.backward(1, 1)) / 1e9,
        "gigaflops_of_the_loss_in_each_process": flops_loss / 1e9,
        "petaflops_of_a_step": flops_step / 1e15,
        "exaflops_of_the_run": config.steps * flops_step / 1e18,
        "gigabytes_of_a_process": sum(memory.values()) / 1e9,
        "gigabytes": {what: count / 1e9 for what, count in memory.items()},
        "notes": [LOW_RANK] if config.lora is not None else [],
    }


def _captions(model: ClipModel, count: int, length: int) -> Tensor:
    """Codes of captions as long as the context, and their masks."""
    codes = model.clip.encode_text(torch.empty(count, length, dtype=torch.int64, device="meta"))
    if model.masks is None:
        return codes
    states = torch.empty(count, length, len(model.clip.text_projection), device="meta")
    return torch.cat([codes, model.masks(states, torch.full((count,), length, device="meta"))], dim=1)


@dataclass(frozen=True)
class Cost:
    """What counting has found for one thing and for two: a part for each thing, and one for each pass."""

    one: Mapping[str, int]
    two: Mapping[str, int]

    @classmethod
    def of(cls, model: ClipModel, codes: Callable[[int], Tensor]) -> "Cost":
        """Count the codes of one and of two things."""
        return cls(counted(model, lambda: codes(1)), counted(model, lambda: codes(2)))

    @property
    def width(self) -> int:
        """Of a code."""
        return self.one["width"]

    def _of(self, what: str, count: int, passes: int) -> int:
        each = self.two[what] - self.one[what]
        return count * each + passes * (self.one[what] - each)

    def forward(self, count: int, passes: int) -> int:
        """FLOPs forwards of so many things in so many passes."""
        return self._of("forward", count, passes)

    def backward(self, count: int, passes: int) -> int:
        """FLOPs backwards."""
        return self._of("backward", count, passes)

    def kept(self, count: int, passes: int) -> int:
        """Bytes that autograd keeps."""
        return self._of("kept", count, passes)


def counted(model: ClipModel, codes: Callable[[], Tensor]) -> dict[str, int]:
    """FLOPs forwards and backwards, bytes that autograd keeps between, and the width of the codes."""
    kept: dict[int, Any] = {}
    own = {parameter.untyped_storage()._cdata for parameter in model.parameters()}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in own:
            kept[storage._cdata] = storage  # held, so that no other one gets its place
        return tensor

    with sdpa_kernel(SDPBackend.MATH):
        with FlopCounterMode(display=False) as forward, saved_tensors_hooks(keep, lambda tensor: tensor):
            found = codes()
        with FlopCounterMode(display=False) as backward:
            if found.requires_grad:
                found.sum().backward()
    model.zero_grad(set_to_none=True)
    return {
        "forward": forward.get_total_flops(),
        "backward": backward.get_total_flops(),
        "kept": sum(storage.nbytes() for storage in kept.values()),
        "width": found.shape[1],
    }
