"""What a reviewer and a trainer must know: coverage, overlaps, ambiguous words, p(t_y, t_e) and its empty cells."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from jaxtyping import Float, Int

from realscale.vocabulary.association import FALSE_ALARM
from realscale.vocabulary.document import ReviewedVocabulary
from realscale.vocabulary.normal import pattern


@dataclass(frozen=True, eq=False)
class JointLaw:
    """Captions by class and context: `counts[y, e]` of the captions that say both; first mentions decide."""

    counts: Int[np.ndarray, "classes contexts"]

    @property
    def law(self) -> Float[np.ndarray, "classes contexts"]:
        """p(t_y, t_e)."""
        return self.counts / max(int(self.counts.sum()), 1)

    @property
    def expected(self) -> Float[np.ndarray, "classes contexts"]:
        """Counts that independence would give: n p(t_y) p(t_e)."""
        total = max(int(self.counts.sum()), 1)
        return self.counts.sum(axis=1, keepdims=True) * self.counts.sum(axis=0, keepdims=True) / total

    def empty(self) -> list[tuple[int, int, float]]:
        """(class, context, expected count) of the cells that break positivity, most missed first.

        A cell is empty if p(t_y, t_e) = 0 < p(t_y) p(t_e): balancing by weights cannot make up for it, and the
        class-given-context law is not identified there.
        """
        rows, columns = np.nonzero((self.counts == 0) & (self.expected > 0))
        cells = [(int(y), int(e), float(self.expected[y, e])) for y, e in zip(rows, columns, strict=True)]
        return sorted(cells, key=lambda cell: (-cell[2], cell[:2]))

    def weights(self) -> dict[str, float] | None:
        """Of the token-balanced weights w = p(t_y) p(t_e) / p(t_y, t_e): the largest, and the effective sample share.

        Effective share: (E w)^2 / E w^2 over the captions; 1 without correlation. None where no caption says both.
        """
        said = self.counts > 0
        if not said.any():
            return None
        weight, law = self.expected[said] / self.counts[said], self.law[said]
        share = float((law * weight).sum() ** 2 / (law * weight**2).sum())
        return {"largest": float(weight.max()), "effective share": share}

    def information(self) -> float:
        """I(t_y; t_e) in bits."""
        law, said = self.law, self.counts > 0
        product = law.sum(axis=1, keepdims=True) * law.sum(axis=0, keepdims=True)
        return max(float((law[said] * np.log2(law[said] / product[said])).sum()), 0.0)


def joint_law(rows: pl.LazyFrame, vocabulary: ReviewedVocabulary) -> JointLaw:
    """The joint counts of a matched table; streaming."""
    both = rows.filter((pl.col("class") >= 0) & (pl.col("context") >= 0))
    counted = both.group_by("class", "context").len().collect(engine="streaming")
    counts = np.zeros((len(vocabulary.classes), len(vocabulary.environments)), dtype=np.int64)
    counts[counted["class"].to_numpy(), counted["context"].to_numpy()] = counted["len"].to_numpy()
    return JointLaw(counts)


def of_kind(rows: pl.LazyFrame, vocabulary: ReviewedVocabulary, kind: str) -> pl.LazyFrame:
    """The rows with the first context of this kind ("style", "place", ...) as their `context`, -1 without one.

    Raises:
        ValueError: no environment of this kind.
    """
    kinds = [entry.kind for entry in vocabulary.environments]
    if kind not in kinds:
        raise ValueError(f"no environment is of kind {kind!r}; there are {', '.join(sorted(set(kinds))) or 'none'}")
    numbers = [number for number, known in enumerate(kinds) if known == kind]
    chosen = pl.col("contexts").list.eval(pl.element().filter(pl.element().is_in(numbers))).list.first()
    return rows.with_columns(chosen.fill_null(-1).alias("context"))


def overlaps(vocabulary: ReviewedVocabulary) -> list[dict[str, str]]:
    """Environments that stand inside a class or the other way round ("beach" in "beach ball"): the longer one wins."""
    found = []
    environments = [form for entry in vocabulary.environments for form in entry.said]
    classes = [form for entry in vocabulary.classes for form in entry.said]
    for inside, role, around in ((environments, "environment", classes), (classes, "class", environments)):
        parts = {pattern(form): form for form in inside}
        words = pl.DataFrame({"form": around}, schema={"form": pl.String}).with_columns(
            pl.col("form")
            .map_elements(pattern, return_dtype=pl.String)
            .str.extract_many(list(parts) or [" \n "])
            .alias("parts")
        )
        for form, matched in words.filter(pl.col("parts").list.len() > 0).iter_rows():
            found += [{"word": parts[part], "role": role, "inside": form} for part in dict.fromkeys(matched)]
    return found


def ambiguous(vocabulary: ReviewedVocabulary) -> list[dict[str, Any]]:
    """Words for which both roles speak: classes said where environments are, environments shown as objects."""
    return [
        {"word": entry.name, "as": place.split("[")[0], "found": list(entry.found), **entry.statistics}
        for place, entry in vocabulary.placed()
        if len(entry.found) > 1 and not place.startswith("undecided")
    ]


def report(rows: pl.LazyFrame, vocabulary: ReviewedVocabulary, *, shown: int = 20) -> dict[str, Any]:
    """Everything as one JSON document; at most `shown` items of each list, with its length beside it."""
    counted = rows.select(
        pl.len().alias("captions"),
        *((pl.col(name) >= 0).mean().alias(name) for name in ("class", "context")),
        ((pl.col("class") >= 0) & (pl.col("context") >= 0)).mean().alias("both"),
        *((pl.col(name).list.len() > 1).mean().alias(f"several {name}") for name in ("classes", "contexts")),
    ).collect(engine="streaming")
    joint = joint_law(rows, vocabulary)
    empty = joint.empty()
    chance = -np.log(FALSE_ALARM / max(joint.counts.size, 1))
    names = [entry.name for entry in vocabulary.classes], [entry.name for entry in vocabulary.environments]
    unsaid = [entry.name for entry, n in zip(vocabulary.classes, joint.counts.sum(axis=1), strict=True) if not n]
    return {
        "vocabulary": {
            "version": vocabulary.version,
            "identity": vocabulary.identity,
            "reviewed": vocabulary.reviewed,
            "classes": len(vocabulary.classes),
            "environments": len(vocabulary.environments),
            "undecided": len(vocabulary.undecided),
        },
        "coverage": counted.row(0, named=True),
        "overlaps": _some(overlaps(vocabulary), shown),
        "ambiguous": _some(ambiguous(vocabulary), shown),
        "classes never said with a context": _some(unsaid, shown),
        "joint": {
            "cells": int(joint.counts.size),
            "information": joint.information(),
            "weights": joint.weights(),
            "empty": len(empty),
            "empty not by chance": sum(expected >= float(chance) for _, _, expected in empty),
            "most missed": [
                {"class": names[0][y], "context": names[1][e], "expected": round(expected, 2)}
                for y, e, expected in empty[:shown]
            ],
        },
    }


def _some(items: list[Any], shown: int) -> dict[str, Any]:
    return {"number": len(items), "shown": items[:shown]}


def text(document: dict[str, Any]) -> str:
    """The report for a person."""
    said, joint, words = document["coverage"], document["joint"], document["vocabulary"]
    weights = joint["weights"]
    balanced = "no caption names both"
    if weights is not None:
        balanced = f"token-balanced weights up to {weights['largest']:.1f}, effective share of the sample "
        balanced += f"{weights['effective share']:.1%}"
    lines = [
        f"{said['captions']} captions; vocabulary version {words['version']}: {words['classes']} classes, "
        f"{words['environments']} environments, {words['undecided']} undecided; "
        + (f"reviewed: {words['reviewed']}" if words["reviewed"] else "not reviewed"),
        f"with a class {said['class']:.1%}, with a context {said['context']:.1%}, with both {said['both']:.1%}",
        f"several classes in {said['several classes']:.1%}, several contexts in {said['several contexts']:.1%}",
        f"I(class; context) = {joint['information']:.4f} bits; {balanced}",
        f"{joint['empty']} of {joint['cells']} cells break positivity, {joint['empty not by chance']} not by chance",
        *(f"  no {cell['class']} with {cell['context']}: {cell['expected']} expected" for cell in joint["most missed"]),
        f"{document['classes never said with a context']['number']} classes are never said with a context",
        f"{document['ambiguous']['number']} ambiguous words, for which both roles speak",
        *(f"  {item['word']} in {item['as']}: {'; '.join(item['found'])}" for item in document["ambiguous"]["shown"]),
        f"{document['overlaps']['number']} entries stand inside others, where the longer one wins",
        *(f"  {item['word']} ({item['role']}) in {item['inside']}" for item in document["overlaps"]["shown"]),
    ]
    return "\n".join(lines)
