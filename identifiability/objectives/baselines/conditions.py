"""What every baseline asks of its arguments."""

from jaxtyping import Float
from torch import Tensor

from identifiability.objectives.risks import Risks


def check_penalty(penalty: float) -> None:
    """Refuse a penalty weight that rewards what it should punish.

    Raises:
        ValueError: a negative weight, or one that is not a number.
    """
    if not penalty >= 0:
        raise ValueError(
            f"penalty is {penalty}; expected a number from 0 on, because a negative weight rewards predictors that "
            "differ between environments"
        )


def several_risks(risks: Risks, compared: str) -> Float[Tensor, " environments"]:
    """The risks R_e of at least two environments.

    Raises:
        ValueError: all examples of positive weight are of one environment.
    """
    by_environment = risks.by_environment
    if len(by_environment) < 2:
        raise ValueError(
            f"all examples of positive weight are of environment {next(iter(risks.groups()))}; expected at least 2 "
            f"environments in every batch, because {compared} are compared between them and with one nothing is left "
            "but ERM"
        )
    return by_environment
