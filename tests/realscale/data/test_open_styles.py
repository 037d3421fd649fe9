"""The set `open-styles` from tiny packages in the layouts of the real ones, written here."""

import hashlib
import io
import json
import struct
import tarfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from realscale.data import open_styles_catalogue, sources
from realscale.data.cache import write_atomically
from realscale.data.errors import DataError, MissingData
from realscale.data.line_drawing import line_drawing
from realscale.data.open_styles import SIZE, counts, load_open_styles
from realscale.data.open_styles_catalogue import catalogue, parse_catalogue
from realscale.data.open_styles_fetch import fetch_open_styles
from realscale.data.packages import archive_path
from realscale.data.progress import Progress
from realscale.data.qt_resources import read_resources
from realscale.data.sets import load
from realscale.data.trimmed import decoded, trimmed_square

resvg = pytest.importorskip("resvg_py", reason="resvg-py (extra `data`) is not installed")

ROUND, FLAT = "M8 2a6 6 0 1 0 1 0z", "M1 6h14v4h-14z"
RULES = {
    "about": ["A catalogue of a test."],
    "classes": ["bird", "tool"],
    "domains": {"photo": "a photo", "clip art": "a clip art", "flat emoji": "a flat emoji", "line art": "a line"},
    "roots": {"stamps": "usr/stamps", "game": "usr/rcc"},
    "drawn": {"stamps": "owl"},
    "emoji": {
        "domains": {"flat emoji": ["@art/flat"], "line art": ["@art/open"]},
        "classes": {"bird": ["animal-bird"], "tool": ["tool"]},
        "wrong_icons": {"@art/open": ["hammer"]},
        "without": ["feather, duck,", "magnet"],
    },
    "rules": [
        {"package": "stamps", "folder": "birds/toys"},
        {"package": "stamps", "domain": "photo", "class": "bird", "folder": "birds", "without": {"odd": "hen turkey"}},
        {"package": "stamps", "domain": "photo", "class": "tool", "folder": "tools", "only": ["saw", "axe"]},
        {"package": "game", "domain": "photo", "class": "tool", "folder": "tools.rcc!images/tools"},
    ],
}


def picture(seed: int, kind: str = "PNG") -> bytes:
    """A noise picture of its own in the middle of a white margin."""
    pixels = np.full((60, 80, 3), 255, dtype=np.uint8)
    pixels[10:50, 5:45] = np.random.default_rng(seed).integers(0, 200, size=(40, 40, 3))
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format=kind)
    return buffer.getvalue()


def svg(path: str, colour: str, title: str = "") -> bytes:
    named = f"<dc:title xmlns:dc='dc'>{title}</dc:title>"
    body = f'<path d="{path}" fill="{colour}"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="16pt" height="16pt">{named}{body}</svg>'.encode()


def deb(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:xz") as opened:
        for name, content in files.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size = len(content)
            opened.addfile(info, io.BytesIO(content))
    data = buffer.getvalue()
    return b"!<arch>\n" + f"{'data.tar.xz':<48}{len(data):<10}`\n".encode() + data + b"\n" * (len(data) % 2)


def npm(files: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as opened:
        for name, content in files.items():
            held = json.dumps(content).encode()
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(held)
            opened.addfile(info, io.BytesIO(held))
    return buffer.getvalue()


def resources(folder: str, files: dict[str, tuple[bytes, int]]) -> bytes:
    """A file of Qt's resource compiler, version 3, with one folder `images/<folder>` and its files (content, flags)."""
    titles = ["", "images", folder, *files]
    names, offsets = b"", []
    for title in titles:
        offsets.append(len(names))
        names += struct.pack(">HI", len(title), 0) + title.encode("utf-16-be")
    nodes = [struct.pack(">IHIIQ", offsets[i], 2, 1, i + 1, 0) for i in range(2)]
    nodes.append(struct.pack(">IHIIQ", offsets[2], 2, len(files), 3, 0))
    heap = b""
    for number, (content, flags) in enumerate(files.values(), start=3):
        nodes.append(struct.pack(">IHHHIQ", offsets[number], flags, 0, 0, len(heap), 0))
        heap += struct.pack(">I", len(content)) + content
    start = 20
    tree, heap_at = start, start + 22 * len(nodes)
    head = b"qres" + struct.pack(">4I", 3, tree, heap_at, heap_at + len(heap))
    return head + b"".join(nodes) + heap + names


def packed(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + zlib.compress(content)


STAMPS = {
    "usr/stamps/birds/crow.png": picture(1),
    "usr/stamps/birds/crow.txt": b"A black crow.\nfr.utf8=Un corbeau.",
    "usr/stamps/birds/crow_mirror.png": picture(2),
    "usr/stamps/birds/crow.svg": svg(ROUND, "#00f"),
    "usr/stamps/birds/owl.png": picture(3),
    "usr/stamps/birds/hen.png": picture(4),
    "usr/stamps/birds/toys/duck.png": picture(5),
    "usr/stamps/birds/jay.svg": svg(FLAT, "#c00", "A jay &amp; more"),
    "usr/stamps/tools/saw.png": picture(6),
    "usr/stamps/tools/wheel.png": picture(7),
    "usr/stamps/tools/axe.png": picture(1),  # the same picture as the crow: one of them is a copy
    "usr/stamps/README": b"words",
}
GAME = {"usr/rcc/tools.rcc": resources("tools", {"bigHammer2.webp": (picture(8, "WEBP"), 0), "map.txt": (b"-", 0)})}
EMOJI = [
    {"hexcode": code, "label": label, "group": 0, "subgroup": subgroup}
    for code, label, subgroup in (
        ("1F989", "owl", 0), ("1F986", "duck", 0), ("1F528", "hammer", 1), ("1FA9B", "screwdriver", 1),
    )
]  # fmt: skip
META = {"groups": {"0": "things"}, "subgroups": {"0": "animal-bird", "1": "tool"}}


def icons(*shapes: tuple[str, str]) -> dict[str, Any]:
    names = ("owl", "hammer", "screwdriver")
    return {
        "prefix": "art",
        "width": 16,
        "height": 16,
        "icons": {
            name: {"body": f'<path d="{shape}" fill="{colour}" stroke="#e00"/>'}
            for name, (shape, colour) in zip(names, shapes, strict=True)
        },
    }


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    """The archives of the packages, all of them in the cache as if they had been fetched."""
    archives = {
        "stamps": deb(STAMPS),
        "game": deb(GAME),
        "@art/flat": npm({"icons.json": icons((ROUND, "#0a0"), (FLAT, "#a00"), (FLAT, "#00a")), "chars.json": {}}),
        "@art/open": npm({"icons.json": icons((ROUND, "#0a0"), (FLAT, "#a00"), (ROUND, "#000")), "chars.json": {}}),
        "names": npm({"en/data.json": EMOJI, "meta/groups.json": META}),
    }
    pins = {
        name: {
            "version": "1",
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "licence": "CC0",
            "attribution": f"makers of {name}",
        }
        for name, content in archives.items()
    }
    document = {
        "packages": {name: pins[name] for name in ("@art/flat", "@art/open", "names")},
        "debian": {name: pins[name] for name in ("stamps", "game")},
        "emoji": {"captions": "names", "styles": {}},
    }
    monkeypatch.setattr(sources, "_document", lambda: document)
    monkeypatch.setattr(open_styles_catalogue, "catalogue", lambda: parse_catalogue(json.dumps(RULES)))
    for module in ("open_styles", "open_styles_fetch"):
        monkeypatch.setattr(f"realscale.data.{module}.catalogue", lambda: parse_catalogue(json.dumps(RULES)))
    monkeypatch.setenv("TOKEN_SCM_DATA", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    cached = (sources.packages, sources.emoji_styles)
    for function in cached:
        function.cache_clear()
    for name, content in archives.items():
        write_atomically(archive_path(sources.packages()[name]), content)
    yield archives
    for function in cached:
        function.cache_clear()


def fetch() -> None:
    fetch_open_styles(Progress(quiet=True), jobs=1)


def test_pictures_of_every_layout_with_their_labels(packages: dict[str, bytes]) -> None:
    fetch()
    loaded = load("open-styles")
    shown = zip(loaded.styles, loaded.classes, loaded.captions, strict=True)
    assert Counter((loaded.style_names[s], loaded.class_names[c], caption) for s, c, caption in shown) == Counter(
        [
            ("photo", "bird", "A black crow"),
            ("photo", "tool", "saw"),
            ("photo", "tool", "big hammer"),
            ("clip art", "bird", "owl"),
            ("clip art", "bird", "A jay & more"),
            ("flat emoji", "bird", "owl"),
            ("flat emoji", "tool", "hammer"),
            ("flat emoji", "tool", "screwdriver"),
            ("line art", "bird", "owl"),
            ("line art", "tool", "screwdriver"),
        ]
    )
    assert loaded.images.shape == (10, SIZE, SIZE, 3)
    assert counts(loaded)["photo"] == {"bird": 1, "tool": 2}
    assert counts(loaded)["line art"] == {"bird": 1, "tool": 1}
    assert "makers of stamps" in loaded.licences["photo"]
    assert "makers of game" in loaded.licences["photo"]
    assert loaded.licences["line art"] == "CC0: makers of @art/open"


def test_an_emoji_in_two_styles_is_one_concept_and_is_never_split(packages: dict[str, bytes]) -> None:
    fetch()
    loaded = load_open_styles()
    owls = [row for row, name in enumerate(loaded.concept_names) if name == "emoji 1F989"]
    rows = np.isin(loaded.concepts, owls)
    assert rows.sum() == 2
    assert len(set(loaded.groups[rows])) == 1
    assert len(set(loaded.groups)) == len(loaded) - 2  # two emoji are in two styles each
    rest, held_out = loaded.split_concepts(0.5, rng=np.random.default_rng(0))
    assert not set(rest.groups) & set(held_out.groups)


def test_line_art_is_black_and_white(packages: dict[str, bytes]) -> None:
    fetch()
    loaded = load_open_styles().select(styles=["line art"])
    assert (loaded.images.max(axis=3) - loaded.images.min(axis=3)).max() == 0
    flat = load_open_styles().select(styles=["flat emoji"])
    assert (flat.images.max(axis=3) - flat.images.min(axis=3)).max() > 100


def test_colours_go_and_lines_stay() -> None:
    assert line_drawing('<g fill="#f00" stroke="blue"><path fill="#000" stroke="none"/></g>') == (
        '<g fill="none" stroke="#000"><path fill="#000" stroke="none"/></g>'
    )


def test_a_second_fetch_makes_nothing_again(packages: dict[str, bytes], tmp_path: Path) -> None:
    fetch()
    for path in (tmp_path / "packages").iterdir():
        path.unlink()
    fetch()
    assert len(load_open_styles()) == 10


def test_another_catalogue_is_another_set(packages: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    fetch()
    other = parse_catalogue(json.dumps({**RULES, "drawn": {}}))
    monkeypatch.setattr("realscale.data.open_styles.catalogue", lambda: other)
    with pytest.raises(MissingData, match=r"other sources.*python -m realscale\.pretrained fetch open-styles"):
        load_open_styles()


def test_without_a_package_nothing_is_built(packages: dict[str, bytes], tmp_path: Path) -> None:
    archive_path(sources.packages()["game"]).unlink()
    with pytest.raises(DataError, match=r"no apt-get: game .*not built at all"):
        fetch()
    with pytest.raises(MissingData):
        load_open_styles()


@pytest.mark.parametrize("options", [{"styles": ("photo",)}, {"size": 64}])
def test_the_set_has_no_parts(options: dict[str, Any]) -> None:
    from realscale.data.sets import find_set

    with pytest.raises(ValueError, match="expected neither"):
        find_set("open-styles").fetch(progress=Progress(quiet=True), **options)


def test_a_misspelt_class_is_refused() -> None:
    rules = [*RULES["rules"], {"package": "stamps", "domain": "photo", "class": "brid", "folder": "more"}]
    with pytest.raises(ValueError, match=r"\('photo', 'brid'\).*a misspelt one would be a class of its own"):
        parse_catalogue(json.dumps({**RULES, "rules": rules}))


def test_the_catalogue_of_the_project_is_whole() -> None:
    known = catalogue()
    assert len(known.classes) == 10
    assert len(known.domains) == 6
    reached = {rule.domain for rules in known.rules.values() for rule in rules if rule.label} | set(known.icon_sets)
    assert reached == set(known.domains)
    assert all(isinstance(sources.packages()[name], sources.DebianPackage) for name in known.rules)
    assert known.place("tuxpaint-stamps-default", "usr/share/tuxpaint/stamps/animals/birds/crow.png") == (
        "photo",
        "bird",
    )
    assert known.place("tuxpaint-stamps-default", "usr/share/tuxpaint/stamps/animals/birds/crow.txt") is None


def test_resources_are_read_plain_and_compressed() -> None:
    held = resources("tools", {"a.webp": (b"plain", 0), "b.webp": (packed(b"packed"), 1), "c.txt": (b"no", 0)})
    found = read_resources(held, lambda path: path.endswith(".webp"), label="tools.rcc")
    assert found == {"images/tools/a.webp": b"plain", "images/tools/b.webp": b"packed"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"rcc?" + bytes(40), "no Qt resource file"),
        (resources("tools", {"a.webp": (b"plain", 0)})[:60], "truncated or of another layout"),
        (resources("tools", {"a.webp": (b"plain", 4)}), "compressed with Zstandard"),
        (resources("tools", {"a.webp": (b"\0\0\0\1odd", 1)}), "error: Error"),
    ],
)
def test_another_resource_file_is_an_error(content: bytes, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        read_resources(content, lambda path: True, label="tools.rcc")


def test_margins_go_and_the_picture_is_in_the_middle() -> None:
    shown = trimmed_square(decoded(picture(0), label="noise"), 32)
    assert (shown < 245).any(axis=2).any(axis=0).all(), "40 x 40 pixels fill the square"
    oblong = np.full((20, 90, 3), 255, dtype=np.uint8)
    oblong[5:10, 10:50] = 0
    inked = (trimmed_square(oblong, 32) < 128).all(axis=2)
    assert np.flatnonzero(inked.any(axis=1)).tolist() == [14, 15, 16, 17]
    assert inked.any(axis=0).all()
    assert (trimmed_square(np.full((5, 5, 3), 250, dtype=np.uint8), 8) == 255).all()


def test_what_is_transparent_is_white() -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (4, 4), (10, 20, 30, 0)).save(buffer, format="PNG")
    assert (decoded(buffer.getvalue(), label="glass") == 255).all()


def test_a_damaged_picture_is_named() -> None:
    with pytest.raises(DataError, match=r"birds/crow\.png of stamps cannot be decoded.*the pinned package holds one"):
        decoded(picture(0)[:200], label="birds/crow.png of stamps")
