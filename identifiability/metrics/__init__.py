"""What a code holds of each block of latents: scores on unseen samples, beside their ceilings and floors."""

from identifiability.metrics.regression import r2_kernel, r2_linear

__all__ = ["r2_kernel", "r2_linear"]
