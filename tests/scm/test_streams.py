"""Streams: names decide what is drawn; nothing drawn before does."""

import os
import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from scm.streams import stream, stream_seed

NAMES = st.lists(st.text(st.characters(exclude_characters="\x1f"), max_size=5) | st.integers(0, 99), max_size=3)


@given(st.integers(0, 2**70), NAMES)
def test_the_same_names_give_the_same_draws_whatever_was_drawn_before(seed: int, names: list[str | int]) -> None:
    first = stream(seed, *names).random(4)
    stream(seed, *names, "more").random(100)
    np.testing.assert_array_equal(stream(seed, *names).random(4), first)


@given(st.lists(st.tuples(st.integers(0, 9), NAMES), min_size=2, max_size=6))
def test_different_names_or_seeds_give_different_streams(keys: list[tuple[int, list[str | int]]]) -> None:
    different = {(str(seed), *map(str, names)) for seed, names in keys}
    assert len({stream_seed(seed, *names) for seed, names in keys}) == len(different)


def test_where_one_name_ends_matters() -> None:
    assert (
        len({stream_seed(0, "ab", "c"), stream_seed(0, "a", "bc"), stream_seed(0, "abc"), stream_seed(0, "abc", "")})
        == 4
    )
    assert len({stream_seed(1, 2), stream_seed(12), stream_seed(2, 1)}) == 3


def test_seeds_are_the_same_in_every_process() -> None:
    code = "from scm.streams import stream_seed; print(stream_seed(7, 'batch', 3))"
    environment = {**os.environ, "PYTHONHASHSEED": "1"}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout == f"{stream_seed(7, 'batch', 3)}\n"


def test_neighbouring_streams_are_uniform_and_independent(false_alarm: float) -> None:
    draws = np.array(
        [[stream(0, "batch", step).random() for step in range(start, start + 2000)] for start in (0, 2000)]
    )
    assert 0 <= stream_seed(0) < 2**64
    assert stats.kstest(draws.ravel(), "uniform").pvalue > false_alarm / 2
    assert stats.pearsonr(draws[0], draws[1]).pvalue > false_alarm / 2
