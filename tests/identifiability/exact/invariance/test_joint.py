import inspect

import numpy as np
import pytest

from identifiability.exact.invariance import accuracy, irm_by_enumeration, irmv1_penalty
from identifiability.exact.invariance.irm import conditional_entropy
from identifiability.exact.invariance.joint import as_joint
from scm import FiniteLaw
from scm.environments import coloured_bits

LAW = coloured_bits()[0].joint()
JOINT = LAW.marginal(("environment", "x", "y"))
SCORES = np.log(JOINT.sum(axis=0))


def test_lists_and_laws_of_named_variables_are_read_as_tables_are() -> None:
    assert irm_by_enumeration(LAW) == irm_by_enumeration(JOINT.tolist()) == irm_by_enumeration(JOINT)
    assert irmv1_penalty(LAW, SCORES.tolist()) == irmv1_penalty(JOINT.tolist(), SCORES) == irmv1_penalty(JOINT, SCORES)
    pooled = JOINT.sum(axis=0)
    assert accuracy(LAW, SCORES) == pytest.approx(accuracy(pooled.tolist(), SCORES.tolist()))
    assert accuracy(LAW, SCORES) == pytest.approx(0.85)


@pytest.mark.parametrize(
    ("joint", "text"),
    [
        (FiniteLaw(("e", "x", "y"), JOINT), r"of the variables \['e', 'x', 'y'\], without \['environment'\]; expected"),
        (JOINT[0], r"do not label the 2 axes.*expected joint\[environment, x, y\] of sum 1, y the class"),
        (320 * JOINT, r"sums to 320.*counts\[class, context, prediction\] are for is_irm_optimal"),
        ([[[0.5, 0.5], [0.0]]], r"no rectangular array of numbers.*expected joint\[environment, x, y\]"),
    ],
)
def test_what_is_no_law_of_these_axes_is_refused(joint: object, text: str) -> None:
    for function in (as_joint, irm_by_enumeration):
        with pytest.raises(ValueError, match=text):
            inspect.unwrap(function)(joint)  # type: ignore[operator]


def test_scores_of_other_images_are_refused() -> None:
    text = r"scores have shape \(2, 4\); expected \(4, 2\), scores\[image, class\]"
    with pytest.raises(ValueError, match=text):
        irmv1_penalty(JOINT, SCORES.T)
    with pytest.raises(ValueError, match=text):
        accuracy(JOINT.sum(axis=0), SCORES.T)


def test_an_entropy_is_not_below_zero() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        law = np.zeros((4, 2))
        law[range(4), rng.integers(2, size=4)] = rng.dirichlet(np.ones(4))
        assert not str(conditional_entropy(law)).startswith("-")
        assert irm_by_enumeration(law[None]).v_irm >= 0
