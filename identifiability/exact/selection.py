"""Semantics that the caption selects or perturbs: what exact alignment identifies, for many captions at once.

Prior art: Cai et al. 2025 (arXiv 2504.10143), Theorem 4.1, for continuous semantics.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components


@dataclass(frozen=True)
class SelectedSemantics:
    """Common parts of n binary semantics with many captions.

    Args:
        components: number of components of the support graph of each caption.
        labels: component of each of the 2^n images, caption by caption (labels differ between captions).
    """

    components: Int[np.ndarray, " captions"]
    labels: Int[np.ndarray, "captions images"]

    def mismatches(self, kept: Int[np.ndarray, " captions"]) -> Int[np.ndarray, " captions"]:
        """Number of images in another component than the image with the same `kept` bits (a mask) and zeros elsewhere.

        With as many components as values of the kept bits, 0 means that the two partitions are equal.
        """
        values = np.arange(self.labels.shape[1])
        reference = np.take_along_axis(self.labels, values & kept[:, None], axis=1)
        return (self.labels != reference).sum(axis=1)


def selected_common_parts(
    n: int, named: Int[np.ndarray, " captions"], perturbed: Int[np.ndarray, " captions"]
) -> SelectedSemantics:
    """Components of the support of (image, caption), all captions in one block-diagonal graph.

    The image determines all n bits, each of the 2^n values having positive probability; the caption states the bits in
    I_theta, those in I_rho redrawn from a law of full support. One component a value of the bits in I_theta minus
    I_rho is what the theorem predicts, whatever the probabilities are. (A binary bit that is always *flipped*, instead
    of redrawn, would still be identified: its support graph stays disconnected.)

    Args:
        n: number of binary semantics.
        named: bit mask I_theta of the semantics that each caption names.
        perturbed: bit mask I_rho of those that it redraws, a subset of `named`.

    Raises:
        ValueError: a perturbed semantics that the caption does not name.
    """
    if (perturbed & ~named).any():
        index = int(np.flatnonzero(perturbed & ~named)[0])
        raise ValueError(
            f"caption {index} perturbs the semantics {perturbed[index]:0{n}b} but names only {named[index]:0{n}b}; a "
            "semantics must be named to be stated wrongly"
        )
    values = np.arange(2**n)
    image = np.arange(len(named))[:, None] * 2**n + values
    # a redrawn bit links the image to the captions with both its values; linking through one bit at a time spans them
    text = len(named) * 2**n + np.arange(len(named))[:, None] * 2**n
    rows, columns = [image], [text + (values & named[:, None])]
    for bit in 2 ** np.arange(n):
        redrawn = (perturbed & bit) > 0
        rows.append(image[redrawn])
        columns.append(text[redrawn] + ((values ^ bit) & named[redrawn][:, None]))
    row, column = np.concatenate([r.ravel() for r in rows]), np.concatenate([c.ravel() for c in columns])
    nodes = 2 * len(named) * 2**n
    _, label = connected_components(coo_array((np.ones(len(row), dtype=bool), (row, column)), shape=(nodes, nodes)))
    labels = label[image].astype(np.int64)
    components = 1 + (np.diff(np.sort(labels, axis=1), axis=1) > 0).sum(axis=1)
    return SelectedSemantics(components, labels)
