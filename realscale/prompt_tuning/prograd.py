"""ProGrad: steps that do not contradict what the hand-written prompts say."""

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import cross_entropy, log_softmax, softmax

from realscale.midtraining.models import ClipModel
from realscale.prompt_tuning.prompt import Classes, Prompt


def projected(gradient: Float[Tensor, "*shape"], general: Float[Tensor, "*shape"], weight: float) -> Tensor:
    """The gradient less `weight` times its part against the general direction, if it points against it.

    With weight 1 its inner product with `general` is never negative. Source: ProGrad, eq. 4.
    """
    inner = (gradient * general).sum()
    if inner >= 0:
        return gradient
    return gradient - weight * inner / general.square().sum() * general


class AlignedPrompt(Prompt):
    """CoOp whose gradient is projected so that KL(hand-written prompts || learned ones) does not grow to first order.

    Source: Zhu et al., Prompt-aligned Gradient for Prompt Tuning, ICCV 2023.
    """

    def backward(
        self, model: ClipModel, classes: Classes, images: Float[Tensor, "n d"], labels: Int[Tensor, " n"]
    ) -> float:
        """Put the projected gradient of this step into the parameters; the cross-entropy."""
        logits = self.logits(model, classes, images)
        hand = images @ classes.hand.T / model.temperature
        divergence = -(softmax(hand, dim=1) * log_softmax(logits, dim=1)).sum(dim=1).mean()  # its gradient is the KL's
        loss = cross_entropy(logits, labels)
        (general,) = torch.autograd.grad(divergence, self.context, retain_graph=True)
        (own,) = torch.autograd.grad(loss, self.context)
        self.context.grad = projected(own, general, self.tuning.weight)
        return float(loss.detach())
