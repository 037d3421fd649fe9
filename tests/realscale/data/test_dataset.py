"""The interface of every set: selection, splits without leakage, captions, errors."""

import inspect
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realscale.data.dataset import ImageTextSet

STYLES = ("noto", "noto-3d", "twemoji")


def make(concepts: int = 5, groups: list[int] | None = None) -> ImageTextSet:
    """`concepts` concepts in three styles, of which the first two re-render the same drawings."""
    concept_ids = np.repeat(np.arange(concepts), 3)
    group_of = np.array(groups if groups is not None else range(concepts), dtype=np.int64)
    images = np.arange(3 * concepts, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), dtype=np.uint8)
    return ImageTextSet(
        name="toy",
        images=images,
        captions=tuple(f"thing {number}" for number in concept_ids),
        concepts=concept_ids,
        concept_names=tuple(f"C{number}" for number in range(concepts)),
        styles=np.tile(np.arange(3), concepts),
        style_names=STYLES,
        style_phrases=("a noto picture", "a round picture", "a twemoji picture"),
        classes=concept_ids % 2,
        class_names=("even", "odd"),
        groups=group_of[concept_ids],
        families=("google", "google", "twitter"),
        licences=dict.fromkeys(STYLES, "CC0; nobody"),
    )


@given(
    groups=st.lists(st.integers(0, 6), min_size=4, max_size=16),
    fraction=st.floats(0.05, 0.95),
    seed=st.integers(0, 2**32 - 1),
)
@settings(deadline=None, max_examples=60)
def test_a_split_shares_no_concept_and_no_group_and_loses_nothing(
    groups: list[int], fraction: float, seed: int
) -> None:
    whole = make(len(groups), groups)
    room = round(fraction * len(groups))
    if room < min(np.unique(groups, return_counts=True)[1]) or room == len(groups):
        with pytest.raises(ValueError, match="leaves one side empty"):
            whole.split_concepts(fraction, rng=np.random.default_rng(seed))
        return
    rest, held_out = whole.split_concepts(fraction, rng=np.random.default_rng(seed))
    assert not set(rest.concepts) & set(held_out.concepts)
    assert not set(rest.groups) & set(held_out.groups)
    assert len(rest) + len(held_out) == len(whole)
    assert 0 < len(np.unique(held_out.concepts)) <= room
    assert rest.concept_names == held_out.concept_names == whole.concept_names


def test_a_split_of_single_groups_holds_out_the_fraction_and_follows_its_generator() -> None:
    whole = make(20)
    rest, held_out = whole.split_concepts(0.3, rng=np.random.default_rng(7))
    assert (len(np.unique(rest.concepts)), len(np.unique(held_out.concepts))) == (14, 6)
    again = whole.split_concepts(0.3, rng=np.random.default_rng(7))[1]
    other = whole.split_concepts(0.3, rng=np.random.default_rng(8))[1]
    assert (again.concepts == held_out.concepts).all()
    assert set(other.concepts) != set(held_out.concepts)


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, float("nan")])
def test_a_fraction_outside_the_unit_interval_is_refused(fraction: float) -> None:
    with pytest.raises(ValueError, match=r"fraction is .* inside \(0, 1\)"):
        make().split_concepts(fraction, rng=np.random.default_rng(0))


def test_one_group_cannot_be_split() -> None:
    with pytest.raises(ValueError, match="leaves one side empty"):
        make(4, [0, 0, 0, 0]).split_concepts(0.5, rng=np.random.default_rng(0))


def test_a_held_out_style_takes_the_renderings_of_its_drawings_with_it() -> None:
    rest, held_out = make().hold_out_style("noto")
    assert {STYLES[style] for style in held_out.styles} == {"noto"}
    assert {STYLES[style] for style in rest.styles} == {"twemoji"}, "noto-3d re-renders what noto draws"


def test_select_keeps_ids_and_rows_together() -> None:
    chosen = make().select(styles=["twemoji", "noto"], classes=["odd"])
    assert chosen.concepts.tolist() == [1, 1, 3, 3]
    assert [STYLES[style] for style in chosen.styles] == ["noto", "twemoji"] * 2
    assert chosen.captions == ("thing 1", "thing 1", "thing 3", "thing 3")
    assert (chosen.images[:, 0, 0, 0] == 3 * chosen.concepts + chosen.styles).all()
    assert len(make().select(concepts=["C2"])) == 3


def test_take_by_index_keeps_the_given_order() -> None:
    assert make().take(np.array([4, 0])).concepts.tolist() == [1, 0]


@pytest.mark.parametrize("what", ["styles", "concepts", "classes"])
def test_an_unknown_name_is_refused(what: str) -> None:
    with pytest.raises(ValueError, match=r"no .* \['Noto'\] in the set 'toy'"):
        make().select(**{what: ["Noto"]})


def test_captions_name_content_style_or_both() -> None:
    one = make().take(np.array([3, 5]))
    assert one.captions_for("content") == ["thing 1", "thing 1"]
    assert one.captions_for("style") == ["a noto picture", "a twemoji picture"]
    assert one.captions_for("both") == ["a noto picture of a thing 1", "a twemoji picture of a thing 1"]
    with pytest.raises(ValueError, match="'content', 'style' or 'both'"):
        inspect.unwrap(ImageTextSet.captions_for)(one, "all")  # below the type check that tests run


def test_describe_counts_what_is_present() -> None:
    described = make().select(styles=["noto"]).describe()
    assert described["styles"] == {"noto": 5}
    assert described["licences"] == {"noto": "CC0; nobody"}
    assert (described["images"], described["concepts"], described["classes"], described["groups"]) == (5, 5, 2, 5)
    assert (described["height"], described["width"]) == (2, 2)


def test_tables_that_do_not_fit_are_refused() -> None:
    good = make()
    with pytest.raises(ValueError, match="captions has 1 entries for 15 images"):
        replace(good, captions=("thing 0",))
    with pytest.raises(ValueError, match="styles holds ids from 0 to 2, but style_names has 2"):
        replace(good, style_names=STYLES[:2])
    with pytest.raises(ValueError, match="families has 1 entries for 3 styles"):
        replace(good, families=("google",))
    with pytest.raises(ValueError, match="details has 1 entries for 5 concepts"):
        replace(good, details=({},))
