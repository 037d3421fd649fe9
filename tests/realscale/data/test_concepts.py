"""The table of concepts, and icon names matched to them without guessing."""

import pytest

from realscale.data.concepts import Concept, code_of, match_icons, name_of, parse_concepts
from realscale.data.errors import DataError

GROUPS = {"groups": {"1": "people", "2": "component", "9": "flags"}, "subgroups": {"16": "hand", "40": "sign"}}


def entry(code: str, label: str, group: int = 1, subgroup: int = 16, **more: object) -> dict[str, object]:
    return {"hexcode": code, "label": label, "group": group, "subgroup": subgroup, **more}


DATA = [
    {"hexcode": "1F1E6", "label": "regional indicator A"},
    entry("1F44B", "waving hand", tags=["wave"], skins=[entry("1F44B-1F3FB", "waving hand: light skin tone", tone=1)]),
    entry("1F468", "man", gender=1),
    entry("1FAF1-200D-1FAF2", "handshake", skins=[entry("1FAF1-1F3FB-200D-1FAF2-1F3FF", "two tones", tone=[1, 5])]),
    entry("0023-FE0F-20E3", "keycap: #", subgroup=40),
    entry("002A-FE0F-20E3", "keycap: *", subgroup=40),
    entry("1F3FB", "light skin tone", group=2),
    entry("1F1EB-1F1F7", "flag: France", group=9),
    entry("1F917", "smiling face with open hands"),
    entry("1F997", "cricket"),
]


@pytest.fixture
def concepts() -> tuple[Concept, ...]:
    return parse_concepts(DATA, GROUPS)


def test_fields(concepts: tuple[Concept, ...]) -> None:
    by_code = {concept.code: concept for concept in concepts}
    assert "1F1E6" not in by_code, "regional indicators are no emoji of their own"
    waving, tone = by_code["1F44B"], by_code["1F44B-1F3FB"]
    assert (waving.caption, waving.group, waving.subgroup, waving.tags) == ("waving hand", "people", "hand", ("wave",))
    assert (tone.base, tone.tones, tone.is_modifier, waving.is_modifier) == ("1F44B", (1,), True, False)
    assert by_code["1FAF1-1F3FB-200D-1FAF2-1F3FF"].tones == (1, 5)
    assert by_code["1F468"].gender == "male"
    assert by_code["1F3FB"].is_modifier, "a bare tone swatch is no thing that a caption names"
    assert by_code["1F1EB-1F1F7"].is_flag
    assert "0023-20E3" in by_code


def test_json_round_trip(concepts: tuple[Concept, ...]) -> None:
    assert tuple(Concept.from_json(concept.to_json()) for concept in concepts) == concepts


def test_a_caption_twice_is_an_error() -> None:
    with pytest.raises(DataError, match="share one caption"):
        parse_concepts([*DATA, entry("1F47E", "man")], GROUPS)


@pytest.mark.parametrize(
    ("text", "code"), [("23-fe0f-20e3", "0023-20E3"), ("1f468_200d_2695_fe0f", "1F468-200D-2695"), ("A9", "00A9")]
)
def test_codes_are_canonical(text: str, code: str) -> None:
    assert code_of(text) == code


@pytest.mark.parametrize(
    ("caption", "name"),
    [("piñata", "pinata"), ("woman’s hat", "womans-hat"), ("flag: Côte d’Ivoire", "flag-cote-divoire"), ("ON!", "on")],
)
def test_icon_name_of_a_caption(caption: str, name: str) -> None:
    assert name_of(caption) == name


def match(concepts: tuple[Concept, ...], icons: list[str], characters: dict[str, str]) -> dict[str, str]:
    return match_icons(
        concepts,
        icons,
        characters,
        old_names={"hugging-face": "1F917", "unused": "1F44B"},
        wrong_names={"cricket": "bat and ball"},
    )


def test_code_points_win_over_names(concepts: tuple[Concept, ...]) -> None:
    matched = match(concepts, ["waving-hand", "wave"], {"1f44b": "wave", "ffff": "wave", "1f468": "absent-icon"})
    assert matched == {"1F44B": "wave"}


def test_names_old_names_and_traps(concepts: tuple[Concept, ...]) -> None:
    matched = match(concepts, ["waving-hand", "hugging-face", "cricket", "keycap"], {})
    assert matched == {"1F44B": "waving-hand", "1F917": "hugging-face"}, "cricket and the ambiguous keycap are left out"
