"""Which recipe of captions and batches survives a spurious context on real pictures.

`python -m experiments.midtraining [run|list|show]`; see `--help`. `show CLAIM`, of a claim that was run, ends with a
table of every recipe: accuracies with contexts as in training, uniform and reversed and in the worst context, leakage
of the context, calibration; mean and half of the 95 % interval over seeds and splits.
"""

import sys

from experiments.command import Experiment, main
from realscale.claims.leave_one_domain_out import LEAVE_ONE_DOMAIN_OUT
from realscale.claims.midtraining import MIDTRAINING, midtraining_missing

EXPERIMENT = Experiment("midtraining", (*MIDTRAINING, *LEAVE_ONE_DOMAIN_OUT), "emoji", midtraining_missing)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT))
