"""Reads params.yaml, and says what its entries mean for one model on one data set."""

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, NamedTuple, get_type_hints

from ruamel.yaml import YAML, YAMLError

from gbench.core.files import UserError
from gbench.params.like import filled_in

Precision = Literal["float32", "bfloat16"]
LESSON = ("rounds", "batch", "lr")  # of a classifier's training, which its entry may change


class Budget(NamedTuple):
    """How long a model is trained; 0 rounds for models that are fitted.

    Attributes:
        rounds: in each, every player takes its steps.
        batch: examples a step.
        precision: of the networks' products while they are trained; weights, Adam and samples are
            float32 always.  See `gbench.core.train.train`.
    """

    rounds: int = 5000
    batch: int = 64
    precision: Precision = "float32"


class Evaluation(NamedTuple):
    """How every model is scored.

    Attributes:
        n: samples of each run, against as many real examples; no more than the test split has.
        batches: how often n samples are drawn of each run; the first batch gives its scores.
        repeated: the metrics that are computed of every batch, against the same real examples.
    """

    n: int
    batches: int = 1
    repeated: Sequence[str] = ()


class Along(NamedTuple):
    """What is measured while a model still learns.

    Attributes:
        points: at so many rounds, evenly spaced, the last among them; 0 for none.
        n: samples each time; no more than the test split has.
        metrics: those that are computed of them.
        landscape: on data in the plane the critic, if there is one, is asked each time how real it
            finds the points of a lattice, so many along each axis; 0: it is not asked.
    """

    points: int
    n: int
    metrics: list[str]
    landscape: int = 0

    def rounds(self, of: int) -> set[int]:
        """The rounds, out of so many, after which samples are kept."""
        return {-(-point * of // self.points) for point in range(1, self.points + 1)}


class Turing(NamedTuple):
    """The human test: a page that asks of real and generated images which are real.

    Attributes:
        images: the first so many samples of each model, and as many real ones in its session.
        mixture: images in a session of all models, half of them real.
        seed: of the choice of real images, and of the order in which the page holds all.
        models: which models' images are shown.
        seconds: that an image is shown, unless its reader chooses; 0: until it is answered.
    """

    images: int = 20
    mixture: int = 60
    seed: int = 0
    models: list[str] | Literal["all"] = "all"
    seconds: float = 0.0


def read(path: Path = Path("params.yaml")) -> dict[str, Any]:
    """The parameters as plain dicts and lists, read as YAML 1.2 like DVC does (1e-4 is a number).

    What data sets leave to others (`like: mnist`) is filled in: see gbench.params.like.

    Raises:
        UserError: the file is missing or no YAML mapping, or a `like` names no plain data set.
    """
    try:
        params = YAML(typ="safe").load(Path(path))
    except (OSError, YAMLError) as error:
        raise UserError(f"{path} cannot be read: {error}")
    if not isinstance(params, dict):
        raise UserError(f"{path} must map names to values")
    return filled_in(params)


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


def implementation(entry: Mapping[str, Any] | None, name: str) -> str:
    """The file of an entry: what it says under `file`, or its own name."""
    return (entry or {}).get("file", name)


def on(entry: Mapping[str, Any] | None, data: str) -> dict[str, Any]:
    """An entry with what its `on` changes for one data set."""
    plain = dict(entry or {})
    special = plain.pop("on", None) or {}
    return plain | (special.get(data) or {})


def model_entry(params: dict[str, Any], variant: str, data: str) -> dict[str, Any]:
    """A model's entry with what `on` changes for one data set, but for its file's name."""
    entry = on(params["models"][variant], data)
    entry.pop("file", None)
    return entry


def classifier_entry(
    params: dict[str, Any], name: str, data: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The keyword arguments of a classifier's `build`, and of its training: those of the section
    `classifier`, but for what its own entry says."""
    entry = on(params["classifiers"][name], data)
    lesson = dict(params["classifier"])
    return entry, lesson | {key: entry.pop(key) for key in LESSON if key in entry}


def model_arguments(
    params: dict[str, Any], module: ModuleType, variant: str, data: str
) -> tuple[dict[str, Any], Budget]:
    """The keyword arguments of the model's `build`, and its budget (scaled down in quick mode)."""
    entry = model_entry(params, variant, data)
    entry.pop("tricks", None)
    budget = Budget(**{key: entry.pop(key) for key in Budget._fields if key in entry})
    if is_fitted(module):
        return entry, Budget(0, 0)
    if params["quick"]:
        budget = budget._replace(rounds=max(1, round(budget.rounds * params["quick_rounds"])))
    return entry, budget


def model_tricks(params: dict[str, Any], variant: str, data: str) -> list[Any]:
    """What a model's entry lists under `tricks`: a name or {name: keywords} each."""
    return list(model_entry(params, variant, data).get("tricks") or [])


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
    """What a section of params.yaml may hold, by the code that takes it.

    These are the keyword-only parameters of a function, or the fields of a named tuple.
    """
    parameters = inspect.signature(schema, eval_str=True).parameters
    every = isinstance(schema, type)
    return {k: p for k, p in parameters.items() if every or p.kind is p.KEYWORD_ONLY}
