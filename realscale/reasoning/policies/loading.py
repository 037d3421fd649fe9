"""A policy: a decoder, with or without eyes, and what makes its inputs."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from realscale.clip_library import INSTALL
from realscale.data.errors import MissingData


@dataclass(frozen=True, eq=False)
class Policy:
    """A decoder and its processor, as transformers has them.

    Attributes:
        model: in the precision it was loaded in.
        processor: of texts and images; of a policy that reads texts alone, its tokenizer.
    """

    model: Any
    processor: Any

    @property
    def tokenizer(self) -> Any:
        """What makes tokens of text and text of tokens."""
        return getattr(self.processor, "tokenizer", self.processor)

    @property
    def sees(self) -> bool:
        """Whether it takes images."""
        return self.processor is not self.tokenizer

    def save(self, folder: Path) -> None:
        """Write model and processor where `load_policy` finds them."""
        self.model.save_pretrained(folder)
        self.processor.save_pretrained(folder)


def transformers_library() -> Any:
    """The module transformers.

    Raises:
        MissingData: it is not installed; the message names the extra.
    """
    try:
        import transformers
    except ImportError as error:
        raise MissingData(
            f"transformers cannot be imported ({error}); it has the decoders. Install the extra with: {INSTALL}"
        ) from error
    return transformers


def load_policy(name: str | Path, *, dtype: torch.dtype = torch.float32) -> Policy:
    """The policy of a folder or of a name on the hub; of a folder with an adapter, its base with the adapter in it.

    Its model remembers where it is from, which trl needs for a reference policy (beta > 0).

    Raises:
        MissingData: transformers is not installed, or nothing is found under that name.
    """
    library = transformers_library()
    try:
        sees = hasattr(library.AutoConfig.from_pretrained(_base(name)), "vision_config")
        processor = (library.AutoProcessor if sees else library.AutoTokenizer).from_pretrained(str(name))
        loader = library.AutoModelForImageTextToText if sees else library.AutoModelForCausalLM
        model = loader.from_pretrained(str(name), dtype=dtype)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise MissingData(
            f"there is no policy {str(name)!r} ({reason}); expected a folder with a model and its processor, or a name "
            "on the Hugging Face hub that can be reached"
        ) from error
    return Policy(model, processor)


def _base(name: str | Path) -> str:
    """Where the configuration is: of an adapter, that of the model it changes."""
    adapter = Path(name) / "adapter_config.json"
    return (
        json.loads(adapter.read_text(encoding="utf-8"))["base_model_name_or_path"] if adapter.is_file() else str(name)
    )
