"""Data sets that leave values to another one: `fashion_mnist: {like: mnist}`.

Its own keywords default to those of the other, and whatever is said by data set (under `on`, or in
a map such as `attack.eps`) about the other holds for it too, but for what is said about itself.
DVC compares what params.yaml says, not what it means: a stage whose numbers differ by data set has
`datasets.${item.data}` among its `params`, and the preparation of data has all of `datasets`.
"""

from collections.abc import Mapping
from typing import Any

from gbench.core.files import UserError
from gbench.core.near import near


def filled_in(params: dict[str, Any]) -> dict[str, Any]:
    """
    Raises:
        UserError: `like` names no data set, or one that is like another itself.
    """
    datasets = params.get("datasets")
    if not isinstance(datasets, dict):
        return params  # which the check tells
    likes = {name: base_of(name, datasets) for name, entry in datasets.items() if liking(entry)}
    own = {k: without(entry, "like") if liking(entry) else entry for k, entry in datasets.items()}
    own |= {name: keywords(own[base]) | own[name] for name, base in likes.items()}
    return {
        key: own if key == "datasets" else spread(given, likes) for key, given in params.items()
    }


def liking(entry: object) -> bool:
    return isinstance(entry, dict) and "like" in entry


def without(entry: Mapping[str, Any], left_out: str) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != left_out}


def keywords(entry: Any) -> dict[str, Any]:
    """What an entry says, but for its file; what is no entry, the check tells."""
    return without(entry, "file") if isinstance(entry, dict) else {}


def base_of(name: str, datasets: Mapping[str, Any]) -> str:
    """The data set that a data set is like."""
    base, path = datasets[name]["like"], f"datasets.{name}.like"
    plain = [other for other, entry in datasets.items() if not liking(entry)]
    if base not in map(str, datasets):
        raise UserError(f"{path}: {base!r} is not defined under datasets{near(base, plain)}")
    if base not in plain:
        there = ", ".join(plain)
        raise UserError(f"{path}: {base!r} is like another itself; allowed: {there}")
    return str(base)


def spread(given: Any, likes: Mapping[str, str]) -> Any:
    """What is said about a data set, also said of those that are like it."""
    if isinstance(given, list):
        return [spread(inner, likes) for inner in given]
    if not isinstance(given, dict):
        return given
    found = {key: spread(inner, likes) for key, inner in given.items()}
    for name, base in likes.items():
        if base in found:
            found[name] = besides(found[base], found.get(name))
    return found


def besides(base: Any, own: Any) -> Any:
    """A data set's own values before those of the one that it is like."""
    if isinstance(base, dict) and isinstance(own, dict | None):
        return base | (own or {})
    return base if own is None else own
