"""Each target by itself: cautions, curves, every attack, and attacked images."""

from collections.abc import Iterator, Mapping
from typing import Any

from gbench.report import pixels
from gbench.report.kit import pictures
from gbench.report.kit.cells import plain
from gbench.report.kit.section import Part
from gbench.report.kit.view import (
    Block,
    Cell,
    Fold,
    Grid,
    Group,
    Head,
    Picture,
    Prose,
    Row,
    Sheet,
    Sheets,
    View,
)
from gbench.report.numbers import fixed, short
from gbench.tracks.attacks.page.attacked import Attacked, budget, norm_name, of
from gbench.tracks.attacks.page.curves import curves

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
        if not one.ok:
            yield Block(anchor, one.title, [Prose(one.note, "gap")])
            continue
        lede = f"Accuracy without attack {one.clean}, {one.card['n']} images."
        yield Block(anchor, one.title, [*_views(one, anchor)], lede)


def _views(one: Attacked, anchor: str) -> Iterator[View]:
    for flag in one.card["flags"]:
        yield Prose(flag["text"], "flag", "Caution.")
    yield curves(one)
    rows = [row for norm in one.card["worst_case"] for row in _norm(one, norm)]
    title = f"Attacks on {one.title}"
    yield Fold(SUMMARY, [Grid(f"{anchor}-table", title, HEADS, [Group("", rows)], "Attack")])
    if "original" in one.images and "adversarial" in one.images:
        found = [_example(one, k) for k in range(len(one.card["examples"]))]
        yield Sheets(found, "strip", EXAMPLES)


def _norm(one: Attacked, norm: str) -> Iterator[Row]:
    """A row an attack of the norm, closed by its worst case."""
    worst = one.card["worst_case"][norm]
    for attack in one.attacks(norm):
        cells = [*_shared(one, norm, attack), *_own(attack, worst)]
        yield Row(attack["title"], cells, tip=_settings(attack))
    cells = _shared(one, norm, {"knowledge": "all", **worst})
    cells += [plain(""), Cell(str(worst["n"])), plain(""), Cell(), plain(""), Cell()]
    yield Row("Worst case per image", cells, kind="worst")


def _shared(one: Attacked, norm: str, result: Mapping[str, Any]) -> list[Cell]:
    """What an attack and the worst case both have: from knowledge to queries."""
    left = one.left(norm, result)
    median, queries = "", ""
    if "median_distance" in result:
        far = result["median_distance"]
        median = "over half held" if far is None else short(far)
    if asked := result.get("queries"):
        queries = short(asked["median"])
        if asked.get("shared"):
            queries += f" + {fixed(asked['shared'], 0)} on other images"
    return [
        plain(result["knowledge"]),
        Cell(budget(norm, one.card["headline"].get(norm))),
        left.cell() if left else Cell(gap="not at this eps"),
        Cell(median),
        Cell(queries),
    ]


def _own(attack: Mapping[str, Any], worst: Mapping[str, Any]) -> list[Cell]:
    """The rest of an attack's row: from its gradient to its seconds."""
    broke = worst["broken_by"].get(attack["name"], 0)
    most = max(worst["broken_by"].values(), default=0)
    faults = (f"{n} {fault.replace('_', ' ')}" for fault, n in attack["invalid"].items() if n)
    return [
        plain(attack["gradient"]),
        Cell(str(attack["n"])),
        plain(str(broke), share=broke / most) if most else plain(""),
        Cell(str(worst["only_by"].get(attack["name"], 0))),
        plain(", ".join(faults) or "none"),
        Cell(short(attack["seconds"])),
    ]


def _settings(attack: Mapping[str, Any]) -> str:
    numbers = ", ".join(f"{name} {value}" for name, value in attack["parameters"].items())
    return "; ".join(filter(None, (numbers, attack["library"], attack["source"])))


def _example(one: Attacked, k: int) -> Sheet:
    """Original, change, adversarial image, and what a defence made of it."""
    example = one.card["examples"][k]
    original, adversarial = one.images["original"][k], one.images["adversarial"][k]
    change, factor = pixels.difference(adversarial - original)
    seen, bare = example["adversarial_prediction"], example.get("undefended_prediction")
    enlarged = f"change ×{factor:g}"
    found = [
        _tile(original, f"original: {example['clean_prediction']}"),
        pictures.picture(change, enlarged, enlarged),
    ]
    if "defended" in one.images:
        without = "" if bare is None else f": {bare} undefended"
        found.append(_tile(adversarial, f"adversarial{without}"))
        found.append(_tile(one.images["defended"][k], f"as defended: {seen}"))
    else:
        found.append(_tile(adversarial, f"adversarial: {seen}"))
    place = f"{norm_name(example['norm'])} distance {short(example['distance'])}"
    return Sheet(f"{example['title']}, {place}; true class {example['label']}", found)


def _tile(image: Any, caption: str) -> Picture:
    return pictures.tile(image, caption, caption=caption)
