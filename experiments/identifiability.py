"""Which block-identifiability claims hold, against which ceiling, and which fail when an assumption is dropped.

`python -m experiments.identifiability [run|list|show]`; see `--help`.
"""

import sys

from experiments.command import Experiment, main
from identifiability.claims.registry import IDENTIFIABILITY
from realscale.claims import EMOJI, emoji_missing

EXPERIMENT = Experiment("identifiability", (*IDENTIFIABILITY, *EMOJI), "emoji", emoji_missing)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT))
