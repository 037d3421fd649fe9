"""Training objectives on codes: contrastive, explicit-entropy alignment, and the baselines of invariant prediction.

They know nothing of encoders. `vocabulary` holds InfoNCE on pruned, full, stratified, balanced and swapped captions;
`risks` and `baselines` what ERM, IRM and their peers minimise.
"""

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
from identifiability.objectives.negatives import PROPOSALS, Proposal, hard_negative_infonce, swapped_classes
from identifiability.objectives.risks import Risks, class_risks, logistic_risks, squared_risks
from identifiability.objectives.similarity import SIMILARITIES, Similarity, paired_similarity, similarity_matrix
from identifiability.objectives.tokens import Tokens
from identifiability.objectives.vocabulary import (
    balanced_infonce,
    full_infonce,
    mid_training,
    pruned_infonce,
    stratified_infonce,
    swapped_infonce,
    token_balancing_weights,
    within_environment_infonce,
)

__all__ = [
    "ENTROPIES",
    "PROPOSALS",
    "SIMILARITIES",
    "Entropy",
    "Proposal",
    "Risks",
    "Similarity",
    "Tokens",
    "balanced_infonce",
    "class_risks",
    "entropy_estimate",
    "full_infonce",
    "gaussian_entropy",
    "hard_negative_infonce",
    "kde_entropy",
    "logistic_risks",
    "mid_training",
    "mm_align",
    "nearest_neighbour_entropy",
    "paired_similarity",
    "pruned_infonce",
    "similarity_matrix",
    "smm_align",
    "squared_risks",
    "stratified_infonce",
    "swapped_classes",
    "swapped_infonce",
    "symmetric_infonce",
    "token_balancing_weights",
    "unit_cube",
    "within_environment_infonce",
]
