"""Laws of (environment, image, class) as they come from users: arrays, nested lists, or laws of named variables."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from scm import FiniteLaw

AXES = ("environment", "x", "y")


def as_joint(joint: ArrayLike | FiniteLaw, axes: Sequence[str] = AXES) -> Float[np.ndarray, "..."]:
    """pi_e p_e(x, y) with its axes in the order of `axes`; of a law of named variables, the marginal of these names.

    Raises:
        ValueError: a law without these variables, a table with other axes, or one that is not a law.
    """
    order = f"joint[{', '.join(axes)}] of sum 1"
    if isinstance(joint, FiniteLaw):
        missing = [name for name in axes if name not in joint.names]
        if missing:
            raise ValueError(
                f"the law is of the variables {list(joint.names)}, without {missing}; expected {list(axes)} (y the "
                f"class, x the image), or the table {order}, as law.marginal((...)) gives of your own names"
            )
        return joint.marginal(axes)
    try:
        return FiniteLaw(axes, joint).table  # type: ignore[arg-type]
    except ValueError as error:
        raise ValueError(
            f"{error}; expected {order}, y the class and x the image; tables of counts[class, context, prediction] "
            "are for is_irm_optimal"
        ) from error
