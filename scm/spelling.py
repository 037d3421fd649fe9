"""Names that a misspelt one may have meant."""

import difflib
from collections.abc import Iterable


def nearest_names(name: str, known: Iterable[str]) -> list[str]:
    """The known names that hold `name` or are spelt much like it, whatever the case; the likeliest first, 3 at most."""
    spelt = {other.lower(): other for other in known}
    wanted = name.lower()
    close = difflib.get_close_matches(wanted, list(spelt))
    holding = [other for other in spelt if wanted and wanted in other]
    return [spelt[other] for other in dict.fromkeys([*close, *holding])][:3]
