"""A tiny open_clip architecture with random weights goes through the scorer: the code runs, no more is shown."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

open_clip = pytest.importorskip("open_clip", reason="needs the extra: pip install 'token-scm[realscale]'")

from realscale.composition.models import OpenClip, Towers  # noqa: E402 (after the check that it can be used)
from realscale.composition.scoring import encode  # noqa: E402
from realscale.composition.sugarcrepe import sugarcrepe  # noqa: E402

TINY = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 16, "layers": 1, "width": 32, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}


@pytest.fixture
def tiny(tmp_path: Path) -> OpenClip:
    (tmp_path / "token-scm-tiny.json").write_text(json.dumps(TINY))
    open_clip.add_model_config(tmp_path / "token-scm-tiny.json")
    return OpenClip("token-scm-tiny")


@pytest.mark.filterwarnings("ignore")  # open_clip's own, of its dependencies
def test_batched_scores_equal_one_at_a_time(crepe: Path, tiny: OpenClip) -> None:
    assert isinstance(tiny, Towers)
    benchmark = sugarcrepe(crepe, crepe / "images")
    batched, single = (encode(benchmark, tiny, batch=size).scores(benchmark.items) for size in (64, 1))
    for (right, wrong), (other, others) in zip(batched, single, strict=True):
        assert right == pytest.approx(other, abs=1e-5)
        assert wrong == pytest.approx(others, abs=1e-5)
    codes = tiny.encode_texts(["a dog", "a cat"])
    assert np.linalg.norm(codes, axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("texts", [["a dog", "two men beside a big red sofa", "!", ""], ["word1 word2 " * 20, "a dog"]])
def test_codes_do_not_depend_on_the_padding_that_is_left_out(tiny: OpenClip, texts: list[str]) -> None:
    whole = tiny.model.encode_text(tiny.tokenizer(texts), normalize=True).detach().numpy()
    assert tiny.encode_texts(texts) == pytest.approx(whole, abs=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_padding_is_left_out(tiny: OpenClip, monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = []
    embed = tiny.model.token_embedding.forward
    monkeypatch.setattr(
        tiny.model.token_embedding, "forward", lambda tokens: (lengths.append(tokens.shape[1]), embed(tokens))[1]
    )
    tiny.encode_texts(["a dog", "a big dog"])
    assert lengths == [5]  # three words between the two marks, of a context of 16


@pytest.mark.filterwarnings("ignore")
def test_a_tower_that_is_not_causal_keeps_its_padding(tiny: OpenClip) -> None:
    tiny.model.register_buffer("attn_mask", None, persistent=False)
    whole = tiny.model.encode_text(tiny.tokenizer(["a dog"]), normalize=True).detach().numpy()
    assert tiny.encode_texts(["a dog"]) == pytest.approx(whole, abs=1e-6)


@pytest.mark.filterwarnings("ignore")
def test_the_activation_of_weights_has_to_be_known(tiny: OpenClip, tmp_path: Path) -> None:
    path = str(tmp_path / "weights.pt")
    torch.save(tiny.model.state_dict(), path)
    with pytest.raises(ValueError, match="nothing says whether the weights"):
        OpenClip("token-scm-tiny", path)
    with pytest.raises(ValueError, match="trained with QuickGELU and the architecture"):
        OpenClip("token-scm-tiny", path, activation="quickgelu")
    said = OpenClip("token-scm-tiny", path, activation="gelu")
    assert np.array_equal(said.encode_texts(["a dog"]), tiny.encode_texts(["a dog"]))


@pytest.mark.filterwarnings("ignore")
def test_an_unknown_architecture_names_the_nearest_alone() -> None:
    with pytest.raises(RuntimeError, match="no architecture 'ViTB32'; nearest of its") as raised:
        OpenClip("ViTB32")
    assert "ViT-B-32" in str(raised.value)
    assert len(str(raised.value)) < 200
