"""GRPO on dense rewards: trl's trainer with an advantage for every token; `python -m realscale.grpo`.

`realscale.reasoning.trainer.process_trainer` has the trainer; it is not imported here, because trl takes seconds.
"""

from realscale.reasoning.trainer.rollouts import ProcessSettings, Rollouts

__all__ = ["ProcessSettings", "Rollouts"]
