"""Usefulness: what samples teach a classifier, what features tell a linear probe, by seed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from gbench.core.files import read_json
from gbench.report.records import Data, Model, Records, by_seed

Values = Mapping[int, float]  # percent, by seed
Card = Mapping[str, Any]
Value = str | int | float | None
TRAININGS = ("own", "joined", "judged")
REFERENCES = {  # of what a classifier is taught: title and meaning
    "real": ("Real training images", "the ceiling: the same classifier, taught the real images"),
    "memoriser": (
        "Memoriser",
        "hands out training images of the class that it is asked for: full marks for copying",
    ),
    "shuffled": ("Shuffled labels", "real training images under wrong labels: the floor"),
}
SEEN = {  # of features: title and meaning
    "pixels": ("Raw pixels", "no features at all: what must be beaten to be of use"),
    "judge": ("Judge", "features of the judge, which was taught all labels of the training split"),
}
KINDS = ("encoder", "critic")
HEAD = "data model family seed question of class labels network accuracy note"


@dataclass(frozen=True)
class Taught:
    """What one model's samples, or a reference's images, teach a classifier.

    Attributes:
        index: of the model's colour and mark; None for references.
        ranked: whether it is compared with others: no seed of it diverged.
        scores: accuracy on the test split by training.
        per_class: of the samples alone, [classes] by seed; None where a class has no test images.
        gap: why seeds lack a value; empty if none does.
    """

    name: str
    title: str
    index: int | None
    meaning: str
    ranked: bool
    scores: Mapping[str, Values]
    per_class: Mapping[int, Sequence[float | None]]
    gap: str = ""


@dataclass(frozen=True)
class Features:
    """What one network's features tell a linear probe.

    Attributes:
        labelled: whether the network was trained with all labels.
        size: how many there are.
        trained, untrained: mean accuracy over draws, by number of labels.
    """

    name: str
    title: str
    index: int | None
    meaning: str
    ranked: bool
    labelled: bool
    size: int
    trained: Mapping[str, Values]
    untrained: Mapping[str, Values] = field(default_factory=dict)


@dataclass(frozen=True)
class Useful:
    """All that is known of one data set.

    Attributes:
        card: of a run or reference that has answers.
        references, models: what is taught.
        seen, features: what is probed.
        absent: (reason, titles) of models without features.
    """

    data: str
    card: Card
    references: list[Taught]
    models: list[Taught]
    seen: list[Features]
    features: list[Features]
    absent: list[tuple[str, list[str]]]

    @property
    def labels(self) -> list[str]:
        return [str(n) for n in self.card["settings"]["labels"]]

    @property
    def real(self) -> Values:
        """The ceiling."""
        return next((r.scores["own"] for r in self.references if r.name == "real"), {})

    def groups(self) -> list[tuple[str, list[Features]]]:
        """The features of models that learned without labels, and those of the others."""
        told = [one for one in self.features if one.labelled]
        free = [one for one in self.features if not one.labelled]
        both = [("Learned without labels", free), ("Of models taught all labels", told)]
        return [(title, group) for title, group in both if group]


def read(records: Records, root: Path) -> list[Useful]:
    """What each data set has; those without any answer are left out.

    Raises:
        DataError: a file is there but cannot be read.
    """
    made = (_useful(data, records.seeds, root / "results") for data in records.data)
    return [useful for useful in made if useful is not None]


def cards(folder: Path, seeds: Iterable[int]) -> dict[int, Card]:
    """The stage's files by seed, of those that are there."""
    paths = {seed: folder / f"{seed}.json" for seed in seeds}
    return {seed: read_json(path) for seed, path in paths.items() if path.exists()}


def _useful(data: Data, seeds: Sequence[int], results: Path) -> Useful | None:
    beside = cards(results / "references" / data.name, seeds)
    runs = {
        model.name: cards(results / "usefulness" / data.name / model.name, seeds)
        for model in data.models
    }
    every = [*beside.values(), *(card for found in runs.values() for card in found.values())]
    answered = next((card for card in every if card["classification"]), None)
    if answered is None:
        return None
    models, features = [], []
    absent: dict[str, list[str]] = {}
    for index, model in enumerate(data.models):
        models.append(_taught(model, index, runs[model.name]))
        own = [_features(model, index, kind, runs[model.name]) for kind in KINDS]
        features += [one for one in own if one]
        if not any(own):
            absent.setdefault(_why(model, runs[model.name]), []).append(model.title)
    return Useful(
        data.name,
        answered,
        [_reference(name, beside) for name in REFERENCES],
        [one for one in models if any(one.scores.values())],
        [_seen(name, beside) for name in SEEN],
        features,
        list(absent.items()),
    )


def _reference(name: str, beside: Mapping[int, Card]) -> Taught:
    answers = {s: c["classification"][name] for s, c in beside.items() if c["classification"]}
    return Taught(name, REFERENCES[name][0], None, REFERENCES[name][1], False, *_scores(answers))


def _taught(model: Model, index: int, found: Mapping[int, Card]) -> Taught:
    answers = {seed: card["classification"] for seed, card in found.items()}
    notes = {
        seed: answer["judged"]["note"]
        for seed, answer in answers.items()
        if answer and answer["judged"]["note"]
    }
    gap = "; ".join(filter(None, (model.absence, by_seed(notes))))
    ranked = not model.with_status("diverged")
    return Taught(model.name, model.title, index, model.source, ranked, *_scores(answers), gap)


def _scores(answers: Mapping[int, Card]) -> tuple[dict[str, Values], dict[int, Any]]:
    """Percent by training and seed; and of the samples alone, the share of each class."""
    scores: dict[str, Values] = {
        training: {
            seed: 100 * answer[training]["value"]
            for seed, answer in answers.items()
            if training in answer and answer[training]["value"] is not None
        }
        for training in TRAININGS
    }
    return scores, {seed: answers[seed]["own"]["per_class"] for seed in scores["own"]}


def _features(model: Model, index: int, kind: str, found: Mapping[int, Card]) -> Features | None:
    """None where the model has none of this kind at any seed."""
    answers = {
        seed: card["features"][kind]
        for seed, card in found.items()
        if card["features"].get(kind, {}).get("rows")
    }
    if not answers:
        return None
    first = next(iter(answers))
    return Features(
        f"{model.name} {kind}",
        f"{model.title} {kind}",
        index,
        model.source,
        not model.with_status("diverged"),
        found[first]["labelled"],
        answers[first]["size"],
        _by_labels(answers, "values"),
        _by_labels(answers, "untrained"),
    )


def _seen(name: str, beside: Mapping[int, Card]) -> Features:
    answers = {seed: card["features"][name] for seed, card in beside.items() if card["features"]}
    size = next((answer["size"] for answer in answers.values()), 0)
    title, meaning = SEEN[name]
    trained = _by_labels(answers, "values")
    return Features(name, title, None, meaning, False, name == "judge", size, trained)


def _by_labels(answers: Mapping[int, Card], key: str) -> dict[str, Values]:
    """The mean over draws in percent, by number of labels and seed."""
    found: dict[str, dict[int, float]] = {}
    for seed, answer in answers.items():
        for row in answer["rows"]:
            if row[key]:
                found.setdefault(row["labels"], {})[seed] = 100 * float(np.mean(row[key]))
    return dict(found)


def _why(model: Model, found: Mapping[int, Card]) -> str:
    """Why a model has no features."""
    kinds = [card["features"][kind]["note"] for card in found.values() for kind in card["features"]]
    notes = [*kinds, *(card["note"] for card in found.values())]
    return ", ".join(dict.fromkeys(filter(None, notes))) or model.absence or "not asked"


def observations(records: Records, root: Path) -> Iterator[tuple[Value, ...]]:
    """A row an accuracy in [0, 1]: of all classes together (class "") and of each; of a probe the
    mean over draws; and a row with the note where there is no answer."""
    results = root / "results"
    for data in records.data:
        for seed, card in cards(results / "references" / data.name, records.seeds).items():
            for name, answer in card["classification"].items():
                yield from _classified((data.name, name, "reference", seed), answer)
            for name, answer in card["features"].items():
                yield from _probed((data.name, name, "reference", seed), name, answer)
        for model in data.models:
            folder = results / "usefulness" / data.name / model.name
            for seed, card in cards(folder, records.seeds).items():
                start = (data.name, model.name, model.family, seed)
                if card["status"] != "ok":
                    yield *start, "", "", "", "", "", None, f"{card['status']}: {card['note']}"
                yield from _classified(start, card["classification"])
                for kind, answer in card["features"].items():
                    yield from _probed(start, kind, answer)


def _classified(start: tuple[Value, ...], answer: Card) -> Iterator[tuple[Value, ...]]:
    for training, found in answer.items():
        row = (*start, "classification", training)
        yield *row, "", "", "", found["value"], found["note"]
        for label, share in enumerate(found["per_class"]):
            yield *row, label, "", "", share, "" if share is not None else "no test images"


def _probed(start: tuple[Value, ...], kind: str, answer: Card) -> Iterator[tuple[Value, ...]]:
    if answer["note"]:
        yield *start, "probe", kind, "", "", "", None, answer["note"]
    for row in answer["rows"]:
        for network, key in (("trained", "values"), ("untrained", "untrained")):
            if key in row:
                mean = float(np.mean(row[key])) if row[key] else None
                yield *start, "probe", kind, "", row["labels"], network, mean, row["note"]
