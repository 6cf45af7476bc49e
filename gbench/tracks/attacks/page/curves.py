"""Accuracy under attack, over eps and over queries."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gbench.report import svg
from gbench.report.kit.lines import Series, chart
from gbench.report.kit.view import Figure, Figures
from gbench.report.marks import swatch
from gbench.tracks.attacks.page.attacked import Attacked, budget

ASKING = ("score", "decision", "transfer")
SHADES = {
    "white box": 0, "oblivious": 4, "transfer": 2, "decision": 1, "score": 3, "exhaustive": 5
}  # fmt: skip
ACCURACY = svg.Scale(0, 1, "accuracy (higher is better ↑)")


def curves(one: Attacked) -> Figures:
    """A figure a norm, and one over queries; the legend of what attackers know."""
    known = {attack["knowledge"] for attack in one.card["attacks"]}
    legend = [(swatch(index), name) for name, index in SHADES.items() if name in known]
    over_eps = (_over_eps(one, norm) for norm in one.card["worst_case"] if one.attacks(norm))
    return Figures([*over_eps, *_over_queries(one)], legend=legend)


def _series(attack: Mapping[str, Any], points: Sequence[tuple[float, float]]) -> Series:
    kind = SHADES.get(attack["knowledge"], 5)
    name = attack["name"].replace("_", " ")
    return Series(name, points, svg.colour(kind), dash=svg.DASHES[kind], width=1.3)


def _over_eps(one: Attacked, norm: str) -> Figure:
    """Every attack thin, and the worst case bold with its interval."""
    worst, name, left = one.card["worst_case"][norm], budget(norm), one.worst(norm)
    eps, clean = one.card["headline"].get(norm), one.clean
    unit = "pixels" if norm == "l0" else "pixel values 0 to 1"
    seen = f"{name}: worst case over all attacks"
    if left:
        seen = f"{name}: {100 * left.value:.0f} % left at eps {eps:g} in the worst case"
    lines = []
    for attack in one.attacks(norm):
        points = [*zip(attack["eps"], attack["robust_accuracy"], strict=True)]
        if attack["n"] == one.card["n"]:  # else its images have another clean accuracy
            points.insert(0, (0.0, clean.value))
        lines.append(_series(attack, points))
    points = [(0.0, clean.value), *zip(worst["eps"], worst["robust_accuracy"], strict=True)]
    ends = zip((0.0, *worst["eps"]), (clean.wilson, *worst["wilson"]), strict=True)
    band = [(x, low, high) for x, (low, high) in ends]
    lines.append(Series("worst case", points, "var(--ink)", band=band, width=2.6, strong=True))
    x = svg.Scale(0, max(worst["eps"]), f"eps, {name} in {unit}")
    rules = [(eps, None, f"headline {eps:g}")] if eps is not None else []
    return Figure(seen, chart(lines, x, ACCURACY, seen, rules=rules), model=one.name)


def _over_queries(one: Attacked) -> Iterator[Figure]:
    """Accuracy at the headline eps over the queries that an attack made about an image.

    Of the attacks that have nothing but answers, where there are such: the others pay in gradients.
    """
    attacks = [attack for attack in one.card["attacks"] if attack.get("against_queries")]
    attacks = [attack for attack in attacks if attack["knowledge"] in ASKING] or attacks
    attacks = [attack for attack in attacks if max(attack["against_queries"]["queries"]) > 1]
    if not attacks:
        return
    most = float(max(max(attack["against_queries"]["queries"]) for attack in attacks))
    lines, least = [], []
    for attack in attacks:
        curve = attack["against_queries"]
        pairs = zip(curve["queries"], curve["robust_accuracy"], strict=True)
        points = [(float(max(1, asked)), float(left)) for asked, left in pairs]
        left = points[-1][1]
        lines.append(_series(attack, [*points, (most, left)]))  # it has ended: what is left stays
        if attack["knowledge"] == "decision":
            least.append((left, attack["title"], curve["queries"][-1]))
    title = "Accuracy at the headline eps against queries"
    if least:
        left, name, asked = min(least)
        title += f": {name} leaves {100 * left:.0f} % after {asked:,.0f}"
    x = svg.Scale(1, most, "queries per image (lower is better for the attacker)", log=True)
    yield Figure(title, chart(lines, x, ACCURACY, title), model=one.name)
