"""Population InfoNCE of finite variables: its optimum, its value at every K by enumeration, and its gap identities."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy.special import gammaln, logsumexp, xlogy

from scm import FiniteLaw

MAXIMUM_BATCHES = 2**20  # of an enumeration of all batches of negatives


class _Pair(NamedTuple):
    """p(x, t) and the critic without the images and texts that never occur, and the law of the negatives."""

    joint: Float[np.ndarray, "x t"]
    critic: Float[np.ndarray, "x t"]
    negatives: Float[np.ndarray, " t"]


def population_optimum(
    joint: Float[np.ndarray, "x t"], *, negatives: Float[np.ndarray, " t"] | None = None
) -> Float[np.ndarray, "x t"]:
    """s*(x, t) = log p(t | x) / q(t), the minimiser of InfoNCE for every K >= 2, up to an offset a(x).

    -inf where p(x, t) = 0: with such cells the minimum is approached by finite critics and not attained. For the
    symmetric loss the offset is one constant on each component of the support (a(x) = b(t) wherever p(x, t) > 0).

    Args:
        joint: law p(x, t).
        negatives: law q(t) of the negatives, by default p(t).

    Raises:
        ValueError: a table that is not a law, or negatives that miss a text.
    """
    image = FiniteLaw(("x", "t"), joint).marginal("x")
    proposal = _negatives(joint, negatives)
    product = image[:, None] * proposal
    ratio = np.divide(joint, product, out=np.zeros_like(joint), where=product > 0)
    return _log(ratio)


def infonce_loss(
    joint: Float[np.ndarray, "x t"],
    critic: Float[np.ndarray, "x t"],
    k: int,
    *,
    negatives: Float[np.ndarray, " t"] | None = None,
) -> float:
    """L_K(s) = E[-s(x, t_1) + log sum_{k<=K} exp s(x, t_k)], t_1 the pair's text and the others i.i.d. negatives.

    One direction (image to text; transpose both tables for the other), without the constant log K. The expectation
    is over all batches, counted by how often each text occurs in them.

    Args:
        joint: law p(x, t).
        critic: scores s(x, t); -inf is allowed and costs +inf on a pair that occurs.
        k: number of candidates, the positive included, at least 1.
        negatives: law q(t) of the negatives, by default p(t).

    Raises:
        ValueError: a table that is not a law, negatives that miss a text, or too many batches.
    """
    pair = _checked(joint, critic, negatives)
    if (pair.critic[pair.joint > 0] == -np.inf).any():
        return np.inf
    counts, probability = enumerate_batches(pair.negatives, k - 1)
    weight, shift = _exponentials(pair.critic)
    others = _log(counts @ weight.T) + shift[:, 0]
    loss = 0.0
    for text, column in enumerate(pair.joint.T):
        occurs = column > 0
        score = pair.critic[occurs, text]
        loss += float(column[occurs] @ (probability @ np.logaddexp(others[:, occurs], score) - score))
    return loss


def infonce_limit(
    joint: Float[np.ndarray, "x t"],
    critic: Float[np.ndarray, "x t"],
    *,
    negatives: Float[np.ndarray, " t"] | None = None,
) -> float:
    """L_inf(s) = -E s(x, t) + E_x log E_{q(t)} exp s(x, t), the limit of L_K(s) - log K.

    With q(t) = p(t), the default, equals -I(X; T) + E_x KL(p(. | x) || q_s(. | x)) with q_s(t | x) proportional to
    p(t) exp s(x, t): minimal at the population optimum, with value -I(X; T). Equals the cross-entropy of q_s less H(T).

    Raises:
        ValueError: a table that is not a law, or negatives that miss a text.
    """
    pair = _checked(joint, critic, negatives)
    occurs = pair.joint > 0
    partition = logsumexp(pair.critic, b=pair.negatives, axis=1)
    return float(pair.joint.sum(axis=1) @ partition - pair.joint[occurs] @ pair.critic[occurs])


def cross_entropy(joint: Float[np.ndarray, "x t"], critic: Float[np.ndarray, "x t"]) -> float:
    """E[-log q_s(t | x)] of the classifier q_s(t | x) proportional to p(t) exp s(x, t), in nats.

    Raises:
        ValueError: a table that is not a law.
    """
    pair = _checked(joint, critic, None)
    score = pair.critic + np.log(pair.negatives)
    occurs = pair.joint > 0
    log_probability = score - logsumexp(score, axis=1, keepdims=True)
    return float(-(pair.joint[occurs] @ log_probability[occurs]))


def finite_k_gap(
    joint: Float[np.ndarray, "x t"],
    critic: Float[np.ndarray, "x t"],
    k: int,
    *,
    negatives: Float[np.ndarray, " t"] | None = None,
) -> float:
    """E KL(law of the positive's position given the batch || softmax of s over the batch).

    Equals L_K(s) - L_K(s*), so s is optimal iff its softmax is the posterior of the position, iff s = s* + a(x) where
    it matters. Enumerated over whole batches of K texts, independently of `infonce_loss`.

    Args:
        joint: law p(x, t).
        critic: scores s(x, t), finite on pairs that occur.
        k: number of candidates, the positive included.
        negatives: law q(t) of the negatives, by default p(t).

    Raises:
        ValueError: a table that is not a law, negatives that miss a text, or too many batches.
    """
    pair = _checked(joint, critic, negatives)
    counts, probability = enumerate_batches(pair.negatives, k)
    weight, shift = _exponentials(pair.critic)
    gap = 0.0
    for x, row in enumerate(pair.joint):
        ratio = row / (row.sum() * pair.negatives)
        total = counts @ ratio  # a batch with counts c occurs with probability q(c) * total / K
        batch, likelihood = counts[total > 0], total[total > 0]
        excess = _log(batch @ weight[x]) + shift[x] - np.log(likelihood)
        occurs = row > 0
        score_error = np.log(ratio[occurs]) - pair.critic[x, occurs]
        divergence = batch[:, occurs] @ (ratio[occurs] * score_error) + likelihood * excess
        gap += float(row.sum() * (probability[total > 0] @ divergence) / k)
    return gap


def noise_free_floor(law: Float[np.ndarray, " y"], k: int) -> float:
    """inf L_K = sum_y p(y) E log(1 + Binomial(K - 1, p(y))): error-free tokens, one image factor y a token.

    What remains are the negatives that repeat the positive. Approached, never attained, by finite critics.

    Raises:
        ValueError: a vector that is not a law.
    """
    FiniteLaw(("y",), law)
    repeats = np.arange(k)
    log_binomial = gammaln(k) - gammaln(repeats + 1) - gammaln(k - repeats)
    present, times = np.unique(law[law > 0], return_counts=True)
    chance = present[:, None]
    probability = np.exp(log_binomial + xlogy(repeats, chance) + xlogy(k - 1 - repeats, 1 - chance))
    return float((times * present) @ probability @ np.log1p(repeats))


def _checked(
    joint: Float[np.ndarray, "x t"], critic: Float[np.ndarray, "x t"], negatives: Float[np.ndarray, " t"] | None
) -> _Pair:
    FiniteLaw(("x", "t"), joint)
    proposal = _negatives(joint, negatives)
    kept = np.ix_(joint.any(axis=1), proposal > 0)
    return _Pair(joint[kept], critic[kept], proposal[proposal > 0])


def _negatives(joint: Float[np.ndarray, "x t"], negatives: Float[np.ndarray, " t"] | None) -> Float[np.ndarray, " t"]:
    text = joint.sum(axis=0)
    if negatives is None:
        return text
    FiniteLaw(("t",), negatives)
    missing = np.flatnonzero((negatives == 0) & (text > 0))
    if len(missing):
        raise ValueError(
            f"the law of the negatives gives text {missing[0]} probability 0, but p(t) is {text[missing[0]]:.3g}; a "
            "text that is never a negative can be scored +inf, and InfoNCE has no optimum"
        )
    return negatives


def _exponentials(critic: Float[np.ndarray, "x t"]) -> tuple[Float[np.ndarray, "x t"], Float[np.ndarray, "x 1"]]:
    """exp(s - shift) and shift, the largest finite score of the row."""
    highest = critic.max(axis=1, keepdims=True)
    shift = np.where(np.isfinite(highest), highest, 0.0)
    return np.exp(critic - shift), shift


def _log(value: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    """log, with log 0 = -inf and no warning."""
    return np.log(value, out=np.full_like(value, -np.inf), where=value > 0)


def enumerate_batches(
    law: Float[np.ndarray, " t"], size: int
) -> tuple[Int[np.ndarray, "batches t"], Float[np.ndarray, " batches"]]:
    """Every batch of `size` i.i.d. texts as counts, with its multinomial probability."""
    parts = len(law)
    batches = round(float(np.exp(gammaln(size + parts) - gammaln(size + 1) - gammaln(parts))))
    if batches > MAXIMUM_BATCHES:
        raise ValueError(
            f"{size} draws from {parts} texts make {batches} different batches, at most {MAXIMUM_BATCHES} can be "
            "enumerated: use fewer candidates or a smaller alphabet"
        )
    counts = np.zeros((1, 0), dtype=np.int64)
    for _ in range(parts - 1):
        left = size - counts.sum(axis=1)
        counts = np.repeat(counts, left + 1, axis=0)
        starts = np.cumsum(left + 1) - (left + 1)
        counts = np.column_stack([counts, np.arange(len(counts)) - np.repeat(starts, left + 1)])
    counts = np.column_stack([counts, size - counts.sum(axis=1)])
    log_probability = gammaln(size + 1) - gammaln(counts + 1).sum(axis=1) + counts @ np.log(law)
    return counts, np.exp(log_probability)
