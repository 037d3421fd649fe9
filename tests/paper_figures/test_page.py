"""The page: well-formed, self-contained, every claim once, its numbers those of the records."""

import dataclasses
import random
import re
import xml.etree.ElementTree as ElementTree

import pytest

from paper_figures.catalogue import Picture
from paper_figures.numbers import number
from paper_figures.page import page
from paper_figures.reading import Reading, in_order

Drawn = tuple[list[Picture], dict[str, str]]


def parsed(text: str) -> ElementTree.Element:
    """The page as XML: well-formed, every element closed."""
    assert text.startswith("<!DOCTYPE html>\n")
    return ElementTree.fromstring(text.removeprefix("<!DOCTYPE html>\n"))


def said(element: ElementTree.Element) -> str:
    """The words of an element; the spaces within a number are not those between words."""
    return re.sub(r"[ \n]+", " ", " ".join(element.itertext())).strip()


@pytest.fixture(scope="module")
def text(reading: Reading, drawn: Drawn) -> str:
    return page(reading, *drawn)


@pytest.fixture(scope="module")
def root(text: str) -> ElementTree.Element:
    return parsed(text)


def test_every_claim_is_there_once_in_order(reading: Reading, root: ElementTree.Element) -> None:
    ids = [card.get("id") for card in root.iter("article")]
    assert ids == [f"claim-{entry['id']}" for entry, _ in reading.claims]
    everything = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(everything) == len(set(everything)), "an id names one element"


def test_links_inside_the_page_lead_somewhere(root: ElementTree.Element) -> None:
    targets = {f"#{element.get('id')}" for element in root.iter()}
    links = [link.get("href") for link in root.iter("a")]
    assert len(links) > 5
    assert set(links) <= targets


def test_numbers_are_those_of_the_records(reading: Reading, root: ElementTree.Element) -> None:
    cards = {card.get("id"): card for card in root.iter("article")}
    rows = 0
    for entry, measurements in reading.claims:
        table = cards[f"claim-{entry['id']}"].iterfind(".//tbody/tr")
        for measurement in measurements:
            expected = dict(measurement.measured)
            for row in table:
                if row.get("class") == "setting":
                    continue
                name = row.findtext("th")
                cells = {cell.get("data-label"): said(cell) for cell in row.findall("td")}
                assert cells["measured"].split(" [")[0] == number(expected.pop(name))
                for kind in ("ceiling", "floor"):
                    limit = measurement.summary[kind].get(name)
                    assert cells[kind] == ("" if limit is None else number(limit))
                rows += 1
                if not expected:
                    break
            assert not expected
    assert rows == sum(len(m.measured) for m in reading.measurements)


def test_intervals_are_given_where_there_are_seeds(reading: Reading, root: ElementTree.Element) -> None:
    low, high = reading.measurements[0].summary["interval"]["forward_image"]
    assert low < reading.measurements[0].measured["forward_image"] < high
    intervals = [said(span) for span in root.iter("span") if span.get("class") == "interval"]
    assert f"[{number(low)}, {number(high)}]" in intervals
    repeated = [m for m in reading.measurements if len(m.records) > 1]
    assert len(intervals) == sum(len(m.measured) for m in repeated)


def test_a_claim_says_its_verdict_reason_and_how_to_run_it_again(root: ElementTree.Element) -> None:
    cards = {card.get("id"): said(card) for card in root.iter("article")}
    blocks = cards["claim-thm2.blocks"]
    assert blocks.startswith("holds thm2.blocks identifiability · corrected, learned, 3 seeds The statement of")
    assert "violations fails as predicted: .noisy" in blocks
    command = "python -m experiments.identifiability --preset quick --claims thm2.blocks --seeds 0 1 2 --out runs/again"
    assert f"seeds 0, 1, 2 run it again {command} processor time" in blocks
    assert blocks.endswith("commit 0123456789ab")
    assert "drops “smooth” of thm2.blocks" in cards["claim-thm2.blocks.noisy"]
    assert cards["claim-thm5.printed"].startswith("refuted as printed")
    assert "no emoji here; `python -m realscale.data fetch emoji` gets them" in cards["claim-emoji.missing"]
    assert "pairs < all & <some>" in cards["claim-gk.exact"], "records are text, not markup"


def test_a_claim_of_ours_that_is_refuted_stands_out(reading: Reading) -> None:
    records = [dict(r) | {"form": "corrected"} if r["claim"] == "thm5.printed" else r for r in reading.records]
    changed = page(dataclasses.replace(reading, records=tuple(records)), [], {})
    cards = {card.get("id"): card for card in parsed(changed).iter("article")}
    assert said(cards["claim-thm5.printed"]).startswith("REFUTED")
    missed = [row for row in cards["claim-thm5.printed"].iter("tr") if "missed" in (row.get("class") or "")]
    assert [row.findtext("th") for row in missed] == ["error"]


def test_formulas_are_mathml_or_as_written(root: ElementTree.Element) -> None:
    cards = {card.get("id"): card for card in root.iter("article")}
    for name, card in cards.items():
        assert (card.find(".//math") is None) == (name == "claim-gk.exact")
    assert r"\begin{cases}a\end{cases}" in said(cards["claim-gk.exact"])


def test_the_page_asks_for_nothing_from_elsewhere(text: str, root: ElementTree.Element) -> None:
    addresses = [value for element in root.iter() for name, value in element.items() if name in {"src", "href"}]
    assert all(address.startswith(("#", "data:")) for address in addresses)
    assert not re.search(r"https?:|url\(|@import|<script|\bon[a-z]+=", text)
    policy = root.find(".//meta[@http-equiv='Content-Security-Policy']")
    assert policy is not None
    assert "default-src 'none'" in str(policy.get("content"))


def test_figures_are_embedded_and_missing_ones_are_said(
    reading: Reading, drawn: Drawn, root: ElementTree.Element
) -> None:
    pictures, missing = drawn
    images = root.findall(".//figure//img")
    assert len(images) == len(pictures) == 9
    assert all(image.get("alt") and image.get("src", "").startswith("data:image/webp;base64,") for image in images)
    assert not missing
    bare = parsed(page(reading, [], {"convergence": "no record has the series steps"}))
    assert not bare.findall(".//img")
    assert "convergence: no record has the series steps" in said(bare)


def test_the_page_says_what_it_read(reading: Reading, root: ElementTree.Element) -> None:
    footer = root.find(".//footer")
    assert footer is not None
    for fact in (str(reading.path), "17 lines, 17 cells", "commit 0123456789ab", "numpy 2.4.6", "Linux-x86_64"):
        assert fact in said(footer)
    torn = parsed(page(dataclasses.replace(reading, torn="the last line is torn"), [], {}))
    assert "the last line is torn" in said(torn)


def test_the_page_depends_on_the_records_not_on_their_order(reading: Reading, drawn: Drawn, text: str) -> None:
    shuffled = random.Random(1).sample(reading.records, len(reading.records))
    again = page(dataclasses.replace(reading, records=in_order(shuffled)), *drawn)
    assert again == text
