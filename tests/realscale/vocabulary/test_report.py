"""Coverage, overlaps, ambiguous words, p(t_y, t_e) and the cells that break positivity."""

import numpy as np
import polars as pl
import pytest

from realscale.vocabulary.document import Entry, ReviewedVocabulary
from realscale.vocabulary.report import JointLaw, of_kind, overlaps, report, text

VOCABULARY = ReviewedVocabulary(
    (Entry("dog"), Entry("beach ball"), Entry("street", found=("given", "place")), Entry("car")),
    (Entry("beach", kind="place"), Entry("sketch of a dog", kind="style"), Entry("photo", kind="style")),
)


def rows(*ids: tuple[list[int], list[int]]) -> pl.LazyFrame:
    frame = pl.DataFrame(
        {"classes": [classes for classes, _ in ids], "contexts": [contexts for _, contexts in ids]},
        schema={"classes": pl.List(pl.Int64), "contexts": pl.List(pl.Int64)},
    )
    first = (pl.col("classes").list.first().fill_null(-1), pl.col("contexts").list.first().fill_null(-1))
    return frame.lazy().with_columns(first[0].alias("class"), first[1].alias("context"))


def test_report() -> None:
    many = [([0], [0])] * 60 + [([1], [2])] * 60 + [([0, 1], [])] * 40 + [([], [1, 2])] * 30 + [([], [])] * 10
    document = report(rows(*many), VOCABULARY)
    assert document["coverage"] == {
        **{
            "captions": 200,
            "class": 0.8,
            "context": 0.75,
            "both": 0.6,
            "several classes": 0.2,
            "several contexts": 0.15,
        }
    }
    joint = document["joint"]
    assert joint["cells"] == 12
    assert joint["empty"] == joint["empty not by chance"] == 2
    assert joint["most missed"][0] == {"class": "dog", "context": "photo", "expected": 30.0}
    assert joint["information"] == pytest.approx(1.0)
    assert document["classes never said with a context"]["shown"] == ["street", "car"]
    assert [item["word"] for item in document["ambiguous"]["shown"]] == ["street"]
    shown = text(document)
    assert "2 of 12 cells break positivity, 2 not by chance" in shown
    assert "no dog with photo: 30.0 expected" in shown
    assert "beach (environment) in beach ball" in shown


def test_overlaps() -> None:
    assert overlaps(VOCABULARY) == [
        {"word": "beach", "role": "environment", "inside": "beach ball"},
        {"word": "dog", "role": "class", "inside": "sketch of a dog"},
    ]


def test_weights_are_those_of_the_balanced_objective() -> None:
    """w = p(t_y) p(t_e) / p(t_y, t_e), whose mean over the captions is 1 where no cell is empty."""
    counts = np.array([[30, 10], [20, 40]])
    law = counts / 100
    weight = law.sum(1, keepdims=True) * law.sum(0, keepdims=True) / law
    joint = JointLaw(counts)
    assert joint.weights() == pytest.approx({"largest": weight.max(), "effective share": 1 / (law * weight**2).sum()})
    assert joint.empty() == []
    independent = JointLaw(np.array([[10, 20], [30, 60]]))
    assert independent.weights() == pytest.approx({"largest": 1.0, "effective share": 1.0})
    assert independent.information() == pytest.approx(0.0)


def test_few_captions_prove_no_hole() -> None:
    document = report(rows(([0], [0]), ([1], [2])), VOCABULARY)
    assert document["joint"]["empty"] == 2
    assert document["joint"]["empty not by chance"] == 0


def test_contexts_of_one_kind() -> None:
    table = rows(([0], [0, 2]), ([0], [1, 0]), ([0], [0]), ([0], []))
    assert of_kind(table, VOCABULARY, "style").collect()["context"].to_list() == [2, 1, -1, -1]
    assert of_kind(table, VOCABULARY, "place").collect()["context"].to_list() == [0, 0, 0, -1]
    with pytest.raises(ValueError, match="no environment is of kind 'time'; there are place, style"):
        of_kind(table, VOCABULARY, "time")


def test_a_table_without_pairs_has_no_weights() -> None:
    document = report(rows(([], [])), VOCABULARY)
    assert document["joint"]["weights"] is None
    assert "0 of 12 cells break positivity" in text(document)
    assert "no caption names both" in text(document)
