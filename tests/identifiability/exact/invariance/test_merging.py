import numpy as np
import pytest
from jaxtyping import Float
from scipy.stats import chi2

from identifiability.exact.invariance import merging
from identifiability.exact.invariance.merging import g_test_of_mergings
from identifiability.exact.invariance.partitions import set_partitions
from identifiability.exact.invariance.sampling import g_test


def near_posteriors(rng: np.random.Generator, predictions: int, samples: int) -> Float[np.ndarray, "y e k"]:
    """Samples of predictions with few and near posteriors, which contexts shift."""
    law = rng.choice([0.3, 0.5, 0.6], size=(1, 1, predictions)) + rng.normal(scale=0.1, size=(1, 2, predictions))
    law = np.concatenate([law, 1 - law]).clip(0.01)
    return rng.multinomial(samples, (law / law.sum()).ravel()).reshape(law.shape).astype(np.float64)


def by_plain_enumeration(counts: Float[np.ndarray, "y e k"], level: float) -> tuple[float, tuple[int, ...]]:
    """The greatest p-value of partitions without a pair in one block that is told apart, doubled; and its labels."""
    pooled, n = counts.sum(axis=1), counts.shape[2]
    apart = {
        pair
        for pair in np.ndindex(n, n)
        if chi2.sf(*(part[0] for part in g_test(pooled[:, list(pair)][None]))) <= level / 2 / (n * (n - 1) / 2)
    }
    tails = []
    for labels in set_partitions(n):
        if all(labels[i] != labels[j] for i, j in apart if i != j):
            blocks = np.stack([counts[:, :, np.array(labels) == b].sum(axis=2) for b in range(max(labels) + 1)])
            statistic, freedom = g_test(blocks)
            tails.append((float(chi2.sf(statistic.sum(), freedom.sum())), labels))
    p, labels = max(tails)
    return min(1.0, p * (2 if len(apart) < n * (n - 1) else 1)), labels


@pytest.mark.parametrize("samples", [200, 2_000, 20_000])
def test_the_search_finds_the_partition_that_fits_best(samples: int) -> None:
    rng, answers = np.random.default_rng(samples), []
    for _ in range(12):
        counts = near_posteriors(rng, int(rng.integers(2, 7)), samples)
        test, answer = g_test_of_mergings(counts, 0.1)
        p_value, labels = by_plain_enumeration(counts, 0.1)
        assert test.p_value == pytest.approx(p_value, rel=1e-9)
        assert test.coarsening == labels
        assert answer is (p_value > 0.1)
        answers.append(answer)
    assert samples < 20_000 or not all(answers)


@pytest.mark.parametrize("steps", [0, 3, 20])
def test_without_time_nothing_is_rejected(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    tables = [near_posteriors(rng, 6, 20_000) for _ in range(12)]
    rejected = [g_test_of_mergings(table, 0.1)[1] is False for table in tables]
    monkeypatch.setattr(merging, "MAXIMUM_STEPS", steps)
    hurried = [g_test_of_mergings(table, 0.1)[1] for table in tables]
    assert any(rejected)
    assert None in hurried
    assert all(full for full, answer in zip(rejected, hurried, strict=True) if answer is False)
    assert not any(full for full, answer in zip(rejected, hurried, strict=True) if answer is True)


def test_thirty_predictions_that_are_told_apart_are_tested_at_once() -> None:
    rng = np.random.default_rng(0)
    posterior = np.linspace(0.01, 0.99, 30)
    counts = rng.multinomial(10_000_000, np.tile([posterior, 1 - posterior], (2, 1, 1)).swapaxes(0, 1).ravel() / 60)
    test, answer = g_test_of_mergings(counts.reshape(2, 2, 30).astype(np.float64), 0.05)
    assert answer is True
    assert test.coarsening == tuple(range(30))
    assert test.degrees_of_freedom == 30
