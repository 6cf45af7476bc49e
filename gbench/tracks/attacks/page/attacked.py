"""What attacks did to a target, as the page reads it, and its numbers as tidy frames."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gbench.report import reading
from gbench.report.kit.section import Part
from gbench.report.kit.tidy import Frame, frame
from gbench.report.numbers import percent
from gbench.report.records import Arrays, Data, Records
from gbench.report.sections.subjects import data_of

HEAD = "data target attack norm knowledge eps robust_accuracy low high n"
IMAGES = "data target attack norm index distance queries first"
SHORT = ("cnn", "mlp", "gan", "vae", "pgd", "gmm", "ape")


class Share(NamedTuple):
    """A share of n images, with Wilson's 95 % interval; as text: "41 % [32, 51]"."""

    value: float
    wilson: Sequence[float]
    n: int = 0

    def __str__(self) -> str:
        low, high = (percent(end)[:-2] for end in self.wilson)
        return f"{percent(self.value)} [{low}, {high}]"

    def under(self, other: "Share") -> bool:
        """Whether its interval lies below another's."""
        return self.wilson[1] < other.wilson[0]


@dataclass(frozen=True)
class Attacked:
    """A classifier, or a defence before one, and what the attacks did to it.

    Attributes:
        card: attack.json; only a status and a note where it is not there.
        folder: where it lies.
    """

    name: str
    card: Mapping[str, Any]
    folder: Path = Path()

    @property
    def ok(self) -> bool:
        """Whether it was attacked; else the card's note says why not."""
        return bool(self.card["status"] == "ok")

    @cached_property
    def images(self) -> Arrays:
        """What the attacks left of each image, by name; empty if there is none."""
        return reading.tensors(self.folder / "images.safetensors")[0]

    @property
    def title(self) -> str:
        """The name as text."""
        return title_of(self.name)

    @property
    def clean(self) -> Share:
        """Accuracy without attack, through the defence if there is one."""
        return accuracy(self.card, "defended_clean" if self.card["defence"] else "clean")

    def left(self, norm: str, result: Mapping[str, Any] | None) -> Share | None:
        """Accuracy under a result of that norm at its headline eps; None if it is not there."""
        eps = self.card["headline"].get(norm)
        if not result or eps is None or eps not in result["eps"]:
            return None
        k = result["eps"].index(eps)
        return Share(result["robust_accuracy"][k], result["wilson"][k], result["n"])

    def worst(self, norm: str) -> Share | None:
        """What the worst case leaves at the headline eps."""
        return self.left(norm, self.card["worst_case"].get(norm))

    def attacks(self, norm: str) -> list[Mapping[str, Any]]:
        """The records of the attacks of one norm."""
        return [attack for attack in self.card["attacks"] if attack["norm"] == norm]


def accuracy(card: Mapping[str, Any], kind: str) -> Share:
    """One of a card's accuracies without attack."""
    return Share(card[f"{kind}_accuracy"], card[f"{kind}_wilson"])


def title_of(name: str) -> str:
    """The name of a classifier or defence as text: "CNN", "Defense-GAN"."""
    words = name.split("_")
    return "-".join(word.upper() if word in SHORT else word.capitalize() for word in words)


def budget(norm: str, eps: float | None = None) -> str:
    """ "L∞ 0.1"; the norm alone without a budget."""
    name = "L∞" if norm == "linf" else norm.upper()
    return name if eps is None else f"{name} {eps:g}"


def targets(records: Records, data: Data) -> list[Attacked]:
    """Classifiers, then defences, as params.yaml names them; none on data other than images."""
    params = records.params
    names = [*(params.get("classifiers") or ()), *(params.get("defences") or ())]
    return [_read(records, data.name, name) for name in names if data.kind == "images"]


def _read(records: Records, data: str, name: str) -> Attacked:
    folder = Path("results/attacks") / data / name
    missing = {"status": "missing", "note": f"not run: there is no {folder}/attack.json"}
    card = records.record("attacks", data, name, "attack") or missing
    return Attacked(name, card, records.root / folder)


def of(part: Part) -> list[Attacked]:
    """The targets of a part of a section, attacked or not."""
    data = data_of(part.results, part.key)
    found: list[Attacked] = part.once("attacked", lambda: targets(part.results, data))
    return found


def done(part: Part) -> list[Attacked]:
    """Those that were attacked."""
    return [one for one in of(part) if one.ok]


def every(records: Records) -> Iterator[tuple[str, Attacked]]:
    """(data set, target), attacked or not."""
    return ((data.name, one) for data in records.data for one in targets(records, data))


def robustness(records: Records) -> Frame:
    """Accuracy over eps by attack, and of the worst case per image; a note if not attacked."""
    return frame(f"{HEAD} note", (row for data, one in every(records) for row in _rows(data, one)))


def written(found: Frame) -> Frame:
    """The rows with a value: what the files hold."""
    return found[found.note == ""][found.columns[:-1]]


def _rows(data: str, one: Attacked) -> Iterator[Sequence[Any]]:
    if not one.ok:
        yield data, one.name, *[None] * 8, one.card["note"]
        return
    for attack in one.card["attacks"]:
        named = (attack[key] for key in ("name", "norm", "knowledge"))
        yield from _curve((data, one.name, *named), attack)
    for norm, worst in one.card["worst_case"].items():
        yield from _curve((data, one.name, "worst_case", norm, "all"), worst)


def _curve(start: Sequence[str], result: Mapping[str, Any]) -> Iterator[Sequence[Any]]:
    points = zip(result["eps"], result["robust_accuracy"], result["wilson"], strict=True)
    for eps, left, (low, high) in points:
        yield *start, float(eps), float(left), float(low), float(high), result["n"], ""


def images(records: Records) -> Frame:
    """A row an attack and image; the distance is empty where nothing was found."""
    return frame(IMAGES, (row for data, one in every(records) for row in _by_image(data, one)))


def _by_image(data: str, one: Attacked) -> Iterator[Sequence[Any]]:
    for attack in one.card.get("attacks", ()):
        keys = [f"{part}/{attack['name']}" for part in ("distance", "queries", "first")]
        if all(key in one.images for key in keys):
            columns = zip(*(one.images[key] for key in keys), strict=True)
            for index, values in enumerate(columns):
                known = (float(value) if np.isfinite(value) else None for value in values)
                yield data, one.name, attack["name"], attack["norm"], index, *known


def metrics(records: Records) -> dict[str, dict[str, dict[str, float]]]:
    """By data set and "attacked_" target: accuracies for `dvc metrics`."""
    found: dict[str, dict[str, dict[str, float]]] = {data.name: {} for data in records.data}
    for data, one in every(records):
        if one.ok:
            found[data][f"attacked_{one.name}"] = _headlines(one)
    return found


def failures(records: Records) -> list[str]:
    """The targets that were not attacked, and why."""
    absent = ((data, one) for data, one in every(records) if not one.ok)
    return [f"{data}, attacks on {one.name}: {one.card['note']}" for data, one in absent]


def _headlines(one: Attacked) -> dict[str, float]:
    """Accuracies: clean, defended, and the worst case at the headline eps of each norm."""
    found = {"clean": one.card["clean_accuracy"]}
    if one.card["defended_clean_accuracy"] is not None:
        found["defended_clean"] = one.card["defended_clean_accuracy"]
    for norm in one.card["worst_case"]:
        if left := one.worst(norm):
            found[f"worst_{norm}"] = left.value
    return {name: float(f"{value:.6g}") for name, value in found.items()}
