"""What every sampler is asked with: a number of rows and a source of randomness."""

import numpy as np


def check_sampling(n: object, rng: object, *, least: int = 0) -> None:
    """Refuse what no sample can be drawn with, before it fails somewhere inside.

    Args:
        n: number of rows, a Python or numpy integer (not a bool).
        rng: source of randomness, a `numpy.random.Generator`.
        least: fewest rows that the sampler makes.

    Raises:
        ValueError: n that is no integer or below `least`, or a source that is no generator.
    """
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < least:
        raise ValueError(f"n={n!r}, expected an integer >= {least}: it is the number of rows to draw")
    if not isinstance(rng, np.random.Generator):
        raise ValueError(
            f"rng={rng!r}, expected a numpy.random.Generator such as numpy.random.default_rng(0): a sample is a "
            "function of the generator it is given, and of no state elsewhere"
        )
