"""Lemma 1: exact alignment removes what is private to a modality."""

import numpy as np

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.common_part import common_part
from identifiability.exact.lemma1 import common_maps_depend_on_shared_alone, enumerate_common_maps
from identifiability.exact.random_laws import independent_given_shared, random_law
from scm import FiniteLaw


def independent_private_parts(setting: Setting, seed: int, context: Context) -> Evidence:
    """Enumerate all pairs of maps on random laws with A and B independent given Z."""
    rng = np.random.default_rng(seed)
    outcomes = [
        enumerate_common_maps(independent_given_shared(2, 3, 3, zeros=0.2, rng=rng), setting["codomain"])
        for _ in range(setting["laws"])
    ]
    return Evidence(
        measured={
            "exceptions": float(sum(outcome.exceptions for outcome in outcomes)),
            "common_pairs": float(sum(outcome.common for outcome in outcomes)),
            "pairs": float(sum(outcome.pairs for outcome in outcomes)),
        },
        # every map of Z alone is common: codomain ** levels pairs a law at least, so the enumeration is not vacuous
        bar={"exceptions": (0.0, 0.0), "common_pairs": (float(setting["laws"] * setting["codomain"] ** 2), None)},
    )


def connected_support(setting: Setting, seed: int, context: Context) -> Evidence:
    """Compare the enumeration with the support criterion on random laws, A and B dependent given Z."""
    rng = np.random.default_rng(seed)
    disagreements = connected = split = 0.0
    for _ in range(setting["laws"]):
        law = random_law(2, 3, 3, zeros=setting["zeros"], rng=rng)
        predicted = common_maps_depend_on_shared_alone(law)
        disagreements += predicted != (enumerate_common_maps(law).exceptions == 0)
        connected += predicted
        split += not predicted
    return Evidence(
        measured={"disagreements": disagreements, "connected_laws": connected, "split_laws": split},
        bar={"disagreements": (0.0, 0.0), "connected_laws": (10.0, None), "split_laws": (10.0, None)},
    )


def copied_private_part(setting: Setting, seed: int, context: Context) -> Evidence:
    """A = B given Z: the maps phi(z, a) = a and psi(z, b) = b agree and are not functions of Z."""
    rng = np.random.default_rng(seed)
    law = random_law(2, 3, rng=rng)[:, :, None] * np.eye(3)  # p(z, a, b) = p(z, a) 1{a = b}
    z, a, b = law.shape
    views = np.zeros((z, a, z, b))
    for level in range(z):
        views[level, :, level, :] = law[level]
    return Evidence(
        measured={
            "exceptions": float(enumerate_common_maps(law).exceptions),
            "components": float(common_part(views.reshape(z * a, z * b)).count),
        },
        bar={"exceptions": (1.0, None), "components": (z + 1.0, None)},
        note="components of the support of ((Z, A), (Z, B)): as many as Z has levels if Lemma 1 held",
    )


def nearly_equal_codes(setting: Setting, seed: int, context: Context) -> Evidence:
    """B a copy of A but for a rare redraw: connected supports, and codes phi(z, a) = a, psi(z, b) = b all but equal."""
    rng = np.random.default_rng(seed)
    connected, exceptions, disagreement, held = 0.0, 0.0, 0.0, np.inf
    for _ in range(setting["laws"]):
        private, redrawn = random_law(2, 3, rng=rng), random_law(3, rng=rng)
        law = private[:, :, None] * ((1 - setting["redraw"]) * np.eye(3) + setting["redraw"] * redrawn)
        connected += common_maps_depend_on_shared_alone(law)
        exceptions += enumerate_common_maps(law).exceptions
        disagreement = max(disagreement, float(law.sum() - np.trace(law, axis1=1, axis2=2).sum()))
        held = min(held, FiniteLaw(("z", "a"), private).entropy("a", "z"))
    return Evidence(
        measured={
            "connected_laws": connected,
            "exceptions_of_exact_equality": exceptions,
            "largest_disagreement": disagreement,
            "least_private_entropy": held,
        },
        bar={
            "connected_laws": (float(setting["laws"]), None),
            "exceptions_of_exact_equality": (0.0, 0.0),
            "largest_disagreement": (0.0, setting["redraw"]),
            "least_private_entropy": (0.1, None),
        },
        note="largest_disagreement: P(phi(Z, A) != psi(Z, B)); least_private_entropy: H(phi(Z, A) | Z) in nats, 0 for "
        "a function of Z",
    )


_LEMMA = "lemma1.function_of_shared"
_SUPPORT = "lemma1.connected_support"
_EQUAL = "exact equality of the two codes"

CLAIMS = (
    Claim(
        id=_LEMMA,
        statement="If the private parts A and B are independent given Z, whatever is a function of (Z, A) and of "
        "(Z, B) at once is a function of Z.",
        formula=r"A \perp B \mid Z,\ \phi(Z,A)=\psi(Z,B)\ \text{a.s.}\ \Rightarrow\ \phi(Z,A)\in\sigma(Z)",
        source="arXiv 2510.26302, Theorem 2 (first step of its proof, re-derived)",
        form="extra",
        track="exact",
        assumptions=("private parts independent given the shared part", _EQUAL),
        check=independent_private_parts,
        **every_preset({"laws": 20, "codomain": 2}, {"laws": 1, "codomain": 3}),
    ),
    Claim(
        id=f"{_LEMMA}.copied_private_part",
        statement="A private part that both modalities copy is aligned exactly without being a function of Z.",
        formula=r"A=B\ \Rightarrow\ \phi(z,a)=a,\ \psi(z,b)=b\ \text{agree},\ A\notin\sigma(Z)",
        source="arXiv 2510.26302, Theorem 2 (independence of the private parts dropped)",
        form="violation",
        track="exact",
        assumptions=(_EQUAL,),
        check=copied_private_part,
        drops=(_LEMMA, "private parts independent given the shared part"),
        **every_preset({}),
    ),
    Claim(
        id=_SUPPORT,
        statement="Exact alignment sees functions of Z alone if and only if the support of p(a, b | z) is connected "
        "for every z; independence of the private parts is sufficient, not necessary.",
        formula=r"\{\phi(Z,A)=\psi(Z,B)\}\subset\sigma(Z)\iff\forall z:\ \operatorname{supp} p(a,b\mid z)\ "
        r"\text{connected}",
        source="own; sharpens the first step of arXiv 2510.26302, Theorem 2",
        form="extra",
        track="exact",
        assumptions=(_EQUAL, "finitely many levels"),
        check=connected_support,
        **every_preset({"laws": 100, "zeros": 0.4}),
    ),
    Claim(
        id=f"{_SUPPORT}.near_equality",
        statement="If the codes need only be equal with probability close to 1, a private part that both modalities "
        "all but copy is aligned, although every support is connected.",
        formula=r"p(b\mid a,z)=(1-\epsilon)\,\delta_{ab}+\epsilon\,r(b):\ \Pr(\phi\neq\psi)\le\epsilon,\ "
        r"H(\phi(Z,A)\mid Z)=H(A\mid Z)",
        source="own; arXiv 2510.26302, Theorem 2 (exact equality dropped)",
        form="violation",
        track="exact",
        assumptions=("finitely many levels",),
        check=nearly_equal_codes,
        drops=(_SUPPORT, _EQUAL),
        **every_preset({"laws": 20, "redraw": 1e-6}),
    ),
)
