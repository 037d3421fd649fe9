"""The Gacs-Koerner common part of two finite variables, and what alignment with maximal entropy finds."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.special import entr

from scm import FiniteLaw

ABSENT = -1  # label of a symbol of probability 0
MAXIMUM_MAPS = 2**22  # of an enumeration of all maps


@dataclass(frozen=True)
class CommonPart:
    """The finest variable that is a function of x alone and of t alone: the component of the support graph.

    Args:
        image: component of each x, numbered by first appearance; -1 where p(x) = 0.
        text: component of each t; -1 where p(t) = 0.
        law: probability of each component.
    """

    image: Int[np.ndarray, " x"]
    text: Int[np.ndarray, " t"]
    law: Float[np.ndarray, " components"]

    @property
    def count(self) -> int:
        """Number of components."""
        return len(self.law)

    @property
    def entropy(self) -> float:
        """H(common part) in nats: the optimum of max H(f(X)) subject to f(X) = g(T) almost surely."""
        return float(entr(self.law).sum())


def common_part(joint: Float[np.ndarray, "x t"]) -> CommonPart:
    """The common part of (X, T) as connected components of the bipartite graph {(x, t): p(x, t) > 0}.

    f(X) = g(T) almost surely iff f and g are constant on each component with equal values, so the component is the
    common part (Gacs and Koerner 1973), and the optimum of align-and-maximise-entropy: every merger of components
    lowers the entropy strictly, so the maximisers are exactly its bijective relabellings.

    Args:
        joint: law p(x, t).

    Raises:
        ValueError: a table that is not a law.
    """
    FiniteLaw(("x", "t"), joint)
    images, texts = joint.shape
    x, t = np.nonzero(joint)
    graph = coo_array((np.ones(len(x), dtype=bool), (x, images + t)), shape=(images + texts,) * 2)
    _, component = connected_components(graph, directed=False)
    present = np.concatenate([joint.any(axis=1), joint.any(axis=0)])
    # every component with mass holds an x, so numbering by first appearance runs over the images alone
    _, first = np.unique(component[:images][present[:images]], return_index=True)
    order = component[:images][present[:images]][np.sort(first)]
    number = np.full(images + texts, ABSENT, dtype=np.int64)
    number[order] = np.arange(len(order))
    label = number[component]  # symbols of probability 0 are isolated and have no number
    law = np.bincount(label[:images][present[:images]], weights=joint.sum(axis=1)[present[:images]])
    return CommonPart(label[:images], label[images:], law)


def support_is_connected(joint: Float[np.ndarray, "x t"]) -> bool:
    """Whether the support graph of a non-negative table of positive mass has one component."""
    return common_part(joint / joint.sum()).count == 1


def block_identifies(joint: Float[np.ndarray, "z x t"]) -> bool:
    """Whether align-and-maximise-entropy recovers z: its optimum is a bijective relabelling of z.

    True iff for each z the support of p(x, t | z) is connected, and different z share no x and no t.

    Args:
        joint: law p(z, x, t).

    Raises:
        ValueError: a table that is not a law.
    """
    FiniteLaw(("z", "x", "t"), joint)
    slices = joint[joint.any(axis=(1, 2))]
    shared = (slices.any(axis=2).sum(axis=0) > 1).any() or (slices.any(axis=1).sum(axis=0) > 1).any()
    return not shared and all(support_is_connected(part) for part in slices)


def all_maps(domain: int, codomain: int) -> Int[np.ndarray, "maps domain"]:
    """Every map from {0..domain-1} to {0..codomain-1}, one a row.

    Raises:
        ValueError: more than `MAXIMUM_MAPS` maps.
    """
    if codomain**domain > MAXIMUM_MAPS:
        raise ValueError(
            f"there are {codomain}^{domain} maps from {domain} to {codomain} symbols, at most {MAXIMUM_MAPS} can be "
            "enumerated: the number of maps is exponential in the domain, so use a smaller model"
        )
    return np.arange(codomain**domain)[:, None] // codomain ** np.arange(domain) % codomain


def align_max_entropy(joint: Float[np.ndarray, "x t"], codomain: int) -> tuple[float, Int[np.ndarray, "maximisers x"]]:
    """max H(f(X)) over all f with some g such that f(X) = g(T) almost surely, by enumeration of every f.

    An independent check of `common_part`, which solves the same problem with a graph.

    Args:
        joint: law p(x, t).
        codomain: number of symbols that f and g may use.

    Returns:
        the largest entropy in nats, and every map f that attains it to 1e-12.

    Raises:
        ValueError: a table that is not a law, or too many maps.
    """
    marginal = FiniteLaw(("x", "t"), joint).marginal("x")
    maps = all_maps(len(marginal), codomain)
    aligned = np.ones(len(maps), dtype=bool)
    for column in joint.T[joint.any(axis=0)]:  # g(t) exists iff f is constant on the images that t occurs with
        values = maps[:, column > 0]
        aligned &= (values == values[:, :1]).all(axis=1)
    maps = maps[aligned]
    probability = np.stack([(maps == symbol) @ marginal for symbol in range(codomain)], axis=1)
    entropy = entr(probability).sum(axis=1)
    return float(entropy.max()), maps[entropy >= entropy.max() - 1e-12]
