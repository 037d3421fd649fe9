from collections.abc import Callable

from identifiability.claims.claim import Evidence

Check = Callable[[str], Evidence]


def test_irmv1_non_invariant_root(check: Check) -> None:
    evidence = check("irmv1.non_invariant_root")
    curve = dict(zip(evidence.series["label_noise"], evidence.series["agree"], strict=True))
    assert all((value is not None) == (noise <= 0.1464466) for noise, value in curve.items())


def test_irmv1_non_invariant_root_needs_little_label_noise(check: Check) -> None:
    check("irmv1.non_invariant_root.more_label_noise")
