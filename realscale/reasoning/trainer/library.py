"""trl, of a version whose trainer takes an advantage for every token."""

import inspect
from typing import Any

from realscale.clip_library import INSTALL
from realscale.data.errors import MissingData

OLDEST, NEXT = "1.16", "2"  # with 1.13 a policy that writes the mark of an image ends the run
HOOKS = ("_calculate_rewards", "_generate_and_score_completions", "_compute_loss")


def trl_library() -> Any:
    """The module trl.

    Raises:
        MissingData: it is not installed, is of a version that was never tried, or its trainer has changed.
    """
    try:
        import trl
        from packaging.version import Version

        trainer = trl.GRPOTrainer  # trl imports it now, and what that needs
    except (ImportError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise MissingData(
            f"trl cannot be imported ({reason}); it has the GRPO trainer. Install the extra with: {INSTALL}"
        ) from error
    if not Version(OLDEST) <= Version(trl.__version__) < Version(NEXT):
        raise MissingData(
            f"trl is of version {trl.__version__}; expected one from {OLDEST} on and below {NEXT}, because the trainer "
            f"here overrides methods of trl's own that other versions may not have. Install the extra with: {INSTALL}"
        )
    if missing := lost_hooks(trainer):
        raise MissingData(
            f"the GRPOTrainer of trl {trl.__version__} {missing}; expected it as in trl {OLDEST}, because advantages "
            "of every token go in there: with another trainer they would be lost or misread. Install an older trl"
        )
    return trl


def lost_hooks(trainer: type) -> str:
    """What a trainer lacks of what the one here relies on, in words; empty: nothing."""
    for name in HOOKS:
        if not callable(getattr(trainer, name, None)):
            return f"has no method {name}"
    if len(inspect.signature(getattr(trainer, HOOKS[0])).parameters) != 5:
        return f"gives {HOOKS[0]} other arguments than inputs, prompts, completions and their ids"
    if "advantages.dim() == 1" not in inspect.getsource(getattr(trainer, HOOKS[2])):
        return "does not tell advantages of completions, (B,), from those of tokens, (B, T)"
    return ""
