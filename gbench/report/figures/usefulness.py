"""Accuracy of a linear probe over the number of labels."""

import numpy as np

from gbench.report import svg
from gbench.report.figures.figure import Figure
from gbench.report.figures.labels import Numbers
from gbench.report.numbers import listed, short
from gbench.report.usefulness import Features, Useful
from gbench.stats import estimate

MOST = 2  # models in the figure
DASHED = {"pixels": "4 3", "judge": "1.5 4"}


def chosen(useful: Useful) -> list[Features]:
    """The features without labels that have the highest mean at some number of labels, each once;
    of models without a diverged seed."""
    free = [one for one in useful.features if one.ranked and not one.labelled]
    found: dict[str, Features] = {}
    for n in useful.labels:
        there = [one for one in free if one.trained.get(n)]
        if there:
            best = max(there, key=lambda one: float(np.mean([*one.trained[n].values()])))
            found[best.name] = best
    return [*found.values()][:MOST]


def probes(useful: Useful) -> Figure | None:
    """The best models, the networks of these untrained, raw pixels and the judge's features, with
    95 % t-intervals over seeds; None where fewer than two numbers of labels have a value."""
    sizes = {n: useful.card["protocol"]["n_train"] if n == "all" else int(n) for n in useful.labels}
    models = chosen(useful)
    lines = [(one, one.trained, one.title) for one in (*useful.seen, *models)]
    lines += [(one, one.untrained, f"{one.title}, untrained") for one in models]
    points = [
        (one, name, [(sizes[n], e) for n in sizes if (e := estimate([*of.get(n, {}).values()]))])
        for one, of, name in lines
    ]
    every = [point for _, _, line in points for point in line]
    given = tuple(sorted({n for n, _ in every}))
    if len(given) < 2:
        return None
    fit = svg.fit([*given], log=True)
    x = Numbers(fit.low, fit.high, "labels that the probe is told", log=True, given=given)
    low = min(max(0.0, value.low) for _, value in every)
    y = svg.Scale(0.95 * low, 100, "test accuracy in % (higher is better ↑)")
    seen = f"{listed([one.title for one in models])}: best of the features learned without labels"
    seen = seen if models else "Raw pixels and the judge's features"
    right = 18 + svg.FONT * max(len(name) for _, name, _ in points)
    panel = svg.Panel(x, y, seen, right=right, width=360 + right)
    ends: list[tuple[float, float, str, str, str]] = []
    for order, (one, name, line) in enumerate(points):
        aside = (x.high / x.low) ** (0.006 * (order - len(points) / 2))
        placed = [(n * aside, value) for n, value in line]
        paint = "var(--soft)" if one.index is None else svg.colour(one.index)
        trained = one.index is not None and name == one.title
        panel.line(
            [(n, value.mean) for n, value in placed],
            paint,
            dash=DASHED.get(one.name, "" if trained else "2 2.5"),
            width=1.8 if trained else 1.3,
        )
        for n, value in placed:
            low, high = max(0.0, value.low), min(100.0, value.high)
            if one.index is not None and trained:
                tip = f"{name}: {short(value.mean)} %"
                panel.cross((n, n, n), (low, value.mean, high), one.index, tip)
            else:
                panel.line([(n, low), (n, high)], paint, width=1.2)
                panel.rings([(n, value.mean)], 3.0)
        ends += [(n, value.mean, name, paint, "") for n, value in placed[-1:]]
    panel.ends(ends)
    return Figure(seen, panel.render())
