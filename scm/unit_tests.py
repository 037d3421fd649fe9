"""The linear unit tests for invariance of Aubin et al. 2021: six small problems, each a family of environments.

Of an input's n_inv + n_spu coordinates the first are tied to the label in one way everywhere, the others in a way of
each environment's own; in the scrambled tests (1s, 2s, 3s) a rotation hides which is which. At test time the spurious
coordinates are shuffled: their law stays, their dependence on the label and on the other coordinates goes.

Source: Aubin, Slowik, Arjovsky, Bottou and Lopez-Paz 2021, arXiv 2102.10867, section 2 and the constants of the
official code where the text leaves them open.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.stats import ortho_group

EXAMPLES = ("1", "1s", "2", "2s", "3", "3s")


class Mixture(NamedTuple):
    """Law of an environment's unscrambled input and label: component i with probability weights[i] shows
    x ~ N(means[i], diag(noise^2)) and has the label labels[i]."""

    weights: Float[np.ndarray, "c"]
    means: Float[np.ndarray, "c d"]
    labels: Float[np.ndarray, "c"]
    noise: Float[np.ndarray, "d"]


@dataclass(frozen=True, eq=False)
class UnitTest(ABC):
    """One problem with its environments drawn; `scramble` is orthogonal, inputs are rows x @ scramble."""

    environments: int
    n_inv: int
    n_spu: int
    scramble: Float[np.ndarray, "d d"]
    regression = False

    @abstractmethod
    def latent(
        self, n: int, environment: int, *, rng: np.random.Generator
    ) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, "n"]]:
        """n unscrambled inputs and labels of an environment."""

    @abstractmethod
    def latent_moments(self, environment: int) -> Float[np.ndarray, "v v"]:
        """E[v v^T] of v = (1, unscrambled input, label) in an environment."""

    def sample(
        self, n: int, environment: int, *, shuffled: bool = False, rng: np.random.Generator
    ) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, "n"]]:
        """n inputs and labels of environment 0, 1, ...; `shuffled`: the spurious coordinates of another sample.

        Raises:
            ValueError: an environment that there is not.
        """
        self._require(environment)
        x, y = self.latent(n, environment, rng=rng)
        if shuffled:
            x[:, self.n_inv :] = x[rng.permutation(n), self.n_inv :]
        return x @ self.scramble, y

    def moments(self, environment: int, *, shuffled: bool = False) -> Float[np.ndarray, "v v"]:
        """E[v v^T] of v = (1, input, label) in the population.

        Raises:
            ValueError: an environment that there is not.
        """
        self._require(environment)
        moments = self.latent_moments(environment)
        if shuffled:
            spurious = slice(1 + self.n_inv, -1)
            for block in (slice(0, 1 + self.n_inv), slice(-1, None)):
                moments[block, spurious] = np.outer(moments[block, 0], moments[0, spurious])
                moments[spurious, block] = moments[block, spurious].T
        turn = np.eye(len(moments))
        turn[1:-1, 1:-1] = self.scramble
        return turn.T @ moments @ turn

    def _require(self, environment: int) -> None:
        if not 0 <= environment < self.environments:
            raise ValueError(
                f"environment {environment}, but this problem was drawn with {self.environments} environments, "
                f"numbered 0 to {self.environments - 1}; the law of another one is not defined"
            )


@dataclass(frozen=True, eq=False)
class CauseAndEffect(UnitTest):
    """Example 1: cause x and effect z of a target y; x ~ N(0, s^2), y = x A + N(0, s^2), z = y B + N(0, 1).

    s = scales[e] alone depends on the environment, A = `cause` and B = `effect` do not. The label is the sum of the
    coordinates of y (regression).
    """

    scales: Float[np.ndarray, "e"]
    cause: Float[np.ndarray, "i i"]
    effect: Float[np.ndarray, "i s"]
    regression = True

    def latent(
        self, n: int, environment: int, *, rng: np.random.Generator
    ) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, "n"]]:
        """n unscrambled inputs and labels."""
        scale = self.scales[environment]
        x = scale * rng.standard_normal((n, self.n_inv))
        y = x @ self.cause + scale * rng.standard_normal((n, self.n_inv))
        z = y @ self.effect + rng.standard_normal((n, self.n_spu))
        return np.hstack([x, z]), y.sum(axis=1)

    def latent_moments(self, environment: int) -> Float[np.ndarray, "v v"]:
        """E[v v^T] of v = (1, unscrambled input, label)."""
        scale = self.scales[environment]
        ones, noise = np.ones((self.n_inv, 1)), np.eye(self.n_inv)
        # columns: what (1, x, z, label) hold of the independent standard normals of x, y and z
        of_x = np.hstack([0 * ones, noise, self.cause @ self.effect, self.cause @ ones])
        of_y = np.hstack([0 * ones, 0 * noise, self.effect, ones])
        of_z = np.zeros((self.n_spu, of_x.shape[1]))
        of_z[:, 1 + self.n_inv : -1] = np.eye(self.n_spu)
        factor = np.vstack([scale * of_x, scale * of_y, of_z])
        moments = factor.T @ factor
        moments[0, 0] = 1.0
        return moments


@dataclass(frozen=True, eq=False)
class MixtureTest(UnitTest):
    """A classification problem whose environments are Gaussian mixtures (labels 0 and 1)."""

    @abstractmethod
    def mixture(self, environment: int) -> Mixture:
        """Law of the unscrambled input and label."""

    def shuffled_mixture(self, environment: int) -> Mixture:
        """Law at test time: spurious coordinates of a component drawn independently; equal components are merged."""
        weights, means, labels, noise = self.mixture(environment)
        first, second = (index.ravel() for index in np.indices((len(weights), len(weights))))
        crossed = np.column_stack([labels[first], means[first, : self.n_inv], means[second, self.n_inv :]])
        kinds, kind = np.unique(crossed, axis=0, return_inverse=True)
        merged = np.bincount(kind.ravel(), weights=weights[first] * weights[second])
        return Mixture(merged, kinds[:, 1:], kinds[:, 0], noise)

    def latent(
        self, n: int, environment: int, *, rng: np.random.Generator
    ) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, "n"]]:
        """n unscrambled inputs and labels."""
        weights, means, labels, noise = self.mixture(environment)
        component = rng.choice(len(weights), size=n, p=weights)
        return means[component] + noise * rng.standard_normal((n, len(noise))), labels[component]

    def latent_moments(self, environment: int) -> Float[np.ndarray, "v v"]:
        """E[v v^T] of v = (1, unscrambled input, label)."""
        weights, means, labels, noise = self.mixture(environment)
        rows = np.column_stack([np.ones(len(weights)), means, labels])
        return (rows.T * weights) @ rows + np.diag([0.0, *noise**2, 0.0])


@dataclass(frozen=True, eq=False)
class CowsAndCamels(MixtureTest):
    """Example 2: cows (label 1) and camels on grass and sand; the animal is shown 100 times fainter than the ground.

    Cows are a share `cows[e]` of the animals; `usual[e]` of them stand on grass, and as many camels on sand. The label
    is whether the animal's coordinates sum to more than 0, which differs from the animal once in 1e12 draws.
    """

    usual: Float[np.ndarray, "e"]
    cows: Float[np.ndarray, "e"]

    def mixture(self, environment: int) -> Mixture:
        """Cow on grass, cow on sand, camel on sand, camel on grass."""
        usual, cows = self.usual[environment], self.cows[environment]
        weights = np.array([usual * cows, (1 - usual) * cows, usual * (1 - cows), (1 - usual) * (1 - cows)])
        animal, ground = np.array([1.0, 1.0, -1.0, -1.0]), np.array([1.0, -1.0, -1.0, 1.0])
        means = np.hstack([0.01 * np.outer(animal, np.ones(self.n_inv)), np.outer(ground, np.ones(self.n_spu))])
        noise = np.sqrt(0.1) * np.repeat([0.01, 1.0], [self.n_inv, self.n_spu])
        return Mixture(weights, means, (animal + 1) / 2, noise)

    def latent(
        self, n: int, environment: int, *, rng: np.random.Generator
    ) -> tuple[Float[np.ndarray, "n d"], Float[np.ndarray, "n"]]:
        """n unscrambled inputs and labels."""
        x, _ = super().latent(n, environment, rng=rng)
        return x, (x[:, : self.n_inv].sum(axis=1) > 0).astype(np.float64)


@dataclass(frozen=True, eq=False)
class SmallMargin(MixtureTest):
    """Example 3: a small invariant margin, .1 on every coordinate, beside a large spurious one, shifts[e] ~ N(0, I).

    Class 0 has mean (.1, shifts[e]), class 1 the opposite, each with probability 1/2; noise .1 everywhere.
    """

    shifts: Float[np.ndarray, "e s"]

    def mixture(self, environment: int) -> Mixture:
        """The two classes."""
        mean = np.concatenate([np.full(self.n_inv, 0.1), self.shifts[environment]])
        return Mixture(np.full(2, 0.5), np.stack([mean, -mean]), np.array([0.0, 1.0]), np.full(len(mean), 0.1))


def unit_test(
    example: str, environments: int = 3, *, n_inv: int = 5, n_spu: int = 5, rng: np.random.Generator
) -> UnitTest:
    """Draw a unit test: what the seed of a data set decides (couplings, further environments, the rotation).

    The first three environments of examples 1 and 2 are fixed: s = .1, 1.5, 2; usual = .95, .97, .99 with cows = .3,
    .5, .7. Further ones have log10 s ~ U(-2, 1); usual ~ U(.9, 1), cows ~ U(.3, .7).

    Raises:
        ValueError: an unknown example, fewer than two environments or a block without coordinates.
    """
    if example not in EXAMPLES:
        raise ValueError(f"example {example!r}, expected one of {', '.join(EXAMPLES)} (s: scrambled)")
    if environments < 2 or n_inv < 1 or n_spu < 1:
        raise ValueError(
            f"environments={environments}, n_inv={n_inv}, n_spu={n_spu}: expected at least 2 environments, because "
            "one alone shows no change to be invariant to, and at least one coordinate in each block"
        )
    dim, further = n_inv + n_spu, max(environments - 3, 0)
    scramble = ortho_group.rvs(dim, random_state=rng) if example.endswith("s") else np.eye(dim)
    size = (environments, n_inv, n_spu, scramble)
    if example.startswith("1"):
        scales = np.concatenate([[0.1, 1.5, 2.0][:environments], 10 ** rng.uniform(-2, 1, further)])
        cause = rng.standard_normal((n_inv, n_inv)) / n_inv
        return CauseAndEffect(*size, scales=scales, cause=cause, effect=rng.standard_normal((n_inv, n_spu)) / n_spu)
    if example.startswith("2"):
        usual = np.concatenate([[0.95, 0.97, 0.99][:environments], rng.uniform(0.9, 1, further)])
        cows = np.concatenate([[0.3, 0.5, 0.7][:environments], rng.uniform(0.3, 0.7, further)])
        return CowsAndCamels(*size, usual=usual, cows=cows)
    return SmallMargin(*size, shifts=rng.standard_normal((environments, n_spu)))
