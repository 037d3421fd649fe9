"""Proposition 11: the modality gap as a flat direction, and what a constant gap carries from captions to images."""

import numpy as np

from identifiability.claims.claim import Claim, Context, Evidence, Setting, every_preset
from identifiability.exact.composition.modality_gap import gap, merged, orthogonal_offset, symmetric_loss
from identifiability.exact.random_laws import random_law

IMAGES, DIMENSIONS = 4, 6


def flat_directions(setting: Setting, seed: int, context: Context) -> Evidence:
    """Random codes with spare dimensions, offset orthogonally to the other tower's differences or along one of them."""
    rng = np.random.default_rng(seed)
    change, along, length = 0.0, np.inf, 0.0
    for _ in range(setting["laws"]):
        joint = random_law(IMAGES, IMAGES, rng=rng)
        f, g = rng.standard_normal((2, IMAGES, DIMENSIONS))
        loss = symmetric_loss(joint, f, g, 3)
        free_text, free_image = orthogonal_offset(f, rng=rng), orthogonal_offset(g, rng=rng)
        moved = symmetric_loss(joint, f + 5 * free_image, g + 5 * free_text, 3) if setting["orthogonal"] else loss
        if not setting["orthogonal"]:
            difference = f[1] - f[0]
            moved = symmetric_loss(joint, f, g + 5 * difference / np.linalg.norm(difference), 3)
        change, along = max(change, abs(moved - loss)), min(along, abs(moved - loss))
        length = max(length, float(np.linalg.norm(gap(joint, f, g + 5 * free_text).mean - gap(joint, f, g).mean)))
    return Evidence(
        measured={"largest_change": change, "least_change": along, "gap_added": length},
        bar={"largest_change": (0.0, 1e-9)} if setting["orthogonal"] else {"least_change": (1e-3, None)},
    )


def transfer(setting: Setting, seed: int, context: Context) -> Evidence:
    """Paired scenes and captions, captions merged in twos: images under a constant gap, seen and unseen."""
    rng = np.random.default_rng(seed)
    seen = 2 * IMAGES
    texts = rng.standard_normal((seen // 2, DIMENSIONS)).repeat(2, axis=0)  # g gives captions 2 i and 2 i + 1 one code
    offset = rng.standard_normal(DIMENSIONS)
    images = texts + offset
    if setting[
        "unseen"
    ]:  # scenes outside the support: any codes of theirs leave loss and gap on the support as they are
        images = np.concatenate([images, rng.standard_normal((4, DIMENSIONS))])
        texts = np.concatenate([texts, rng.standard_normal((2, DIMENSIONS)).repeat(2, axis=0)])
    joint = np.eye(seen) / seen
    constant = gap(joint, images[:seen], texts[:seen])
    differing = 0.0 + sum(a != b for a, b in zip(merged(images), merged(texts), strict=True))
    return Evidence(
        measured={"gap_deviation": constant.deviation, "merged_otherwise": differing},
        bar={
            "gap_deviation": (0.0, 1e-12),
            "merged_otherwise": (1.0, None) if setting["unseen"] else (0.0, 0.0),
        },
        note="merged_otherwise: inputs that one tower tells from all others and the other tower does not",
    )


_FLAT = "prop11.flat_directions"
_TRANSFER = "prop11.constant_gap"
_ORTHOGONAL = "the offset is orthogonal to the differences of the other tower's codes"
_ON_SUPPORT = "only pairs that occur are looked at"
_SOURCE = "arXiv 2510.26302, Proposition 11"

CLAIMS = (
    Claim(
        id=_FLAT,
        statement="A constant offset of one tower that is orthogonal to all differences of the other tower's codes "
        "leaves InfoNCE of dot products as it is: a modality gap is a flat direction.",
        formula=r"c\perp\mathrm{span}\{f(x)-f(x')\}\Rightarrow L_K(f,g+c)=L_K(f,g)",
        source=_SOURCE,
        form="corrected",
        track="exact",
        assumptions=("dot-product scores without normalisation", _ORTHOGONAL),
        check=flat_directions,
        **every_preset({"laws": 50, "orthogonal": True}),
    ),
    Claim(
        id=f"{_FLAT}.along_a_difference",
        statement="An offset along a difference of the other tower's codes changes the loss.",
        formula=r"c\not\perp\mathrm{span}\{f(x)-f(x')\}\Rightarrow L_K(f,g+c)\neq L_K(f,g)",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=("dot-product scores without normalisation",),
        check=flat_directions,
        drops=(_FLAT, _ORTHOGONAL),
        **every_preset({"laws": 50, "orthogonal": False}),
    ),
    Claim(
        id=_TRANSFER,
        statement="Where image and text codes differ by a constant on the pairs that occur, the image tower merges "
        "exactly the scenes whose captions the text tower merges.",
        formula=r"f(x)=g(t)+c\Rightarrow\left(f(x)=f(x')\iff g(t)=g(t')\right)",
        source=_SOURCE,
        form="corrected",
        track="exact",
        assumptions=("a constant gap", _ON_SUPPORT),
        check=transfer,
        **every_preset({"unseen": False}),
    ),
    Claim(
        id=f"{_TRANSFER}.unseen_scenes",
        statement="Of scenes that never occur the constant gap says nothing: the image tower may tell apart what the "
        "text tower merges.",
        formula=r"x\notin\mathrm{supp}:\ f(x)\text{ is free}",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=("a constant gap",),
        check=transfer,
        drops=(_TRANSFER, _ON_SUPPORT),
        **every_preset({"unseen": True}),
    ),
)
