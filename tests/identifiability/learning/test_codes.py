"""Learning end to end on tiny SCMs: the seed decides everything, an interruption nothing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from identifiability.claims.claim import Context
from identifiability.learning import TrainingConfig
from identifiability.learning.codes import TOWERS, LearnedCodes, Probes
from identifiability.learning.sentence import SentenceTask, learn_sentence
from identifiability.learning.tokens import TokenTask, learn_tokens
from scm.sentence import SentenceConfig
from scm.sequence import TokenConfig

STEPS, PROBES = 8, Probes(train=30, test=50)
OUTPUTS = 2
SENTENCE = {
    "scm": SentenceConfig(n_inv=2, n_dp=1, n_pr=1, condition_quantile=0.5),
    "outputs": OUTPUTS,
    "batch": 32,
    "width": 8,
    "training": TrainingConfig(steps=STEPS, warmup=2, log_every=1, checkpoint_every=2),
    "probes": PROBES,
}
TOKENS = {**SENTENCE, "scm": TokenConfig(keep_probability=0.5, condition_quantile=0.5)}

Learn = Callable[[int, Context], LearnedCodes]
LEARNED: dict[str, Learn] = {
    "infonce": lambda seed, context: learn_sentence(SentenceTask(**SENTENCE), seed, context)[1],
    "mm_align": lambda seed, context: learn_sentence(SentenceTask(**SENTENCE, objective="mm_align"), seed, context)[1],
    "set": lambda seed, context: learn_tokens(TokenTask(**TOKENS), seed, context)[1],
    "transformer": lambda seed, context: learn_tokens(TokenTask(**TOKENS, text="transformer"), seed, context)[1],
}


class Interrupted(Exception):
    """What stops a run in a test."""


def values(learned: LearnedCodes) -> dict[str, Any]:
    codes = {f"code_{tower}": learned.codes[tower] for tower in TOWERS}
    return {**codes, **learned.latents, "losses": np.array(learned.history.losses)}


@pytest.mark.parametrize("name", LEARNED)
def test_the_seed_decides_everything_and_an_interruption_nothing(name: str, tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        if done == 5:
            raise Interrupted

    expected = values(LEARNED[name](3, Context()))
    with pytest.raises(Interrupted):
        LEARNED[name](3, Context(tmp_path / "workspace", interrupt))
    assert len(list((tmp_path / "workspace").iterdir())) == 1
    resumed = values(LEARNED[name](3, Context(tmp_path / "workspace")))
    assert resumed.keys() == expected.keys()
    for key, value in expected.items():
        np.testing.assert_array_equal(resumed[key], value, err_msg=key)
    other = values(LEARNED[name](4, Context()))
    assert not np.array_equal(other["code_image"], expected["code_image"])
    assert not np.array_equal(other["losses"], expected["losses"])


@pytest.mark.parametrize("name", LEARNED)
def test_both_towers_give_codes_of_every_unseen_pair(name: str) -> None:
    learned = LEARNED[name](0, Context())
    assert learned.probe_samples == PROBES.train
    for tower in TOWERS:
        assert learned.codes[tower].shape == (PROBES.train + PROBES.test, OUTPUTS)
        assert learned.codes[tower].dtype == np.float64
        if name == "mm_align":  # without a bounded codomain its entropy has no maximum
            assert 0 <= learned.codes[tower].min() < learned.codes[tower].max() <= 1
    assert {len(latent) for latent in learned.latents.values()} == {PROBES.train + PROBES.test}
    assert learned.history.steps == list(range(STEPS))
