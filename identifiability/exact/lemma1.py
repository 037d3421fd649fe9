"""Lemma 1: what two views have exactly in common, beside Z, when their private parts are independent given Z."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from identifiability.exact.common_part import all_maps, support_is_connected
from scm import FiniteLaw


@dataclass(frozen=True)
class CommonMaps:
    """Outcome of the enumeration of all pairs (phi, psi).

    Args:
        pairs: number of pairs enumerated.
        common: how many of them satisfy phi(Z, A) = psi(Z, B) almost surely.
        exceptions: how many of the common ones are not a function of Z almost surely.
    """

    pairs: int
    common: int
    exceptions: int


def enumerate_common_maps(joint: Float[np.ndarray, "z a b"], codomain: int = 2) -> CommonMaps:
    """All pairs phi(z, a), psi(z, b) with phi(Z, A) = psi(Z, B) almost surely, and which are not functions of Z.

    Lemma 1: if A and B are independent given Z there are no exceptions (given Z the common value is independent of
    itself, hence constant). Two symbols decide the lemma for every codomain: U = V implies 1{U = u} = 1{V = u}, and U
    is a function of Z iff each of these indicators is.

    Args:
        joint: law p(z, a, b).
        codomain: number of symbols of phi and psi.

    Raises:
        ValueError: a table that is not a law, or too many maps.
    """
    FiniteLaw(("z", "a", "b"), joint)
    levels, left, right = joint.shape
    support = joint > 0
    edges = np.zeros((levels * left, levels * right), dtype=np.int64)
    for z in range(levels):
        edges[z * left : (z + 1) * left, z * right : (z + 1) * right] = support[z]
    phi, psi = all_maps(levels * left, codomain), all_maps(levels * right, codomain)
    agreeing = np.zeros((len(phi), len(psi)), dtype=np.int64)  # number of support points on which the pair agrees
    for symbol in range(codomain):
        agreeing += (phi == symbol).astype(np.int64) @ edges @ (psi == symbol).T
    common = agreeing == edges.sum()
    values = phi.reshape(-1, levels, left)
    occurs = support.any(axis=2)
    highest = np.where(occurs, values, -1).max(axis=2)
    lowest = np.where(occurs, values, codomain).min(axis=2)
    splits = (highest > lowest).any(axis=1)  # phi takes two values at one z
    return CommonMaps(common.size, int(common.sum()), int(common[splits].sum()))


def common_maps_depend_on_shared_alone(joint: Float[np.ndarray, "z a b"]) -> bool:
    """Whether every phi(Z, A) = psi(Z, B) is a function of Z: the support of p(a, b | z) is connected for every z.

    Necessary and sufficient, and weaker than the independence of Lemma 1: dependent private parts add nothing to what
    can be aligned exactly as long as they can still vary apart.

    Raises:
        ValueError: a table that is not a law.
    """
    FiniteLaw(("z", "a", "b"), joint)
    return all(support_is_connected(part) for part in joint if part.any())
