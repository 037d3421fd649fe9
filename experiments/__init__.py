"""Commands: one module an experiment. The names, in the order in which the project tells them:"""

EXPERIMENTS: tuple[str, ...] = (
    "identifiability",
    "equivalence",
    "invariance_tests",
    "composition",
    "midtraining",
    "reward",
)
