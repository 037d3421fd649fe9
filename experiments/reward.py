"""Which forms of the process reward change what is optimal, what pays degenerate completions, what survives a shift.

`python -m experiments.reward [run|list|show]`; see `--help`.
"""

import sys

from experiments.command import Experiment, main
from identifiability.claims.registry import REWARD

EXPERIMENT = Experiment("reward", REWARD)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT))
