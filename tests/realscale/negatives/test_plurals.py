import pytest

from realscale.negatives.plurals import plural


@pytest.mark.parametrize(
    ("noun", "expected"),
    [
        ("dog", "dogs"),
        ("box", "boxes"),
        ("puppy", "puppies"),
        ("toy", "toys"),
        ("knife", "knives"),
        ("fireman", "firemen"),
        ("human", "humans"),
        ("sheep", "sheep"),
        ("fire truck", "fire trucks"),
        ("teddy bear", "teddy bears"),
        ("bus", "buses"),
        ("grandchild", "grandchildren"),
    ],
)
def test_plural(noun: str, expected: str) -> None:
    assert plural(noun) == expected
