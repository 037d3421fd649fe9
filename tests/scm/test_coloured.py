import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scm.coloured import coloured_classes, noisy_copy, trusted_bits
from scm.environments import coloured_bits


def test_two_classes_are_the_two_bit_problem() -> None:
    training, test = coloured_classes(classes=2)
    bits, bits_test = coloured_bits()
    np.testing.assert_allclose(training.joint().table, bits.joint().table, atol=1e-15)
    np.testing.assert_allclose(test.table, bits_test.table, atol=1e-15)
    assert training.joint().names == bits.joint().names


@settings(max_examples=10)
@given(st.integers(2, 5), st.floats(0, 1), st.floats(0, 1))
def test_content_and_colour_agree_with_the_class_as_often_as_said(classes: int, noise: float, agreement: float) -> None:
    training, _ = coloured_classes(classes=classes, label_noise=noise, colour=(agreement,))
    law = training.laws["train_0"]
    for name, probability in (("c", 1 - noise), ("s", agreement)):
        copied = law.conditional(name, "y")
        np.testing.assert_allclose(np.diag(copied), probability, atol=1e-12)
        others = copied[~np.eye(classes, dtype=bool)]
        np.testing.assert_allclose(others, (1 - probability) / (classes - 1), atol=1e-12)
    assert law.independent("c", "s", "y")
    numbered = law.marginal(("x", "c", "s")).reshape(-1, classes, classes)
    for c, colour in np.ndindex(classes, classes):  # image number classes * c + s shows c and s, and nothing else does
        assert np.delete(numbered[:, c, colour], classes * c + colour).sum() == 0.0


def test_default_test_colour_is_as_rare_as_any_one_wrong_colour() -> None:
    _, test = coloured_classes(classes=10)
    np.testing.assert_allclose(np.diag(test.conditional("s", "y")), 1 / 90, atol=1e-15)
    _, given_test = coloured_classes(classes=10, test=0.3)
    np.testing.assert_allclose(np.diag(given_test.conditional("s", "y")), 0.3, atol=1e-15)


def test_prior_is_the_law_of_the_class() -> None:
    training, test = coloured_classes(classes=2, prior=(0.7, 0.3))
    for law in (*training.laws.values(), test):
        np.testing.assert_allclose(law.marginal("y"), [0.7, 0.3], atol=1e-15)


def test_trust_says_nothing_about_the_class_or_the_content_alone() -> None:
    training, test = trusted_bits(label_noise=0.25, trust=(0.9, 0.7), test=0.2)
    for law, agreement in zip((*training.laws.values(), test), (0.9, 0.7, 0.2), strict=True):
        assert law.independent("y", "s")
        assert law.independent("c", "s")
        assert not law.independent("y", "s", "c")
        np.testing.assert_allclose(law.conditional("c", "y"), noisy_copy(2, 0.75), atol=1e-15)
        right = [law.condition(y=y, c=y).marginal("s")[1] for y in range(2)]
        wrong = [law.condition(y=y, c=1 - y).marginal("s")[1] for y in range(2)]
        np.testing.assert_allclose([*right, *wrong], [agreement] * 2 + [1 - agreement] * 2, atol=1e-12)
        assert law.names == ("y", "c", "s", "x")


def test_errors_say_what_was_expected() -> None:
    with pytest.raises(ValueError, match="classes=1, expected at least 2"):
        coloured_classes(classes=1)
    with pytest.raises(ValueError, match=r"label_noise=1\.5, expected a probability"):
        coloured_classes(label_noise=1.5)
    with pytest.raises(ValueError, match=r"colour \(or test\)=-0\.1"):
        coloured_classes(test=-0.1)
    with pytest.raises(ValueError, match="has 3 entries, expected one for each of the 2 classes"):
        coloured_classes(classes=2, prior=(0.5, 0.25, 0.25))
    with pytest.raises(ValueError, match="one training environment at least"):
        coloured_classes(colour=())
    with pytest.raises(ValueError, match="sums to"):
        coloured_classes(classes=2, prior=(0.5, 0.25))


def test_rows_of_a_noisy_copy_are_laws() -> None:
    np.testing.assert_allclose(noisy_copy(4, 0.4).sum(axis=1), 1.0, atol=1e-15)
    np.testing.assert_allclose(noisy_copy(4, 0.4)[0], [0.4, 0.2, 0.2, 0.2], atol=1e-15)
