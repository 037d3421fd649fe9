"""What generates the data: structural causal models of image-text pairs, without learning."""

from scm.batch import Batch, Conditional
from scm.ceilings import CeilingEstimate
from scm.environments import Environments
from scm.export import load_npz, save_npz
from scm.finite import ConditionalTable, FiniteSCM, tabular
from scm.graph import CausalGraph, Role, Variable
from scm.interventions import Do, Intervention, PermutedContent, RescaledDependence
from scm.joint import FiniteLaw
from scm.laws import LinearGaussian
from scm.mixing import Mixing
from scm.sentence import SentenceConfig, SentenceSCM
from scm.sequence import TokenConfig, TokenSCM
from scm.tokens import Caption, TokenRole, Vocabulary, prune_batch, prune_tokens

__all__ = [
    "Batch",
    "Caption",
    "CausalGraph",
    "CeilingEstimate",
    "Conditional",
    "ConditionalTable",
    "Do",
    "Environments",
    "FiniteLaw",
    "FiniteSCM",
    "Intervention",
    "LinearGaussian",
    "Mixing",
    "PermutedContent",
    "RescaledDependence",
    "Role",
    "SentenceConfig",
    "SentenceSCM",
    "TokenConfig",
    "TokenRole",
    "TokenSCM",
    "Variable",
    "Vocabulary",
    "load_npz",
    "prune_batch",
    "prune_tokens",
    "save_npz",
    "tabular",
]
