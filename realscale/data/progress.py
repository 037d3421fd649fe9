"""Progress on stderr: a line for each step, and a bar inside a long step only on a terminal."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rich.console import Console
from rich.progress import track

Item = TypeVar("Item")


@dataclass(frozen=True)
class Progress:
    """Where steps are reported; `quiet` says nothing."""

    quiet: bool = False

    def say(self, text: str) -> None:
        """One line for one step."""
        if not self.quiet:
            print(text, file=sys.stderr, flush=True)

    def track(self, items: Sequence[Item], label: str, *, unit: str = "images") -> Iterable[Item]:
        """The items, counted by a bar on a terminal and by one line elsewhere."""
        console = Console(stderr=True)
        if console.is_terminal and not self.quiet:
            return track(items, description=label, console=console, transient=True)
        self.say(f"{label}: {len(items)} {unit}")
        return items
