"""Files of weights: the same bytes for the same tensors and notes, read by safetensors."""

from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file

from realscale.midtraining.weight_files import save_weights


def test_the_same_tensors_and_notes_are_the_same_bytes(tmp_path: Path) -> None:
    tensors = {"b": torch.arange(3.0), "a": torch.ones(2, 2, dtype=torch.bfloat16)}
    notes = {"recipe": "plain", "identity": 'é"\\\n', "steps": "7", "architecture": "tiny", "quick_gelu": "false"}
    for number in range(4):
        save_weights(tensors, tmp_path / f"{number}.safetensors", dict(sorted(notes.items(), reverse=number % 2 == 0)))
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1
    assert len(list(tmp_path.iterdir())) == 4
    found = load_file(tmp_path / "0.safetensors")
    assert all(torch.equal(found[name], tensor) for name, tensor in tensors.items())
    with safe_open(tmp_path / "0.safetensors", framework="pt") as file:
        assert file.metadata() == notes
