"""What a sampler returns: observations together with the latents, graph and exact laws that made them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np

from scm.graph import CausalGraph


@runtime_checkable
class Conditional(Protocol):
    """Exact law of one variable given its parents.

    A continuous law offers `mean(parents)` of shape (n, d) or (1, d), and `covariance(parents)` of shape (d, d) or
    (n, d, d); a categorical law offers `probabilities(parents)` of shape (n, levels) or (1, levels).
    `parents` maps names to arrays, as `Batch.latents` does; a law without parents ignores it.
    """

    @property
    def parents(self) -> tuple[str, ...]:
        """Names of the variables that the law conditions on."""
        ...


@dataclass(frozen=True, eq=False)
class Batch:
    """n joint samples of a structural causal model.

    Attributes:
        graph: the graph that generated the batch (the mutilated one after an intervention).
        latents: name -> (n, d) floats, or (n,) integers for a categorical latent.
        image: (n, d_image) floats, or (n, height, width, 3) uint8 from the renderer.
        text: (n, d_text) floats; for the token model (n, length, d_token), padded with 0.
        mask: (n, length) bool, True at real tokens; None for the sentence model.
        tokens: (n, length) token ids, -1 at padding; None without discrete ids.
        roles: (n, length) index of each token's role; None for the sentence model.
        conditionals: exact law of each latent given its parents.

    Raises:
        ValueError: arrays whose numbers of rows differ.
    """

    graph: CausalGraph
    latents: Mapping[str, np.ndarray]
    image: np.ndarray
    text: np.ndarray
    mask: np.ndarray | None = None
    tokens: np.ndarray | None = None
    roles: np.ndarray | None = None
    conditionals: Mapping[str, Conditional] = field(default_factory=dict)

    def __post_init__(self) -> None:
        optional = {"text": self.text, "mask": self.mask, "tokens": self.tokens, "roles": self.roles}
        arrays = {**self.latents, **{name: array for name, array in optional.items() if array is not None}}
        wrong = {name: len(array) for name, array in arrays.items() if len(array) != len(self.image)}
        if wrong:
            raise ValueError(
                f"rows differ: the images have {len(self.image)}, but {wrong}; row i of every array must be sample i"
            )

    def __len__(self) -> int:
        return len(self.image)
