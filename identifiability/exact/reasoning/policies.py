"""Policies that answer with a class, and whether one answer is optimal in every environment at once."""

import numpy as np
from jaxtyping import Float, Int

from identifiability.exact.invariance.partitions import partition_table
from identifiability.exact.reasoning.scorer import FiniteScorer


def rewarded_answers(scorer: FiniteScorer) -> Int[np.ndarray, " x"]:
    """For each image the class word that earns the most process reward, alone in its completion."""
    words = np.column_stack([np.arange(scorer.classes), np.full(scorer.classes, scorer.words)])
    return scorer.rewards(words, form="mean", width=1).sum(axis=2).argmax(axis=1)


def regret(joint: Float[np.ndarray, "e x y"], answers: Int[np.ndarray, " x"]) -> float:
    """The most accuracy that an environment loses against the best relabelling of the answers.

    0 says that each answer a is a most frequent class where it is given, in every environment: the policy, taken as a
    representation, has one predictor that is optimal in all of them.
    """
    laws = joint / joint.sum(axis=(1, 2), keepdims=True)
    given = np.eye(joint.shape[2])[answers]
    tables = np.einsum("xa,exy->eay", given, laws)
    return float((tables.max(axis=2) - np.einsum("eaa->ea", tables)).sum(axis=1).max())


def has_invariant_representation(joint: Float[np.ndarray, "e x y"], answers: Int[np.ndarray, " x"]) -> bool:
    """Whether the policy is w o Phi for some representation Phi of which w is optimal in every environment.

    By enumeration of all partitions of the images: the answers must be constant on each block, and a most frequent
    class of the block in every environment in which it occurs.

    Source: invariant policies: Sonar, Pacelli and Majumdar 2020 (arXiv 2006.01096), Definition 1, for one step.
    """
    table = partition_table(joint.shape[1])
    lowest = np.where(table.members, answers, joint.shape[2]).min(axis=1)
    highest = np.where(table.members, answers, -1).max(axis=1)
    laws = np.einsum("sx,exy->sey", table.members, joint)
    own = laws[np.arange(len(laws)), :, np.maximum(highest, 0)]
    optimal = (own >= laws.max(axis=2) - 1e-12).all(axis=1)
    allowed = (optimal & (lowest == highest)) | ~table.members.any(axis=1)  # the empty set fills up the rows
    return bool(allowed[table.blocks].all(axis=1).any())
