"""Population R^2 of predicting one block from others, in closed form."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from scm.graph import CausalGraph
from scm.laws import ContinuousLaw, LinearGaussian, NoisyCopy, SineGaussian, StyleChange

Moments = dict[tuple[str, str], np.ndarray]


def _linear_mean(law: ContinuousLaw) -> Mapping[str, np.ndarray] | None:
    """B_p with E[x | parents] = a + sum_p B_p z_p, or None where the mean is not linear."""
    if isinstance(law, LinearGaussian):
        return law.weights
    if isinstance(law, StyleChange):
        return {law.parent: np.eye(law.dim)}
    if isinstance(law, NoisyCopy):
        selection = np.eye(len(law.variances))[list(law.coordinates)]
        return {law.parent: law.shrinkage()[:, None] * selection}
    return None


def _average_covariance(law: ContinuousLaw) -> Float[np.ndarray, "d d"]:
    """E Cov[x | parents]."""
    if isinstance(law, NoisyCopy):
        variances = law.variances[list(law.coordinates)]
        return np.diag(law.noise_sd**2 + (1 - law.shrinkage() ** 2) * variances)
    return law.covariance({})


def _is_gaussian(law: ContinuousLaw) -> bool:
    if isinstance(law, StyleChange | NoisyCopy):
        return law.probability == 1 or (isinstance(law, NoisyCopy) and not law.perturbed)
    return isinstance(law, LinearGaussian)


def _covariances(laws: Mapping[str, ContinuousLaw]) -> Moments:
    """Exact Cov(a, b) of every pair of blocks reached by linear means; blocks at or below a sine are left out."""
    moments: Moments = {}
    done: list[str] = []
    for name, law in laws.items():
        weights = _linear_mean(law)
        if weights is None or any(parent not in done for parent in weights):
            continue
        for other in done:
            cross = sum((b @ moments[p, other] for p, b in weights.items()), np.zeros((law.dim, laws[other].dim)))
            moments[name, other], moments[other, name] = cross, cross.T
        own = _average_covariance(law)
        for parent, matrix in weights.items():
            own = own + moments[name, parent] @ matrix.T
        moments[name, name] = own
        done.append(name)
    return moments


def ceiling(
    laws: Mapping[str, ContinuousLaw], graph: CausalGraph, target: str, given: str | tuple[str, ...]
) -> Float[np.ndarray, "d"]:
    """R^2_j = Var E[t_j | given] / Var t_j for every coordinate j of the block `target`.

    Raises:
        ValueError: unknown blocks, or no closed form.
    """
    condition = [given] if isinstance(given, str) else list(given)
    if "z_inv_text" not in laws:
        target, condition = (
            "z_inv" if target == "z_inv_text" else target,
            ["z_inv" if name == "z_inv_text" else name for name in condition],
        )
    expanded: list[str] = []
    for name in condition:
        expanded += graph.parents(name) if name in ("x_img", "x_tex") else [name]
    condition = list(dict.fromkeys(expanded))
    unknown = [name for name in [target, *condition] if name not in laws]
    if unknown:
        raise ValueError(f"ceiling() names {unknown}, which are no latent blocks of this model ({list(laws)})")
    dim = laws[target].dim
    if target in condition:
        return np.ones(dim)
    for name in tuple(condition):
        rest = [other for other in condition if other != name]
        if graph.d_separated(target, name, rest):
            condition = rest
    if not condition:
        return np.zeros(dim)
    moments = _covariances(laws)
    not_gaussian = [name for name in graph.ancestors(condition) if not _is_gaussian(laws[name])]
    if not_gaussian:
        raise ValueError(f"no closed form: {not_gaussian}")

    def explained(rows: Float[np.ndarray, "d k"], source: str) -> Float[np.ndarray, "d d"]:
        """Cov of E[rows @ source | condition], which is linear."""
        cross = np.concatenate([rows @ moments[source, name] for name in condition], axis=1)
        block = np.block([[moments[a, b] for b in condition] for a in condition])
        return cross @ np.linalg.solve(block, cross.T)

    if (target, target) in moments:
        return np.diag(explained(np.eye(dim), target)) / np.diag(moments[target, target])
    sine, extra = laws[target], np.zeros(dim)
    if isinstance(sine, StyleChange):
        sine, extra = laws[sine.parent], np.diag(_average_covariance(sine))
    assert isinstance(sine, SineGaussian)
    angle = 2 * sine.weight
    total = np.einsum("jk,kl,jl->j", angle, moments[sine.parent, sine.parent], angle)
    known = np.diag(explained(angle, sine.parent))
    variance = (1 - np.exp(-2 * total)) / 2 + np.diag(sine.noise_covariance) + extra
    return np.exp(-(total - known)) * (1 - np.exp(-2 * known)) / 2 / variance
