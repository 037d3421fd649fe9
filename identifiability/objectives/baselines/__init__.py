"""The field's baselines: objectives made of per-example losses (`Risks`), one file each."""

from identifiability.objectives.baselines.erm import erm
from identifiability.objectives.baselines.irmv1 import ESTIMATORS, Estimator, irmv1, irmv1_penalties

__all__ = ["ESTIMATORS", "Estimator", "erm", "irmv1", "irmv1_penalties"]
