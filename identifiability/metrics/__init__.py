"""What a code holds of each block of latents: scores on unseen samples, beside their ceilings and floors."""

from identifiability.metrics.classification import accuracy_kernel, accuracy_linear, chance_accuracy, indicators
from identifiability.metrics.interval import SeedMean, seed_mean
from identifiability.metrics.leakage import Leakage, leakage, permutation_floor
from identifiability.metrics.matching import matched_correlations, mcc
from identifiability.metrics.regression import r2_kernel, r2_linear
from identifiability.metrics.report import BlockReport, BlockScore, block_report

__all__ = [
    "BlockReport",
    "BlockScore",
    "Leakage",
    "SeedMean",
    "accuracy_kernel",
    "accuracy_linear",
    "block_report",
    "chance_accuracy",
    "indicators",
    "leakage",
    "matched_correlations",
    "mcc",
    "permutation_floor",
    "r2_kernel",
    "r2_linear",
    "seed_mean",
]
