"""What a run was started with, written down; the same command goes on, another one is told where it differs."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from realscale.data.cache import write_atomically


def same_run(path: Path, told: Mapping[str, Any], *, why: str) -> None:
    """Write to `path` what a run is, or find that it has the same one there.

    Raises:
        ValueError: it has another one; the message names each setting with both values, and says `why` it matters.
    """
    decisive = json.loads(json.dumps(told, default=str))
    identity = hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()
    if not path.exists():
        write_atomically(path, json.dumps({"identity": identity, "told": decisive}, indent=1).encode())
        return
    found = json.loads(path.read_text(encoding="utf-8"))
    if found["identity"] == identity:
        return
    there, here = _flat(found["told"]), _flat(decisive)
    other = [
        f"{name} was {_shown(there, name)} and is {_shown(here, name)}"
        for name in dict.fromkeys([*there, *here])
        if _shown(there, name) != _shown(here, name)
    ]
    raise ValueError(
        f"{path} is of a run with other settings ({'; '.join(other)}); expected the same ones, because {why}; take "
        "another place, or remove this one to start over"
    )


def _flat(told: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """{"training": {"beta": 0}} as {"training.beta": 0}."""
    found: dict[str, Any] = {}
    for name, value in told.items():
        found |= _flat(value, f"{before}{name}.") if isinstance(value, Mapping) else {before + name: value}
    return found


def _shown(told: Mapping[str, Any], name: str) -> str:
    return json.dumps(told[name]) if name in told else "not there"
