"""The grammar of the token-level model: its configuration, the slots of a caption, and the law of each token."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from scm.finite import ConditionalTable, tabular
from scm.graph import Role
from scm.mixing import MixingKind
from scm.tokens import TokenRole

SHAPES = ("circle", "square", "triangle", "cross", "ring", "diamond", "bar", "star")
COLOURS = ("red", "green", "blue", "yellow", "purple", "orange", "white", "black")
BACKGROUNDS = ("plain", "striped", "checked", "dotted", "barred", "sloping", "shaded", "framed")


@dataclass(frozen=True)
class TokenConfig:
    """What a token-level model is drawn from; the defaults are the setting of the token-level training claim.

    Attributes:
        discrete_content: number of discrete content variables, each named by one class token; >= 1. The first is
            the class.
        levels: values of each discrete content variable, uniform a priori; >= 2.
        continuous_dim: coordinates of the continuous content N(0, I), named by one token that carries them; 0 for none.
        context_levels: values of the environment token; 0 for none.
        context_strength: probability that the environment token repeats the class (modulo `context_levels`) named by
            the earlier class token, else it is uniform; in [0, 1].
        context_in_image: whether the image shows the environment (its code joins the image latents).
        private_tokens: number of tokens that say nothing about the image; >= 0.
        private_levels: values of each private token; >= 2.
        private_strength: probability that a private token repeats the private token before it; in [0, 1].
        dependent_dim: coordinates of z_dp_img = B (content codes) + N(0, I); >= 0.
        private_dim: coordinates of z_pr_img ~ N(0, I); >= 0.
        token_noise: probability that a class token is redrawn uniformly, in [0, 1]; nonzero violates (T-det), that the
            caption determines the content.
        keep_probability: probability that an environment or private token is written at all, in (0, 1]; below 1 the
            captions vary in length.
        order: "shuffled": the tokens of a caption in uniformly random order; "fixed": in the order drawn.
        token_dim: coordinates of a token vector; at least the number of slots plus those of the largest value code.
        layers: linear layers of each mixing, >= 1.
        mixing_kind: activation between them: piecewise linear, smooth, or none.
        slope: slope of the activation at minus infinity, in (0, 1].
        condition_quantile: each weight is the best conditioned of ceil(1 / condition_quantile) draws; in (0, 1].

    Raises:
        ValueError: a field outside its range, or a token vector too short for its slots.
    """

    discrete_content: int = 2
    levels: int = 4
    continuous_dim: int = 2
    context_levels: int = 4
    context_strength: float = 0.7
    context_in_image: bool = False
    private_tokens: int = 2
    private_levels: int = 4
    private_strength: float = 0.0
    dependent_dim: int = 2
    private_dim: int = 2
    token_noise: float = 0.0
    keep_probability: float = 1.0
    order: Literal["shuffled", "fixed"] = "shuffled"
    token_dim: int = 12
    layers: int = 2
    mixing_kind: MixingKind = "leaky"
    slope: float = 0.2
    condition_quantile: float = 0.001

    def __post_init__(self) -> None:
        minima = {"discrete_content": 1, "levels": 2, "continuous_dim": 0, "private_tokens": 0, "private_levels": 2}
        minima |= {"dependent_dim": 0, "private_dim": 0, "layers": 1}
        for name, minimum in minima.items():
            if getattr(self, name) < minimum:
                raise ValueError(f"{name}={getattr(self, name)}, expected an integer >= {minimum}")
        if self.context_levels < 0 or self.context_levels == 1:
            raise ValueError(f"context_levels={self.context_levels}, expected 0 (no environment token) or at least 2")
        for name in ("context_strength", "private_strength", "token_noise", "keep_probability"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name}={getattr(self, name)}, expected a probability in [0, 1]")
        if self.keep_probability == 0:
            raise ValueError("keep_probability=0 never writes an optional token; set context_levels=private_tokens=0")
        if self.context_in_image and not self.context_levels:
            raise ValueError("context_in_image=True needs an environment; context_levels is 0")
        if self.order not in ("shuffled", "fixed"):
            raise ValueError(f"order={self.order!r}, expected 'shuffled' or 'fixed'")
        count = len(slots(self))
        value = max(self.levels - 1, self.continuous_dim, max(self.context_levels, 1) - 1)
        value = max(value, self.private_levels - 1 if self.private_tokens else 0)
        if self.token_dim < count + value:
            raise ValueError(
                f"token_dim={self.token_dim} is too short: {count} slots and a value of {value} coordinates need "
                f"{count + value}; in fewer the token vector would not determine slot and value"
            )

    @property
    def content_names(self) -> tuple[str, ...]:
        """Names of the discrete content variables."""
        return tuple(f"content_{i}" for i in range(self.discrete_content))

    @property
    def image_codes(self) -> tuple[str, ...]:
        """Names of the categorical variables whose codes enter the image."""
        return (*self.content_names, *(("context",) if self.context_in_image else ()))


@dataclass(frozen=True)
class Slot:
    """One place of the grammar.

    Attributes:
        variable: the variable whose value the token carries.
        kind: tokens of one kind share one mixing.
        role: role of its words.
        words: one word a value; one word in all for a continuous value.
        kept: the binary variable that says whether the token is written; None if always.
    """

    variable: str
    kind: Literal["content", "continuous", "context", "private"]
    role: TokenRole
    words: tuple[str, ...]
    kept: str | None = None


def slots(config: TokenConfig) -> tuple[Slot, ...]:
    """The slots of a caption in the order in which their tokens are drawn."""
    lists = {0: SHAPES, 1: COLOURS}
    found = [
        Slot(f"token_content_{i}", "content", TokenRole.CLASS, _words(lists.get(i, ()), f"content{i}", config.levels))
        for i in range(config.discrete_content)
    ]
    if config.continuous_dim:
        found.append(Slot("content_continuous", "continuous", TokenRole.CLASS, ("place",)))
    if config.context_levels:
        words = _words(BACKGROUNDS, "context", config.context_levels)
        found.append(Slot("context", "context", TokenRole.ENVIRONMENT, words, _kept(config, "context")))
    for i in range(config.private_tokens):
        words = _words((), f"word{i}", config.private_levels)
        found.append(Slot(f"private_{i}", "private", TokenRole.PRIVATE, words, _kept(config, f"private_{i}")))
    return tuple(found)


def mechanisms(config: TokenConfig) -> list[ConditionalTable]:
    """Exact law of every discrete variable: content, then each token given the content and the earlier tokens."""
    uniform = np.full(config.levels, 1 / config.levels)
    roles = [Role.CLASS, *[Role.INVARIANT] * (config.discrete_content - 1)]
    found = [tabular(name, role, uniform) for name, role in zip(config.content_names, roles, strict=True)]
    for name in config.content_names:
        table = repeat_or_uniform(config.levels, config.levels, 1 - config.token_noise)
        found.append(tabular(f"token_{name}", Role.TOKEN, table, name, observed=True))
    if config.context_levels:
        table = repeat_or_uniform(config.levels, config.context_levels, config.context_strength)
        found.append(tabular("context", Role.CONTEXT, table, "token_content_0", observed=True))
    for i in range(config.private_tokens):
        parents = (f"private_{i - 1}",) if i and config.private_strength else ()
        table = repeat_or_uniform(config.private_levels, config.private_levels, config.private_strength)
        law = table if parents else table.mean(axis=0)
        found.append(tabular(f"private_{i}", Role.PRIVATE_TEXT, law, parents, observed=True))
    kept = np.array([1 - config.keep_probability, config.keep_probability])
    return found + [tabular(slot.kept, Role.PRIVATE_TEXT, kept, observed=True) for slot in slots(config) if slot.kept]


def repeat_or_uniform(parent_levels: int, levels: int, strength: float) -> Float[np.ndarray, "parent_levels levels"]:
    """p(x | y) = strength [x = y mod levels] + (1 - strength) / levels."""
    repeated = np.eye(levels)[np.arange(parent_levels) % levels]
    return strength * repeated + (1 - strength) / levels


def simplex_code(levels: int) -> Float[np.ndarray, "levels d"]:
    """Vertices of a regular simplex in levels - 1 coordinates; mean 0 and covariance I under the uniform law."""
    centred = np.eye(levels) - 1 / levels
    basis = np.linalg.svd(centred)[0][:, : levels - 1]
    return np.sqrt(levels) * centred @ basis


def _words(names: tuple[str, ...], prefix: str, levels: int) -> tuple[str, ...]:
    return names[:levels] if levels <= len(names) else tuple(f"{prefix}-{k}" for k in range(levels))


def _kept(config: TokenConfig, name: str) -> str | None:
    return f"kept_{name}" if config.keep_probability < 1 else None
