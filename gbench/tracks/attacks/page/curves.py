"""Accuracy under attack, over eps and over queries."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gbench.report import svg
from gbench.report.kit.lines import Series, chart
from gbench.report.kit.view import Figure, Figures
from gbench.report.marks import swatch
from gbench.tracks.attacks.page.attacked import Attacked, Share, norm_name

ASKING = ("score", "decision", "transfer")
SHADES = {
    "white box": 0,
    "oblivious": 4,
    "transfer": 2,
    "decision": 1,
    "score": 3,
    "exhaustive": 5,
}
ACCURACY = svg.Scale(0, 1, "accuracy (higher is better ↑)")


def curves(one: Attacked) -> Figures:
    """A figure a norm, and one over queries; the legend of what attackers know."""
    figures = [*_over_eps(one), *_over_queries(one)]
    known = {attack["knowledge"] for attack in one.card["attacks"]}
    legend = [(swatch(index), name) for name, index in SHADES.items() if name in known]
    return Figures(figures, legend=legend)


def _series(attack: Mapping[str, Any], points: Sequence[tuple[float, float]]) -> Series:
    kind = SHADES.get(attack["knowledge"], 5)
    name = attack["name"].replace("_", " ")
    return Series(name, points, svg.colour(kind), dash=svg.DASHES[kind], width=1.3)


def _over_eps(one: Attacked) -> Iterator[Figure]:
    """Every attack thin, and the worst case bold with its interval."""
    for norm, worst in one.card["worst_case"].items():
        if not (attacks := one.attacks(norm)):
            continue
        eps, clean = one.card["headline"].get(norm), one.clean
        unit = "pixels" if norm == "l0" else "pixel values 0 to 1"
        seen = f"{norm_name(norm)}: worst case over all attacks"
        if left := one.left(norm, worst):
            kept = f"{100 * left.value:.0f} % left at eps {eps:g} in the worst case"
            seen = f"{norm_name(norm)}: {kept}"
        drawing = chart(
            [*(_over(one, attack) for attack in attacks), _worst(worst, clean)],
            svg.Scale(0, max(worst["eps"]), f"eps, {norm_name(norm)} in {unit}"),
            ACCURACY,
            seen,
            rules=[(eps, None, f"headline {eps:g}")] if eps is not None else [],
        )
        yield Figure(seen, drawing, model=one.name)


def _over(one: Attacked, attack: Mapping[str, Any]) -> Series:
    points = [*zip(attack["eps"], attack["robust_accuracy"], strict=True)]
    if attack["n"] == one.card["n"]:  # else its images have another clean accuracy
        points.insert(0, (0.0, one.clean.value))
    return _series(attack, points)


def _worst(worst: Mapping[str, Any], clean: Share) -> Series:
    return Series(
        "worst case",
        [(0.0, clean.value), *zip(worst["eps"], worst["robust_accuracy"], strict=True)],
        "var(--ink)",
        band=[
            (0.0, clean.low, clean.high),
            *((eps, *ends) for eps, ends in zip(worst["eps"], worst["wilson"], strict=True)),
        ],
        width=2.6,
        strong=True,
    )


def _over_queries(one: Attacked) -> Iterator[Figure]:
    """Accuracy at the headline eps over the queries that an attack made about an image.

    Of the attacks that have nothing but answers, where there are such: the others pay in gradients.
    """
    attacks = [attack for attack in one.card["attacks"] if attack.get("against_queries")]
    attacks = [attack for attack in attacks if attack["knowledge"] in ASKING] or attacks
    attacks = [attack for attack in attacks if max(attack["against_queries"]["queries"]) > 1]
    if not attacks:
        return
    most = max(max(attack["against_queries"]["queries"]) for attack in attacks)
    title = "Accuracy at the headline eps against queries"
    least = [_end(attack) for attack in attacks if attack["knowledge"] == "decision"]
    if least:
        left, name, asked = min(least)
        title += f": {name} leaves {100 * left:.0f} % after {asked:,.0f}"
    label = "queries per image (lower is better for the attacker)"
    scale = svg.Scale(1, float(most), label, log=True)
    drawing = chart([_answered(attack, most) for attack in attacks], scale, ACCURACY, title)
    yield Figure(title, drawing, model=one.name)


def _end(attack: Mapping[str, Any]) -> tuple[float, str, float]:
    curve = attack["against_queries"]
    return float(curve["robust_accuracy"][-1]), attack["title"], curve["queries"][-1]


def _answered(attack: Mapping[str, Any], most: float) -> Series:
    curve = attack["against_queries"]
    pairs = zip(curve["queries"], curve["robust_accuracy"], strict=True)
    points = [(float(max(1, asked)), float(left)) for asked, left in pairs]
    points.append((float(most), points[-1][1]))  # the attack has ended: what is left stays
    return _series(attack, points)
