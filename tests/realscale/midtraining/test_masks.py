"""SmartCLIP's masks: a caption is scored against the coordinates that it chooses, and against no others."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor
from torch.nn.functional import cosine_similarity

from realscale.clip_texts import unit_text_codes
from realscale.midtraining.masks import MaskNetwork, masked_infonce, masked_scores
from realscale.midtraining.models import ClipModel
from realscale.midtraining.pairs import PairSet
from realscale.midtraining.settings import MidTraining
from realscale.midtraining.training import MASK_WEIGHTS, WEIGHTS, mid_train, model_of, optimizer_of

pytestmark = pytest.mark.filterwarnings("ignore")  # open_clip's own, of its dependencies
TEXTS = ["a dog", "a photo of a small red apple", "cat", "a bus and a car in the rain"]


def _drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_scores_are_cosines_of_masked_images() -> None:
    f, g, masks = _drawn(5, 8), _drawn(4, 8, seed=1), (_drawn(4, 8, seed=2) > 0).double()
    scores = masked_scores(f, g, masks)
    for i in range(5):
        for j in range(4):
            assert scores[i, j] == pytest.approx(float(cosine_similarity(f[i] * masks[j], g[j], dim=0)))
    assert (masked_scores(f, g, torch.zeros_like(masks)) == 0).all()


def test_a_caption_does_not_see_what_it_masks() -> None:
    f, g = _drawn(3, 6), _drawn(2, 6, seed=1)
    masks = torch.tensor([[1.0, 1, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1]], dtype=torch.float64)
    changed = f + torch.tensor([0.0, 0, 3, -2, 1, 5])
    before, after = masked_scores(f, g, masks), masked_scores(changed, g, masks)
    assert torch.allclose(before[:, 0], after[:, 0])  # the short caption is about two coordinates
    assert not torch.allclose(before[:, 1], after[:, 1])
    assert not torch.allclose(cosine_similarity(f, g[0]), cosine_similarity(changed, g[0]))


def test_the_loss_contrasts_masks_and_images() -> None:
    f, g, masks = _drawn(4, 8), _drawn(4, 8, seed=1), (_drawn(4, 8, seed=2) > -0.5).double()
    temperature = torch.tensor(0.2, dtype=torch.float64)
    loss = torch.zeros((), dtype=torch.float64)
    for i in range(4):
        same_image = torch.stack([cosine_similarity(f[i] * masks[j], g[j], dim=0) for j in range(4)]) / temperature
        same_mask = torch.stack([cosine_similarity(f[j] * masks[i], g[i], dim=0) for j in range(4)]) / temperature
        loss = loss - (same_image.log_softmax(0)[i] + same_mask.log_softmax(0)[i]) / 8
    assert float(masked_infonce(f, g, masks, temperature=temperature)) == pytest.approx(float(loss))


def test_masks_are_binary_of_the_caption_alone_and_learn_straight_through(architecture: str) -> None:
    model = ClipModel(architecture, seed=1)
    model.add_masks(seed=2)
    codes, masks = model.text_codes(TEXTS).tensor_split(2, dim=1)
    assert masks.unique().tolist() == [0.0, 1.0]
    assert torch.allclose(codes, unit_text_codes(model.clip, model.tokens(TEXTS)), atol=1e-6)
    for text, mask in zip(TEXTS, masks, strict=True):
        assert torch.equal(model.text_codes([text]).tensor_split(2, dim=1)[1][0], mask)  # whatever it is padded to
    masks[:, 3].sum().backward()
    assert model.masks is not None
    assert all(parameter.grad is not None for parameter in model.masks.parameters())
    assert all(parameter.grad is None or not parameter.grad.any() for parameter in model.clip.parameters())


def test_sparsity_closes_masks(architecture: str, pairs: PairSet, tmp_path: Path) -> None:
    kept = {}
    for sparsity in (0.0, 30.0):
        config = MidTraining(
            architecture, recipe="smartclip-mask", sparsity=sparsity, steps=30, batch=16, warmup=1, mask_rate=1e-2
        )
        mid_train(config, pairs, tmp_path / str(sparsity))
        model = ClipModel(architecture, str(tmp_path / str(sparsity) / WEIGHTS))
        model.add_masks(seed=0)
        assert model.masks is not None
        model.masks.load_state_dict(load_file(tmp_path / str(sparsity) / MASK_WEIGHTS))
        with torch.no_grad():
            kept[sparsity] = float(model.text_codes(pairs.names).tensor_split(2, dim=1)[1].mean())
    assert kept[30.0] < kept[0.0] - 0.2


def test_the_network_has_its_own_rate_and_its_seed(architecture: str) -> None:
    config = MidTraining(architecture, recipe="smartclip-mask", rate=1e-6, mask_rate=1e-3)
    model = model_of(config, torch.device("cpu"))
    scales = {group["scale"] for group in optimizer_of(model, config).param_groups}
    assert sorted(scales) == pytest.approx([1, 1000])
    one, again, other = (MaskNetwork(16, 16, seed=seed).block.linear1.weight for seed in (1, 1, 2))
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    with pytest.raises(ValueError, match="the text tower is 16 wide and codes are 32; expected the same"):
        MaskNetwork(16, 32, seed=0)
