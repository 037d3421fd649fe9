"""LaTeX to MathML: well-formed, nothing lost, anything outside the subset refused."""

import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.identifiability import EXPERIMENT
from paper_figures.mathml import UnknownLatex, mathml
from paper_figures.symbols import OPERATORS, VARIABLES

ATOMS = st.sampled_from(["x", "Z", "17", "0.5", "<", "'", "(", "|", *VARIABLES, *OPERATORS])


def shape(latex: str) -> str:
    """The formula's elements as `tag(children)` and its words, without attributes."""

    def describe(element: ElementTree.Element) -> str:
        return f"{element.tag}({''.join(map(describe, element)) or element.text or ''})"

    (row,) = ElementTree.fromstring(mathml(latex))
    return "".join(map(describe, row))


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        ("x^2", "msup(mi(x)mrow(mn(2)))"),
        ("x_i^{n+1}", "msubsup(mi(x)mrow(mi(i))mrow(mrow(mi(n)mo(+)mn(1))))"),
        ("x^a_b", "msubsup(mi(x)mrow(mi(b))mrow(mi(a)))"),
        ("f'", "msup(mi(f)mrow(mo(′)))"),
        (r"\frac{1}{K}", "mfrac(mrow(mn(1))mrow(mi(K)))"),
        (r"\frac12\frac n{20}", "mfrac(mn(1)mn(2))mfrac(mi(n)mrow(mn(20)))"),
        ("2^10", "msup(mn(2)mrow(mn(1)))mn(0)"),
        (r"\sqrt 2", "msqrt(mn(2))"),
        (r"\min_f g", "munder(mo(min)mrow(mi(f)))mi(g)"),
        (r"\sum_{i}^n", "munderover(mo(∑)mrow(mrow(mi(i)))mrow(mi(n)))"),
        (r"\operatorname*{arg\,max}_x", "munder(mi(arg\u2009max)mrow(mi(x)))"),
        (r"\text{ a.s. }", "mtext(\u00a0a.s.\u00a0)"),
        (r"\mathbb{E}\mathcal L", "mi(𝔼)mi(ℒ)"),
        (r"\hat{x}", "mover(mrow(mi(x))mo(^))"),
        (r"a \not= b", "mi(a)mo(=\u0338)mi(b)"),
        (r"\left(x\right.", "mo(()mi(x)"),
        (r"p\big(x\mid y\big)", "mi(p)mo(()mi(x)mo(∣)mi(y)mo())"),
        (r"a<b", "mi(a)mo(<)mi(b)"),
        ("-1", "mo(−)mn(1)"),
    ],
)
def test_the_subset_is_translated(latex: str, expected: str) -> None:
    assert shape(latex) == expected


@given(st.lists(ATOMS, min_size=1))
def test_every_symbol_is_set_in_order_and_well_formed(atoms: list[str]) -> None:
    words = "".join(ElementTree.fromstring(mathml(" ".join(atoms))).itertext())
    names = {**VARIABLES, **OPERATORS, "'": "′"}
    assert words == "".join(names.get(atom, atom) for atom in atoms)


def test_every_formula_of_the_ledger_is_translated() -> None:
    for claim in EXPERIMENT.claims:
        ElementTree.fromstring(mathml(claim.formula))


@pytest.mark.parametrize(
    ("latex", "named"),
    [
        (r"\begin{cases}", "begin"),
        ("x_", "ends"),
        ("{x", "closing brace"),
        ("x}", "'}'"),
        (r"\frac{1}", "ends"),
        (r"\mathbb{e}", "no letter 'e'"),
        (r"\text{a{b}c}", "braces inside"),
        (r"\text{\alpha}", "commands inside words"),
        (r"\left x", "no delimiter"),
    ],
)
def test_what_is_outside_the_subset_is_refused_by_name(latex: str, named: str) -> None:
    with pytest.raises(UnknownLatex, match=named):
        mathml(latex)
