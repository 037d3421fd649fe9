"""Encoders and the training loop of the synthetic tracks."""

from identifiability.learning.encoders import Perceptron, SetEncoder, TokenTransformer, initialise
from identifiability.learning.loop import Diverged, History, TrainingConfig, train

__all__ = [
    "Diverged",
    "History",
    "Perceptron",
    "SetEncoder",
    "TokenTransformer",
    "TrainingConfig",
    "initialise",
    "train",
]
