"""KgCoOp: learned prompts that stay near the hand-written ones."""

from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import cross_entropy

from realscale.midtraining.models import ClipModel
from realscale.prompt_tuning.prompt import Classes, Prompt


class GuidedPrompt(Prompt):
    """Cross-entropy + W (1 - mean cosine of learned and hand-written class codes), W the weight.

    For codes of unit length that is half the squared distance of the paper, as its authors' code has it.

    Source: Yao et al., Visual-Language Prompt Tuning with Knowledge-guided Context Optimization, CVPR 2023, eqs. 3-4.
    """

    def loss(
        self, model: ClipModel, classes: Classes, images: Float[Tensor, "n d"], labels: Int[Tensor, " n"]
    ) -> Float[Tensor, ""]:
        """What is minimised."""
        codes = self.class_codes(model, classes)
        distance = 1 - (codes * classes.hand).sum(dim=1).mean()
        return cross_entropy(images @ codes.T / model.temperature, labels) + self.tuning.weight * distance
