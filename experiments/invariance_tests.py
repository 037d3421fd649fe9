"""The IRM field's own tests: linear unit tests for invariance, and the linear SEM of Arjovsky et al.

`python -m experiments.invariance_tests [run|list|show]`; see `--help`.
"""

import sys

from experiments.command import Experiment, main
from identifiability.claims.registry import INVARIANCE_TESTS

EXPERIMENT = Experiment("invariance_tests", INVARIANCE_TESTS)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT))
