"""Checks all of params.yaml before anything expensive runs, and reports every mistake at once."""

import difflib
import importlib
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from gbench import data
from gbench.adversarial.game import Adversarial
from gbench.core import plugin
from gbench.core.files import OutOfRange, UserError
from gbench.core.game import Unsuitable
from gbench.core.run import make
from gbench.params import Budget, Matrix, implementation, is_fitted, keywords, trick, variants

LISTS = {  # what is on -> where it is defined
    "data": "datasets",
    "variants": "models",
    "quick_variants": "models",
}


class Plugin(NamedTuple):
    """A section whose entries each have a file.

    Attributes:
        folder: of the files.
        schema: what takes an entry's keywords, of a file's module.
    """

    folder: str
    schema: Callable[[types.ModuleType], Any]


PLUGINS = {
    "datasets": Plugin("data", lambda module: module.build),
    "models": Plugin("generative", lambda module: module.build),
    "metrics": Plugin("metrics", lambda module: module.METRIC.measure),
    "classifiers": Plugin("robustness/classifiers", lambda module: module.build),
    "attacks": Plugin("robustness/attacks", lambda module: module.ATTACK.run),
    "defences": Plugin("robustness/defences", lambda module: module.build),
}
FILES = PLUGINS | {  # and those whose entries stand within others
    "tricks": Plugin("tricks", lambda module: module.apply),
}
FUNCTIONS = {  # section -> module and name of what takes its keywords
    "evaluation": ("gbench.params", "Evaluation"),
    "along": ("gbench.params", "Along"),
    "few_labels": ("gbench.few_labels", "FewLabels"),
    "judge": ("gbench.judge", "build"),
    "latent": ("gbench.latent.settings", "Settings"),
    "usefulness": ("gbench.usefulness.settings", "Settings"),
    "likelihood": ("gbench.likelihood.settings", "Settings"),
    "classifier": ("gbench.robustness.training", "make"),
    "attack": ("gbench.robustness.settings", "settings"),
    "turing": ("gbench.params", "Turing"),
    "sensitivity": ("gbench.sensitivity.settings", "Settings"),
    "resources": ("gbench.driver.room", "Resources"),
}
SEEDS = ("seeds", "quick_seeds")
SCALARS: dict[str, Any] = {"quick": bool, "quick_rounds": float, "data_root": str}
ROOT = (*LISTS, *SEEDS, *SCALARS, *PLUGINS, *FUNCTIONS, "outside")  # of the root's params.yaml
EVERYWHERE = (  # and those of them that every track has
    *LISTS,
    *SEEDS,
    *SCALARS,
    *("datasets", "models", "metrics", "evaluation", "along", "judge"),
)


def check(params: Mapping[str, Any]) -> None:
    """
    Raises:
        UserError: lists every mistake, each with its key and what is allowed.
    """
    mistakes = list(find(params))
    if mistakes:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        listed = "\n".join(f"  - {mistake}" for mistake in mistakes)
        raise UserError(f"params.yaml has {count}:\n{listed}")


def find(params: Mapping[str, Any]) -> Iterator[str]:
    """Yields each mistake as one line."""
    try:
        own = plugin.load("tracks", params["track"]).SECTIONS if "track" in params else None
    except UserError as error:
        yield f"track: {error}"
        return
    sections = ["track", *EVERYWHERE, *own] if own is not None else [*ROOT]
    yield from unknown("", params, sections)
    yield from (f"{section}: missing" for section in sections if section not in params)
    there = {section for section in sections if section in params}
    matrices = {section for section, schema in (own or {}).items() if schema is Matrix}
    for section in there & {*PLUGINS, *FUNCTIONS, *matrices}:
        if not isinstance(params[section], dict):
            yield f"{section}: must map names to values, not be {params[section]!r}"
            there.remove(section)
    for name in SCALARS:
        if name in there:
            yield from wrong_type(name, params[name], SCALARS[name])
    share = params.get("quick_rounds", 1)
    if isinstance(share, int | float) and not 0 < share <= 1:
        yield f"quick_rounds: {share} is not in (0, 1]"
    for name, definitions in LISTS.items():
        if {name, definitions} <= there:
            yield from switched_on(name, params[name], definitions, params[definitions])
    for name in SEEDS:
        if name in there:
            yield from seeds(name, params[name])
    if {"outside", "datasets", "models"} <= there:
        yield from outside(params["outside"], params["datasets"], params["models"])
    for section in PLUGINS:
        if section in there:
            for name, entry in params[section].items():
                datasets = [*params.get("datasets", {})]
                yield from one(section, name, entry, datasets, named="track" not in params)
    for section in FUNCTIONS:
        if section in there:
            module, function = FUNCTIONS[section]
            schema = keywords(getattr(importlib.import_module(module), function))
            schema.pop("device", None)  # the machine's, not the experiment's
            yield from arguments(section, params[section], schema)
    for section, schema in (own or {}).items():
        if section in there and section in matrices:
            yield from matrix(section, params)
        elif section in there:
            yield from wrong_type(section, params[section], schema)
    if there == {*sections}:
        yield from related(params)


def switched_on(
    name: str, chosen: object, definitions: str, defined: Mapping[str, Any]
) -> Iterator[str]:
    """A list of names, each defined once in its section."""
    if not isinstance(chosen, list) or not chosen:
        yield f"{name}: must be a list such as [{next(iter(defined), '')}], not {chosen!r}"
        return
    for entry in dict.fromkeys(map(str, chosen)):
        if entry not in defined:
            yield f"{name}: {entry!r} is not defined under {definitions}{near(entry, defined)}"
    yield from repeated(name, chosen)


def repeated(name: str, chosen: list[Any]) -> Iterator[str]:
    for entry in {str(entry): entry for entry in chosen}.values():
        if chosen.count(entry) > 1:
            yield f"{name}: {entry!r} stands there {chosen.count(entry)} times"


def seeds(name: str, chosen: object) -> Iterator[str]:
    if not isinstance(chosen, list) or not chosen:
        yield f"{name}: must be a list such as [0, 1, 2], not {chosen!r}"
        return
    for seed in chosen:
        if not fits(seed, int) or seed < 0:
            yield f"{name}: {seed!r} is not a whole number from 0"
    yield from repeated(name, chosen)


def outside(named: object, datasets: Mapping[str, Any], models: Mapping[str, Any]) -> Iterator[str]:
    """The sets of samples that `gbench evaluate` scored and the report is to show."""
    if not isinstance(named, list):
        yield f"outside: must be a list such as [digits/stylegan], not {named!r}"
        return
    for entry in named:
        data, slash, name = str(entry).partition("/")
        if not slash or not name or "/" in name:
            yield f"outside: {entry!r} is no data set and name such as digits/stylegan"
        elif data not in datasets:
            yield f"outside: {entry!r}: no {data!r} under datasets{near(data, datasets)}"
        elif name in models:
            yield f"outside: {entry!r} has the name of a model; evaluate it under another"
    yield from repeated("outside", named)


def one(
    section: str,
    name: str,
    entry: object,
    datasets: Iterable[str] = (),
    path: str = "",
    *,
    named: bool = True,
) -> Iterator[str]:
    """One entry: its file, its keywords, its types.

    Args:
        path: where it stands, if not in its own section.
        named: after its file, always, as the root's dvc.yaml takes it; else a model may say which.
    """
    path = path or f"{section}.{name}"
    if entry is None:
        entry = {}
    if not isinstance(entry, dict):
        yield f"{path}: must map keywords to values, not be {entry!r}"
        return
    try:
        file = name if named else str(implementation(entry, name))
        module = plugin.load(FILES[section].folder, file)
    except UserError as error:
        yield f"{path}: {error}"
        return
    schema = keywords(FILES[section].schema(module))
    schema.pop("root", None)  # comes from data_root
    if section != "models":
        yield from arguments(path, entry, schema)
        if section == "metrics":
            yield from beyond(path, entry, module.METRIC.limits)
        return
    if not is_fitted(module):
        schema |= keywords(Budget)
    special = entry.get("on") or {}
    apart = ["on", "tricks"] if named else ["on", "tricks", "model"]
    plain = {k: v for k, v in entry.items() if k != "on"}
    yield from arguments(path, plain, schema, apart)
    yield from tricks(path, entry, module)
    if not isinstance(special, dict):
        yield f"{path}.on: must map data sets to values, not be {special!r}"
        return
    yield from unknown(f"{path}.on", special, datasets)
    for dataset, changes in special.items():
        yield from arguments(f"{path}.on.{dataset}", changes or {}, schema, ["tricks"])
        yield from tricks(f"{path}.on.{dataset}", changes, module)


def tricks(path: str, entry: object, module: types.ModuleType) -> Iterator[str]:
    """What an entry of a model lists under `tricks`: names, or one name with its keywords each."""
    if not isinstance(entry, dict) or "tricks" not in entry:
        return
    path, chosen = f"{path}.tricks", entry["tricks"]
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
            found = [*one("tricks", name, given, path=f"{path}.{name}")]
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


def arguments(
    path: str, given: object, schema: Mapping[str, Any], also: Iterable[str] = ()
) -> Iterator[str]:
    """Keyword arguments against a signature."""
    if not isinstance(given, dict):
        yield f"{path}: must map keywords to values, not be {given!r}"
        return
    yield from unknown(path, given, [*schema, *also])
    for key, parameter in schema.items():
        if key in given:
            yield from wrong_type(f"{path}.{key}", given[key], parameter.annotation)
            if key in Budget._fields and fits(given[key], int) and given[key] < 1:
                yield f"{path}.{key}: {given[key]} is under 1"
        elif parameter.default is parameter.empty:
            yield f"{path}.{key}: missing"


def beyond(
    path: str, given: Mapping[str, Any], limits: Mapping[str, tuple[float, float]]
) -> Iterator[str]:
    """Numbers under the least or over the greatest that they may be."""
    for key, (least, most) in limits.items():
        if key in given and fits(given[key], float) and not least <= given[key] <= most:
            yield f"{path}.{key}: {given[key]} is not in [{least:g}, {most:g}]"


def matrix(section: str, params: Mapping[str, Any]) -> Iterator[str]:
    """A track's section that is a `Matrix`: what it switches on."""
    given = params[section]
    yield from arguments(section, given, keywords(Matrix))
    for name in ("data", "variants"):
        if name in given and isinstance(defined := params.get(LISTS[name]), dict):
            yield from switched_on(f"{section}.{name}", given[name], LISTS[name], defined)
    if "seeds" in given:
        yield from seeds(f"{section}.seeds", given["seeds"])
    if set(given.get("data") or ()) & set(params.get("data") or ()):
        for name in set(given.get("variants") or ()) & set(params.get("variants") or ()):
            yield f"{section}.variants: {name!r} is among variants already, on the same data"


def related(params: Mapping[str, Any]) -> Iterator[str]:
    """What holds between sections, and the cheap checks that data sets offer."""
    if not variants(params):
        yield "quick_variants: quick mode would train nothing, as none of them is among variants"
    yield from on_the_way(params["along"], params["metrics"])
    yield from repeats(params["evaluation"], params["metrics"])
    if "track" not in params:
        yield from defences(params)
        yield from budgets(params)
        yield from latents(params["latent"])
        yield from useful(params["usefulness"])
        yield from sensitivities(params["sensitivity"])
        yield from likelihoods(params["likelihood"])
        yield from few_labels(params)
        yield from turing(params["turing"], params["variants"])
    for name in params["data"]:
        if name in plugin.names("data") and name in params["datasets"]:
            module = plugin.load("data", name)
            if hasattr(module, "check"):
                try:
                    module.check(**data.arguments(dict(params), name))
                except (UserError, TypeError) as error:
                    yield str(error)


def defences(params: Mapping[str, Any]) -> Iterator[str]:
    """The section `defences`: what each protects, and with what."""
    needs = {"generator": variants(params), "classifier": params["classifiers"]}
    for name, entry in params["defences"].items():
        for key, there in needs.items():
            value = (entry or {}).get(key)
            if value is not None and value not in there:
                listed = ", ".join(there)
                yield f"defences.{name}.{key}: {value!r} is not switched on; there are: {listed}"


def on_the_way(section: Mapping[str, Any], metrics: Mapping[str, Any]) -> Iterator[str]:
    """The section `along`: how often, how many, how finely, and which metrics."""
    for key, least in (("points", 0), ("n", 2), ("landscape", 0)):
        if fits(section.get(key), int) and section[key] < least:
            yield f"along.{key}: {section[key]} is under {least}"
    chosen = section.get("metrics")
    for name in chosen if isinstance(chosen, list) else ():
        if name not in metrics:
            yield f"along.metrics: {name!r} is not switched on under metrics{near(name, metrics)}"


def repeats(section: Mapping[str, Any], metrics: Mapping[str, Any]) -> Iterator[str]:
    """The section `evaluation`: how many samples and batches, and which metrics are repeated."""
    for key, least in (("n", 2), ("batches", 1)):
        if fits(section.get(key), int) and section[key] < least:
            yield f"evaluation.{key}: {section[key]} is under {least}"
    chosen = section.get("repeated")
    for name in chosen if isinstance(chosen, list) else ():
        if name not in metrics:
            where = "is not switched on under metrics"
            yield f"evaluation.repeated: {name!r} {where}{near(name, metrics)}"


def budgets(params: Mapping[str, Any]) -> Iterator[str]:
    """The section `attack`: the attacks that it names, and its budgets for each data set."""
    from gbench.robustness.settings import settings

    section = params["attack"]
    try:
        for name in params["data"]:
            settings(name, True, **section)
    except UserError as error:
        yield str(error)
    except (TypeError, KeyError, AttributeError):
        return  # its keywords or types are wrong, and told above
    places = {f"attack.adaptive.{path}": entries for path, entries in section["adaptive"].items()}
    shorter = section["quick"]
    for path, entries in shorter.get("adaptive", {}).items():
        places[f"attack.quick.adaptive.{path}"] = entries
    places["attack.quick.attacks"] = shorter.get("attacks", {})
    for place, entries in places.items():
        for name, entry in entries.items():
            yield from one("attacks", name, entry, path=f"{place}.{name}")
    for name in section["oblivious"]:
        if name not in params["attacks"]:
            yield f"attack.oblivious: {name!r} is not defined under attacks"


def latents(section: Mapping[str, Any]) -> Iterator[str]:
    """The section `latent`, where its keys and types are right."""
    from gbench.latent.settings import LEAST, mistakes

    if {*LEAST, "truncations"} <= section.keys() and isinstance(section["truncations"], list):
        yield from mistakes(section)


def useful(section: Mapping[str, Any]) -> Iterator[str]:
    """The section `usefulness`, where its keys are there."""
    from gbench.usefulness.settings import Settings, mistakes

    if {*Settings._fields} <= section.keys():
        yield from mistakes(section)


def sensitivities(section: Mapping[str, Any]) -> Iterator[str]:
    """The section `sensitivity`: its numbers, and the metrics that it leaves out."""
    from gbench.sensitivity.settings import mistakes

    yield from mistakes(section)
    left_out, there = section.get("without"), plugin.names("metrics")
    for name in left_out if isinstance(left_out, list) else ():
        if name not in there:
            yield f"sensitivity.without: {name!r} is no metric{near(name, there)}"


def likelihoods(section: Mapping[str, Any]) -> Iterator[str]:
    """The section `likelihood`, where its keys and types are right."""
    from gbench.likelihood.settings import LEAST, LISTS, mistakes

    if {*LEAST, *LISTS, "tolerance"} <= section.keys() and all(
        isinstance(section[key], list) for key in LISTS
    ):
        yield from mistakes(section)


def few_labels(params: Mapping[str, Any]) -> Iterator[str]:
    """The section `few_labels`: its lists, and the models that it names."""
    section, path = params["few_labels"], "few_labels"
    lists = {"models": list[str], "labels": list[int | Literal["all"]], "values": dict[str, Any]}
    if not all(fits(section.get(name), kind) for name, kind in lists.items()):
        return  # told above
    yield from seeds(f"{path}.draws", section.get("draws"))
    if not section["labels"]:
        yield f"{path}.labels: must be a list such as [20, 50, all], not []"
    for n in section["labels"]:
        if n != "all" and n < 2:
            yield f"{path}.labels: {n} is under 2, one a class at least"
    for name in ("models", "labels"):
        yield from repeated(f"{path}.{name}", section[name])
    values, defined = section["values"], params["models"]
    yield from unknown(f"{path}.values", values, defined)
    for name in values.keys() & defined.keys():
        where = f"{path}.values.{name}"
        yield from one("models", name, values[name], params["datasets"], path=where)
    for name in section["models"]:
        if name not in defined:
            yield f"{path}.models: {name!r} is not defined under models{near(name, defined)}"
        elif name not in values:
            yield f"{path}.values.{name}: missing; {{}} leaves the model as it is under models"
        elif name in plugin.names("generative"):
            module = plugin.load("generative", name)
            if not hasattr(get_type_hints(module.build)["return"], "classifier"):
                yield f"{path}.models: {name!r} does not learn to classify from unlabelled examples"


def turing(section: Mapping[str, Any], switched_on: list[str]) -> Iterator[str]:
    """The section `turing`: how many images, how long, and the models that it names."""
    for key, least in {"images": 1, "mixture": 2, "seed": 0, "seconds": 0}.items():
        if fits(section.get(key), float) and section[key] < least:
            yield f"turing.{key}: {section[key]} is under {least}"
    chosen = section.get("models")
    if chosen == []:
        yield "turing.models: must be all, or a list such as [gan, vae], not []"
    for name in chosen if isinstance(chosen, list) else ():
        if name not in switched_on:
            yield f"turing.models: {name!r} is not among variants{near(name, switched_on)}"
    yield from repeated("turing.models", chosen if isinstance(chosen, list) else [])


def unknown(path: str, given: Mapping[str, Any], allowed: Iterable[str]) -> Iterator[str]:
    allowed = list(allowed)
    for key in given:
        if key not in allowed:
            yield f"{path + '.' if path else ''}{key}: unknown{near(key, allowed)}"


def near(name: object, allowed: Iterable[str]) -> str:
    """What is allowed, and which of it was probably meant."""
    allowed = sorted(allowed)
    close = difflib.get_close_matches(str(name), allowed, 1)
    guess = f" (did you mean {close[0]}?)" if close else ""
    return f"{guess}; allowed: {', '.join(allowed) or 'nothing'}"


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
