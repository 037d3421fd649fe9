"""Training objectives on codes: contrastive, explicit-entropy alignment, and the baselines of invariant prediction.

They know nothing of encoders. `vocabulary` holds InfoNCE on pruned, full, stratified, balanced and swapped captions;
`risks` and `baselines` what ERM, IRM and their peers minimise; `process_reward` and `advantages` what reasoning models
are rewarded with.
"""

from identifiability.objectives.advantages import group_advantages, returns_to_go, token_advantages
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
from identifiability.objectives.process_reward import (
    FORMS,
    Form,
    annealed,
    balancing_correction,
    correction_of_windows,
    normalised_scores,
    patch_similarity,
    process_rewards,
    step_scores,
    window_log_likelihood,
    window_scores,
)
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
    "FORMS",
    "PROPOSALS",
    "SIMILARITIES",
    "Entropy",
    "Form",
    "Proposal",
    "Risks",
    "Similarity",
    "Tokens",
    "annealed",
    "balanced_infonce",
    "balancing_correction",
    "class_risks",
    "correction_of_windows",
    "entropy_estimate",
    "full_infonce",
    "gaussian_entropy",
    "group_advantages",
    "hard_negative_infonce",
    "kde_entropy",
    "logistic_risks",
    "mid_training",
    "mm_align",
    "nearest_neighbour_entropy",
    "normalised_scores",
    "paired_similarity",
    "patch_similarity",
    "process_rewards",
    "pruned_infonce",
    "returns_to_go",
    "similarity_matrix",
    "smm_align",
    "squared_risks",
    "step_scores",
    "stratified_infonce",
    "swapped_classes",
    "swapped_infonce",
    "symmetric_infonce",
    "token_advantages",
    "token_balancing_weights",
    "unit_cube",
    "window_log_likelihood",
    "window_scores",
    "within_environment_infonce",
]
