"""What a caption names: class and context tokens of a finite model, with errors, and what their InfoNCE optimum keeps.

The model is (Y, E, N) ~ p behind an image that shows all three, a class token T_Y ~ kappa(. | Y, E) and a context token
T_E ~ eta(. | Y, E), drawn independently given (Y, E). Names of variables follow `identifiability.exact.captions`.
"""

import numpy as np
from jaxtyping import Float, Int

from identifiability.exact.captions import CLASS, ENVIRONMENT, IMAGE
from identifiability.exact.infonce import population_optimum
from scm import FiniteSCM, Role, tabular

CLASS_TOKEN, CONTEXT_TOKEN = "token_cls", "token_env"
PRUNED, CONTEXT_ONLY, FULL = (CLASS_TOKEN,), (CONTEXT_TOKEN,), (CLASS_TOKEN, CONTEXT_TOKEN)


def token_model(
    factors: Float[np.ndarray, "y e n"],
    class_token: Float[np.ndarray, "y e v"],
    context_token: Float[np.ndarray, "y e w"],
) -> FiniteSCM:
    """The model of the module, for `image_caption_law` with the captions PRUNED, CONTEXT_ONLY or FULL.

    Args:
        factors: p(y, e, n) without zeros; n is what else the image shows.
        class_token: kappa(v | y, e).
        context_token: eta(w | y, e).

    Raises:
        ValueError: tables that are no laws.
    """
    pair = factors.sum(axis=2)
    prior = pair.sum(axis=1)
    return FiniteSCM(
        [
            tabular(CLASS, Role.CLASS, prior),
            tabular(ENVIRONMENT, Role.ENVIRONMENT, pair / prior[:, None], CLASS),
            tabular(IMAGE[2], Role.PRIVATE_IMAGE, factors / pair[:, :, None], (CLASS, ENVIRONMENT)),
            tabular(CLASS_TOKEN, Role.TOKEN, class_token, (CLASS, ENVIRONMENT)),
            tabular(CONTEXT_TOKEN, Role.TOKEN, context_token, (CLASS, ENVIRONMENT)),
        ]
    )


def naming(factor: int, classes: int, environments: int) -> Float[np.ndarray, "y e t"]:
    """The token without errors: it names the class (factor 0) or the environment (factor 1)."""
    values = np.indices((classes, environments))[factor]
    return np.eye((classes, environments)[factor])[values]


def blindness_cost(model: FiniteSCM) -> tuple[float, float]:
    """I(T_Y; E | Y), and I(Y, E; T_Y) - I(Y; T_Y): what the best critic that ignores E loses, computed twice."""
    conditional = model.conditional_mutual_information(CLASS_TOKEN, ENVIRONMENT, CLASS)
    difference = model.mutual_information((CLASS, ENVIRONMENT), CLASS_TOKEN) - model.mutual_information(
        CLASS, CLASS_TOKEN
    )
    return conditional, difference


def blind_optimum(model: FiniteSCM, of: np.ndarray) -> Float[np.ndarray, "x t"]:
    """log p(v | y) / p(v) of the class of each image: the best class-only critic among functions of the class.

    Args:
        model: a model with the variables of `token_model`.
        of: class of each image.
    """
    return population_optimum(model.marginal((CLASS, CLASS_TOKEN)))[of]


def sufficient_statistic(joint: Float[np.ndarray, "x t"], *, tolerance: float = 1e-9) -> Int[np.ndarray, " x"]:
    """Number of the class of images with the same posterior p(t | x): all that the InfoNCE optimum tells of an image.

    Classes are numbered in the order of their first image; images that never occur have -1.

    Args:
        joint: law p(x, t).
        tolerance: posteriors this near, entry by entry, are the same.
    """
    kept: list[np.ndarray] = []
    label = np.full(len(joint), -1)
    for x in np.flatnonzero(joint.sum(axis=1)):
        row = joint[x] / joint[x].sum()
        same = [k for k, other in enumerate(kept) if np.abs(other - row).max() <= tolerance]
        label[x] = same[0] if same else len(kept)
        if not same:
            kept.append(row)
    return label
