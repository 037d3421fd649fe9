"""A finite image-text model: class and environment behind every image, tokens that name them in the caption."""

import numpy as np
from jaxtyping import Float

from scm import FiniteSCM, Role, tabular

CLASS, ENVIRONMENT = "z_cls", "z_env"
IMAGE = (CLASS, ENVIRONMENT, "z_pr_img")  # the image is an injective function of these
FULL = ("token_cls", "token_env", "z_pr_tex")  # a caption that names both; z_pr_tex is a choice of words
PRUNED = ("token_cls", "z_pr_tex")  # the same caption with its environment token erased


def caption_model(*, classes: int = 3, environments: int = 2, noise: float = 0.0) -> FiniteSCM:
    """Dependent, non-uniform classes and environments; each token names its factor, or with `noise` any symbol.

    Args:
        classes: number of classes.
        environments: number of environments.
        noise: probability in [0, 1] that a token is drawn uniformly instead of naming its factor.
    """
    prior = np.arange(2.0, 2.0 + classes)
    context = 1.0 + (np.arange(classes)[:, None] + np.arange(environments)) % 2
    coin = [0.5, 0.5]
    return FiniteSCM(
        [
            tabular(CLASS, Role.CLASS, prior / prior.sum()),
            tabular(ENVIRONMENT, Role.ENVIRONMENT, context / context.sum(axis=1, keepdims=True), CLASS),
            tabular("z_pr_img", Role.PRIVATE_IMAGE, coin),
            tabular("z_pr_tex", Role.PRIVATE_TEXT, coin),
            tabular("token_cls", Role.TOKEN, (1 - noise) * np.eye(classes) + noise / classes, CLASS),
            tabular("token_env", Role.TOKEN, (1 - noise) * np.eye(environments) + noise / environments, ENVIRONMENT),
        ]
    )


def image_caption_law(model: FiniteSCM, caption: tuple[str, ...]) -> Float[np.ndarray, "x t"]:
    """The joint law of image and caption, for a caption made of the named variables."""
    return model.marginal(IMAGE + caption).reshape(np.prod(_shape(model)), -1)


def factor_of_image(model: FiniteSCM, factors: tuple[str, ...]) -> np.ndarray:
    """The joint level of `factors` (some of `IMAGE`) as a function of the image index of `image_caption_law`."""
    levels = dict(zip(IMAGE, np.unravel_index(np.arange(np.prod(_shape(model))), _shape(model)), strict=True))
    return np.ravel_multi_index([levels[name] for name in factors], [model.levels(name) for name in factors])


def _shape(model: FiniteSCM) -> tuple[int, ...]:
    return tuple(model.levels(name) for name in IMAGE)
