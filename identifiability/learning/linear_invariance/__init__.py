"""Training of linear predictors on the invariance benchmarks, many data seeds and hyper-parameters at once."""
