"""What several checks of one run measure alike is measured by the first and read by the others."""

import hashlib
import json
import os
from collections.abc import Callable, Hashable
from typing import Any

from identifiability.claims.claim import Context


def once(context: Context, of: Hashable, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `measure()` gives, a JSON document: from the folder that the checks of a run share, if it is there.

    of: all that the document depends on, beside the code: frozen dataclasses, words and numbers, known by their `repr`.
    """
    if context.shared is None:
        return measure()
    name = f"{hashlib.sha256(repr(of).encode()).hexdigest()[:24]}.json"
    kept = context.shared / name
    if not kept.exists():
        own = kept.with_name(f"{os.getpid()}-{name}")  # another worker may be at the same
        own.write_text(json.dumps(measure()), encoding="utf-8")
        own.replace(kept)
    found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    return found
