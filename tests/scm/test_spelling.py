import pytest

from scm.spelling import nearest_names

KNOWN = ("irm.infonce_is_irm", "irm.two_bit_counterexample", "swap.positive_captions", "vrex")


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("VREx", ["vrex"]),
        ("irm.infonce_is_imr", ["irm.infonce_is_irm"]),
        ("two_bit", ["irm.two_bit_counterexample"]),
        ("irm.", ["irm.infonce_is_irm", "irm.two_bit_counterexample"]),
        ("zzz", []),
        ("", []),
    ],
)
def test_nearest_names(name: str, nearest: list[str]) -> None:
    assert sorted(nearest_names(name, KNOWN)) == nearest


def test_three_at_most() -> None:
    assert len(nearest_names("a", [f"a{n}" for n in range(9)])) == 3
