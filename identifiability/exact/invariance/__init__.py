"""Invariance on finite laws, decided by enumeration: IRM, calibration, IRMv1."""
