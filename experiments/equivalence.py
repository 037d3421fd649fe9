"""Where vocabulary-constrained InfoNCE is IRM, where it is plain ERM, and which repairs are truly invariant.

`python -m experiments.equivalence [run|list|show]`; see `--help`.
"""

import sys

from experiments.command import Experiment, main
from identifiability.claims.registry import EQUIVALENCE

EXPERIMENT = Experiment("equivalence", EQUIVALENCE, "digits")

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT))
