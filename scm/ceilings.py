"""Population R^2 of predicting one block from others: the ceiling of every probe, in closed form where it exists."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from scm.copies import NoisyCopy, StyleChange
from scm.graph import CausalGraph, Role, Variable
from scm.laws import ContinuousLaw, SineGaussian, Weights, evaluate, total_noise_dim
from scm.linear import require_positive_definite

Laws = Mapping[str, ContinuousLaw]
Moments = dict[tuple[str, str], np.ndarray]
MAXIMUM_GATES = 10  # 1024 Gaussian components


class CeilingEstimate(NamedTuple):
    """A population R^2 estimated by Monte Carlo, with its standard error, one entry a coordinate."""

    value: Float[np.ndarray, "d"]
    standard_error: Float[np.ndarray, "d"]


class Question(NamedTuple):
    """Laws and graph (with a node for each partly given block), the target, and the condition without idle blocks."""

    laws: dict[str, ContinuousLaw]
    graph: CausalGraph
    target: str
    condition: tuple[str, ...]


def covariances(laws: Mapping[str, tuple[Weights | None, np.ndarray]]) -> Moments:
    """Exact Cov(a, b) of every pair of blocks, from (weights of the mean, average noise covariance) of each block.

    Cov(x, o) = sum_p B_p Cov(p, o), and Cov(x, x) = sum_p B_p Cov(p, x) + E Cov[x | parents]; Gaussian or not.
    Blocks at or below one without a linear mean are left out.
    """
    moments: Moments = {}
    done: dict[str, int] = {}
    for name, (weights, noise) in laws.items():
        if weights is None or any(parent not in done for parent in weights):
            continue
        for other, size in done.items():
            cross = sum((b @ moments[p, other] for p, b in weights.items()), np.zeros((len(noise), size)))
            moments[name, other], moments[other, name] = cross, cross.T
        moments[name, name] = noise + sum((moments[name, p] @ b.T for p, b in weights.items()), np.zeros_like(noise))
        done[name] = len(noise)
    return moments


def _block(moments: Moments, rows: Sequence[str], columns: Sequence[str]) -> Float[np.ndarray, "r c"]:
    return np.block([[moments[a, b] for b in columns] for a in rows])


def _inverse(covariance: Float[np.ndarray, "k k"]) -> Float[np.ndarray, "k k"]:
    """Pseudo-inverse: a noiseless copy may repeat what another given block says, which makes the matrix singular."""
    return np.linalg.pinv(covariance, rtol=1e-12, hermitian=True)


def pose(
    laws: Laws,
    graph: CausalGraph,
    target: str,
    given: str | Sequence[str],
    coordinates: Mapping[str, Sequence[int]] | None = None,
) -> Question:
    """Resolve names: observations become the blocks that they determine, and blocks that tell nothing are dropped.

    Raises:
        ValueError: names that are no blocks, or coordinates that a block does not have.
    """
    coordinates = dict(coordinates or {})
    target, *condition = [target, given] if isinstance(given, str) else [target, *given]
    if "z_inv_text" not in laws:  # the text's copy is z_inv itself
        target, *condition = ["z_inv" if name == "z_inv_text" else name for name in [target, *condition]]
        coordinates = {"z_inv" if name == "z_inv_text" else name: kept for name, kept in coordinates.items()}
    # A mixing is invertible, so an observation determines the blocks that it mixes.
    observed = {name: graph.parents(name) for role in (Role.IMAGE, Role.TEXT) for name in graph.by_role(role)}
    condition = list(dict.fromkeys(block for name in condition for block in observed.get(name, (name,))))
    unknown = sorted({name for name in [target, *condition] if name not in laws} | (set(coordinates) - set(condition)))
    if unknown:
        raise ValueError(
            f"the ceiling of {target!r} given {condition} was asked with {unknown}, which are no given blocks of this "
            f"model; its blocks are {list(laws)}"
        )
    laws, variables, edges = dict(laws), list(graph.variables.values()), list(graph.edges)
    for name, indices in coordinates.items():
        size = laws[name].dim
        if not indices or not set(indices) <= set(range(size)):
            raise ValueError(f"coordinates {tuple(indices)} of {name} given, expected some of 0 ... {size - 1}")
        part = f"{name}{list(indices)}"
        laws[part] = NoisyCopy(name, tuple(indices), (), np.ones(size))
        variables.append(Variable(part, graph.variables[name].role, len(indices)))
        edges.append((name, part))
        condition[condition.index(name)] = part
    graph = CausalGraph(variables, edges)
    for name in tuple(condition):
        rest = [other for other in condition if other != name]
        if target not in condition and graph.d_separated(target, name, rest):
            condition = rest
    return Question(laws, graph, target, tuple(condition))


def ceiling(
    laws: Laws,
    graph: CausalGraph,
    target: str,
    given: str | Sequence[str],
    coordinates: Mapping[str, Sequence[int]] | None = None,
) -> Float[np.ndarray, "d"]:
    """R^2_j = Var E[t_j | given] / Var t_j for every coordinate j of the block `target`.

    Jointly Gaussian given blocks g make E[. | g] linear for every block with a chain of linear means above it:
    R^2 = diag(S_tg S_gg^-1 S_gt) / diag(S_tt). For t = sin(u) + eps with u = 2 B z of variance v, of which w is
    explained, E[sin u | g] = e^(-(v - w) / 2) sin E[u | g], so Var = e^(w - v) (1 - e^(-2 w)) / 2 and
    Var t = (1 - e^(-2 v)) / 2 + Var eps.

    Raises:
        ValueError: unknown names, or a law without closed form (given blocks that are not jointly Gaussian).
    """
    laws, graph, target, condition = pose(laws, graph, target, given, coordinates)
    size = laws[target].dim
    if target in condition:
        return np.ones(size)
    if not condition:
        return np.zeros(size)
    culprits = [n for n in graph.ancestors(condition) if laws[n].gate_probabilities or laws[n].linear_mean() is None]
    if culprits:
        raise ValueError(
            f"the ceiling of {target} given {condition} has no closed form: {sorted(culprits)} are not linear and "
            "Gaussian, so the given blocks are not jointly Gaussian and the conditional mean is not linear; for "
            "Bernoulli gates (a mixture of Gaussians) use ceiling_estimate()"
        )
    moments = covariances({name: (law.linear_mean(), law.average_covariance()) for name, law in laws.items()})

    def explained(rows: Float[np.ndarray, "d k"], source: str) -> Float[np.ndarray, "d"]:
        """Variance of E[rows @ source | condition]."""
        cross = rows @ _block(moments, [source], condition)
        return np.einsum("jk,kl,jl->j", cross, _inverse(_block(moments, condition, condition)), cross)

    if (target, target) in moments:
        return explained(np.eye(size), target) / np.diag(moments[target, target])
    law, moved = laws[target], np.zeros(size)
    if isinstance(law, StyleChange):
        law, moved = laws[law.parent], np.diag(law.average_covariance())
    if not isinstance(law, SineGaussian) or laws[law.parent].gate_probabilities:
        raise ValueError(f"the ceiling of {target} has no closed form: its mean is not a sine of a Gaussian block")
    angle = 2 * law.weight
    total = np.diag(angle @ moments[law.parent, law.parent] @ angle.T)
    known = explained(angle, law.parent)
    variance = (1 - np.exp(-2 * total)) / 2 + np.diag(law.noise_covariance) + moved
    return np.exp(known - total) * (1 - np.exp(-2 * known)) / 2 / variance


def ceiling_estimate(
    laws: Laws,
    graph: CausalGraph,
    target: str,
    given: str | Sequence[str],
    coordinates: Mapping[str, Sequence[int]] | None = None,
    *,
    n: int = 20_000,
    rng: np.random.Generator,
) -> CeilingEstimate:
    """Monte Carlo R^2 for laws with Bernoulli gates, from the exact conditional mean of the mixture of Gaussians.

    Given the gates b, all blocks are jointly Gaussian, so E[t | g] = sum_b P(b | g) S_tg(b) S_gg(b)^-1 g (centred) is
    exact; only its variance over g is estimated, from n draws.

    Raises:
        ValueError: unknown names, a law that is no mixture of Gaussians, or more than `MAXIMUM_GATES` gates.
    """
    laws, graph, target, condition = pose(laws, graph, target, given, coordinates)
    size = laws[target].dim
    if not condition or target in condition:
        return CeilingEstimate(np.full(size, float(target in condition)), np.zeros(size))
    involved = {name: law for name, law in laws.items() if name in graph.ancestors([target, *condition])}
    gated = {name: law.gate_probabilities for name, law in involved.items() if law.gate_probabilities}
    probabilities = np.array([p for gates in gated.values() for p in gates])
    if len(probabilities) > MAXIMUM_GATES or any(law.linear_mean() is None for law in involved.values()):
        raise ValueError(
            f"the ceiling of {target} given {condition} cannot be estimated: it involves {len(probabilities)} gates "
            f"(at most {MAXIMUM_GATES}, with one Gaussian for every combination) or a law that is not linear given them"
        )
    values = evaluate(laws, rng.standard_normal((n, total_noise_dim(laws))))
    observed = np.concatenate([values[name] for name in condition], axis=1)
    observed -= observed.mean(axis=0)
    top, weight, weighted = np.full(n, -np.inf), np.zeros(n), np.zeros((n, size))  # streaming log-sum-exp over gates
    for gates in product((False, True), repeat=len(probabilities)):
        remaining = iter(gates)
        component = {
            name: law.given_gates([next(remaining) for _ in law.gate_probabilities]) for name, law in involved.items()
        }
        moments = covariances(component)
        block = _block(moments, condition, condition)
        require_positive_definite(block, f"the covariance of the given blocks {condition} under one choice of gates")
        inverse = np.linalg.inv(block)
        log_density = -np.einsum("nk,kl,nl->n", observed, inverse, observed) / 2 - np.linalg.slogdet(block)[1] / 2
        log_weight = log_density + np.sum(np.log(np.where(gates, probabilities, 1 - probabilities)))
        higher = np.maximum(top, log_weight)
        old, new = np.exp(top - higher), np.exp(log_weight - higher)
        weight = weight * old + new
        mean = observed @ inverse @ _block(moments, condition, [target])
        weighted = weighted * old[:, None] + mean * new[:, None]
        top = higher
    average = covariances({name: (law.linear_mean(), law.average_covariance()) for name, law in involved.items()})
    shares = (weighted / weight[:, None]) ** 2 / np.diag(average[target, target])
    return CeilingEstimate(shares.mean(axis=0), shares.std(axis=0) / np.sqrt(n))
