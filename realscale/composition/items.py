"""One form for every compositional benchmark: an image, its caption, and captions that are wrong of it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Average = Literal["micro", "macro", "none"]


class BenchmarkError(ValueError):
    """A benchmark's files are not as their official layout says; the message names file, place and expectation."""


@dataclass(frozen=True)
class Item:
    """One image with its caption and its negatives; box: (x, y, width, height) in pixels, to crop before encoding."""

    name: str
    image: Path
    caption: str
    negatives: tuple[str, ...]
    type: str
    box: tuple[int, int, int, int] | None = None

    def __post_init__(self) -> None:
        if not self.negatives:
            raise ValueError(f"item {self.name!r} has no negative caption; expected one at least, or nothing is asked")


@dataclass(frozen=True)
class Benchmark:
    """Items of one benchmark and how its authors score them.

    official_ties: what their code makes of exact ties. official_average: over items, over types, or none, because what
    they print is no share of items. official_types: the types that count in their average (None: all). official_rule:
    which these are, in words. skipped: why items of the files take no part, and how many.
    """

    name: str
    items: tuple[Item, ...]
    official_ties: Literal["lose", "win"]
    official_average: Average
    official_types: frozenset[str] | None = None
    official_rule: str = "all types"
    skipped: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        if not self.items:
            raise BenchmarkError(f"{self.name} has no item to score ({self.left_out()}); expected one at least")

    def left_out(self) -> str:
        """Why items of the files take no part, in words."""
        return ", ".join(f"{count} {reason}" for reason, count in self.skipped.items()) or "nothing in the files"

    def captions(self) -> list[str]:
        """Every different caption and negative once, in the order of the items."""
        return list(dict.fromkeys(text for item in self.items for text in (item.caption, *item.negatives)))

    def missing_images(self) -> list[Path]:
        """Images that are not there, each once."""
        return [path for path in dict.fromkeys(item.image for item in self.items) if not path.is_file()]


def join(name: str, parts: Sequence[Benchmark]) -> Benchmark:
    """Several benchmarks of one scoring rule as one; types keep their names.

    Raises:
        ValueError: no part, or parts that are scored by different rules.
    """
    rules = {(part.official_ties, part.official_average) for part in parts}
    if len(rules) != 1:
        raise ValueError(
            f"parts of {name} have official rules {sorted(rules)}; expected one rule, or they are no whole"
        )
    skipped = sum((part.skipped for part in parts), Counter())
    ((ties, average),) = rules
    return Benchmark(name, tuple(item for part in parts for item in part.items), ties, average, skipped=skipped)
