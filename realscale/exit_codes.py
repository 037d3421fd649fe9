"""What a command that trains or measures ends with."""

import sys
from collections.abc import Callable

from identifiability.claims.claim import NotAvailable
from identifiability.learning import Diverged


def exit_code(run: Callable[[], object], *, interrupted: str) -> int:
    """Run a command: 0, 1 when something is missing or a loss diverged, 2 for bad input, 130 when interrupted.

    What went wrong is told on stderr, in a line; `interrupted`: what is told then.
    """
    try:
        run()
    except (NotAvailable, Diverged) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except (ValueError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(interrupted, file=sys.stderr)
        return 130
    return 0
