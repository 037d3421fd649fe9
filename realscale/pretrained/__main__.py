"""Command line of the pretrained image tower: `fetch` gets its weights and the features of the sets that use it."""

import sys
from typing import Annotated, Literal

import tyro

from realscale.data.emoji_classes import fetch_emoji_classes, load_emoji_classes
from realscale.data.emoji_fetch import fetch_emoji
from realscale.data.errors import DataError, MissingData
from realscale.data.open_styles import NAME as OPEN_STYLES
from realscale.data.open_styles import load_open_styles
from realscale.data.open_styles_fetch import fetch_open_styles
from realscale.data.packages import cached_archive
from realscale.data.progress import Progress
from realscale.pretrained import weights
from realscale.pretrained.features import Tower, store_features
from realscale.pretrained.weights import ARCHITECTURE, FETCH, WHEEL

application = tyro.extras.SubcommandApp()


@application.command
def fetch(
    name: Annotated[
        tyro.conf.Positional[Literal["emoji-classes", "open-styles"]], tyro.conf.arg(metavar="NAME")
    ] = "emoji-classes",
    quiet: tyro.conf.FlagCreatePairsOff[bool] = False,
) -> None:
    """Fetch the tower (17 MB, through pip), draw a set and cache its features, about half a minute for each.

    What is there already is kept, so it can be run again at any time, also after an interruption.

    Args:
        name: The set: emoji-classes (through npm) or open-styles (through npm and apt-get, 275 MB).
        quiet: No progress on stderr.
    """
    progress = Progress(quiet)
    if name == OPEN_STYLES:
        fetch_open_styles(progress)  # what this system may not have is told first
        weights.fetch(progress)
        store_features(load_open_styles(), _tower, progress)
        return
    weights.fetch(progress)
    fetch_emoji(styles=("noto",), progress=progress)  # one vendor brings the names of all emoji
    fetch_emoji_classes(progress)
    store_features(load_emoji_classes(), _tower, progress)


def _tower() -> Tower:
    from realscale.pretrained.image_tower import ImageTower  # torch takes seconds, and often everything is there

    return ImageTower()


@application.command(name="list")
def show() -> None:
    """List the tower with its version, licence and attribution, and whether it is cached."""
    print(f"{ARCHITECTURE}: {WHEEL.name} {WHEEL.version}, {WHEEL.size / 1e6:.1f} MB to fetch")
    print(f"  {WHEEL.licence}: {WHEEL.attribution}")
    print(f"  cached: {'yes' if cached_archive(WHEEL) is not None else f'no ({FETCH})'}")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it succeeded, 1 when something cannot be had, 130 when interrupted."""
    try:
        application.cli(
            args=arguments,
            prog="python -m realscale.pretrained",
            description="The pretrained image tower: its weights, and the features of the sets that use it.",
        )
    except (DataError, MissingData) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted; finished steps are kept, the same command goes on from there", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
