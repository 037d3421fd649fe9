"""InfoNCE over class captions when the batch, not the caption, is designed: strata, swapped captions, weights.

A law p(x, y, z) holds an image x, the class token y of its caption and a side token z: the context token of the same
caption, or the index of the environment. The design says from which law q the K - 1 negatives of an image come.
"""

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import minimize
from scipy.special import softmax

from identifiability.exact.infonce import infonce_limit, infonce_loss, population_optimum
from scm import FiniteLaw
from scm.environments import balance

MAXIMUM_STEPS = 200  # of Newton's method, which needs about ten


def proposal_optimum(joint: Float[np.ndarray, "x t"], proposal: Float[np.ndarray, "x t"]) -> Float[np.ndarray, "x t"]:
    """s*(x, t) = log p(t | x) / q(t | x), the optimum when the negatives of image x are drawn from q(. | x).

    Holds for every K >= 2 up to an offset a(x): the loss is a sum over images, and each image alone is InfoNCE with
    one law of negatives. -inf where p(t | x) = 0 < q(t | x); nan where both are 0: such a score enters no batch.

    Args:
        joint: law p(x, t).
        proposal: rows q(. | x), each of sum 1; rows of images that never occur are not read.

    Raises:
        ValueError: a table or a row that is no law, or a proposal that misses a text of its image.
    """
    image = FiniteLaw(("x", "t"), joint).marginal("x")
    critic = np.full_like(joint, np.nan)
    for x in np.flatnonzero(image):
        drawn = proposal[x] > 0
        critic[x, drawn] = population_optimum(joint[x : x + 1] / image[x], negatives=proposal[x])[0, drawn]
    return critic


def shown_value(law: Float[np.ndarray, "x y z"]) -> Int[np.ndarray, " x"]:
    """z as a function of the image, when the image shows it; -1 for images that never occur.

    Raises:
        ValueError: not a law, or an image that occurs with two values of z.
    """
    seen = FiniteLaw(("x", "y", "z"), law).marginal(("x", "z")) > 0
    several = np.flatnonzero(seen.sum(axis=1) > 1)
    if len(several):
        values = np.flatnonzero(seen[several[0]]).tolist()
        raise ValueError(
            f"image {several[0]} occurs with the values {values} of its context or content ({len(several)} such "
            "images); it must show one value, as one image has one matched prompt, one stratum and one target"
        )
    return np.where(seen.any(axis=1), seen.argmax(axis=1), -1)


def within_strata(law: Float[np.ndarray, "x y z"]) -> Float[np.ndarray, "x y"]:
    """The proposal q(y | x) = p(y | z(x)) of batches that hold one stratum z only, for images that show z.

    Raises:
        ValueError: an image that occurs in two strata (`shown_value`); `stratified_optimum` takes those.
    """
    context = shown_value(law)
    given = FiniteLaw(("x", "y", "z"), law).conditional("y", "z", undefined="nan")
    return np.where(context[:, None] >= 0, given[context], 0.0)


def stratified_loss(law: Float[np.ndarray, "x y z"], critic: Float[np.ndarray, "x y"], k: int) -> float:
    """sum_z p(z) L_K(s; p(x, y | z)): every batch holds one stratum z only, the score is shared by all strata.

    Raises:
        ValueError: a table that is not a law.
    """
    strata = FiniteLaw(("x", "y", "z"), law).marginal("z")
    return sum(float(p) * infonce_loss(law[:, :, z] / p, critic, k) for z, p in enumerate(strata) if p > 0)


def stratified_optimum(law: Float[np.ndarray, "x y z"], *, tolerance: float = 1e-12) -> Float[np.ndarray, "x y"]:
    """The shared score that minimises sum_z p(z) L_inf(s; p(x, y | z)), by Newton's method for each image.

    Stationary where p(y | x) = sum_z p(z | x) q_z(y | x), q_z(y | x) proportional to p(y | z) exp s(x, y). No closed
    form if an image occurs in several strata; otherwise `proposal_optimum` of `within_strata`. Rows have mean 0 over
    the classes that occur with the image; -inf where p(y | x) = 0.

    Args:
        law: p(x, y, z) with z the stratum (a context, or an environment index).
        tolerance: largest gradient of an image's loss at the end.

    Raises:
        ValueError: not a law.
        ArithmeticError: the iteration did not reach the tolerance.
    """
    named = FiniteLaw(("x", "y", "z"), law)
    target, share = (np.nan_to_num(named.conditional(name, "x", undefined="nan")) for name in ("y", "z"))
    prior = np.nan_to_num(named.conditional("y", "z", undefined="nan"))
    occurs = target > 0
    with np.errstate(divide="ignore"):
        score, prior = _centred(np.log(target), occurs), np.log(prior)
    for _ in range(MAXIMUM_STEPS):
        logits = np.where(occurs[:, None], score[:, None] + prior, -np.inf)  # (x, z, y)
        logits[~occurs.any(axis=1)] = 0.0
        logits[(logits == -np.inf).all(axis=2)] = 0.0  # a stratum without any class of this image: its share is 0
        posterior = softmax(logits, axis=2)
        gradient = np.where(occurs, (share[:, :, None] * posterior).sum(axis=1) - target, 0.0)
        if np.abs(gradient).max() <= tolerance:
            return np.where(occurs, score, -np.inf)
        weighted = share[:, :, None] * posterior
        hessian = -np.einsum("xzi,xzj->xij", weighted, posterior)
        hessian[:, range(law.shape[1]), range(law.shape[1])] += weighted.sum(axis=1)
        both = occurs[:, :, None] & occurs[:, None, :]
        hessian = np.where(both, hessian + 1.0, 0.0) + np.eye(law.shape[1]) * ~occurs[:, None]  # offsets pinned
        step = np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
        step /= np.maximum(1.0, np.abs(step).max(axis=1, keepdims=True))  # no overshoot where the softmax is flat
        score = _centred(np.where(occurs, score, 0.0) - step, occurs)
    raise ArithmeticError(f"the gradient is still {np.abs(gradient).max():.3g} after {MAXIMUM_STEPS} Newton steps")


def symmetric_predictor(law: Float[np.ndarray, "x y z"]) -> Float[np.ndarray, "x y"]:
    """p(y | x) proportional to p(y) exp s(x, y), s the optimum of both directions with batches of one stratum z each.

    s minimises sum_z p(z) (L_inf(s; p(x, y | z)) + L_inf(s^T; p(y, x | z))) / 2, a convex loss, found by BFGS.

    Raises:
        ValueError: a table that is not a law, or whose search for the optimum does not end.
    """
    joint = FiniteLaw(("x", "y", "z"), law)
    strata = [(float(p), law[:, :, z] / p) for z, p in enumerate(joint.marginal("z")) if p > 0]
    size = law.shape[:2]

    def loss(flat: Float[np.ndarray, " xy"]) -> float:
        critic = flat.reshape(size)
        both = [p * (infonce_limit(part, critic) + infonce_limit(part.T, critic.T)) for p, part in strata]
        return float(np.sum(both)) / 2

    found = minimize(loss, np.zeros(size[0] * size[1]), method="BFGS", options={"gtol": 1e-7})
    if np.abs(found.jac).max() > 1e-5:
        raise ValueError(f"the search ended at a slope of {np.abs(found.jac).max():.1e}: {found.message}")
    scores = found.x.reshape(size) + np.log(joint.marginal("y"))
    return softmax(scores, axis=1)


def swapped_optimum(law: Float[np.ndarray, "x y z"], proposal: Float[np.ndarray, "z y"]) -> Float[np.ndarray, "x y z"]:
    """Full captions against swapped ones: negatives (y', z) keep the pair's context token z, y' ~ q(. | z).

    s*(x, (y, z)) = log p(y | x, z) / q(y | z) + a(x, z) wherever image x occurs with z; nan elsewhere, where no batch
    scores it.

    Args:
        law: p(x, y, z) with z the context token.
        proposal: rows q(. | z), each of sum 1.

    Raises:
        ValueError: not a law, or a proposal that misses a class of its context.
    """
    strata = FiniteLaw(("x", "y", "z"), law).marginal("z")
    critic = np.full_like(law, np.nan)
    for z in np.flatnonzero(strata):
        rows = np.tile(proposal[z], (len(law), 1))
        critic[:, :, z] = proposal_optimum(law[:, :, z] / strata[z], rows)
    return critic


def balanced_law(law: Float[np.ndarray, "x y z"]) -> Float[np.ndarray, "x y z"]:
    """The law of pairs weighted by p(y) p(z) / p(y, z), under which the class token says nothing about z.

    Raises:
        ValueError: not a law, or p(y, z) = 0 < p(y) p(z) (positivity).
    """
    return balance(FiniteLaw(("x", "y", "z"), law), "y", "z").table


def _centred(score: Float[np.ndarray, "x y"], occurs: np.ndarray) -> Float[np.ndarray, "x y"]:
    """The scores minus their mean over the classes that occur, 0 at the others."""
    finite = np.where(occurs, score, 0.0)
    count = np.maximum(occurs.sum(axis=1, keepdims=True), 1)
    return np.where(occurs, finite - finite.sum(axis=1, keepdims=True) / count, 0.0)
