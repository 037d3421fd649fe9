"""Reasoning benchmarks in their public layouts: problems with pictures, and scores of completions by rules alone."""

from realscale.reasoning.benchmarks.geometry3k import free_response
from realscale.reasoning.benchmarks.judging import Judged, judge
from realscale.reasoning.benchmarks.problems import Problem, ProblemSet
from realscale.reasoning.benchmarks.scoring import Scored, read_completions, score
from realscale.reasoning.benchmarks.sets import BENCHMARKS, Benchmark, read

__all__ = [
    "BENCHMARKS",
    "Benchmark",
    "Judged",
    "Problem",
    "ProblemSet",
    "Scored",
    "free_response",
    "judge",
    "read",
    "read_completions",
    "score",
]
