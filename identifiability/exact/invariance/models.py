"""Families of environments on which statements about invariance are tried: arbitrary ones, and calibrated ones.

Calibrated means that the pooled posterior is calibrated in every environment, by construction. All are tables
pi_e p_e(x, y) of sum 1, drawn at random within the family.
"""

from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Literal

import numpy as np
from jaxtyping import Float

from identifiability.exact.random_laws import random_law
from scm import FiniteLaw
from scm.environments import coloured_bits

Rng = np.random.Generator
Family = Callable[[Rng], Float[np.ndarray, "e x y"]]


def arbitrary(rng: Rng) -> Float[np.ndarray, "e x y"]:
    """Any law of up to 6 images; one in two has empty cells, so that images are missing from environments."""
    shape = (int(rng.integers(2, 4)), int(rng.integers(2, 7)), int(rng.integers(2, 4)))
    return random_law(*shape, zeros=0.5 * rng.integers(2), rng=rng)


def fixed_classes(rng: Rng) -> Float[np.ndarray, "e x y"]:
    """pi_e p(y) p_e(x | y): the classes are as frequent in every environment, so the constant Phi is feasible."""
    environments, images = int(rng.integers(2, 4)), int(rng.integers(2, 6))
    weights = random_law(environments, rng=rng)[:, None] * random_law(2, rng=rng)
    return np.swapaxes(weights[:, :, None] * _laws(environments, 2, images, rng=rng), 1, 2)


def spurious_bits(rng: Rng) -> Float[np.ndarray, "e x y"]:
    """The 2-bit coloured problem with random label noise and two random colour laws: IRM has a solution, not ERM's."""
    return bits_table(rng.uniform(0.05, 0.45), rng.uniform(0.55, 0.95, size=2))


def bits_table(label_noise: float, colour: Float[np.ndarray, " e"]) -> Float[np.ndarray, "e x y"]:
    """pi_e p_e(x, y) of `coloured_bits`, images numbered 2 c + s, environments of equal weight."""
    training, _ = coloured_bits(label_noise=label_noise, colour=colour.tolist())
    return training.joint().marginal(("environment", "x", "y"))


def deterministic_labels(rng: Rng, *, noise: float = 0.0) -> Float[np.ndarray, "e x y"]:
    """y = c(x): any p_e(x) of 5 images, 2 classes that both occur. `noise` mixes in a class law of each environment."""
    classes = rng.permutation([0, 1, *rng.integers(2, size=3)])
    law = np.eye(2)[classes] * random_law(2, 5, rng=rng)[:, :, None]
    return (1 - noise) * law + noise * law.sum(axis=2, keepdims=True) * _laws(2, 5, 2, rng=rng)


def covariate_shift(rng: Rng, *, shift: float = 0.0) -> Float[np.ndarray, "e x y"]:
    """p_e(y | x) = p(y | x), any p_e(x) of 4 images.

    `shift` mixes in a class law of each environment; then every image occurs in both, where the shift shows.
    """
    posterior = (1 - shift) * _laws(1, 4, 3, rng=rng) + shift * _laws(2, 4, 3, rng=rng)
    return random_law(2, 4, zeros=0.0 if shift else 0.2, rng=rng)[:, :, None] * posterior


def context_free_posterior(rng: Rng, *, dependence: float = 0.0) -> Float[np.ndarray, "e x y"]:
    """p_e(y | z, s) = p(y | z): images x = (z, s) with 3 contents, 2 contexts, any p_e(z, s).

    `dependence` mixes in a class law of each environment, content and context.
    """
    posterior = np.repeat(_laws(1, 3, 2, rng=rng), 2, axis=1)
    posterior = (1 - dependence) * posterior + dependence * _laws(2, 6, 2, rng=rng)
    return random_law(2, 6, rng=rng)[:, :, None] * posterior


def balanced_pool(rng: Rng) -> Float[np.ndarray, "e x y"]:
    """Coloured bits whose colour law is reversed in the other environment: the pool is balanced, no environment is."""
    agreement = rng.uniform(0.6, 0.95)
    return bits_table(rng.uniform(0.05, 0.45), np.array([agreement, 1 - agreement]))


def cancelling_shifts(rng: Rng) -> Float[np.ndarray, "e x y"]:
    """Images in pairs with one pooled posterior q; p_e(y | x) = q + d_e on one and q - d_e on the other.

    The pair is as likely in every environment and sum_e pi_e d_e = 0. So q is calibrated in every environment although
    p_e(y | x) differs between them on every image.
    """
    environments, classes, pairs = int(rng.integers(2, 4)), int(rng.integers(2, 4)), int(rng.integers(1, 4))
    weights, blocks = random_law(environments, rng=rng), random_law(pairs, rng=rng)
    table = np.zeros((environments, 2 * pairs, classes))
    for pair in range(pairs):
        prediction = random_law(classes, rng=rng)
        shift = rng.standard_normal((environments, classes))
        shift -= shift.mean(axis=1, keepdims=True)
        shift -= weights @ shift
        shift *= 0.9 * prediction.min() / np.abs(shift).max()
        mass = (weights * blocks[pair] / 2)[:, None]
        table[:, 2 * pair], table[:, 2 * pair + 1] = mass * (prediction + shift), mass * (prediction - shift)
    return table


def disjoint_supports(rng: Rng, *, shared: int = 0) -> Float[np.ndarray, "e x y"]:
    """Every one of 5 images occurs in one environment only, so that it reveals it; any p_e(y | x).

    The last `shared` images occur in both.
    """
    environment = rng.permutation([0, 1, *rng.integers(2, size=3)])
    occurs = environment == np.arange(2)[:, None]
    occurs[:, 5 - shared :] = True
    law = random_law(2, 5, 2, rng=rng) * occurs[:, :, None]
    return law / law.sum()


def nearly_balanced_pool(rng: Rng) -> Float[np.ndarray, "e x y"]:
    """`balanced_pool` missed by one part in a hundred: nearly, but not, calibrated."""
    agreement = rng.uniform(0.6, 0.95)
    return bits_table(rng.uniform(0.05, 0.45), np.array([agreement, 1.01 - agreement]))


def content_and_context(
    rng: Rng,
    *,
    shifts: Literal["context", "class", "content"] = "context",
    dependence: float = 0.0,
    token_error: float = 0.0,
    missing: bool = False,
) -> FiniteLaw:
    """p(e) p(y, c) p_e(s | y) p(t | s) of 2 environments, 3 classes, 3 contents, 2 contexts and context tokens.

    Args:
        rng: of the random tables; p(t | s) = 1 at t = s.
        shifts: what shifts beside p_e(s | y): p_e(y), with p(c | y) kept, or p_e(c), with p(y | c) kept.
        dependence: part of p_e(s | y, c) that depends on c.
        token_error: probability that t is drawn at random.
        missing: class 0 never has context 0.
    """
    pairs = np.repeat(random_law(3, 3, rng=rng)[None], 2, axis=0)
    if shifts == "class":
        pairs = pairs / pairs.sum(axis=2, keepdims=True) * _laws(2, 3, rng=rng)[:, :, None]
    elif shifts == "content":
        pairs = pairs / pairs.sum(axis=1, keepdims=True) * _laws(2, 3, rng=rng)[:, None]
    context = (1 - dependence) * _laws(2, 3, 2, rng=rng)[:, :, None]
    context = context + dependence * _laws(6, 3, 2, rng=rng).reshape(2, 3, 3, 2)
    if missing:
        context[:, 0] = [0.0, 1.0]
    token = (1 - token_error) * np.eye(2) + token_error / 2
    table = np.einsum("e,eyc,eycs,st->eycst", random_law(2, rng=rng), pairs, context, token)
    return FiniteLaw(("environment", "y", "c", "s", "t"), table)


CALIBRATED: MappingProxyType[str, Family] = MappingProxyType(
    {
        "deterministic labels": deterministic_labels,
        "covariate shift": covariate_shift,
        "context-free posterior": context_free_posterior,
        "balanced pool": balanced_pool,
        "cancelling shifts": cancelling_shifts,
        "disjoint supports": disjoint_supports,
    }
)
UNRESTRICTED: MappingProxyType[str, Family] = MappingProxyType(
    {
        "arbitrary": arbitrary,
        "fixed classes": fixed_classes,
        "spurious bits": spurious_bits,
        "nearly balanced pool": nearly_balanced_pool,
    }
)


def models(count: int, *, rng: Rng) -> Iterator[tuple[str, Float[np.ndarray, "e x y"]]]:
    """`count` models with the name of their family, the families of both kinds in turn."""
    families = [*UNRESTRICTED.items(), *CALIBRATED.items()]
    for index in range(count):
        name, family = families[index % len(families)]
        yield name, family(rng)


def _laws(*shape: int, rng: Rng) -> Float[np.ndarray, "..."]:
    """Random laws along the last axis."""
    laws = rng.exponential(size=shape)
    return laws / laws.sum(axis=-1, keepdims=True)
