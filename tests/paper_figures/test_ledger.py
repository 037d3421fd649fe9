"""The ledger: every claim of every experiment once, with its numbers, its figures and its violations."""

import base64
import dataclasses
import hashlib
import re
import xml.etree.ElementTree as ElementTree
from typing import get_args

import pytest

from identifiability.claims.registry import LEDGERS
from paper_figures.catalogue import CATALOGUES, Experiment, Picture
from paper_figures.ledger import Chapter, ledger
from paper_figures.reading import Reading
from paper_figures.verdicts import verdict_words

Drawn = tuple[list[Picture], dict[str, str]]


@pytest.fixture(scope="module")
def text(reading: Reading, drawn: Drawn) -> str:
    return ledger({"identifiability": Chapter(reading, *drawn), "equivalence": None}, "quick")


@pytest.fixture(scope="module")
def root(text: str) -> ElementTree.Element:
    """The page as XML, script and all."""
    return ElementTree.fromstring(text.removeprefix("<!DOCTYPE html>\n"))


@pytest.fixture(scope="module")
def cards(root: ElementTree.Element) -> dict[str, ElementTree.Element]:
    return {str(card.get("id")): card for card in root.iter("article")}


def links(card: ElementTree.Element, term: str) -> list[str]:
    """Where the links of a term of the card lead."""
    for terms in card.iter("dl"):
        for name, told in zip(terms.iter("dt"), terms.iter("dd"), strict=True):
            if name.text == term:
                return [str(link.get("href")) for link in told.iter("a")]
    return []


def test_there_is_a_catalogue_for_every_ledger() -> None:
    assert list(CATALOGUES) == list(LEDGERS) == list(get_args(Experiment))


def test_ids_name_one_claim_in_all_experiments() -> None:
    ids = [claim.id for claims in LEDGERS.values() for claim in claims]
    assert len(ids) == len(set(ids))


def test_every_claim_is_there_once_in_order(reading: Reading, root: ElementTree.Element) -> None:
    assert [card.get("id") for card in root.iter("article")] == [f"claim-{entry['id']}" for entry, _ in reading.claims]
    everything = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(everything) == len(set(everything))


def test_links_lead_to_violations_the_violated_claim_and_the_figures(
    root: ElementTree.Element, cards: dict[str, ElementTree.Element]
) -> None:
    assert links(cards["claim-thm2.blocks"], "violations") == ["#claim-thm2.blocks.noisy"]
    assert links(cards["claim-thm2.blocks.noisy"], "drops") == ["#claim-thm2.blocks"]
    figures = {"#figure-identifiability-" + name for name in ("r2_matrix", "convergence", "causal_graph")}
    assert set(links(cards["claim-thm2.blocks"], "figures")) == figures
    assert links(cards["claim-gk.exact"], "figures") == []
    targets = {f"#{element.get('id')}" for element in root.iter()}
    assert {str(link.get("href")) for link in root.iter("a")} <= targets


def test_a_figure_names_the_claims_it_shows(reading: Reading, drawn: Drawn) -> None:
    shown = {picture.name: picture.claims for picture in drawn[0]}
    assert shown["r2_matrix"] == ("thm2.blocks", "thm2.blocks.noisy")
    assert shown["token_matrix"] == ("thm5.tokens",)
    assert shown["style_grid"] == ("style_grid.independent", "style_grid.causal")
    assert shown["convergence"] == shown["causal_graph"] == ("thm2.blocks", "thm2.blocks.noisy")
    assert shown["infonce_bias"] == ("cor3.exact", "cor3.sampled")
    assert shown["decodability"] == shown["contact_sheet"] == ("emoji.content", "emoji.both")
    assert shown["verdicts"] == ()


def test_figures_are_embedded_once_and_the_overview_not(drawn: Drawn, root: ElementTree.Element) -> None:
    images = [image.get("src") for image in root.iter("img")]
    assert len(images) == len(set(images)) == len(drawn[0]) - 1


def test_cards_carry_what_is_filtered_and_sorted_by(
    reading: Reading, root: ElementTree.Element, cards: dict[str, ElementTree.Element]
) -> None:
    choices = {
        str(select.get("name")): [str(option.get("value")) for option in select.iter("option")]
        for select in root.iter("select")
    }
    assert choices.pop("sort") == ["ledger", "id", "verdict", "room", "seconds"]
    for entry, _ in reading.claims:
        card = cards[f"claim-{entry['id']}"]
        expected = {"experiment": "identifiability", "verdict": verdict_words(entry)}
        expected |= {name: entry[name] for name in ("form", "track")}
        for name, value in expected.items():
            assert card.get(f"data-{name}") == value
            assert value in choices[name]
    assert all(values[0] == "" for values in choices.values()), "the first choice is: all"


def test_distance_to_the_bar(cards: dict[str, ElementTree.Element]) -> None:
    def room(name: str) -> float:
        return float(str(cards[f"claim-{name}"].get("data-room")))

    assert room("gk.exact") == pytest.approx((1e-12 - 3e-14) / 1e-12), "an error near 0 is not near its bar"
    assert room("thm2.blocks") == pytest.approx((0.996 - 0.99) / 0.99, abs=0.01)
    assert room("thm5.printed") < 0
    assert room("emoji.missing") < 0


def test_a_claim_of_many_settings_tells_the_nearest_to_their_bars(reading: Reading, drawn: Drawn) -> None:
    (record,) = (r for r in reading.records if r["claim"] == "gk.exact")
    records = tuple(
        record
        | {"setting": {"error": n / 9, "label_noise": [0.125] * 20}, "key": str(n)}
        | {"evidence": record["evidence"] | {"measured": {"error": n / 9}, "bar": {"error": [0.0, 1.0]}}}
        for n in range(9)
    )
    many = Chapter(dataclasses.replace(reading, records=records), *drawn)
    told = ledger({"identifiability": many}, None)
    listed = re.findall(r"<li>error \[error=([\d.]+)\] <b>", told)
    assert listed == [str(n / 9) for n in (8, 7, 6, 5)]
    assert "and 5 more, further from their bars" in told


def test_fewer_settings_than_preset_standard_has_are_told(reading: Reading, drawn: Drawn) -> None:
    records = tuple(dict(record) | {"standard_settings": 3} for record in reading.records)
    told = ledger({"identifiability": Chapter(dataclasses.replace(reading, records=records), *drawn)}, None)
    assert "corrected, learned, 3 seeds, 2 of 3 settings" in told
    records = tuple(dict(record) | {"standard_settings": 1} for record in reading.records)
    assert "settings</p>" not in ledger(
        {"identifiability": Chapter(dataclasses.replace(reading, records=records), *drawn)}, None
    )


def test_what_was_not_run_is_named_with_the_command_that_runs_it(text: str) -> None:
    assert "<b>equivalence</b>: not run; <code>python -m experiments.equivalence --preset quick</code>" in text


def test_the_policy_lets_this_script_run_and_nothing_else(text: str, root: ElementTree.Element) -> None:
    (script,) = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)
    policy = root.find(".//meta[@http-equiv='Content-Security-Policy']")
    assert policy is not None
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert str(policy.get("content")).split("; ") == [
        "default-src 'none'",
        "img-src data:",
        "style-src 'unsafe-inline'",
        f"script-src 'sha256-{digest}'",
    ]
    assert text.count("<script") == 1
    assert not re.search(r"https?:|url\(|@import|\bon[a-z]+=|fetch\(|XMLHttp", text.replace("data fetch emoji", ""))


def test_without_the_script_nothing_is_hidden_but_the_controls(root: ElementTree.Element) -> None:
    hidden = [element for element in root.iter() if element.get("hidden")]
    assert [element.get("id") for element in hidden] == ["filters"]
    assert not any(element.get("hidden") for element in root.iter("article"))


def test_every_control_has_a_label(root: ElementTree.Element) -> None:
    form = root.find(".//form")
    assert form is not None
    labelled = [control for label in form.iter("label") for control in label if control.tag in {"input", "select"}]
    assert len(labelled) == len([*form.iter("input"), *form.iter("select")]) == 6
    assert all(str(label.text).strip() for label in form.iter("label"))
