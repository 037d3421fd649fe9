"""SmartCLIP: a caption chooses the coordinates of the image code that it is about, and is scored against these."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

THRESHOLD = 0.5


class MaskNetwork(nn.Module):
    """m(t) in {0, 1}^d from the last hidden states of a caption: one transformer block, attention pooling, a threshold.

    The gradient is that of the sigmoid behind the threshold (straight through). The states are taken as they are: no
    gradient flows to the text tower. Padding takes no part.

    Raises:
        ValueError: codes of another width than the states, from which nothing else leads to them.

    Source: Xie et al. 2025 (SmartCLIP, arXiv 2507.22264); what the paper leaves open as in its authors' code.
    """

    def __init__(self, width: int, codes: int, *, seed: int) -> None:
        super().__init__()
        if width != codes:
            raise ValueError(
                f"the text tower is {width} wide and codes are {codes}; expected the same, because the mask is pooled "
                "from the tower's states and has one entry for each coordinate of a code"
            )
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed % 2**63)
            self.block = nn.TransformerEncoderLayer(
                width, max(1, width // 64), 4 * width, 0.0, "gelu", batch_first=True, norm_first=True
            )
            self.attention = nn.Linear(width, 1, bias=False)  # the softmax would not see one

    def forward(self, states: Float[Tensor, "n length width"], lengths: Int[Tensor, " n"]) -> Float[Tensor, "n width"]:
        """The masks of captions that end after `lengths` tokens."""
        beyond: Bool[Tensor, "n length"] = torch.arange(states.shape[1], device=states.device) >= lengths[:, None]
        found = self.block(states.detach(), src_key_padding_mask=beyond)
        weights = self.attention(found).squeeze(2).masked_fill(beyond, -torch.inf).softmax(dim=1)
        likely = torch.sigmoid((weights[:, :, None] * found).sum(1)).float()
        return (likely >= THRESHOLD).float() - likely.detach() + likely


def masked_scores(
    f: Float[Tensor, "K d"], g: Float[Tensor, "M d"], masks: Float[Tensor, "M d"]
) -> Float[Tensor, "K M"]:
    r"""cos(f_i * m_j, g_j): of image i only what caption j is about counts.

    An image without anything in the coordinates of a mask has score 0.
    """
    products = f @ (masks * g).T
    lengths = (f.square() @ masks.square().T).clamp(min=torch.finfo(f.dtype).tiny).sqrt()
    return products / lengths / g.norm(dim=1).clamp(min=torch.finfo(g.dtype).tiny)


def masked_infonce(
    f: Float[Tensor, "K d"], g: Float[Tensor, "K d"], masks: Float[Tensor, "K d"], *, temperature: Tensor
) -> Float[Tensor, ""]:
    r"""InfoNCE of `masked_scores`, the mean of its two directions.

    From image to caption: the same image under the masks of all captions, each against its own caption. From caption
    to image: all images under the mask of the one caption. Holds K x K scores.

    Source: Xie et al. 2025 (arXiv 2507.22264), modular contrastive learning.
    """
    scores = masked_scores(f, g, masks) / temperature
    own = torch.arange(len(f), device=f.device)
    return 0.5 * (cross_entropy(scores, own) + cross_entropy(scores.T, own))
