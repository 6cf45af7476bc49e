"""What the entries of params.yaml mean: file, values on a data set, budget; and quick mode.

An entry maps the keywords of what its file builds to values.  Besides, it may have `file`, which
names that file where the entry has another name; `on`, which changes values for single data sets;
`tricks`, a list; and, where a model is trained, the fields of a `Budget`.
"""

import inspect
from collections.abc import Mapping
from types import ModuleType
from typing import Any, get_type_hints

from gbench.core.budget import Budget

Entry = Mapping[str, Any] | None  # None: nothing but defaults


def implementation(entry: Entry, name: str) -> str:
    """The file of an entry: what it says under `file`, or its own name."""
    return (entry or {}).get("file", name)


def on(entry: Entry, data: str) -> dict[str, Any]:
    """An entry with what its `on` changes for one data set."""
    plain = dict(entry or {})
    special = plain.pop("on", None) or {}
    return plain | (special.get(data) or {})


def values(entry: Entry, data: str) -> dict[str, Any]:
    """An entry's values on one data set, but for its file's name."""
    found = on(entry, data)
    found.pop("file", None)
    return found


def arguments(
    entry: Entry, module: ModuleType, data: str, share: float = 1.0
) -> tuple[dict[str, Any], Budget]:
    """The keyword arguments of a model's `build` on one data set, and its budget.

    Args:
        module: the model's file.
        share: of the rounds that are played, in (0, 1].
    """
    given = values(entry, data)
    given.pop("tricks", None)
    budget = Budget(**{key: given.pop(key) for key in Budget._fields if key in given})
    if is_fitted(module):
        return given, Budget(0, 0)
    return given, budget._replace(rounds=max(1, round(budget.rounds * share)))


def tricks(entry: Entry, data: str) -> list[Any]:
    """What a model's entry lists under `tricks`: a name or {name: keywords} each."""
    return list(values(entry, data).get("tricks") or [])


def trick(listed: Any) -> tuple[str, dict[str, Any]]:
    """The name and the keywords of a trick that stands in a list of tricks."""
    if isinstance(listed, str):
        return listed, {}
    ((name, given),) = listed.items()
    return name, given or {}


def is_fitted(module: ModuleType) -> bool:
    """Whether the model is solved for instead of trained, by its build's declared return type."""
    return get_type_hints(module.build)["return"].solved


def keywords(schema: Any) -> dict[str, inspect.Parameter]:
    """What an entry or a section may hold, by the code that takes it.

    These are the keyword-only parameters of a function, or the fields of a named tuple.
    """
    parameters = inspect.signature(schema, eval_str=True).parameters
    every = isinstance(schema, type)
    return {k: p for k, p in parameters.items() if every or p.kind is p.KEYWORD_ONLY}


def variants(params: Mapping[str, Any]) -> list[str]:
    """The models that are trained: those that are switched on, in quick mode only a few of them."""
    quick = params["quick_variants"]
    return [name for name in params["variants"] if not params["quick"] or name in quick]


def left_out(params: Mapping[str, Any], variant: str, seed: int) -> str:
    """Why a run is not made in quick mode; empty if it is made."""
    if params["quick"]:
        if variant not in params["quick_variants"]:
            return "quick mode trains quick_variants only"
        if seed not in params["quick_seeds"]:
            return f"quick mode trains quick_seeds only: {params['quick_seeds']}"
    return ""


def share(params: Mapping[str, Any]) -> float:
    """Of each model's rounds, those that are played: 1, less in quick mode."""
    return params["quick_rounds"] if params["quick"] else 1.0
