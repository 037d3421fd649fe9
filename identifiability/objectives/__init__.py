"""Training objectives on codes: contrastive and explicit-entropy alignment. They know nothing of encoders."""

from identifiability.objectives.alignment import mm_align, smm_align, unit_cube
from identifiability.objectives.entropy import (
    ENTROPIES,
    Entropy,
    entropy_estimate,
    gaussian_entropy,
    kde_entropy,
    nearest_neighbour_entropy,
)
from identifiability.objectives.infonce import symmetric_infonce
from identifiability.objectives.similarity import SIMILARITIES, Similarity, paired_similarity, similarity_matrix

__all__ = [
    "ENTROPIES",
    "SIMILARITIES",
    "Entropy",
    "Similarity",
    "entropy_estimate",
    "gaussian_entropy",
    "kde_entropy",
    "mm_align",
    "nearest_neighbour_entropy",
    "paired_similarity",
    "similarity_matrix",
    "smm_align",
    "symmetric_infonce",
    "unit_cube",
]
