"""Pictures of latent spaces, and curves over the truncation of the noise."""

from dataclasses import dataclass

import numpy as np

from gbench.report import pixels, svg
from gbench.report.figures.figure import Figure
from gbench.report.figures.pictures import Sheet
from gbench.report.latent import measured
from gbench.report.records import Data, Model
from gbench.stats import Estimate, estimate

OPEN = 8  # sheets of a kind that are shown unfolded
BUDGET = 500_000  # bytes of all folded sheets of one data set


@dataclass(frozen=True)
class Kind:
    """One kind of sheet.

    Attributes:
        name: as the probe saved it.
        says: what rows and columns are.
    """

    name: str
    title: str
    says: str


KINDS = (
    Kind("interpolation/prior", "Between draws of the model's own codes",
         "A row a pair of codes, from one to the other."),
    Kind("interpolation/images", "Between the codes of two test images",
         "A row a pair of test images, which stand at both ends; between them their codes decoded, "
         "and the way from one to the other."),
    Kind("arithmetic/classes", "Moved from class to class",
         "A row a class: its first held-out code (of a test image where the model encodes, else of "
         "a sample), moved to each class in turn; on the "
         "diagonal the code itself. Empty: a class that the oracle never saw."),
    Kind("arithmetic/ink", "Less and more ink",
         "A row a code, moved by −2 to 2 times the direction of boldness."),
    Kind("arithmetic/slant", "Leaning left and right",
         "A row a code, moved by −2 to 2 times the direction of slant."),
    Kind("conditioning/classes", "Samples by class",
         "A row a class that was asked for: the first samples of it."),
    Kind("codes/codes", "Samples by category",
         "A row a category: the first samples in which the model reads it."),
    Kind("reconstruction/reconstruction", "Reconstructions",
         "The first test images above their reconstructions."),
    Kind("truncation/truncation", "Samples by truncation",
         "A row a bound of the noise, the smallest first, untruncated last; a column a class."),
)  # fmt: skip


@dataclass(frozen=True)
class Picture:
    """One model's sheet; the mark of the model is its index."""

    index: int
    title: str
    sheet: Sheet


@dataclass(frozen=True)
class Gallery:
    """The sheets of one kind: those shown, those folded, and the models left out for their size."""

    kind: Kind
    shown: list[Picture]
    folded: list[Picture]
    left_out: list[str]


def galleries(data: Data) -> dict[str, list[Gallery]]:
    """The sheets by probe, each of the first seed that finished; the open ones evenly spread over
    the models."""
    found: dict[str, list[Gallery]] = {}
    spent = 0
    for kind in KINDS:
        there = [(i, m) for i, m in enumerate(data.models) if kind.name in m.pictures]
        chosen = {round(k) for k in np.linspace(0, len(there) - 1, min(OPEN, len(there)))}
        gallery = Gallery(kind, [], [], [])
        for place, (index, model) in enumerate(there):
            picture = Picture(index, model.title, _sheet(model, kind.name))
            if place in chosen:
                gallery.shown.append(picture)
            elif spent + len(picture.sheet.uri) <= BUDGET:
                gallery.folded.append(picture)
                spent += len(picture.sheet.uri)
            else:
                gallery.left_out.append(model.title)
        if there:
            found.setdefault(kind.name.partition("/")[0], []).append(gallery)
    return found


def _sheet(model: Model, name: str) -> Sheet:
    images = model.pictures[name]
    columns = images.shape[1]
    flat = images.reshape(-1, *images.shape[2:]).astype(np.float32) / 255
    return Sheet.of(pixels.without_colour(pixels.sheet(flat, columns)))


Curve = dict[float, Estimate]  # by bound


def curves(data: Data) -> list[Figure]:
    """FID, then precision and recall, over the bound of the noise; for each model that has it."""
    found = []
    for index, model in enumerate(data.models):
        fid, free = curve(model, "fid")
        if not fid:
            continue
        rules = [("untruncated", free)] if free else []
        panel = _panel(fid, "FID (judge) (lower is better ↓)", [("FID", fid)], index, rules)
        best = min(fid, key=lambda bound: fid[bound].mean)
        title = f"{model.title}: mean FID is lowest at the bound {best:g}"
        if free and free.mean <= fid[best].mean:
            title = f"{model.title}: mean FID is lowest untruncated"
        found.append(Figure(title, panel.render()))
        pair = [(name, curve(model, name)[0]) for name in ("precision", "recall")]
        both = {k: v for _, one in pair for k, v in one.items()}
        panel = _panel(both, "share (higher is better ↑)", pair, index, [])
        found.append(Figure(f"{model.title}: precision and recall", panel.render()))
    return found


def curve(model: Model, measure: str) -> tuple[Curve, Estimate | None]:
    """A measure over seeds by bound, and of untruncated noise."""
    by_bound: dict[float | None, list[float]] = {}
    for run in model.runs:
        for row in measured(run, "truncation"):
            if row["measure"] == measure and row["value"] is not None:
                by_bound.setdefault(row["at"], []).append(row["value"])
    free = estimate(by_bound.pop(None, []))
    found = {bound: estimate(values) for bound, values in by_bound.items() if bound is not None}
    return {bound: value for bound, value in sorted(found.items()) if value}, free


def _panel(
    every: Curve,
    label: str,
    lines: list[tuple[str, Curve]],
    index: int,
    rules: list[tuple[str, Estimate]],
) -> svg.Panel:
    """Mean lines with bands of the 95 % t-interval."""
    ends = [end for _, line in lines for v in line.values() for end in (v.low, v.high)]
    ends += [value.mean for _, value in rules]
    x = svg.Scale(0, max(every), "bound of the noise in standard deviations")
    y = svg.fit([*ends, 0.0], label, log=False)
    panel = svg.Panel(x, y, "", right=18 + svg.FONT * 9)
    names = []
    for number, (name, line) in enumerate(lines):
        paint = svg.colour(index) if number == 0 else "var(--ink)"
        panel.band([(b, v.low, v.high) for b, v in line.items()], paint)
        points = [(b, v.mean) for b, v in line.items()]
        panel.line(points, paint, width=2.0, dash=svg.DASHES[number])
        names.append((*points[-1], name, paint, ""))
    for name, value in rules:
        panel.rule(y=value.mean, label=name)
    panel.ends(names)
    panel.describe = f"{label} over the bound of the noise, from {min(every):g} to {max(every):g}"
    return panel
