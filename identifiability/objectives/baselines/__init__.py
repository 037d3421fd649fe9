"""The field's baselines: objectives made of per-example losses (`Risks`), one file each."""

from identifiability.objectives.baselines.and_mask import and_mask
from identifiability.objectives.baselines.coral import coral
from identifiability.objectives.baselines.erm import erm
from identifiability.objectives.baselines.group_dro import GroupDRO
from identifiability.objectives.baselines.iga import iga
from identifiability.objectives.baselines.irmv1 import ESTIMATORS, Estimator, irmv1, irmv1_penalties
from identifiability.objectives.baselines.oracle import shuffled_contexts
from identifiability.objectives.baselines.vrex import vrex

__all__ = [
    "ESTIMATORS",
    "Estimator",
    "GroupDRO",
    "and_mask",
    "coral",
    "erm",
    "iga",
    "irmv1",
    "irmv1_penalties",
    "shuffled_contexts",
    "vrex",
]
