"""Invariance on finite laws, decided by enumeration: IRM, calibration, IRMv1, and what InfoNCE learns of captions."""

from identifiability.exact.invariance.decision import Decision, Violation, is_irm_optimal
from identifiability.exact.invariance.irm import IRMSolution, irm_by_enumeration
from identifiability.exact.invariance.irmv1 import accuracy, irmv1_penalty

__all__ = [
    "Decision",
    "IRMSolution",
    "Violation",
    "accuracy",
    "irm_by_enumeration",
    "irmv1_penalty",
    "is_irm_optimal",
]
