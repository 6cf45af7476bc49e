"""The sections of every pipeline that trains models: data sets, models, seeds, quick mode.

Light, as every stage that reads a track reads it: what is heavy stands as text.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, NamedTuple

from gbench.params.check.rules import DataSets, Models, Seeds, Share
from gbench.params.track import Plugin

SWITCHES: dict[str, Any] = {
    "data": DataSets,
    "variants": Models,
    "seeds": Seeds,
    "quick": bool,
    "quick_variants": Models,
    "quick_seeds": Seeds,
    "quick_rounds": Share,
    "data_root": str,
}
RESOURCES: dict[str, Any] = {"resources": "gbench.driver.room:Resources"}

DATASETS = Plugin("zoo/data")
MODELS = Plugin(
    "zoo/models",
    schema="gbench.zoo.checks:model_keywords",
    by_data=True,
    apart=("tricks",),
    check="gbench.zoo.checks:tricks",
)
PLUGINS = {"datasets": DATASETS, "models": MODELS}
CHECKS = ("gbench.zoo.checks:quick_mode", "gbench.zoo.checks:data_sets")


class Trainings(NamedTuple):
    """Trainings of a track beside those of its `data`, `variants` and `seeds`.

    Attributes:
        data, variants, seeds: each variant is trained on each data set with each seed.
    """

    data: DataSets
    variants: Models
    seeds: Seeds


def once(path: str, given: object, params: Mapping[str, Any]) -> Iterator[str]:
    """A variant is not trained twice on the same data, in the same folder."""
    if not isinstance(given, dict):
        return
    if set(given.get("data") or ()) & set(params.get("data") or ()):
        for name in set(given.get("variants") or ()) & set(params.get("variants") or ()):
            yield f"{path}.variants: {name!r} is among variants already, on the same data"


Matrix = Annotated[Trainings, once]
