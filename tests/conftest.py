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


@pytest.fixture(scope="session")
def false_alarm() -> float:
    """Probability with which one statistical test may fail although the code is right."""
    return 1e-6
