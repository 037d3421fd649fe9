"""Tokens of a batch: what is refused, and the choice of pairs."""

import pytest
import torch

from identifiability.objectives import Tokens


def test_columns_are_given_by_name_and_taken_together():
    tokens = Tokens(torch.tensor([0, 1, 2]), environments=torch.tensor([5, 5, 6]))
    chosen = tokens.take(torch.tensor([2, 0]))
    assert len(tokens) == 3
    assert chosen.classes.tolist() == [2, 0]
    assert chosen.contexts is None
    assert chosen.column("environments").tolist() == [6, 5]
    assert tokens.take(tokens.classes > 0).classes.tolist() == [1, 2]


@pytest.mark.parametrize("name", ["contexts", "colour"])
def test_a_column_that_is_not_there_is_named(name):
    tokens = Tokens(torch.zeros(2, dtype=torch.int64), environments=torch.zeros(2, dtype=torch.int64))
    with pytest.raises(ValueError, match=rf"tokens.{name} is needed and not given; given are classes, environments"):
        tokens.column(name)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (torch.zeros(3), r"contexts are torch.float32 of shape \(3,\); expected torch.int64 of shape \(3,\)"),
        (torch.zeros(2, dtype=torch.int64), r"shape \(2,\); expected torch.int64 of shape \(3,\).*token of pair i"),
        (torch.tensor([0, -1, 0]), "contexts hold -1; expected numbers from 0 on.*names no token"),
    ],
)
def test_bad_columns_are_refused(column, message):
    with pytest.raises(ValueError, match=message):
        Tokens(torch.zeros(3, dtype=torch.int64), contexts=column)


@pytest.mark.parametrize("name", ["classes", "contexts"])
def test_a_list_is_no_tensor(name):
    """The message that users without type checks see."""
    columns = {"classes": torch.zeros(2, dtype=torch.int64), "contexts": None, "environments": None, name: [0, 1]}
    tokens = object.__new__(Tokens)
    for column, value in columns.items():
        object.__setattr__(tokens, column, value)
    with pytest.raises(ValueError, match=rf"{name} are a list; expected a tensor, torch.as_tensor of them"):
        tokens.__post_init__()
