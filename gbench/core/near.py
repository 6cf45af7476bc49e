"""What is said of a name that is not there."""

import difflib
from collections.abc import Iterable


def near(name: object, allowed: Iterable[str]) -> str:
    """What is allowed, and which of it was probably meant."""
    allowed = sorted(allowed)
    close = difflib.get_close_matches(str(name), allowed, 1)
    guess = f" (did you mean {close[0]}?)" if close else ""
    return f"{guess}; allowed: {', '.join(allowed) or 'nothing'}"
