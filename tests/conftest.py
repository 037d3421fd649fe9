"""What every test shares: one thread, the property-test profile, the suite's false-alarm rate."""

import pytest
import scipy.linalg  # noqa: F401 (brings its own BLAS, which must be there to be limited)
import torch
from hypothesis import HealthCheck, settings
from threadpoolctl import threadpool_limits

torch.set_num_threads(1)
THREADS = threadpool_limits(limits=1)  # kept: the limits go with the object
settings.register_profile("suite", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

# Files of the longest tests begin first, so that no worker process is left alone with one of them at the end.
LONGEST = (
    "tests/test_readme.py",
    "tests/identifiability/claims/test_learned_claims.py",
    "tests/realscale/claims/",
    "tests/paper_figures/test_command.py",
    "tests/experiments/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of `LONGEST` first, in its order; the others stay as they are."""

    def place(item: pytest.Item) -> int:
        ranks = (rank for rank, start in enumerate(LONGEST) if item.nodeid.startswith(start))
        return next(ranks, len(LONGEST))

    items.sort(key=place)


@pytest.fixture(scope="session")
def false_alarm() -> float:
    """Probability with which one statistical test may fail although the code is right."""
    return 1e-6
