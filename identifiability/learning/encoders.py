"""Encoders of the synthetic tracks: a perceptron, and a set encoder and a small transformer over token vectors."""

import itertools
import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn


class Perceptron(nn.Module):
    """Multilayer perceptron with leaky-ReLU(0.2) between its layers.

    Shapes: (n, inputs) -> (n, outputs); `layers` hidden layers of `width` units.
    """

    def __init__(self, inputs: int, outputs: int, *, width: int = 128, layers: int = 2) -> None:
        super().__init__()
        sizes = [inputs, *[width] * layers, outputs]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(sizes))

    def forward(self, x: Float[Tensor, "*batch inputs"]) -> Float[Tensor, "*batch outputs"]:
        """Codes of the inputs."""
        for layer in self.layers[:-1]:
            x = nn.functional.leaky_relu(layer(x), 0.2)
        return self.layers[-1](x)


class SetEncoder(nn.Module):
    """DeepSets: rho(sum over the m real tokens of phi(token) / sqrt(m)); blind to token order by construction.

    Shapes: (n, L, token) with mask (n, L) -> (n, outputs). Source: Zaheer et al. 2017, Theorem 2.
    """

    def __init__(self, token: int, outputs: int, *, width: int = 128) -> None:
        super().__init__()
        self.each = Perceptron(token, width, width=width, layers=1)
        self.whole = Perceptron(width, outputs, width=width, layers=1)

    def forward(self, tokens: Float[Tensor, "n L token"], mask: Bool[Tensor, "n L"]) -> Float[Tensor, "n outputs"]:
        """Codes of the captions; padding adds nothing."""
        embedded = nn.functional.leaky_relu(self.each(tokens), 0.2) * mask[..., None]
        return self.whole(embedded.sum(dim=1) / mask.sum(dim=1, keepdim=True).clamp(min=1).sqrt())


class TokenTransformer(nn.Module):
    """A pre-norm transformer encoder over token vectors, averaged over the real tokens.

    Shapes: (n, L, token) with mask (n, L) -> (n, outputs). `position_scale` is the standard deviation of the learned
    position vectors at the start: how much order the encoder sees before training.
    """

    def __init__(
        self,
        token: int,
        outputs: int,
        *,
        length: int,
        width: int = 64,
        heads: int = 4,
        layers: int = 2,
        position_scale: float = 0.02,
    ) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(
                f"width {width} is not a multiple of heads {heads}; expected each head to get an equal share"
            )
        self.embed = nn.Linear(token, width)
        self.position_scale = position_scale
        self.positions = nn.Parameter(torch.zeros(length, width))
        self.blocks = nn.ModuleList(_Block(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, outputs)

    def forward(self, tokens: Float[Tensor, "n L token"], mask: Bool[Tensor, "n L"]) -> Float[Tensor, "n outputs"]:
        """Codes of the captions; padding is neither attended to nor averaged. Raises ValueError for too long ones."""
        if tokens.shape[1] > len(self.positions):
            raise ValueError(
                f"captions have {tokens.shape[1]} tokens; expected at most {len(self.positions)}, because no position "
                "beyond that has a vector"
            )
        x = self.embed(tokens) + self.positions[: tokens.shape[1]]
        for block in self.blocks:
            x = block(x, mask)
        real = mask[..., None].to(x.dtype)
        return self.head((self.norm(x) * real).sum(dim=1) / real.sum(dim=1).clamp(min=1.0))


class _Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.before_attention = nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.attended = nn.Linear(width, width)
        self.before_perceptron = nn.LayerNorm(width)
        self.perceptron = Perceptron(width, width, width=2 * width, layers=1)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        n, length, width = x.shape
        parts = self.query_key_value(self.before_attention(x)).reshape(n, length, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4)
        attended = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask[:, None, None, :])
        x = x + self.attended(attended.transpose(1, 2).reshape(n, length, width))
        return x + self.perceptron(self.before_perceptron(x))


class WordSetEncoder(nn.Module):
    """A set encoder over learned word vectors. Shapes: word ids (n, L) with mask (n, L) -> (n, outputs)."""

    def __init__(self, words: int, outputs: int, *, width: int = 128) -> None:
        super().__init__()
        self.vectors = nn.Embedding(words, width)
        self.captions = SetEncoder(width, outputs, width=width)

    def forward(self, words: Int[Tensor, "n L"], mask: Bool[Tensor, "n L"]) -> Float[Tensor, "n outputs"]:
        """Codes of the captions."""
        return self.captions(self.vectors(words), mask)


class PixelEncoder(nn.Module):
    """Strided convolutions and a perceptron. Shapes: (n, 3, size, size) in [0, 1] -> (n, outputs), 8 divides size."""

    def __init__(self, size: int, outputs: int, *, channels: int = 16, width: int = 128) -> None:
        super().__init__()
        if size % 8:
            raise ValueError(f"size {size} is not a multiple of 8; expected one, because three strides halve it thrice")
        sizes = [3, channels, 2 * channels, 4 * channels]
        self.convolutions = nn.ModuleList(
            nn.Conv2d(a, b, kernel_size=3, stride=2, padding=1) for a, b in itertools.pairwise(sizes)
        )
        self.head = Perceptron(sizes[-1] * (size // 8) ** 2, outputs, width=width, layers=1)

    def forward(self, images: Float[Tensor, "n 3 size size"]) -> Float[Tensor, "n outputs"]:
        """Codes of the images."""
        for convolution in self.convolutions:
            images = nn.functional.leaky_relu(convolution(images), 0.2)
        return self.head(images.flatten(start_dim=1))


def initialise(module: nn.Module, *, generator: torch.Generator) -> None:
    """Draw every parameter of the module anew from the generator (uniform, the framework's own scale).

    Linear and convolution weights and biases ~ U(-1/sqrt(fan_in), 1/sqrt(fan_in)); embeddings ~ N(0, 1); position
    vectors ~ N(0, position_scale^2); norms at one and zero. The global random state is neither read nor moved.
    Raises ValueError for a part with parameters of another kind: left as they are, they would not follow the seed.
    """
    for part in module.modules():
        if isinstance(part, nn.Linear | nn.Conv2d):
            bound = 1 / math.sqrt(part.weight[0].numel())
            for parameter in part.parameters(recurse=False):
                nn.init.uniform_(parameter, -bound, bound, generator=generator)
        elif isinstance(part, nn.Embedding):
            nn.init.normal_(part.weight, generator=generator)
        elif isinstance(part, TokenTransformer):
            nn.init.normal_(part.positions, std=part.position_scale, generator=generator)
        elif isinstance(part, nn.LayerNorm):
            part.reset_parameters()
        elif any(True for _ in part.parameters(recurse=False)):
            raise ValueError(
                f"no rule draws the parameters of {type(part).__name__}; expected linear, convolution, embedding and "
                "layer-norm parts and TokenTransformer"
            )
