"""What a reader found wrong with a set, by reason: every case counted, the first ones named."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

NAMED = 20  # names kept of each reason: enough to look into, bounded however long a run is


@dataclass
class Findings:
    """`counts[reason]` cases of each reason, of which `named[reason]` holds the first `NAMED`."""

    counts: Counter[str] = field(default_factory=Counter)
    named: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, name: str) -> None:
        """One more case of a reason; `name` says which file, sample or folder it is."""
        self._extend(reason, 1, [name])

    def _extend(self, reason: str, count: int, names: list[str]) -> None:
        self.counts[reason] += count
        kept = self.named.setdefault(reason, [])
        kept.extend(names[: NAMED - len(kept)])

    def merge(self, others: "Findings") -> None:
        """The cases of others after one's own."""
        for reason, count in others.counts.items():
            self._extend(reason, count, others.named[reason])

    def __bool__(self) -> bool:
        return bool(self.counts)

    def to_record(self) -> dict[str, Any]:
        """Counts and names by reason, the most frequent reason first."""
        return {reason: {"count": count, "first": self.named[reason]} for reason, count in self.counts.most_common()}

    def summary(self) -> str:
        """One line a reason: how many, and the first three names."""
        lines = []
        for reason, count in self.counts.most_common():
            names = self.named[reason][:3]
            more = ", ..." if count > len(names) else ""
            lines.append(f"{count} x {reason}: {', '.join(names)}{more}")
        return "\n".join(lines)
