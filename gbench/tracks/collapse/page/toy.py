"""The toy game of two players, solved exactly, as figures and numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gbench.report import svg
from gbench.report.kit.view import Figure
from gbench.report.numbers import short
from gbench.tracks.collapse.measure import bilinear

STEP, ROUNDS, DECAY = 0.1, 150, 0.99
LONG, EVERY = 1000, 4  # rounds over which distances are shown, and how many lie between two points
START = np.array([1.0, 0.0])
SIDE = 262.0  # of a figure's frame
BEFORE = (
    "Two players who each descend their own loss need not come to rest. In the smallest such game "
    "one chooses x to lower the product x y, the other y to raise it; the only equilibrium is 0. "
    f"Every step is a linear map, so all of it is exact, here with step size η = {STEP}."
)
AFTER = (
    f"Simultaneous steps grow by √(1 + η²) per round, "
    f"{short(bilinear.spin('simultaneous', STEP)[0] ** ROUNDS)}-fold in the {ROUNDS} of the left "
    "figure. Alternating ones, which this benchmark's training loop takes, keep x² + y² − η x y "
    "for ever. The mean of all rounds then falls like 1/t. An exponential average, as the trick of "
    "averaged weights keeps it, does not: once its start is forgotten it circles as well, "
    f"{short(bilinear.shrinkage('alternating', STEP, DECAY))} times as wide with decay {DECAY}. A "
    "test plays the same game with the training loop and gets the same numbers. After Goodfellow "
    "2016, arXiv:1701.00160, section 8.2; Mescheder et al. 2018, arXiv:1801.04406; Gidel et al. "
    "2019, arXiv:1802.10551."
)


@dataclass(frozen=True)
class Trace:
    """One line of the figures; `points` [T + 1, 2] are those after 0, 1, ... rounds."""

    title: str
    points: bilinear.Floats
    index: int


def traces(rounds: int) -> list[Trace]:
    """The four paths."""
    orders: tuple[bilinear.Order, ...] = ("simultaneous", "alternating")
    found: list[Trace] = []
    for order in orders:
        there = bilinear.iterates(order, STEP, START, rounds)
        mean = bilinear.uniform_average(order, STEP, START, rounds)
        found += [Trace(order, there, len(found)), Trace(f"{order}, mean", mean, len(found) + 1)]
    return found


def rows() -> Iterator[Sequence[Any]]:
    """The players' values at each round, as the data set "bilinear"."""
    for trace in traces(ROUNDS):
        for round_, (x, y) in enumerate(trace.points):
            for player, value in (("x", x), ("y", y)):
                yield "bilinear", trace.title, "toy", None, round_, player, float(value)


def plane() -> Figure:
    """Both players' moves in the plane, with equal axes."""
    found = traces(ROUNDS)
    reach = 1.06 * max(float(np.abs(trace.points).max()) for trace in found)
    panel = _panel(
        found,
        svg.Scale(-reach, reach, "x, which descends x y"),
        svg.Scale(-reach, reach, "y, which ascends it"),
        "The game min over x, max over y of x y: simultaneous steps spiral outwards, alternating "
        "steps keep to an ellipse, the mean of the alternating steps spirals into the equilibrium",
    )
    marks = [(1.0, 0.0, "start"), (0.0, 0.0, "equilibrium")]
    panel.rings([(x, y) for x, y, _ in marks], 4)
    panel.name(marks)
    return Figure("Taking turns keeps the orbit; averaging it finds the middle", panel.render())


def distances() -> Figure:
    """How far from the equilibrium, over rounds."""
    found = traces(LONG)
    slow = bilinear.exponential_average("alternating", STEP, START, LONG, DECAY)
    found.append(Trace(f"alternating, decay {DECAY:g}", slow, len(found)))
    rounds = np.arange(0, LONG + 1, EVERY)
    far = [np.linalg.norm(trace.points[::EVERY], axis=1) for trace in found]
    panel = _panel(
        [
            Trace(t.title, np.stack([rounds, d], 1), t.index)
            for t, d in zip(found, far, strict=True)
        ],
        svg.Scale(0, LONG, "round"),
        svg.fit(np.concatenate(far).tolist(), "distance from the equilibrium", log=True),
        "Distance from the equilibrium over rounds, logarithmic, of the same four and of the "
        "exponential average of alternating steps",
    )
    return Figure("Only the mean of alternating steps comes closer for ever", panel.render())


def _panel(lines: Sequence[Trace], x: svg.Scale, y: svg.Scale, describe: str) -> svg.Panel:
    """Lines in a square frame, with their names at the right edge."""
    right = 16 + svg.FONT * max(len(one.title) for one in lines)
    width, height = 48 + SIDE + right, 10 + SIDE + 40
    panel = svg.Panel(x, y, describe, right=right, width=width, height=height)
    places = [[(float(a), float(b)) for a, b in one.points] for one in lines]
    for one, points in zip(lines, places, strict=True):
        panel.line(points, svg.colour(one.index), width=1.4, dash=svg.DASHES[one.index])
    panel.ends(
        [
            (*p[-1], one.title, svg.colour(one.index), "")
            for one, p in zip(lines, places, strict=True)
        ]
    )
    return panel
