"""InfoNCE of class-only captions with unit-length codes: when normalisation makes the image code free of its context.

C balanced classes; an image shows its class and its context; the caption is one class word, wrong with probability
eps and then uniform over the others. Codes f(x), g_t lie on the unit sphere of R^d, scores are <f, g> / tau. With

    delta = C / ((C - 1) tau),   Delta = log((1 - eps)(C - 1) / eps),   psi(u) = eps u + log((1 + (C - 1) e^-u) / C):

(i) delta <= Delta, that is tau >= tau_c = C / ((C - 1) Delta): min L_inf = psi(delta) for d >= C - 1, attained iff
{g_t} is a regular simplex and f(x) = g_{y(x)}: the image code is free of the context, without any gap.
(ii) tau < tau_c and d >= C: min L_inf = psi(Delta) = -I(X; T), attained by a continuum in which f carries the context;
only the predictor is free of it.

Proof. With u(x) = the score of the own class minus the mean of the others, Jensen on the C - 1 other scores gives
L_inf >= E psi(u) >= psi(E u); E u = delta E<f, g_y - mean g> <= delta sqrt(1 - |mean g|^2) <= delta, and the convex
psi decreases up to Delta. The same holds with the roles of f and g exchanged (there only the mean of f over contexts
counts, and it is at most 1 long), so each direction of the symmetric loss has this minimum, at the same codes.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize
from scipy.special import logsumexp


@dataclass(frozen=True)
class SphereProblem:
    """Class words with symmetric noise, scored by unit-length codes.

    Attributes:
        classes: C, at least 2.
        noise: probability eps that the caption names a wrong class, 0 <= eps < (C - 1) / C.
        temperature: tau, positive.

    Raises:
        ValueError: a field outside its range.
    """

    classes: int
    noise: float
    temperature: float

    def __post_init__(self) -> None:
        if self.classes < 2:
            raise ValueError(f"classes={self.classes}; expected at least 2, because one class leaves nothing to say")
        if not 0 <= self.noise < (self.classes - 1) / self.classes:
            raise ValueError(
                f"noise={self.noise} with {self.classes} classes; expected 0 <= noise < {self.classes - 1}/"
                f"{self.classes}, beyond which a caption speaks against the class it names"
            )
        if not self.temperature > 0:
            raise ValueError(f"temperature={self.temperature}; expected a positive number: scores are divided by it")

    @property
    def margin(self) -> float:
        """delta, the largest mean margin that unit-length codes reach."""
        return self.classes / ((self.classes - 1) * self.temperature)

    @property
    def best_margin(self) -> float:
        """Delta, the margin of the log ratio log p(t | x) / p(t); infinite without noise."""
        if self.noise == 0:
            return np.inf
        return float(np.log((1 - self.noise) * (self.classes - 1) / self.noise))

    @property
    def critical_temperature(self) -> float:
        """tau_c, where delta = Delta; 0 without noise."""
        return self.classes / ((self.classes - 1) * self.best_margin)

    @property
    def log_critical_noise(self) -> float:
        """log of the noise at which this temperature is critical: below it the image code is free of the context."""
        return float(-np.logaddexp(0.0, self.margin - np.log(self.classes - 1)))

    @property
    def bound(self) -> float:
        """min L_inf = psi(min(delta, Delta)), for d >= C - 1 in case (i) and d >= C in case (ii)."""
        return self.loss_of_margin(min(self.margin, self.best_margin))

    def loss_of_margin(self, margin: float) -> float:
        """psi(u), the loss of codes whose margin is u for every image and whose other scores are equal."""
        return float(self.noise * margin + np.log1p((self.classes - 1) * np.exp(-margin)) - np.log(self.classes))

    def joint(self, contexts: int) -> Float[np.ndarray, "x t"]:
        """p(x, t) of the images x = (class, context), all equally likely, numbered contexts * class + context."""
        wrong = self.noise / (self.classes - 1)
        caption = np.full((self.classes, self.classes), wrong) + (1 - self.noise - wrong) * np.eye(self.classes)
        return np.repeat(caption, contexts, axis=0) / (self.classes * contexts)


@dataclass(frozen=True)
class SphereCodes:
    """Codes of images x = (class, context) and of class words, and what they amount to.

    Attributes:
        loss: L_inf from image to text.
        backward_loss: L_inf from text to image.
        image: f, unit rows (unless Euclidean).
        text: g, unit rows (unless Euclidean).
        temperature: tau.
    """

    loss: float
    backward_loss: float
    image: Float[np.ndarray, "classes contexts d"]
    text: Float[np.ndarray, "classes d"]
    temperature: float

    @property
    def image_dependence(self) -> float:
        """max |f(y, e) - f(y, e')| over classes and pairs of contexts."""
        return float(np.linalg.norm(self.image[:, :, None] - self.image[:, None], axis=-1).max())

    @property
    def predictor_dependence(self) -> float:
        """max |q(t | y, e) - q(t | y, e')|, with q the softmax of the scores."""
        score = self.image @ self.text.T / self.temperature
        predictor = np.exp(score - logsumexp(score, axis=-1, keepdims=True))
        return float(np.abs(predictor[:, :, None] - predictor[:, None]).max())

    @property
    def simplex_error(self) -> float:
        """max |<g_t, g_t'> - (C [t = t'] - 1) / (C - 1)|: 0 iff the words form a regular simplex."""
        count = len(self.text)
        return float(np.abs(self.text @ self.text.T - (count * np.eye(count) - 1) / (count - 1)).max())


def simplex(classes: int, dim: int) -> Float[np.ndarray, "classes dim"]:
    """C unit vectors with pairwise inner product -1 / (C - 1), in the first C - 1 of `dim` coordinates.

    Raises:
        ValueError: fewer than C - 1 dimensions.
    """
    if dim < classes - 1:
        raise ValueError(f"{classes} points of a regular simplex span {classes - 1} dimensions, more than {dim}")
    centred = np.eye(classes) - 1 / classes
    basis = np.linalg.svd(centred)[0][:, : classes - 1]
    vertices = basis * np.sqrt(classes / (classes - 1))
    return np.pad(vertices, ((0, 0), (0, dim - classes + 1)))


def optimal_codes(problem: SphereProblem, contexts: int, dim: int) -> SphereCodes:
    """Unit codes that attain the minimum in closed form, with as much of the context in them as they can hold.

    The words are a simplex. Case (i): f = g_y. Case (ii): f = r g_y + sqrt(1 - r^2) n_e, with r = tau / tau_c and unit
    vectors n_e orthogonal to all words, opposite for even and odd contexts: the spare length holds the context.

    Raises:
        ValueError: fewer than C - 1 dimensions (case i) or C (case ii).
    """
    ratio = min(1.0, problem.temperature / problem.critical_temperature) if problem.noise else 1.0
    needed = problem.classes - (ratio == 1.0)
    if dim < needed:
        raise ValueError(f"the minimum is attained in {needed} or more dimensions, dim is {dim}")
    text = simplex(problem.classes, dim)
    image = np.repeat(ratio * text[:, None], contexts, axis=1)
    if ratio < 1:
        image[:, :, -1] = np.sqrt(1 - ratio**2) * (-1.0) ** np.arange(contexts)
    return coded(problem.joint(contexts), image, text, problem.temperature)


def coded(
    joint: Float[np.ndarray, "x t"],
    image: Float[np.ndarray, "classes contexts d"],
    text: Float[np.ndarray, "words d"],
    temperature: float,
) -> SphereCodes:
    """Given codes with their losses in both directions."""
    flat = image.reshape(-1, image.shape[-1])
    forward, _, _ = _loss(joint, flat, text, temperature)
    backward, _, _ = _loss(joint.T, text, flat, temperature)
    return SphereCodes(forward, backward, image, text, temperature)


def descend(
    joint: Float[np.ndarray, "x t"],
    temperature: float,
    contexts: int,
    dim: int,
    *,
    rng: np.random.Generator,
    unit_length: bool = True,
    symmetric: bool = False,
) -> SphereCodes:
    """Codes of every image and word that minimise L_inf from a random start (quasi-Newton, exact gradients).

    Args:
        joint: law p(x, t); image x is (class, context), numbered contexts * class + context.
        temperature: tau, positive.
        contexts: number of contexts.
        dim: number d of coordinates.
        rng: draws the start.
        unit_length: False leaves the codes free in R^d.
        symmetric: add the direction from text to image.
    """
    images, texts = joint.shape

    def codes(flat: Float[np.ndarray, " n"]) -> tuple[np.ndarray, np.ndarray]:
        raw = flat.reshape(-1, dim)
        length = np.linalg.norm(raw, axis=1, keepdims=True) if unit_length else np.ones((len(raw), 1))
        return raw / length, length

    def value(flat: Float[np.ndarray, " n"]) -> tuple[float, np.ndarray]:
        unit, length = codes(flat)
        loss, image, text = _loss(joint, unit[:images], unit[images:], temperature)
        if symmetric:
            backward, text_too, image_too = _loss(joint.T, unit[images:], unit[:images], temperature)
            loss, image, text = loss + backward, image + image_too, text + text_too
        gradient = np.concatenate([image, text])
        if unit_length:
            gradient -= unit * (gradient * unit).sum(axis=1, keepdims=True)
        return loss, (gradient / length).ravel()

    start = rng.standard_normal((images + texts) * dim)
    options = {"maxiter": 4000, "maxfun": 6000, "ftol": 1e-17, "gtol": 1e-11, "maxcor": 30}
    result = minimize(value, start, jac=True, method="L-BFGS-B", options=options)
    unit, _ = codes(result.x)
    return coded(joint, unit[:images].reshape(-1, contexts, dim), unit[images:], temperature)


def least_loss_on_the_line(problem: SphereProblem) -> float:
    """min L_inf over all unit codes in one dimension, where the sphere is {-1, 1}: every choice is tried.

    The loss is a sum over images once the words are coded, so each image takes the better of its two codes.
    """
    caption = problem.joint(1) * problem.classes
    signs = 1.0 - 2.0 * np.array(list(np.ndindex(*[2] * problem.classes)))  # one coding of the words a row
    score = np.array([1.0, -1.0])[:, None, None] * signs / problem.temperature
    partition = logsumexp(score, b=1 / problem.classes, axis=-1)
    each = partition[..., None] - score @ caption.T  # code of the image, coding of the words, class
    return float(each.min(axis=0).mean(axis=1).min())


def limit_and_gradient(
    joint: Float[np.ndarray, "x t"], critic: Float[np.ndarray, "x t"]
) -> tuple[float, Float[np.ndarray, "x t"]]:
    """L_inf(s) = -E s + E_x log E_{p(t)} e^s of finite scores, and its derivative p(x) q_s(t | x) - p(x, t)."""
    law_x, law_t = joint.sum(axis=1), joint.sum(axis=0)
    partition = logsumexp(critic, b=law_t, axis=1)
    loss = float(law_x @ partition - (joint * critic).sum())
    return loss, law_x[:, None] * law_t * np.exp(critic - partition[:, None]) - joint


def _loss(
    joint: Float[np.ndarray, "x t"],
    image: Float[np.ndarray, "x d"],
    text: Float[np.ndarray, "t d"],
    temperature: float,
) -> tuple[float, Float[np.ndarray, "x d"], Float[np.ndarray, "t d"]]:
    """L_inf of scores <f, g> / tau, and its gradients with respect to both tables of codes."""
    loss, residual = limit_and_gradient(joint, image @ text.T / temperature)
    return loss, residual @ text / temperature, residual.T @ image / temperature
