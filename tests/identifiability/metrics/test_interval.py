"""Mean over seeds: the Student interval, none for one seed, and its coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, norm, ttest_1samp

from identifiability.metrics import SeedMean, seed_mean


@given(
    st.lists(st.floats(-10, 10), min_size=2, max_size=8).filter(lambda v: np.std(v) > 1e-6),
    st.sampled_from([0.8, 0.95]),
)
def test_interval_is_that_of_the_t_test(scores, confidence):
    result = seed_mean(scores, confidence=confidence)
    expected = ttest_1samp(scores, 0).confidence_interval(confidence)
    assert result.seeds == len(scores)
    assert result.mean == pytest.approx(np.mean(scores))
    assert result.interval == pytest.approx((expected.low, expected.high))


def test_interval_covers_as_often_as_it_says(false_alarm):
    """Five normal scores: 95 % of intervals hold the mean; a normal quantile in place of Student's would hold 88 %."""
    rng = np.random.default_rng(0)
    trials = 4000
    covered = sum(
        low <= 3 <= high for low, high in (seed_mean(rng.normal(3, 2, 5).tolist()).interval for _ in range(trials))
    )
    low, high = binom.ppf([false_alarm / 2, 1 - false_alarm / 2], trials, 0.95)
    assert low <= covered <= high
    assert binom.cdf(low, trials, 2 * norm.cdf(1.96) - 1 - 0.06) > 0.999


def test_one_seed_has_no_interval():
    assert seed_mean([0.7]) == SeedMean(0.7, None, 1)


@pytest.mark.parametrize(
    ("scores", "confidence", "message"),
    [
        ([], 0.95, r"scores are \[\]; expected one finite number a seed"),
        ([0.1, float("nan")], 0.95, "expected one finite number"),
        ([0.1, 0.2], 95.0, "confidence is 95.0; expected a probability strictly between 0 and 1"),
    ],
)
def test_bad_input_is_refused_with_its_reason(scores, confidence, message):
    with pytest.raises(ValueError, match=message):
        seed_mean(scores, confidence=confidence)
