"""Where does batch norm belong?  DCGAN with batch norm elsewhere, and the rules of the folklore."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from gbench.report.kit import table
from gbench.report.kit.cells import plain
from gbench.report.kit.section import Column, Drawing, Finding, Part, Section, Subject, Table
from gbench.report.kit.tested import test
from gbench.report.kit.tidy import Frame, frame, where
from gbench.report.kit.view import Cell, Grid, Group, Head, Row, View
from gbench.report.numbers import MINUS, decimals, fixed, short
from gbench.report.records import Data
from gbench.report.sections.subjects import data_of
from gbench.stats import Estimate
from gbench.tracks.collapse.measure.placement import RULES, Tested, tested
from gbench.tracks.collapse.page.matrices import Matrices

METRICS = ("fid", "coverage", "class_kl")
JUDGE = METRICS[0]
BASE = "norm_both"
LESS = " less"  # after a metric's name: the difference to BASE
PLACES = {  # entry: where batch norm stands in the generator, and in the critic
    "norm_both": ("all but the last layer", "all but the first layer"),
    "norm_none": ("nowhere", "nowhere"),
    "norm_generator": ("all but the last layer", "nowhere"),
    "norm_critic": ("nowhere", "all but the first layer"),
    "norm_generator_all": ("every layer", "all but the first layer"),
    "norm_critic_all": ("all but the last layer", "every layer"),
    "norm_all": ("every layer", "every layer"),
    "norm_reference": ("all but the last layer, by a reference batch", "all but the first layer"),
    "norm_virtual": ("all but the last layer, virtual", "all but the first layer"),
}
WORDS = {
    "holds": "Holds",
    "does not hold": "Does not hold, the reverse does",
    "undecided": "Undecided",
}
STYLE = """@media (min-width: 700px) {
  .rules .model { min-width: 13rem; max-width: 17rem; }
  .rules .text, .rules .text .value { white-space: normal; }
}
"""
HEAD = "data rule better worse metric seed difference"


def differences(results: Matrices) -> Frame:
    """Each rule's difference at each common seed, by metric; and, not written, each entry's
    values, and less those of BASE."""
    rows = (row for data in results.placement.data for row in (*_rules(data), *_entries(data)))
    return frame(f"{HEAD} model value", rows)


def _values(data: Data, metric: str) -> dict[str, dict[int, float]]:
    """Of the entries, by seed."""
    if metric not in data.metrics:
        return {}
    return {model.name: model.values(metric) for model in data.models if model.name in PLACES}


def _rules(data: Data) -> Iterator[Sequence[Any]]:
    for rule in RULES:
        for metric in METRICS:
            values = _values(data, metric)
            better, worse = (values.get(name, {}) for name in (rule.better, rule.worse))
            for seed in sorted(better.keys() & worse.keys()):
                start = (data.name, rule.text, rule.better, rule.worse, metric, seed)
                yield *start, worse[seed] - better[seed], "", None


def _entries(data: Data) -> Iterator[Sequence[Any]]:
    for metric in METRICS:
        values = _values(data, metric)
        base = values.get(BASE, {})
        for name, own in values.items():
            for seed, value in own.items():
                yield data.name, "", "", "", metric, seed, None, name, value
                if seed in base and name != BASE:
                    less = value - base[seed]
                    yield data.name, "", "", "", metric + LESS, seed, None, name, less


def entries(results: Matrices, name: str) -> list[Subject]:
    """DCGAN's own placement first."""
    models = {m.name: (k, m) for k, m in enumerate(data_of(results.placement, name).models)}
    return [
        Subject(entry, entry, index, gap=lambda key, m=model: m.gap(key.removesuffix(LESS)))  # type: ignore[misc]
        for entry in PLACES
        if entry in models
        for index, model in [models[entry]]
    ]


def _columns(part: Part) -> Iterator[Column]:
    for name, metric in data_of(part.results.placement, part.key).metrics.items():
        if name in METRICS:
            yield Column(name, metric.title, metric.better, metric.target, metric.asks,
                         compared=False)  # fmt: skip
            yield Column(
                name + LESS, f"minus {BASE}", "", compared=False,
                asks=f"{metric.title} less that of DCGAN's own placement at the same seeds; the "
                "intervals are not corrected for their number.",
            )  # fmt: skip


ENTRIES = Table(
    "entries",
    "Batch norm at all places",
    lambda part: sorted(_columns(part), key=lambda c: METRICS.index(c.key.removesuffix(LESS))),
    tidy=lambda found: found[found.model != ""],
    floor=BASE,
    rulers=True,
    first="Entry",
)


def tests(part: Part) -> list[Tested]:
    """Of every rule, by the judge's metric."""
    judged = where(part.frame, metric=JUDGE, model="")
    by_rule = {str(rule): dict(zip(of.seed, of.difference, strict=True))
               for rule, of in judged.groupby("rule", sort=False)}  # fmt: skip
    return tested(by_rule)


def sentence(one: Tested) -> str:
    """The verdict with its evidence."""
    if one.difference is None or one.p is None:
        return "Not tested: fewer than two seeds have both."
    p = "under 0.001" if one.p < 0.001 else short(one.p)
    evidence = f"p {p} after Holm, {one.difference.n} seeds"
    change = _signed(one.difference)
    return f"{WORDS[one.verdict]}: FID (judge) {change} where it is broken; {evidence}."


def _signed(value: Estimate) -> str:
    """ "+1.2 [0.8, 1.6]"."""
    places = min(4, decimals(max(abs(value.low), abs(value.high))))
    mean, low, high = (fixed(x, places) for x in (value.mean, value.low, value.high))
    return f"{mean if mean.startswith(MINUS) else f'+{mean}'} [{low}, {high}]"


def _shown(part: Part) -> Iterator[View]:
    """The rules, and the table of all places."""
    if not any(part.tested(ENTRIES).found.get(JUDGE, {}).values()):
        return
    heads = [
        Head("Said by", "Who recommends it.", kind="text"),
        Head("Compared", "The entries that keep to the rule and break it.", kind="text"),
        Head("Evidence", "FID (judge) where the rule is broken, less where it is kept.",
             kind="text"),
    ]  # fmt: skip
    rows = [
        Row(rule.text, [plain(rule.source), plain(f"{rule.better} with {rule.worse}"),
                        plain(sentence(one))])
        for one in tests(part)
        for rule in [one.rule]
    ]  # fmt: skip
    title = f"Rules on batch norm on {part.key}"
    group = Group("", rows)
    yield Grid(f"{part.anchor}-rules", title, heads, [group], first="Rule", kind="rules")
    yield _placed(table.grid(part, ENTRIES, test(part, ENTRIES)))


def _placed(grid: Grid) -> Grid:
    """With where batch norm stands before the numbers."""
    heads = [Head(f"In the {net}", "Which layers have batch norm.", kind="text")
             for net in ("generator", "critic")]  # fmt: skip

    def placed(row: Row) -> Row:
        cells: list[Cell] = [plain(place) for place in PLACES[row.model]]
        return replace(row, cells=[*cells, *row.cells])

    groups = [replace(group, rows=[*map(placed, group.rows)]) for group in grid.groups]
    return replace(grid, heads=[*heads, *grid.heads], groups=groups)


def told(part: Part) -> str:
    """How many of the rules hold, in a sentence."""
    found = [one.verdict for one in tests(part)]
    return (
        f"Of {len(found)} rules on where batch norm belongs, {found.count('holds')} hold on "
        f"{part.key}, {found.count('does not hold')} are reversed, and {found.count('undecided')} "
        "cannot be decided with these seeds."
    )


def _found(parts: Sequence[Part]) -> Iterator[Finding]:
    for part in parts:
        yield Finding("Batch norm:", told(part), part.anchor)


PLACEMENT = Section(
    id="placement",
    title="Where does batch norm belong?",
    nav="Batch norm",
    lede="DCGAN with batch norm at other places, the rest as it is. The folklore is stated first "
    "and tested next to it. FID (judge) decides, named before anything was trained: the difference "
    "over common seeds with its 95 % t-interval, and the paired t-test, Holm-corrected over the "
    "rules. Below, means over seeds with half of the 95 % t-interval; the tick on the ruler is "
    "DCGAN's own placement.",
    blind="deep networks: a small one on 8×8 digits may not need what deep ones do.",
    frame=differences,
    written=lambda found: found[found.model == ""][HEAD.split()],
    subjects=entries,
    findings=(_found,),
    empty="no entry with batch norm elsewhere was evaluated",
    show=(Drawing(_shown),),
)
