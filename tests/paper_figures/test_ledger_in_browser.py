"""The ledger in a browser: headless Chromium, spoken to over a pipe, opens the page from the disk and uses it."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from paper_figures.catalogue import Picture
from paper_figures.ledger import Chapter, ledger
from paper_figures.reading import Reading

FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --remote-debugging-pipe"
)
PHONE = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
DESK = {"width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": False}


class Browser:
    """A client of the DevTools protocol: JSON commands and events, each ended by a null byte, over two pipes."""

    def __init__(self, program: str, profile: Path) -> None:
        (from_us, to_browser), (from_browser, to_us) = os.pipe(), os.pipe()
        command = f'exec "$0" "$@" 3<&{from_us} 4>&{to_us}'  # the browser reads descriptor 3 and writes descriptor 4
        arguments = [program, *FLAGS.split(), f"--user-data-dir={profile}", "about:blank"]
        self.process = subprocess.Popen(
            ["bash", "-c", command, *arguments], pass_fds=(from_us, to_us), stderr=subprocess.DEVNULL
        )
        os.close(from_us)
        os.close(to_us)
        self.out, self.answers = os.fdopen(to_browser, "wb"), os.fdopen(from_browser, "rb")
        self.events: list[dict[str, Any]] = []
        self.number = 0
        self.session: str | None = None
        self.rest = b""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log", "Audits"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its result; what happens meanwhile goes to `events`."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        self.out.write(json.dumps(message | ({"sessionId": self.session} if self.session else {})).encode() + b"\0")
        self.out.flush()
        while True:
            answer = self._next()
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                return dict(answer["result"])
            self.events.append(answer)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self.rest:
            piece = os.read(self.answers.fileno(), 1 << 20)
            assert piece, "the browser went away"
            self.rest += piece
        message, _, self.rest = self.rest.partition(b"\0")
        return dict(json.loads(message))

    def open(self, address: str) -> None:
        """Load a page, from nothing, and wait until it is loaded; `events` are then those of this page."""
        for place in ("about:blank", address):
            self.events.clear()
            self.call("Page.navigate", url=place)
            while not any(event["method"] == "Page.loadEventFired" for event in self.events):
                self.events.append(self._next())

    def run(self, script: str) -> Any:
        """The value of a JavaScript expression in the page, as if the reader had caused it."""
        how = {"returnByValue": True, "awaitPromise": True, "userGesture": True}
        done = self.call("Runtime.evaluate", expression=script, **how)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def close(self) -> None:
        """End the browser and wait for it."""
        self.session = None
        with suppress(AssertionError, OSError):
            self.call("Browser.close")
        self.process.wait(timeout=30)
        self.out.close()
        self.answers.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no chromium here (Debian's package of that name): what the page does in a browser is not tested")
    opened = Browser(program, tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def address(
    reading: Reading, drawn: tuple[list[Picture], dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The ledger of the made-up records, on the disk."""
    place = tmp_path_factory.mktemp("ledger") / "ledger.html"
    place.write_text(ledger({"identifiability": Chapter(reading, *drawn), "equivalence": None}, "quick"), "utf-8")
    return place.as_uri()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Browser]:
    """The ledger, opened; whatever a test does there, the browser has nothing to complain about."""
    browser.call("Emulation.setDeviceMetricsOverride", **DESK)
    browser.open(address)
    yield browser
    browser.run("1")  # what happened until now has been told
    complaints = {"Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Audits.issueAdded"}
    assert [event for event in browser.events if event["method"] in complaints] == []


def shown(page: Browser) -> list[str]:
    """The ids of the claims that can be seen, from above."""
    cards = (
        "[...document.querySelectorAll('article')].filter((card) => card.offsetHeight).map((card) => card.id.slice(6))"
    )
    return list(page.run(cards))


def choose(page: Browser, **fields: str) -> str:
    """Set fields of the form as a reader does; returns what the page then says of how many claims there are."""
    for name, value in fields.items():
        page.run(
            f"(() => {{ const field = document.getElementById('filters').elements[{name!r}]; field.value = {value!r};"
            " field.dispatchEvent(new Event('input', {bubbles: true})); })()"
        )
    return str(page.run("document.querySelector('output').value"))


def ids(reading: Reading) -> list[str]:
    return [entry["id"] for entry, _ in reading.claims]


def test_it_asks_for_nothing(page: Browser, address: str) -> None:
    requests = [e["params"]["request"]["url"] for e in page.events if e["method"] == "Network.requestWillBeSent"]
    assert requests[0] == address
    assert all(request.startswith("data:image/webp;base64,") for request in requests[1:])
    assert page.run("[...document.images].every((image) => image.complete && image.naturalWidth > 100)")


def test_it_opens_with_every_claim_and_its_controls(page: Browser, reading: Reading) -> None:
    assert shown(page) == ids(reading)
    assert page.run("document.getElementById('filters').offsetHeight") > 100
    assert choose(page).startswith("12 of 12 claims (holds: 9, fails as predicted: 1")
    assert page.run("document.querySelectorAll('math').length") == 11
    assert page.run("document.querySelector('math').getBoundingClientRect().height") > 10


def test_filters_leave_what_matches_all_of_them(page: Browser, reading: Reading) -> None:
    assert choose(page, verdict="holds").startswith("9 of 12 claims")
    assert choose(page, verdict="holds", track="learned").startswith("5 of 12 claims (holds: 5)")
    assert choose(page, text="STYLE_grid independent") == "1 of 12 claims (holds: 1)"
    assert shown(page) == ["style_grid.independent"]
    assert "None of the 12 claims" in choose(page, text="no such words")
    assert shown(page) == []
    page.run("document.querySelector('button[type=reset]').click()")
    page.run("new Promise((done) => setTimeout(done, 20))")
    assert shown(page) == ids(reading)
    assert page.run("location.hash") == ""


def test_counts_say_what_each_choice_would_leave(page: Browser) -> None:
    def labels(name: str) -> list[str]:
        return list(page.run(f"[...document.querySelector('[name={name}]').options].map((option) => option.text)"))

    choose(page, track="learned")
    assert labels("verdict")[:3] == ["all (6)", "holds (5)", "fails as predicted (1)"]
    assert labels("track") == ["all (12)", "exact (3)", "learned (6)", "real (3)"], "what another choice would leave"
    choose(page, verdict="fails as predicted")
    assert labels("track") == ["all (1)", "exact (0)", "learned (1)", "real (0)"]


def test_sorting(page: Browser, reading: Reading) -> None:
    choose(page, sort="id")
    assert shown(page) == sorted(ids(reading))
    choose(page, sort="verdict")
    assert shown(page)[:2] == ["emoji.missing", "thm5.printed"]
    assert shown(page)[-1] == "thm2.blocks.noisy"
    choose(page, sort="room")
    assert shown(page)[2] == min(["thm2.blocks", "style_grid.independent", "thm5.tokens"], key=shown(page).index)
    seconds = {entry["id"]: entry["cpu_seconds"] for entry, _ in reading.claims}
    choose(page, sort="seconds")
    assert [seconds[name] for name in shown(page)] == sorted(seconds.values(), reverse=True)
    assert page.run("document.querySelector('main h2').offsetHeight") == 0, "no heading where experiments are mixed"
    choose(page, sort="ledger")
    assert shown(page) == ids(reading)
    assert page.run("document.querySelector('main').firstElementChild.textContent") == "identifiability"


def test_a_view_is_an_address(page: Browser, address: str) -> None:
    choose(page, verdict="holds", sort="id", text="emoji")
    view = page.run("location.href")
    listed = shown(page)
    assert listed == ["emoji.both", "emoji.content"]
    page.open(view)
    assert shown(page) == listed
    page.open(f"{address}#?verdict=nonsense&unknown=1")
    assert len(shown(page)) == 12, "an address of another version shows everything"


def test_a_link_to_a_claim_opens_it_even_when_it_was_filtered_out(page: Browser) -> None:
    choose(page, track="real")
    page.run("location.hash = '#claim-thm2.blocks'")
    page.run("new Promise((done) => setTimeout(done, 20))")
    assert len(shown(page)) == 12
    assert page.run("[...document.querySelectorAll('details[open]')].map((one) => one.parentElement.id)") == [
        "claim-thm2.blocks"
    ]
    assert page.run("Math.abs(document.getElementById('claim-thm2.blocks').getBoundingClientRect().top)") < 50


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_the_page_never_scrolls_sideways(page: Browser, address: str, width: int) -> None:
    page.call("Emulation.setDeviceMetricsOverride", **PHONE | {"width": width})
    page.open(address)
    page.run("document.querySelector('[name=open]').click()")
    assert page.run("document.querySelectorAll('details[open]').length") == 12
    assert page.run("document.documentElement.scrollWidth") <= width
    wide = (
        "[...document.querySelectorAll('body *')].filter((one) => !one.closest('.scroll, .formula, table') && "
        "one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.outerHTML.slice(0, 80))"
    )
    assert page.run(wide) == []


def test_the_keyboard_reaches_every_control(page: Browser) -> None:
    reached = []
    for _ in range(9):
        for kind in ("keyDown", "keyUp"):
            page.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        reached.append(page.run("document.activeElement.name || document.activeElement.tagName"))
    controls = ["text", "experiment", "verdict", "form", "track", "sort", "BUTTON", "open"]
    assert reached[1:] == controls, "after the link to the records"


def test_on_paper_everything_is_unfolded_and_the_controls_are_gone(page: Browser) -> None:
    def height(what: str) -> float:
        return float(page.run(f"document.querySelector({what!r}).getBoundingClientRect().height"))

    screen = height("article details")
    page.call("Emulation.setEmulatedMedia", media="print")
    assert height("form") == 0
    assert height("article details") > screen + 200
    page.call("Emulation.setEmulatedMedia", media="")
    assert height("article details") == screen


def test_without_script_every_claim_can_be_read(browser: Browser, address: str, reading: Reading) -> None:
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(address)
        assert shown(browser) == ids(reading)
        assert browser.run("document.getElementById('filters').offsetHeight") == 0
    finally:
        browser.call("Emulation.setScriptExecutionDisabled", value=False)
