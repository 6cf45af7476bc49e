"""Whether a value of params.yaml fits what takes it, and what is said where it does not."""

import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, Union, get_args, get_origin

from gbench.core.near import near


def unknown(path: str, given: Mapping[str, Any], allowed: Iterable[str]) -> Iterator[str]:
    allowed = list(allowed)
    for key in given:
        if key not in allowed:
            yield f"{path + '.' if path else ''}{key}: unknown{near(key, allowed)}"


def wrong_type(path: str, value: object, annotation: Any) -> Iterator[str]:
    if not fits(value, annotation):
        yield f"{path}: {value!r} is not {wording(annotation)}"


def fits(value: object, annotation: Any) -> bool:
    """Whether a YAML value can be passed where the annotation stands."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if annotation is Any:
        return True
    if annotation is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if annotation is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if origin is Literal:
        return value in inner
    if origin in (Union, types.UnionType):
        return any(fits(value, option) for option in inner)
    if origin is tuple and Ellipsis not in inner:
        return (
            isinstance(value, list)
            and len(value) == len(inner)
            and all(fits(item, kind) for item, kind in zip(value, inner, strict=True))
        )
    if origin is dict:
        return isinstance(value, dict) and all(
            fits(k, inner[0]) and fits(v, inner[1]) for k, v in value.items()
        )
    if inner:  # list[float], Sequence[float], tuple[float, ...]
        return isinstance(value, list) and all(fits(item, inner[0]) for item in value)
    if annotation in (None, type(None)):
        return value is None
    return isinstance(value, annotation)


def wording(annotation: Any) -> str:
    """The annotation as a user would say it."""
    origin, inner = get_origin(annotation), get_args(annotation)
    plain = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
    if annotation in plain:
        return plain[annotation]
    if origin is Literal:
        return "one of " + ", ".join(map(str, inner))
    if origin in (Union, types.UnionType):
        return " or ".join(wording(option) for option in inner)
    if origin is tuple and Ellipsis not in inner:
        return f"a list of {len(inner)}: " + ", ".join(map(wording, inner))
    if origin is dict:
        return f"a map to {wording(inner[1])}"
    if inner:
        return f"a list, each of it {wording(inner[0])}"
    return str(annotation)


def repeated(name: str, chosen: list[Any]) -> Iterator[str]:
    """Entries that stand in a list more than once."""
    for entry in {str(entry): entry for entry in chosen}.values():
        if chosen.count(entry) > 1:
            yield f"{name}: {entry!r} stands there {chosen.count(entry)} times"
