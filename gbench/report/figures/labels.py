"""Test error over the number of labels."""

from dataclasses import dataclass

from gbench.report import svg
from gbench.report.figures.figure import Figure
from gbench.report.labels import TRAININGS, Comparison
from gbench.report.numbers import listed, short
from gbench.stats import Estimate

NAMES = {"semi_supervised": "semi-supervised", "supervised": "labels alone"}
SEEN = {-1: "semi-supervised training lowers the error at", 1: "it raises the error at"}


@dataclass(frozen=True)
class Numbers(svg.Scale):
    """A scale with ticks at given values alone."""

    given: tuple[int, ...] = ()

    def ticks(self, wanted: int = 5) -> list[float]:
        return [*self.given]


def few_labels(found: Comparison, index: int) -> Figure:
    """Both trainings with 95 % t-intervals over draws; the labels alone are the grey rings.

    Args:
        index: of the model's colour and mark.
    """
    points: dict[str, list[tuple[int, Estimate]]] = {
        training: [
            (row.n_labels, e) for row in found.rows if row.n_labels and (e := row.errors[training])
        ]
        for training in TRAININGS
    }
    every = [point for line in points.values() for point in line]
    fit = svg.fit([n for n, _ in every], log=True)
    given = tuple(sorted({n for n, _ in every}))
    x = Numbers(fit.low, fit.high, "labelled training images", log=True, given=given)
    y = svg.Scale(
        0, 1.06 * max(error.high for _, error in every) or 1, "test error in % (lower is better ↓)"
    )
    seen = f"{found.title} on {found.data}: {_seen(found)}"
    panel = svg.Panel(x, y, seen, right=18 + svg.FONT * max(map(len, NAMES.values())), width=420)
    aside = (x.high / x.low) ** 0.006  # half the distance between two intervals at one number
    ends: list[tuple[float, float, str, str, str]] = []
    for training, line in points.items():
        first = training == TRAININGS[0]
        paint = svg.colour(index) if first else "var(--soft)"
        placed = [(n / aside if first else n * aside, error) for n, error in line]
        panel.line([(n, e.mean) for n, e in placed], paint, dash="" if first else "4 3")
        for (n, error), (labels, _) in zip(placed, line, strict=True):
            if first:
                tip = f"{labels} labels, {NAMES[training]}: {short(error.mean)} %"
                panel.cross((n, n, n), (error.low, error.mean, error.high), index, tip)
            else:
                panel.line([(n, error.low), (n, error.high)], paint, width=1.4)
                panel.rings([(n, error.mean)], 4.0)
        ends += [(n, error.mean, NAMES[training], paint, "") for n, error in placed[-1:]]
    panel.ends(ends)
    return Figure(seen, panel.render())


def _seen(found: Comparison) -> str:
    clauses = [
        f"{text} {listed([row.labels for row in rows])} labels"
        for verdict, text in SEEN.items()
        if (rows := found.with_verdict(verdict))
    ]
    return "; ".join(clauses) or "no difference is told"
