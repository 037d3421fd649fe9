"""SWAP, REPLACE and ADD: the composition operators, what they cannot tell apart, and how far iteration reaches."""

from scm.composition.join import Join
from scm.composition.operators import Add, Operator, Replace, Swap
from scm.composition.orbits import classes, hamming_sphere, spheres, transposition_sphere
from scm.composition.sentences import Sentence, all_sentences

__all__ = [
    "Add",
    "Join",
    "Operator",
    "Replace",
    "Sentence",
    "Swap",
    "all_sentences",
    "classes",
    "hamming_sphere",
    "spheres",
    "transposition_sphere",
]
