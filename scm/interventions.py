"""Interventions on blocks of a sentence-level model: do(value), permuted content, rescaled dependence."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from scm.copies import NoisyCopy
from scm.laws import ContinuousLaw, LinearGaussian, SineGaussian, Values, Weights, correlated_copy

Laws = dict[str, ContinuousLaw]


class Intervention(ABC):
    """A change of the structural equation of one block; the other equations and all noise stay as they are."""

    @abstractmethod
    def apply(self, block: str, laws: Laws, *, n: int, rng: np.random.Generator) -> ContinuousLaw:
        """The new equation of `block` in a sample of n rows.

        Raises:
            ValueError: the intervention means nothing for this block.
        """


@dataclass(frozen=True, eq=False)
class Constant(ContinuousLaw):
    """x = value, whatever the parents: one value for all rows, shape (1, d), or one for each row, shape (n, d).

    It uses up `unused_noise` normals, those of the equation that it replaced, so that the other blocks keep theirs.
    """

    value: np.ndarray
    unused_noise: int

    @property
    def whole_batch(self) -> bool:
        """True with one value for each row."""
        return len(self.value) > 1

    @property
    def parents(self) -> tuple[str, ...]:
        """None: do() cuts the edges."""
        return ()

    @property
    def dim(self) -> int:
        """Length of a value."""
        return self.value.shape[1]

    @property
    def noise_dim(self) -> int:
        """Normals passed over."""
        return self.unused_noise

    def transform(self, parents: Values, noise: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n d"]:
        """The value, once for each row of noise."""
        return np.repeat(self.value, len(noise) // len(self.value), axis=0).astype(noise.dtype)

    def mean(self, parents: Values) -> Float[np.ndarray, "n d"]:
        """The value."""
        return self.value

    def covariance(self, parents: Values) -> Float[np.ndarray, "*n d d"]:
        """Zero."""
        return np.zeros((self.dim, self.dim))

    def linear_mean(self) -> Weights:
        """No parents."""
        return {}


@dataclass(frozen=True, eq=False)
class PermutedCopy(ContinuousLaw):
    """The text's copy of another row's content: x_i = copy(z_{order(i)}).

    Over the draw of the batch it is a root with the marginal moments of the copy.
    """

    copy: NoisyCopy
    order: np.ndarray
    marginal_mean: np.ndarray
    marginal_covariance: np.ndarray

    @property
    def whole_batch(self) -> bool:
        """A row reads another row."""
        return True

    @property
    def parents(self) -> tuple[str, ...]:
        """None: the row's own content does not enter."""
        return ()

    @property
    def dim(self) -> int:
        """That of the copy."""
        return self.copy.dim

    @property
    def noise_dim(self) -> int:
        """That of the copy."""
        return self.copy.noise_dim

    def transform(self, parents: Values, noise: Float[np.ndarray, "n k"]) -> Float[np.ndarray, "n d"]:
        """The copy applied to permuted rows of the content."""
        return self.copy.transform({self.copy.parent: parents[self.copy.parent][self.order]}, noise)

    def mean(self, parents: Values) -> Float[np.ndarray, "n d"]:
        """Marginal mean of the copy."""
        return self.marginal_mean

    def covariance(self, parents: Values) -> Float[np.ndarray, "*n d d"]:
        """Marginal covariance of the copy."""
        return self.marginal_covariance

    def linear_mean(self) -> Weights:
        """No parents."""
        return {}


@dataclass(frozen=True, eq=False)
class Do(Intervention):
    """do(block = value): a number, one value of shape (d,), or one value for each row, shape (n, d)."""

    value: np.ndarray | float

    def apply(self, block: str, laws: Laws, *, n: int, rng: np.random.Generator) -> ContinuousLaw:
        """A constant.

        Raises:
            ValueError: a shape that does not fit, or values that are not finite.
        """
        law, value = laws[block], np.asarray(self.value, dtype=np.float64)
        if value.shape not in ((), (law.dim,), (n, law.dim)):
            raise ValueError(
                f"do({block}) got a value of shape {value.shape}, expected (), ({law.dim},) or ({n}, {law.dim}): one "
                "number, one value of the block, or one value for each sampled row"
            )
        if not np.all(np.isfinite(value)):
            raise ValueError(f"do({block}) got a value that is not finite; the equations below it would not be defined")
        rows = value if value.ndim == 2 else np.broadcast_to(value, (1, law.dim))
        return Constant(rows, law.noise_dim)


@dataclass(frozen=True)
class PermutedContent(Intervention):
    """Give every text the content of another row, by a random cyclic permutation, so that no pair shares content.

    A cyclic permutation of all rows has no fixed point; the marginal laws of both modalities stay as they are.
    """

    def apply(self, block: str, laws: Laws, *, n: int, rng: np.random.Generator) -> ContinuousLaw:
        """The text's copy of permuted content.

        Raises:
            ValueError: a block other than the text's copy, fewer than two rows, or content that is itself set.
        """
        copy, content = laws[block], laws["z_inv"]
        if not isinstance(copy, NoisyCopy):
            raise ValueError(
                f"permuted content was asked for {block}, expected z_inv_text: only a copy of the content can be "
                "taken from another row of the same batch"
            )
        if not isinstance(content, LinearGaussian):
            raise ValueError("permuted content was asked together with do(z_inv); set z_inv_text by do() instead")
        if n < 2:
            raise ValueError(f"permuted content needs at least 2 rows, got {n}; one row cannot swap with another")
        cycle = rng.permutation(n)
        order = np.empty(n, dtype=np.intp)
        order[cycle] = np.roll(cycle, 1)
        weight = copy.linear_mean()["z_inv"]
        covariance = weight @ content.noise_covariance @ weight.T + copy.average_covariance()
        return PermutedCopy(copy, order, (weight @ content.offset)[None, :], covariance)


@dataclass(frozen=True)
class RescaledDependence(Intervention):
    """Multiply a block's dependence by a factor: -1 flips its sign, 0 removes it.

    A block with a parent gets weights factor * B (the noise stays); the text's private part gets correlation
    factor * rho (its variance stays); the content gets correlations factor * S_jk (its variances stay).
    """

    factor: float

    def apply(self, block: str, laws: Laws, *, n: int, rng: np.random.Generator) -> ContinuousLaw:
        """The law with rescaled weights or correlations.

        Raises:
            ValueError: a block that depends on nothing, or a covariance that is no longer positive definite.
        """
        law = laws[block]
        if isinstance(law, SineGaussian):
            return replace(law, weight=self.factor * law.weight)
        if not isinstance(law, LinearGaussian):
            raise ValueError(
                f"{block} follows a {type(law).__name__} law, which has no weights or correlations to rescale"
            )
        if block == "z_pr_tex" and law.weights:
            [(parent, weight)] = law.weights.items()
            return correlated_copy(block, parent, law.dim, self.factor * float(weight[0, 0]))
        if law.weights:
            weights = {name: self.factor * matrix for name, matrix in law.weights.items()} if self.factor else {}
            return replace(law, weights=weights)
        variances = np.diag(np.diag(law.noise_covariance))
        if np.array_equal(law.noise_covariance, variances):
            raise ValueError(f"{block} depends on nothing in this model, so there is no dependence to rescale")
        return replace(law, noise_covariance=variances + self.factor * (law.noise_covariance - variances))


def _with_text_copy(laws: Laws) -> Laws:
    """The same model with the text's content as a block of its own, an exact copy of z_inv."""
    content = laws["z_inv"]
    copy = NoisyCopy("z_inv", tuple(range(content.dim)), (), np.diag(content.covariance({})))
    extended = {"z_inv": content, "z_inv_text": copy, **laws}
    style = laws.get("z_dp_tex")
    if isinstance(style, LinearGaussian) and "z_inv" in style.weights:
        extended["z_dp_tex"] = replace(style, weights={"z_inv_text": style.weights["z_inv"]})
    elif isinstance(style, SineGaussian):
        extended["z_dp_tex"] = replace(style, parent="z_inv_text")
    return extended


def intervene(
    laws: Mapping[str, ContinuousLaw],
    interventions: "Mapping[str, Intervention | np.ndarray | float]",
    *,
    n: int,
    rng: np.random.Generator,
) -> Laws:
    """The laws of the intervened model, in the same order; an array or a number stands for `Do`.

    Raises:
        ValueError: a block that the model does not have, or an intervention that does not fit its block.
    """
    changed = dict(laws)
    if "z_inv_text" in interventions and "z_inv_text" not in changed:
        changed = _with_text_copy(changed)
    unknown = sorted(set(interventions) - set(changed))
    if unknown:
        raise ValueError(f"interventions on {unknown}, which are no latent blocks of this model ({list(changed)})")
    for block in changed:
        if block in interventions:
            wanted = interventions[block]
            intervention = wanted if isinstance(wanted, Intervention) else Do(wanted)
            changed[block] = intervention.apply(block, changed, n=n, rng=rng)
    return changed
