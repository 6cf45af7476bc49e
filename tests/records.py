"""What stages write has the keys that its type says."""

from collections.abc import Mapping
from typing import Any, NotRequired, get_origin, get_type_hints


def keeps_its_type(record: Mapping[str, Any], kind: Any) -> None:
    """Asserts that a record has all keys of a TypedDict, and none that it does not know."""
    hints = get_type_hints(kind, include_extras=True)
    needed = {key for key, hint in hints.items() if get_origin(hint) is not NotRequired}
    assert needed <= record.keys(), f"missing: {sorted(needed - record.keys())}"
    assert record.keys() <= hints.keys(), f"unknown: {sorted(record.keys() - hints.keys())}"
