"""What the captions of a batch say: class and context tokens, and the environment that each pair was drawn in."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Tokens:
    """Tokens of the K pairs of a batch, numbered from 0; all that is given are int64 tensors of length K.

    Attributes:
        classes: t_y, the class that the caption names.
        contexts: t_e, the context token of the caption (style, place); None where captions have none.
        environments: number of the law p_e that the pair was drawn from; None where it is not known.

    Raises:
        ValueError: columns that are no tensors of int64 of one length, or negative numbers.
    """

    classes: Tensor
    contexts: Tensor | None = None
    environments: Tensor | None = None

    def __post_init__(self) -> None:
        for name, column in vars(self).items():
            if column is None:
                continue
            if not isinstance(column, Tensor):
                raise ValueError(
                    f"{name} are a {type(column).__name__}; expected a tensor, torch.as_tensor of them: tokens live on "
                    "the device of the codes"
                )
            if column.dtype != torch.int64 or column.shape != (len(self.classes),):
                raise ValueError(
                    f"{name} are {column.dtype} of shape {tuple(column.shape)}; expected torch.int64 of shape "
                    f"({len(self.classes)},), because entry i is the number of a token of pair i"
                )
            if len(column) and column.min() < 0:
                raise ValueError(
                    f"{name} hold {int(column.min())}; expected numbers from 0 on: -1 pads ragged captions and names "
                    "no token, so a pair without a token must be left out of the batch"
                )

    def __len__(self) -> int:
        return len(self.classes)

    def column(self, name: str) -> Tensor:
        """The tokens called `name`.

        Raises:
            ValueError: no such column, or one that was not given.
        """
        columns = vars(self)
        if name not in columns or columns[name] is None:
            given = [known for known, column in columns.items() if column is not None]
            raise ValueError(f"tokens.{name} is needed and not given; given are {', '.join(given)}")
        return columns[name]

    def take(self, index: Tensor) -> "Tokens":
        """The tokens of the pairs chosen by `index`: positions, or one boolean a pair."""
        columns = (None if column is None else column[index] for column in (self.contexts, self.environments))
        return Tokens(self.classes[index], *columns)
