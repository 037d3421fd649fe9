"""Which forms of the process reward change what is optimal, what pays degenerate completions, what survives a shift.

Claims of track learned train a policy by GRPO, which needs the extra realscale; without it they are `not run`.
`python -m experiments.reward [run|list|show]`; see `--help`.
"""

import sys

from experiments.command import Experiment, main
from identifiability.claims.registry import REWARD
from realscale.claims.reasoning_training import REASONING

EXPERIMENT = Experiment("reward", (*REWARD, *REASONING))

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT))
