"""When a text encoder that is blind to SWAP, REPLACE or ADD is optimal, by how much, and what ends it.

`python -m experiments.composition [run|list|show]`; see `--help`.
"""

import sys

from experiments.command import Experiment, main
from identifiability.claims.registry import COMPOSITION
from realscale.claims.emoji_composition import EMOJI_COMPOSITION, composition_missing
from realscale.claims.sentence_encoder import SENTENCE_ENCODER

EXPERIMENT = Experiment(
    "composition", (*COMPOSITION, *EMOJI_COMPOSITION, *SENTENCE_ENCODER), "emoji", composition_missing
)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT))
