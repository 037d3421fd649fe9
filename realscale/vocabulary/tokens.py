"""Class and context ids of a table as the objectives take them."""

import polars as pl
import torch

from identifiability.objectives.tokens import Tokens


def tokens(rows: pl.DataFrame) -> Tokens:
    """t_y and t_e of the rows as objectives take them.

    Raises:
        ValueError: a row without a class or a context (-1 names no token: such pairs must be left out of a batch).
    """
    return Tokens(
        torch.from_numpy(rows["class"].to_numpy()).clone(), torch.from_numpy(rows["context"].to_numpy()).clone()
    )
