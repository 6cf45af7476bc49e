"""What params.yaml may say of models and data sets, beyond the types of their keywords."""

import inspect
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any, get_type_hints

from gbench.core import plugin
from gbench.core.budget import Budget
from gbench.core.entry import implementation, is_fitted, keywords, trick, variants
from gbench.core.files import OutOfRange, UserError
from gbench.core.game import Unsuitable
from gbench.games.two_player.game import Adversarial
from gbench.params.check.entries import one
from gbench.params.check.values import repeated
from gbench.params.track import Plugin
from gbench.zoo import data
from gbench.zoo.shared.run import make

TRICKS = Plugin("games/tricks", "apply", file=False)


def model_keywords(module: ModuleType) -> dict[str, inspect.Parameter]:
    """Those of its `build`, and its budget unless it is solved for."""
    return keywords(module.build) | ({} if is_fitted(module) else keywords(Budget))


def tricks(path: str, values: Mapping[str, Any], module: ModuleType) -> Iterator[str]:
    """What an entry of a model lists under `tricks`: names, or one name with its keywords each."""
    if "tricks" not in values:
        return
    path, chosen = f"{path}.tricks", values["tricks"]
    if not issubclass(get_type_hints(module.build)["return"], Adversarial):
        yield f"{path}: tricks are for adversarial games, and this model is none"
        return
    if not isinstance(chosen, list):
        yield f"{path}: must be a list such as [packing, {{r1: {{gamma: 1}}}}], not {chosen!r}"
        return
    names = []
    for listed in chosen:
        if isinstance(listed, str) or (isinstance(listed, dict) and len(listed) == 1):
            name, given = trick(listed)
            names.append(name)
            found = [*one(TRICKS, name, given, path=f"{path}.{name}")]
            yield from found or out_of_range(path, listed)
        else:
            yield f"{path}: {listed!r} is not a name, nor one name with its keywords"
    yield from repeated(path, names)


def out_of_range(path: str, listed: object) -> Iterator[str]:
    """The values of a trick that no model could use; whether it suits its model is told later."""
    try:
        make("gan", (2,), 0, {"width": 2}, [listed])
    except OutOfRange as error:
        yield f"{path}: {error}"
    except Unsuitable:
        pass


def quick_mode(params: Mapping[str, Any]) -> Iterator[str]:
    """Quick mode, where it is on, trains something."""
    if not variants(params):
        yield "quick_variants: quick mode would train nothing, as none of them is among variants"


def data_sets(params: Mapping[str, Any]) -> Iterator[str]:
    """The cheap checks that data sets offer, of those that are switched on."""
    for name in params["data"]:
        file = implementation(params["datasets"].get(name), name)
        if name not in params["datasets"] or file not in plugin.names("zoo/data"):
            continue  # told elsewhere
        module = data.module(dict(params), name)
        if hasattr(module, "check"):
            try:
                module.check(**data.arguments(dict(params), name))
            except (UserError, TypeError) as error:
                yield str(error)
