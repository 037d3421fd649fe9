"""Encoders and the training loop of the synthetic tracks."""

from identifiability.learning.encoders import (
    Perceptron,
    PixelEncoder,
    SetEncoder,
    TokenTransformer,
    WordSetEncoder,
    initialise,
)
from identifiability.learning.loop import Diverged, History, TrainingConfig, train

__all__ = [
    "Diverged",
    "History",
    "Perceptron",
    "PixelEncoder",
    "SetEncoder",
    "TokenTransformer",
    "TrainingConfig",
    "WordSetEncoder",
    "initialise",
    "train",
]
