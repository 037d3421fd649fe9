"""What breaks the tie between a true and a blind optimum: contrasting captions in a batch, and hard negatives."""

import numpy as np
from jaxtyping import Float

from identifiability.exact.infonce import noise_free_floor


def contrasting_law(bags: int, share: float) -> Float[np.ndarray, "bags orders"]:
    """p(bag, order): `bags` bags of words, equally likely, in one order with probability 1 - share, else in the other.

    Raises:
        ValueError: no bag, or a share outside [0, 1/2].
    """
    if bags < 1 or not 0 <= share <= 0.5:
        raise ValueError(f"{bags} bags, share {share}; expected at least one bag and a share of the rarer order <= 1/2")
    return np.full((bags, 1), 1 / bags) * np.array([[1 - share, share]])


def contrasting_gap(law: Float[np.ndarray, "bags orders"], k: int) -> float:
    """Excess of the best order-blind critic at batch size K, captions without error, in nats.

    inf L_K over blind critics - inf L_K = sum_b p(b) E log(1 + Bin(K - 1, p(b))) - the same sum over captions: at each
    the infimum is the cost of negatives that repeat the positive, as a bag or as a caption. It tends to H(order | bag)
    as K grows, and is about (K - 1) P(another caption of the same bag) for small K: a contrasting caption teaches
    nothing where it shares no batch with its twin.

    Raises:
        ValueError: K below 1, or a table that is not a law.
    """
    if k < 1:
        raise ValueError(f"batch size {k}; expected at least 1, because the positive is one of the candidates")
    return noise_free_floor(law.sum(axis=1), k) - noise_free_floor(law.ravel(), k)


def contrasting_limit(law: Float[np.ndarray, "bags orders"]) -> float:
    """H(order | bag) in nats, the composition gap I(image; caption | bag) of captions without error."""
    bag = law.sum(axis=1, keepdims=True)
    share = np.divide(law, bag, out=np.ones_like(law), where=law > 0)
    return float(-(law * np.log(share)).sum())


def hard_negative_excess(negatives: int, others: float) -> float:
    """log((1 + m + R) / (1 + R)) in nats: a blind optimum above a true one with m hard negatives in the denominator.

    R = sum over the other candidates of exp(s_negative - s_positive). The blind encoder scores the m negatives like the
    positive; a true optimum scores them -inf (an infimum, as p(negative | image) = 0). Tends to log(1 + m) as R -> 0.

    Raises:
        ValueError: a number of negatives or a weight of the others below 0, or that is no number.
    """
    if not (negatives >= 0 and others >= 0):
        raise ValueError(
            f"{negatives} hard negatives beside others of weight {others}; expected neither below 0, because one is a "
            "number and the other a sum of exponentials"
        )
    return float(np.log1p(negatives / (1 + others)))
