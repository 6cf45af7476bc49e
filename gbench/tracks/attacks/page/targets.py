"""Each target by itself: cautions, curves, every attack, and attacked images."""

from collections.abc import Iterator, Mapping
from typing import Any

from gbench.report import pixels
from gbench.report.kit import pictures
from gbench.report.kit.section import Part
from gbench.report.kit.view import Block, Cell, Fold, Head, Prose, Row, Sheet, Sheets, View
from gbench.report.numbers import fixed, short
from gbench.tracks.attacks.page.attacked import Attacked, budget, of
from gbench.tracks.attacks.page.curves import curves
from gbench.tracks.attacks.page.tables import row, table

HEADS = (
    Head("Knowledge", "What the attacker makes use of.", kind="text"),
    Head("Norm, eps", "The headline budget: in pixel values from 0 to 1; L0 counts pixels."),
    Head("Robust accuracy", "Share of the images that it leaves, with Wilson's 95 % interval.",
         "higher"),
    Head("Median change", "The distance within which it broke half of the images."),
    Head("Queries", "Forward passes about an image, the median; those that teach a substitute or "
         "a generator come on top."),
    Head("Gradient", "The path by which it differentiated the target.", kind="text"),
    Head("Images", "On which it was run."),
    Head("Images broken", "Within the budget, of those that are right without attack.",
         kind="text"),
    Head("By it alone", "Of these, the images that no other attack broke."),
    Head("Rejected results", "Images that it handed in and that are not what it promised.",
         kind="text"),
    Head("Seconds", "It took."),
)  # fmt: skip
SUMMARY = "Every attack at the headline eps: knowledge, settings, queries, who broke what"
EXAMPLES = (
    "Examples, with the class that is seen in each. The change is enlarged by the factor given; in "
    "grey images white is no change, blue darker, red brighter."
)


def blocks(part: Part) -> Iterator[View]:
    """A block a target."""
    for one in of(part):
        anchor = f"attacks-{part.key}-{one.name}"
        if one.ok:
            lede = f"Accuracy without attack {one.clean}, {one.card['n']} images."
            yield Block(anchor, one.title, [*_views(one, anchor)], lede)
        else:
            yield Block(anchor, one.title, [Prose(one.card["note"], "gap")])


def _views(one: Attacked, anchor: str) -> Iterator[View]:
    yield from (Prose(flag["text"], "flag", "Caution.") for flag in one.card["flags"])
    yield curves(one)
    rows = [row for norm in one.card["worst_case"] for row in _norm(one, norm)]
    yield Fold(SUMMARY, [table(anchor, f"Attacks on {one.title}", HEADS, rows, first="Attack")])
    if "original" in one.images and "adversarial" in one.images:
        found = [_example(one, k) for k in range(len(one.card["examples"]))]
        yield Sheets(found, "strip", EXAMPLES)


def _norm(one: Attacked, norm: str) -> Iterator[Row]:
    """A row an attack of the norm, closed by its worst case."""
    worst = one.card["worst_case"][norm]
    for attack in one.attacks(norm):
        numbers = ", ".join(f"{name} {value}" for name, value in attack["parameters"].items())
        tip = "; ".join(filter(None, (numbers, attack["library"], attack["source"])))
        yield row(attack["title"], *_shared(one, norm, attack), *_own(attack, worst), tip=tip)
    shared = _shared(one, norm, {"knowledge": "all", **worst})
    yield row("Worst case per image", *shared, "", worst["n"], "", "", "", "", kind="worst")


def _shared(one: Attacked, norm: str, result: Mapping[str, Any]) -> list[Any]:
    """What an attack and the worst case both have: from knowledge to queries."""
    median, queries = "", ""
    if "median_distance" in result:
        far = result["median_distance"]
        median = "over half held" if far is None else short(far)
    if asked := result.get("queries"):
        more = asked.get("shared")
        queries = short(asked["median"]) + (f" + {fixed(more, 0)} on other images" if more else "")
    place = budget(norm, one.card["headline"].get(norm))
    left = one.left(norm, result) or Cell(gap="not at this eps")
    return [result["knowledge"], Cell(place), left, Cell(median), Cell(queries)]


def _own(attack: Mapping[str, Any], worst: Mapping[str, Any]) -> list[Any]:
    """The rest of an attack's row: from its gradient to its seconds."""
    broke = worst["broken_by"].get(attack["name"], 0)
    most = max(worst["broken_by"].values(), default=0)
    faults = (f"{n} {fault.replace('_', ' ')}" for fault, n in attack["invalid"].items() if n)
    tally = Cell(str(broke), share=broke / most, kind="text") if most else ""
    alone = worst["only_by"].get(attack["name"], 0)
    rejected = ", ".join(faults) or "none"
    return [attack["gradient"], attack["n"], tally, alone, rejected, Cell(short(attack["seconds"]))]


def _example(one: Attacked, k: int) -> Sheet:
    """Original, change, adversarial image, and what a defence made of it."""
    example = one.card["examples"][k]
    original, adversarial = one.images["original"][k], one.images["adversarial"][k]
    change, factor = pixels.difference(adversarial - original)
    seen, bare = example["adversarial_prediction"], example.get("undefended_prediction")
    shown = {f"original: {example['clean_prediction']}": original}
    if "defended" in one.images:
        shown["adversarial" + ("" if bare is None else f": {bare} undefended")] = adversarial
        shown[f"as defended: {seen}"] = one.images["defended"][k]
    else:
        shown[f"adversarial: {seen}"] = adversarial
    found = [pictures.tile(image, said, caption=said) for said, image in shown.items()]
    enlarged = f"change ×{factor:g}"
    found.insert(1, pictures.picture(change, enlarged, enlarged))
    place = f"{budget(example['norm'])} distance {short(example['distance'])}"
    return Sheet(f"{example['title']}, {place}; true class {example['label']}", found)
