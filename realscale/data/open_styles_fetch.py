"""Fetching the set `open-styles`: packages through npm and apt-get, then every picture of the catalogue on a square."""

import html
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from jaxtyping import UInt8
from joblib import Parallel, delayed

from realscale.data.archives import member_names, read_deb, read_members
from realscale.data.concepts import Concept, code_of
from realscale.data.duplicates import connected_groups, same_drawings
from realscale.data.emoji import read_concepts
from realscale.data.emoji_fetch import fetch_concepts, obtained_archive, style_icons
from realscale.data.icons import icon_svg, rasterise, rasteriser_version
from realscale.data.line_drawing import line_drawing
from realscale.data.open_styles import SIZE, folder, stored_pictures, used_packages
from realscale.data.open_styles_catalogue import LINE_ART, Catalogue, catalogue
from realscale.data.progress import Progress
from realscale.data.qt_resources import read_resources
from realscale.data.sources import DebianPackage, Package, Style, emoji_styles
from realscale.data.trimmed import decoded, trimmed_square

_PICTURES = "@lobehub/fluent-emoji-3d"  # a package of image files; the others are icon sets
_COPY = 200.0  # mean squared difference; between 170 and 230 lie the first pairs of different drawings
_DRAWN_AT = 168  # pixels of a vector graphic before its margin is cut off
_RESOURCES = ".rcc"
QUIET = Progress(quiet=True)
_TITLE = re.compile(rb"<dc:title[^>]*>([^<]+)")


@dataclass(frozen=True)
class Picture:
    """One picture with its labels; `thing` names what is shown, the same for the same emoji in several styles."""

    domain: str
    label: str
    package: str
    thing: str
    caption: str
    image: UInt8[np.ndarray, "size size 3"]


def fetch_open_styles(progress: Progress, *, jobs: int = -1) -> Path:
    """Fetch and draw the set, unless it is cached; the folder of the set. About 270 MB and 35 s of one processor.

    Packages are drawn in `jobs` processes (-1: one a processor).

    Raises:
        DataError: a client (npm, apt-get) or resvg-py is missing, a package cannot be fetched or is not the pinned
            one, no room on disk. The set is then not built at all.
    """
    stored, recipe = stored_pictures()
    if stored.state(recipe) == "current":
        progress.say("pictures: in the cache")
        return folder()
    version = rasteriser_version()
    fetch_concepts(progress)
    for package in used_packages().values():
        obtained_archive(package, progress)
    tasks = _tasks(catalogue())
    parts = Parallel(n_jobs=jobs, return_as="generator", batch_size=1)(tasks)
    tracked = zip(progress.track(tasks, "drawing", unit="packages"), parts, strict=True)
    found = [picture for _, part in tracked for picture in part]
    kept, groups, dropped = without_copies(found, catalogue())
    progress.say(f"{len(kept)} pictures, {dropped} left out as copies of others")
    domains, classes = list(catalogue().domains), catalogue().classes
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        images=np.stack([picture.image for picture in kept]),
        styles=np.array([domains.index(picture.domain) for picture in kept]),
        classes=np.array([classes.index(picture.label) for picture in kept]),
        things=np.array([picture.thing for picture in kept]),
        captions=np.array([picture.caption for picture in kept]),
        packages=np.array([picture.package for picture in kept]),
        groups=groups,
    )
    stored.write(buffer.getvalue(), recipe, {"images": len(kept), "copies": dropped, "resvg": version})
    return folder()


def without_copies(pictures: list[Picture], known: Catalogue) -> tuple[list[Picture], np.ndarray, int]:
    """The pictures style by style without those that are the same as an earlier one; their groups; how many were left.

    Pictures of one thing are one group.
    """
    domains = list(known.domains)
    ordered = sorted(pictures, key=lambda picture: domains.index(picture.domain))
    pairs = same_drawings(np.stack([picture.image for picture in ordered]), within=_COPY)
    copies = set(pairs[:, 1].tolist())
    kept = [picture for number, picture in enumerate(ordered) if number not in copies]
    first: dict[str, int] = {}
    same = np.array([(number, first.setdefault(p.thing, number)) for number, p in enumerate(kept)])
    return kept, connected_groups(len(kept), same), len(copies)


def _tasks(known: Catalogue) -> list[Any]:
    """What is drawn of each package that is in the cache, as joblib takes it: files first, then vendors' emoji."""
    concepts = [c for c in read_concepts() if not c.is_modifier and c.subgroup in known.subgroups]
    concepts = [concept for concept in concepts if concept.caption not in known.odd]
    debian = [package for package in used_packages().values() if isinstance(package, DebianPackage)]
    emoji = [(used_packages()[name], domain) for domain, names in known.icon_sets.items() for name in names]
    return [
        *(delayed(_of_files)(package, known) for package in debian),
        *(delayed(_of_emoji)(package, domain, concepts, _style(package, known), known) for package, domain in emoji),
    ]


def _style(package: Package, known: Catalogue) -> Style:
    """The vendor of an icon set, or one by which only the icons that show something else are known."""
    return next((style for style in emoji_styles().values() if style.package == package), None) or Style(
        "", package, "", wrong_names=dict.fromkeys(known.wrong_icons.get(package.name, ()), "another object")
    )


def _of_files(package: Package, known: Catalogue) -> list[Picture]:
    """The pictures that lie in a package of Debian as files."""
    content = read_deb(
        obtained_archive(package, QUIET), lambda path: _wanted(package.name, path, known), label=package.name
    )
    files = dict(_unpacked(package.name, content, known))
    paths = sorted(path for path in files if known.place(package.name, path) is not None)
    twins = {path.rpartition(".")[0] for path in paths if not path.endswith(".svg")}
    found = []
    for path in paths:
        stem, _, kind = path.rpartition(".")
        if kind == "svg" and stem in twins:
            continue  # the same drawing in two formats
        place = known.place(package.name, path)
        assert place is not None
        drawing = rasterise(files[path].decode(errors="replace"), width=_DRAWN_AT) if kind == "svg" else None
        picture = decoded(files[path], label=f"{path} of {package.name}") if drawing is None else drawing
        thing = f"{package.name} {path}"
        found.append(Picture(*place, package.name, thing, _caption(files, path), trimmed_square(picture, SIZE)))
    return found


def _wanted(package: str, path: str, known: Catalogue) -> bool:
    if path.endswith(_RESOURCES):
        return any(rule.folder.startswith(f"{path}!") for rule in known.rules[package])
    return path.endswith(".txt") or known.place(package, path) is not None


def _unpacked(package: str, content: dict[str, bytes], known: Catalogue) -> Iterator[tuple[str, bytes]]:
    """Every file, with those inside of Qt resource files as `file.rcc!path`."""
    for path, held in content.items():
        if not path.endswith(_RESOURCES):
            yield path, held
            continue
        yield from _inside(package, path, held, known)


def _inside(package: str, path: str, held: bytes, known: Catalogue) -> Iterator[tuple[str, bytes]]:
    files = read_resources(held, lambda name: known.place(package, f"{path}!{name}") is not None, label=path)
    yield from ((f"{path}!{name}", file) for name, file in files.items())


def _caption(files: dict[str, bytes], path: str) -> str:
    """What the picture's maker calls it: the text beside it, the title inside of it, or its file name."""
    beside = files.get(path.rpartition(".")[0] + ".txt", b"").decode(errors="replace").partition("\n")[0]
    title = _TITLE.search(files[path]) if path.endswith(".svg") else None
    inside = html.unescape(title[1].decode(errors="replace")) if title else ""
    name = re.sub(r"(?<=[a-z])(?=[A-Z])|[_-]+", " ", PurePosixPath(path).stem)
    name = re.sub(r"\s*\d+$", "", name).lower()
    return " ".join((beside or inside or name).split()).rstrip(".!") or name


def _of_emoji(package: Package, domain: str, concepts: list[Concept], style: Style, known: Catalogue) -> list[Picture]:
    """One vendor's picture of each emoji that it draws, in the order of the emoji."""
    drawn = _image_files(package, concepts) if package.name == _PICTURES else _icons(style, concepts, domain)
    return [
        Picture(
            domain,
            known.subgroups[concept.subgroup],
            package.name,
            f"emoji {concept.code}",
            concept.caption,
            trimmed_square(image, SIZE),
        )
        for concept, image in drawn
    ]


def _image_files(
    package: Package, concepts: list[Concept]
) -> Iterator[tuple[Concept, UInt8[np.ndarray, "height width 3"]]]:
    archive = obtained_archive(package, QUIET)
    there = {
        code_of(PurePosixPath(path).stem): path
        for path in member_names(archive, label=package.name)
        if path.endswith(".webp")
    }
    ours = [concept for concept in concepts if concept.code in there]
    files = read_members(archive, [there[concept.code] for concept in ours], label=package.name)
    for concept in ours:
        yield concept, decoded(files[there[concept.code]], label=concept.caption)


def _icons(
    style: Style, concepts: list[Concept], domain: str
) -> Iterator[tuple[Concept, UInt8[np.ndarray, "height width 3"]]]:
    icon_set, matched = style_icons(style, concepts, QUIET)
    for concept in concepts:
        if concept.code in matched:
            svg = icon_svg(icon_set, matched[concept.code], _DRAWN_AT)
            yield concept, rasterise(line_drawing(svg) if domain == LINE_ART else svg)
