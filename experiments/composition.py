"""When a text encoder that is blind to SWAP, REPLACE or ADD is optimal, by how much, and what ends it.

`python -m experiments.composition [run|list|show]`; see `--help`.
"""

import sys

from experiments.command import Experiment, main
from identifiability.claims.registry import COMPOSITION

EXPERIMENT = Experiment("composition", COMPOSITION)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT))
