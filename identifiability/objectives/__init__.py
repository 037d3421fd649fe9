"""Training objectives on codes: contrastive and explicit-entropy alignment. They know nothing of encoders."""

from identifiability.objectives.infonce import symmetric_infonce
from identifiability.objectives.similarity import SIMILARITIES, Similarity, similarity_matrix

__all__ = ["SIMILARITIES", "Similarity", "similarity_matrix", "symmetric_infonce"]
