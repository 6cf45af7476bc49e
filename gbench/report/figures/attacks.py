"""Accuracy under attack, over eps and over questions asked."""

from collections.abc import Mapping
from typing import Any

from gbench.report import svg
from gbench.report.figures.figure import Figure
from gbench.report.findings import norm_name
from gbench.report.records import Attacked

ASKING = ("score", "decision", "transfer")
SHADES = {
    "white box": 0,
    "oblivious": 4,
    "transfer": 2,
    "decision": 1,
    "score": 3,
    "exhaustive": 5,
}


def robustness(attacked: Attacked) -> list[tuple[str, Figure]]:
    """One figure a norm: accuracy over eps, every attack thin and the worst case bold."""
    card, figures = attacked.card, []
    for norm, worst in card["worst_case"].items():
        attacks = [attack for attack in card["attacks"] if attack["norm"] == norm]
        if not attacks:
            continue
        longest = max(len(attack["name"]) for attack in attacks)
        right = min(150.0, 18 + svg.FONT * max(longest, 10))
        unit = "pixels" if norm == "l0" else "pixel values 0 to 1"
        x = svg.Scale(0, max(worst["eps"]), f"eps, {norm_name(norm)} in {unit}")
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
    """Accuracy at the headline eps over the questions that an attack asked about an image.

    Of the attacks that have nothing but answers, where there are such: the others pay in gradients.
    """
    attacks = [attack for attack in attacked.card["attacks"] if attack.get("against_queries")]
    asking = [attack for attack in attacks if attack["knowledge"] in ASKING]
    attacks = asking or attacks
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
