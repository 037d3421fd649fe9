"""The coloured problem with any number of classes: noisy content and a spurious colour whose law shifts."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from scm.environments import Environments
from scm.finite import FiniteSCM, tabular
from scm.graph import Role
from scm.joint import FiniteLaw


def coloured_classes(
    *,
    classes: int = 10,
    label_noise: float = 0.25,
    colour: Sequence[float] = (0.9, 0.8),
    test: float | None = None,
    prior: Sequence[float] | None = None,
) -> tuple[Environments, FiniteSCM]:
    """Classes y, content c = y with probability 1 - label_noise, colour s = y with probability colour[e].

    A content or colour other than y is uniform over the other classes. The image shows x = (c, s), numbered
    classes * c + s. Returned are the training environments "train_0", "train_1", ... and the test model, where s = y
    with probability `test`. With two classes and the default prior this is `scm.environments.coloured_bits`.

    Args:
        classes: number of classes (and of contents and of colours), at least 2.
        label_noise: probability that the content is not the class.
        colour: probability of s = y in each training environment.
        test: the same in the test model; by default (1 - colour[0]) / (classes - 1), how often the first training
            environment shows any one of the wrong colours.
        prior: law p(y); uniform if left out.

    Source: Colored MNIST of Arjovsky et al. 2019 (two classes), here with categories for pixels.

    Raises:
        ValueError: fewer than 2 classes, a probability outside [0, 1], a prior that is no law of the classes, or no
            training environment.
    """
    if classes < 2:
        raise ValueError(f"classes={classes}, expected at least 2: with one class there is no other colour to show")
    if not colour:
        raise ValueError("colour=(), expected the probability of s = y in one training environment at least")
    law = np.full(classes, 1 / classes) if prior is None else np.asarray(prior, dtype=np.float64)
    if law.shape != (classes,):
        raise ValueError(f"prior={prior} has {law.size} entries, expected one for each of the {classes} classes")
    FiniteLaw(("y",), law)

    def model(agreement: float) -> FiniteSCM:
        for name, value in {"label_noise": label_noise, "colour (or test)": agreement}.items():
            if not 0 <= value <= 1:
                raise ValueError(f"{name}={value}, expected a probability in [0, 1]")
        mechanisms = [
            tabular("y", Role.CLASS, law, observed=True),
            tabular("c", Role.INVARIANT, noisy_copy(classes, 1 - label_noise), "y"),
            tabular("s", Role.ENVIRONMENT, noisy_copy(classes, agreement), "y"),
        ]
        return FiniteSCM(mechanisms).pushforward(
            "x", lambda c, s: classes * c + s, ("c", "s"), levels=classes**2, role=Role.IMAGE, observed=True
        )

    training = Environments({f"train_{e}": model(agreement) for e, agreement in enumerate(colour)})
    return training, model((1 - colour[0]) / (classes - 1) if test is None else test)


def trusted_bits(
    *, label_noise: float = 0.25, trust: Sequence[float] = (0.9, 0.8), test: float = 0.1
) -> tuple[Environments, FiniteLaw]:
    """Bits y (fair), content c = y xor Bern(label_noise), and a context s that tells whether c can be trusted.

    s = [c = y] with probability trust[e], else the opposite: s says nothing about y and nothing about c alone, and a
    lot about y given c. Names, numbering x = 2 c + s and the returned pair are those of `coloured_classes`, but c and
    s are dependent given y.

    Raises:
        ValueError: a probability outside [0, 1], or no training environment.
    """
    training, model = coloured_classes(classes=2, label_noise=label_noise, colour=trust, test=test)

    def law(bits: FiniteLaw) -> FiniteLaw:
        base = FiniteLaw(("y", "c", "colour"), bits.marginal(("y", "c", "s")))
        told = base.pushforward(
            "s", lambda y, c, colour: int((c == y) == (colour == y)), ("y", "c", "colour"), levels=2
        )
        named = FiniteLaw(("y", "c", "s"), told.marginal(("y", "c", "s")))
        return named.pushforward("x", lambda c, s: 2 * c + s, ("c", "s"), levels=4)

    return Environments({name: law(bits) for name, bits in training.laws.items()}), law(model)


def noisy_copy(levels: int, probability: float) -> Float[np.ndarray, "levels levels"]:
    """p(copy | original): the original with `probability`, else uniform over the other levels."""
    table = np.full((levels, levels), (1 - probability) / (levels - 1))
    np.fill_diagonal(table, probability)
    return table
