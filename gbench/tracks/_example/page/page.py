"""The page: one section, with a table of how much brighter samples are than test images."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gbench.core.files import read_json
from gbench.report.kit import page
from gbench.report.kit.made import Page
from gbench.report.kit.section import Column, Results, Section, Subject, Table
from gbench.report.kit.tidy import Frame, frame

REAL = Subject("real", "Real, held out", reference=True)
GAP = Column("gap", "Brightness", "target", asks="How much brighter are they than test images?")


def write(params: Mapping[str, Any], root: Path, out: Path, guests: Sequence[Section] = ()) -> Path:
    """Writes _example/index.html and the data next to it; returns the page's path."""
    folder = root / "results" / "brightness"
    paths = [folder / d / m for d in params["data"] for m in params["variants"]]
    results = [
        (at.parent.name, read_json(at / f"{s}.json")) for at in paths for s in params["seeds"]
    ]
    return page.write(PAGE, results, out / "_example")


def gaps(results: Results) -> Frame:
    """What samples differ by, and real images, by data set and seed."""
    own = [(at, one["model"], one["seed"], "gap", one["samples"]) for at, one in results]
    real = {(at, "real", one["seed"], "gap", one["control"]) for at, one in results}
    return frame("data model seed metric value", [*sorted(real), *own])


def subjects(results: Results, data: str) -> list[Subject]:
    """A row each: the control, and the models of one data set."""
    names = dict.fromkeys(one["model"] for at, one in results if at == data)
    return [REAL, *(Subject(name, name, index) for index, name in enumerate(names))]


BRIGHTNESS = Section(
    id="brightness",
    title="Brightness",
    lede="Differences of mean pixels, with intervals over seeds.",
    blind="Anything but the mean: noise of the right brightness has no gap.",
    frame=gaps,
    show=(Table("gaps", "Gap to test images", (GAP,)),),
)
PAGE = Page("Brightness", "Are images as bright as real ones?", (BRIGHTNESS,), subjects)
