"""Checks all of params.yaml before anything expensive runs, and reports every mistake at once."""

import importlib
from collections.abc import Iterator, Mapping
from typing import Any

from gbench import tracks
from gbench.core.entry import keywords
from gbench.core.files import UserError
from gbench.params import Matrix
from gbench.params.check.between import related
from gbench.params.check.entries import PLUGINS, arguments, one
from gbench.params.check.lists import LISTS, matrix, outside, seeds, switched_on
from gbench.params.check.values import unknown, wrong_type

FUNCTIONS = {  # section -> module and name of what takes its keywords
    "evaluation": ("gbench.protocol.settings", "Evaluation"),
    "along": ("gbench.zoo.along", "Along"),
    "few_labels": ("gbench.tracks.generation.measure.few_labels", "FewLabels"),
    "judge": ("gbench.protocol.judge", "build"),
    "latent": ("gbench.tracks.generation.measure.latent.settings", "Settings"),
    "usefulness": ("gbench.tracks.generation.measure.usefulness.settings", "Settings"),
    "likelihood": ("gbench.tracks.generation.measure.likelihood.settings", "Settings"),
    "classifier": ("gbench.tracks.attacks.measure.training", "make"),
    "attack": ("gbench.tracks.attacks.measure.settings", "settings"),
    "turing": ("gbench.tracks.generation.measure.turing", "Turing"),
    "sensitivity": ("gbench.tracks.generation.measure.sensitivity.settings", "Settings"),
    "unrestricted": ("gbench.tracks.attacks.measure.unrestricted", "Settings"),
    "resources": ("gbench.driver.room", "Resources"),
}
SEEDS = ("seeds", "quick_seeds")
SCALARS: dict[str, Any] = {"quick": bool, "quick_rounds": float, "data_root": str}
TRACKS = ("unrestricted",)  # functions that tracks alone have
ROOT = (  # of the root's params.yaml
    *LISTS,
    *SEEDS,
    *SCALARS,
    *PLUGINS,
    *(section for section in FUNCTIONS if section not in TRACKS),
    "outside",
)
EVERYWHERE = (*LISTS, *SEEDS, *SCALARS, "datasets", "models", "evaluation", "along")  # every track


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
        own = tracks.load(params["track"]).SECTIONS if "track" in params else None
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
