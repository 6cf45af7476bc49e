"""Losses and quality over rounds."""

import numpy as np
from numpy.typing import NDArray

from gbench.protocol.evidence import Metric
from gbench.report import svg
from gbench.report.figures.figure import Figure
from gbench.report.numbers import listed
from gbench.report.records import Model, Run, by_seed

LOGGED = 600  # points of a player's loss in one figure, all seeds together


def thinned(run: Run, most: int) -> dict[str, NDArray[np.float64]]:
    """The losses at no more than `most` rounds, the first and the last among them."""
    if not run.losses:
        return {}
    n = len(run.losses["round"])
    kept = np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(int))
    return {name: values[kept] for name, values in run.losses.items()}


def losses(model: Model, index: int) -> Figure | None:
    """Each player's loss over rounds: a thin line a seed, and the median over seeds."""
    logged = [run for run in model.runs if run.losses]
    if not logged:
        return None
    runs = [thinned(run, LOGGED // len(logged)) for run in logged]
    players = [
        name
        for name in runs[0]
        if name != "round" and any(np.isfinite(run[name]).any() for run in runs if name in run)
    ]
    if not players:
        return None
    values = np.concatenate([run[player] for run in runs for player in players if player in run])
    finite = values[np.isfinite(values)]
    low, high = np.percentile(finite, [0.5, 99.5])
    last = max(float(run["round"][-1]) for run in runs)
    y = svg.fit([float(low), float(high)], "loss", log=False)
    scale = svg.Scale(0, last, "round")
    right = 14 + svg.FONT * max(len(player) for player in players)
    describe = f"{model.title}: losses of {listed(players)} over {last:.0f} rounds"
    panel = svg.Panel(scale, y, describe, right=right, width=300, height=212)
    ends = []
    for number, player in enumerate(players):
        paint = svg.colour(index) if number == 0 else "var(--ink)"
        dash = svg.DASHES[number % len(svg.DASHES)]
        for run in runs:
            if player in run:
                pairs = zip(run["round"], run[player], strict=True)
                panel.line([(float(a), float(b)) for a, b in pairs], paint, width=0.8, opacity=0.35)
        rounds, middle = _median(runs, player)
        pairs = zip(rounds, middle, strict=True)
        points = [(float(a), float(b)) for a, b in pairs]
        panel.line(points, paint, width=2.0, dash=dash)
        ends.append((*points[-1], player, paint, ""))
    panel.ends(ends)
    stopped = by_seed({run.seed: run.reason for run in model.with_status("diverged")})
    return Figure(model.title, panel.render(), stopped)


def quality(
    model: Model, index: int, name: str, metric: Metric, floor: float | None
) -> Figure | None:
    """A metric over rounds: a thin line a seed, and the median over seeds."""
    runs = [run.along for run in model.runs if run.along.get(name)]
    curves = [
        [(float(r), v) for r, v in zip(run["round"], run[name], strict=True) if v is not None and r]
        for run in runs
    ]
    values = [value for curve in curves for _, value in curve]
    if not values:
        return None
    known = [*values, *([floor] if floor is not None else [])]
    log = min(known) > 0 and max(known) > 8 * min(known)
    y = svg.fit(known, metric.title, log=log)
    scale = svg.Scale(0, max(r for curve in curves for r, _ in curve), "round")
    describe = f"{model.title}: {metric.title} along training"
    panel = svg.Panel(scale, y, describe, width=300, height=170)
    for curve in curves:
        panel.line(curve, svg.colour(index), width=0.8, opacity=0.35)
    by_round: dict[float, list[float]] = {}
    for curve in curves:
        for round_, value in curve:
            by_round.setdefault(round_, []).append(value)
    middle = [(round_, float(np.median(found))) for round_, found in sorted(by_round.items())]
    panel.line(middle, svg.colour(index), width=2.0)
    if floor is not None:
        panel.rule(y=floor, label="real data")
    return Figure(describe, panel.render())


def _median(
    runs: list[dict[str, NDArray[np.float64]]], player: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The median over runs at the rounds of the longest, smoothed over a twentieth of them."""
    longest = max(runs, key=lambda run: run["round"][-1])["round"]
    rows = [
        np.interp(longest, run["round"], run[player], right=np.nan) for run in runs if player in run
    ]
    stacked = np.array(rows)
    there = ~np.isnan(stacked).all(axis=0)
    middle = np.nanmedian(stacked[:, there], axis=0)
    half = len(middle) // 40
    smooth = [np.mean(middle[max(0, k - half) : k + half + 1]) for k in range(len(middle))]
    return longest[there], np.array(smooth)
