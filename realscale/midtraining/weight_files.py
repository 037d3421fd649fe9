"""Files of weights that are the same bytes whenever tensors and notes are the same."""

import json
from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor


def save_weights(tensors: Mapping[str, Tensor], path: Path, about: Mapping[str, str]) -> None:
    """Write tensors with notes; a reader sees the old file or the new one, never half.

    safetensors writes the notes in an order that changes from process to process; here they are sorted.
    """
    draft = path.with_suffix(".writing")
    save_file(dict(tensors), draft, metadata=dict(about))
    with draft.open("r+b") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
        text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
        assert len(text) <= length, "the same header in another order is as long"
        file.seek(8)
        file.write(text.ljust(length))
    draft.replace(path)
