"""The figures: trade-offs, training losses, robustness, maps of points, sheets of images."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from gbench.report import pixels, svg
from gbench.report.findings import norm_name
from gbench.report.numbers import listed, short
from gbench.report.records import Attacked, Data, Model, Run, by_seed
from gbench.report.statistics import Estimate, estimate, pareto
from gbench.report.tables import Column, Row, Table, train_seconds

SHOWN = 40  # samples of each model
LOGGED = 200  # points of a loss curve


@dataclass(frozen=True)
class Figure:
    """
    Attributes:
        title: says what is seen.
        note: what else must be known to read it.
    """

    title: str
    drawing: Markup
    note: str = ""


def _better(column: Column) -> str:
    arrow = column.arrow
    return f"{column.metric.title} ({column.direction} {arrow[0]})"


def trade_offs(table: Table) -> list[Figure]:
    """Fidelity against diversity, quality against seconds, quality against overfitting."""
    quality = table.first("fidelity", "modes")
    if quality is None:
        return []
    second = table.first("diversity")
    if second is None:  # points: the next metric of the modes
        second = next((c for c in table.columns if c.metric.axis == "modes" and c != quality), None)
    figures = []
    if second is not None:
        figures.append(
            _against(table, quality, second, f"{_short(quality)} against {_short(second)}")
        )
    figures.append(_seconds(table, quality))
    overfitting = table.first("overfitting")
    if overfitting is not None:
        title = f"{_short(quality)} against {_short(overfitting)}"
        figures.append(_against(table, quality, overfitting, title))
    return [figure for figure in figures if figure is not None]


def _short(column: Column) -> str:
    return column.metric.title.split(" (")[0]


Points = dict[str, tuple[Row, Estimate, Estimate]]


def _against(table: Table, x: Column, y: Column, title: str) -> Figure | None:
    points: Points = {}
    for row in table.models:
        a, b = table.cell(row, x).value, table.cell(row, y).value
        if a and b:
            points[row.name] = (row, a, b)
    floor = (x.floor, y.floor) if x.floor is not None and y.floor is not None else None
    losses = {
        name: (x.metric.loss(a.mean), y.metric.loss(b.mean)) for name, (_, a, b) in points.items()
    }
    return _crosses(points, losses, _better(x), _better(y), title, floor)


def _seconds(table: Table, y: Column) -> Figure | None:
    points: Points = {}
    for row in table.models:
        model = next(model for model in table.data.models if model.name == row.name)
        a, b = estimate([*train_seconds(model).values()]), table.cell(row, y).value
        if a and b:
            points[row.name] = (row, a, b)
    losses = {name: (a.mean, y.metric.loss(b.mean)) for name, (_, a, b) in points.items()}
    label = "training time in seconds (lower is better ↓)"
    floor = (None, y.floor) if y.floor is not None else None
    return _crosses(points, losses, label, _better(y), f"{_short(y)} against training time", floor)


def _ends(value: Estimate) -> tuple[float, float, float]:
    return value.low, value.mean, value.high


def _axis(values: list[Estimate], label: str, also: float | None) -> svg.Scale:
    """Covers the intervals; logarithmic where the means span a factor of 25, all above 0."""
    means = [v.mean for v in values] + ([also] if also is not None else [])
    if min(means) > 0 and max(means) > 25 * min(means):
        ends = [max(v.low, min(means) / 3) for v in values] + [v.high for v in values] + means
        return svg.fit(ends, label, log=True)
    return svg.fit([e for v in values for e in _ends(v)] + means, label, log=False)


def _crosses(
    points: Points,
    losses: Mapping[str, tuple[float, float]],
    x_label: str,
    y_label: str,
    title: str,
    floor: tuple[float | None, float | None] | None,
) -> Figure | None:
    if not points:
        return None
    x = _axis([a for _, a, _ in points.values()], x_label, floor[0] if floor else None)
    y = _axis([b for _, _, b in points.values()], y_label, floor[1] if floor else None)
    front = pareto(losses)
    names = [points[name][0].title for name in front]
    seen = f"{listed(names)} {'is' if len(names) == 1 else 'are'} on the front of the means"
    panel = svg.Panel(x, y, f"{title}: {seen}")
    if floor and floor[0] is not None and floor[1] is not None:
        panel.rule(x=floor[0], label="real data")
        panel.rule(y=floor[1], label="")
    elif floor and floor[1] is not None:
        panel.rule(y=floor[1], label="real data")
    panel.line(
        [(points[name][1].mean, points[name][2].mean) for name in front],
        "var(--soft)", width=1.2, dash="3 3",
    )  # fmt: skip
    for row, a, b in points.values():
        across, up = (label.split(" (")[0] for label in (x_label, y_label))
        tip = f"{row.title}: {across} {_plain(a)}, {up} {_plain(b)}"
        panel.cross(_ends(a), _ends(b), row.index or 0, tip)
    panel.name([(a.mean, b.mean, row.title) for row, a, b in points.values()])
    return Figure(f"{title}: {seen}", panel.render())


def _plain(value: Estimate) -> str:
    if value.half is None:
        return short(value.mean)
    return f"{short(value.mean)} [{short(value.low)}, {short(value.high)}]"


def thinned(run: Run, most: int = LOGGED) -> dict[str, NDArray[np.float64]]:
    """The losses at no more than `most` rounds, the first and the last among them."""
    if not run.losses:
        return {}
    n = len(run.losses["round"])
    kept = np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(int))
    return {name: values[kept] for name, values in run.losses.items()}


def losses(model: Model, index: int) -> Figure | None:
    """Each player's loss over rounds: a thin line a seed, and the median over seeds."""
    runs = [thinned(run) for run in model.runs if run.losses]
    if not runs:
        return None
    players = [name for name in runs[0] if name != "round"]
    values = np.concatenate([run[player] for run in runs for player in players if player in run])
    finite = values[np.isfinite(values)]
    if not len(finite):
        return None
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


SHADES = {"white box": 0, "oblivious": 4, "transfer": 2, "decision": 1}


def robustness(attacked: Attacked) -> list[tuple[str, Figure]]:
    """One figure a norm: accuracy over eps, every attack thin and the worst case bold."""
    card, figures = attacked.card, []
    for norm, worst in card["worst_case"].items():
        attacks = [attack for attack in card["attacks"] if attack["norm"] == norm]
        if not attacks:
            continue
        longest = max(len(attack["name"]) for attack in attacks)
        right = min(150.0, 18 + svg.FONT * max(longest, 10))
        x = svg.Scale(0, max(worst["eps"]), f"eps, {norm_name(norm)} in pixel values 0 to 1")
        y = svg.Scale(0, 1, "accuracy (higher is better ↑)")
        clean, around = attacked.clean
        panel = svg.Panel(x, y, "", right=right)
        ends = []
        bounds = [(0.0, around[0], around[1])]
        bounds += [(e, *w) for e, w in zip(worst["eps"], worst["wilson"], strict=True)]
        panel.band(bounds, "var(--ink)")
        for attack in attacks:
            kind = SHADES.get(attack["knowledge"], 5)
            points = [*zip(attack["eps"], attack["robust_accuracy"], strict=True)]
            if attack["n"] == card["n"]:  # else its images have another clean accuracy
                points.insert(0, (0.0, clean))
            paint = svg.colour(kind)
            panel.line(points, paint, width=1.3, dash=svg.DASHES[kind])
            ends.append((*points[-1], attack["name"].replace("_", " "), paint, ""))
        points = [(0.0, clean), *zip(worst["eps"], worst["robust_accuracy"], strict=True)]
        panel.line(points, "var(--ink)", width=2.6)
        ends.append((*points[-1], "worst case", "var(--ink)", "strong"))
        eps = card["headline"].get(norm)
        if eps is not None:
            panel.rule(x=eps, label=f"headline {eps:g}")
        panel.ends(ends)
        seen = f"{norm_name(norm)}: {_fall(worst, eps)}"
        panel.describe = seen
        figures.append((norm, Figure(seen, panel.render())))
    return figures


def queries(attacked: Attacked) -> Figure | None:
    """Accuracy at the headline eps over the questions that an attack asked about an image."""
    attacks = [attack for attack in attacked.card["attacks"] if attack.get("against_queries")]
    attacks = [attack for attack in attacks if max(attack["against_queries"]["queries"]) > 1]
    if not attacks:
        return None
    most = max(max(attack["against_queries"]["queries"]) for attack in attacks)
    right = min(150.0, 18 + svg.FONT * max(len(attack["name"]) for attack in attacks))
    x = svg.Scale(1, float(most), "questions an image (lower is better for the attacker)", log=True)
    panel = svg.Panel(x, svg.Scale(0, 1, "accuracy left"), "", right=right)
    ends, least = [], []
    for attack in attacks:
        kind = SHADES.get(attack["knowledge"], 5)
        curve = attack["against_queries"]
        pairs = zip(curve["queries"], curve["robust_accuracy"], strict=True)
        points = [(float(max(1, asked)), float(left)) for asked, left in pairs]
        points.append((float(most), points[-1][1]))  # the attack has ended: what is left stays
        panel.line(points, svg.colour(kind), width=1.3, dash=svg.DASHES[kind])
        ends.append((*points[-1], attack["name"].replace("_", " "), svg.colour(kind), ""))
        if attack["knowledge"] == "decision":
            least.append((points[-1][1], attack["title"], curve["queries"][-1]))
    panel.ends(ends)
    title = "Accuracy at the headline eps against questions asked"
    if least:
        left, name, asked = min(least)
        title += f": {name} leaves {100 * left:.0f} % after {asked:,.0f}"
    panel.describe = title
    return Figure(title, panel.render())


def _fall(worst: Mapping[str, Any], eps: float | None) -> str:
    if eps in worst["eps"]:
        value = worst["robust_accuracy"][worst["eps"].index(eps)]
        return f"{100 * value:.0f} % left at eps {eps:g} in the worst case"
    return "worst case over all attacks"


def points_map(points: NDArray[np.float32], data: Data, index: int | None, title: str) -> Figure:
    """A map of the first points of a model, with the modes as rings of three sigma."""
    assert data.centres is not None
    reach = float(np.abs(data.centres).max()) * 1.35
    scale = svg.Scale(-reach, reach)
    shown = points
    inside = np.abs(shown).max(axis=1) <= reach
    panel = svg.Panel(
        scale, scale, f"{title}: {len(shown)} points over {len(data.centres)} modes",
        width=240, height=240, square=True,
    )  # fmt: skip
    radius = max(5.0, 3 * data.sigma / (2 * reach) * 232)
    panel.rings([(float(a), float(b)) for a, b in data.centres], radius)
    paint = svg.colour(index) if index is not None else "var(--soft)"
    panel.dots([(float(a), float(b)) for a, b in shown[inside]], paint, 1.8)
    outside = int(len(shown) - inside.sum())
    return Figure(title, panel.render(), f"{outside} outside the frame" if outside else "")


@dataclass(frozen=True)
class Sheet:
    """Images side by side: one PNG, with its size in image pixels."""

    uri: str
    width: int
    height: int

    @classmethod
    def of(cls, image: pixels.Pixels) -> "Sheet":
        return cls(pixels.uri(image), image.shape[1], image.shape[0])


@dataclass(frozen=True)
class Samples:
    """The pictures of one model.

    Attributes:
        samples: the first ones, unselected.
        pairs: the very first ones again, one sheet, above their nearest training images.
        distances: of those pairs, as text.
    """

    title: str
    index: int | None
    note: str
    samples: Sheet | None
    pairs: Sheet | None
    distances: list[str]


def sheets(data: Data) -> list[Samples]:
    """Real data first, then every model, the same number of each."""
    found = []
    if data.real is not None:
        sheet = Sheet.of(pixels.sheet(data.real[:SHOWN], 10))
        found.append(Samples("Real data (test)", None, "", sheet, None, []))
    for index, model in enumerate(data.models):
        if model.samples is None:
            why = f"no samples: {model.absence}"
            found.append(Samples(model.title, index, why, None, None, []))
            continue
        sheet = Sheet.of(pixels.sheet(model.samples[:SHOWN], 10))
        run = next(run for run in model.runs if run.seed == model.samples_seed)
        near = run.evaluation.get("neighbours")
        chosen = near["train_index"][:10] if near else []
        trained_on = data.trained_on(chosen)
        pairs, distances = None, []
        if near and trained_on is not None:
            both = np.concatenate([model.samples[: len(chosen)], trained_on])
            pairs = Sheet.of(pixels.sheet(both, len(chosen)))
            distances = [f"{distance:.2f}" for distance in near["distance"][:10]]
        found.append(Samples(model.title, index, "", sheet, pairs, distances))
    return found


@dataclass(frozen=True)
class Example:
    """One attacked image: pictures with captions, and a sentence."""

    pictures: list[tuple[Sheet, str]]
    caption: str


def examples(attacked: Attacked) -> list[Example]:
    """Original, perturbation, adversarial image, and what a defence made of it."""
    images = attacked.images
    if "original" not in images or "adversarial" not in images:
        return []
    found = []
    for index, example in enumerate(attacked.card["examples"]):
        original, adversarial = images["original"][index], images["adversarial"][index]
        change, factor = pixels.difference(adversarial - original)
        seen = example["adversarial_prediction"]
        pictures = [
            (_tile(original), f"original: {example['clean_prediction']}"),
            (Sheet.of(change), f"change ×{factor:g}"),
        ]
        if "defended" in images:
            bare = example.get("undefended_prediction")
            without = "" if bare is None else f": {bare} undefended"
            pictures.append((_tile(adversarial), f"adversarial{without}"))
            pictures.append((_tile(images["defended"][index]), f"as defended: {seen}"))
        else:
            pictures.append((_tile(adversarial), f"adversarial: {seen}"))
        caption = (
            f"{example['title']}, {norm_name(example['norm'])} distance "
            f"{short(example['distance'])}; true class {example['label']}"
        )
        found.append(Example(pictures, caption))
    return found


def _tile(image: NDArray[np.floating]) -> Sheet:
    return Sheet.of(pixels.rgba(image[None])[0])


PHASES = ("import", "data", "train", "sample", "evaluate")


def seconds_by_phase(run: Run) -> list[float]:
    """Import, data, train, sample, evaluate; 0 where unknown."""
    spent = run.card.get("seconds", {})
    return [float(spent.get(p, 0)) for p in PHASES[:-1]] + [float(run.evaluation.get("seconds", 0))]


def phases(data: Data) -> Markup | None:
    """Mean seconds a run by phase, a bar a model."""
    rows = []
    for model in data.models:
        spent = [
            seconds_by_phase(run) for run in model.runs if run.card and run.status != "skipped"
        ]
        if spent:
            mean = [float(value) for value in np.mean(spent, axis=0)]
            rows.append((model.title, mean, f"{short(sum(mean))} s"))
    if not rows:
        return None
    describe = f"Mean seconds a run on {data.name}: " + ", ".join(f"{a} {c}" for a, _, c in rows)
    return svg.bars(rows, PHASES, "s", describe)
