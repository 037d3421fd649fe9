"""Findings: every case counted, the first ones named, nothing lost when two are merged or written."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from realscale.data.findings import NAMED, Findings

CASES = st.lists(st.tuples(st.sampled_from(["empty file", "corrupt image"]), st.text(max_size=3)), max_size=60)


def of(cases: list[tuple[str, str]]) -> Findings:
    findings = Findings()
    for reason, name in cases:
        findings.add(reason, name)
    return findings


@settings(deadline=None, max_examples=50)
@given(CASES, CASES)
def test_merging_is_adding_one_after_the_other(first: list[tuple[str, str]], second: list[tuple[str, str]]) -> None:
    merged = of(first)
    merged.merge(of(second))
    assert merged == of(first + second)
    assert bool(merged) == bool(first or second)


@settings(deadline=None, max_examples=50)
@given(CASES)
def test_cases_are_counted_and_the_first_are_named(cases: list[tuple[str, str]]) -> None:
    findings = of(cases)
    for reason in findings.counts:
        names = [name for other, name in cases if other == reason]
        assert (findings.counts[reason], findings.named[reason]) == (len(names), names[:NAMED])
        assert json.loads(json.dumps(findings.to_record()))[reason] == {"count": len(names), "first": names[:NAMED]}


def test_summary() -> None:
    assert of([("empty file", f"{number}.png") for number in range(5)] + [("corrupt image", "x")]).summary() == (
        "5 x empty file: 0.png, 1.png, 2.png, ...\n1 x corrupt image: x"
    )


def test_names_are_bounded_however_many_cases_there_are() -> None:
    findings = of([("no image", str(number)) for number in range(1000)])
    assert (findings.counts["no image"], len(findings.named["no image"])) == (1000, NAMED)
    findings.merge(of([("no image", "another")]))
    assert (findings.counts["no image"], len(findings.named["no image"])) == (1001, NAMED)
