"""Where batch norm belongs: the rules of the folklore, each against what was measured.

Every entry is DCGAN with batch norm elsewhere; the judge of a rule is FID (judge), chosen before
anything was measured, by Student's paired t-test over common seeds, Holm-corrected over the rules.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from gbench.report import svg
from gbench.report.numbers import MINUS, decimals, fixed, half_width, short
from gbench.report.records import Data, Model
from gbench.stats import ALPHA, Estimate, estimate, holm, paired_p

METRICS = ("fid", "coverage", "class_kl")
JUDGE = METRICS[0]
BASE = "norm_both"
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

Verdict = Literal["holds", "does not hold", "not told", "untested"]


class Rule(NamedTuple):
    """What is said, by whom, and which entry it says is better than which."""

    text: str
    source: str
    better: str
    worse: str


RADFORD, SALIMANS = (
    "Radford et al. 2016, arXiv:1511.06434",
    "Salimans et al. 2016, arXiv:1606.03498",
)
GOODFELLOW = "Goodfellow 2017, arXiv:1701.00160"
RULES = (
    Rule("Use batch norm in both networks.", RADFORD, "norm_both", "norm_none"),
    Rule("Use it in the generator, not in the critic alone.", RADFORD, "norm_both", "norm_critic"),
    Rule(
        "Use it in the critic, not in the generator alone.", RADFORD, "norm_both", "norm_generator"
    ),
    Rule("Not in the generator's last layer.", RADFORD, "norm_both", "norm_generator_all"),
    Rule("Not in the critic's first layer.", RADFORD, "norm_both", "norm_critic_all"),
    Rule(
        "In the generator rather virtual than plain: plain batch norm ties the samples of a batch.",
        SALIMANS,
        "norm_virtual",
        "norm_both",
    ),
    Rule(
        "In the generator rather virtual than by a reference batch, which it may overfit.",
        GOODFELLOW,
        "norm_virtual",
        "norm_reference",
    ),
)


@dataclass(frozen=True)
class Tested:
    """One rule and what was measured.

    Attributes:
        difference: of the judge's metric, what the rule says is worse minus what it says is better,
            over common seeds: above 0 the rule is right.
        p: of the paired t-test, after Holm over the rules; None with fewer than two seeds.
    """

    rule: Rule
    difference: Estimate | None
    p: float | None

    @property
    def verdict(self) -> Verdict:
        if self.p is None or self.difference is None:
            return "untested"
        if self.p >= ALPHA:
            return "not told"
        return "holds" if self.difference.mean > 0 else "does not hold"

    @property
    def sentence(self) -> str:
        """The verdict with its evidence."""
        if self.difference is None or self.p is None:
            return "Not tested: fewer than two seeds have both."
        words = {
            "holds": "Holds",
            "does not hold": "Does not hold, the reverse does",
            "not told": "Not told",
        }
        change = " ".join(_signed(self.difference))
        tested = f"p {_p(self.p)} after Holm, {self.difference.n} seeds"
        return f"{words[self.verdict]}: FID (judge) {change} where it is broken; {tested}."


@dataclass(frozen=True)
class Cell:
    """A mean with its interval, and what it differs by from DCGAN's own placement."""

    value: str
    interval: str
    difference: tuple[str, str]
    gap: str


@dataclass(frozen=True)
class Line:
    """A row of the table.

    Attributes:
        index: of the model's colour and mark.
        ruler: the judge's metric as a drawing; empty if it has no value.
    """

    model: Model
    index: int
    places: tuple[str, str]
    cells: Sequence[Cell]
    ruler: str


def section(data: Data) -> dict[str, Any] | None:
    """All that the macro `placement` shows; None where no entry was trained."""
    models = _models(data)
    if not any(model.values(JUDGE) for model in models.values()):
        return None
    return {
        "data": data,
        "titles": [data.metrics[name].title for name in _measured(data)],
        "arrows": ["↑" if data.metrics[n].better == "higher" else "↓" for n in _measured(data)],
        "lines": lines(data),
        "rules": tested(data),
    }


def _models(data: Data) -> dict[str, Model]:
    by_name = {model.name: model for model in data.models}
    return {name: by_name[name] for name in PLACES if name in by_name}


def _measured(data: Data) -> list[str]:
    return [name for name in METRICS if name in data.metrics]


def differences(data: Data, first: str, second: str, metric: str) -> list[tuple[float, float]]:
    """The values of both at their common seeds; empty if one is no entry."""
    models = _models(data)
    if first not in models or second not in models:
        return []
    one, other = models[first].values(metric), models[second].values(metric)
    return [(one[seed], other[seed]) for seed in sorted(one.keys() & other.keys())]


def tested(data: Data) -> list[Tested]:
    """Every rule, Holm-corrected over those that could be tested."""
    pairs = {rule: differences(data, rule.worse, rule.better, JUDGE) for rule in RULES}
    found = {rule: paired_p(*zip(*p, strict=True)) for rule, p in pairs.items() if len(p) >= 2}
    p_values = dict(zip(found, holm([*found.values()]), strict=True))
    return [
        Tested(rule, estimate([worse - better for worse, better in p]), p_values.get(rule))
        for rule, p in pairs.items()
    ]


def lines(data: Data) -> list[Line]:
    """A row an entry, DCGAN's own placement first."""
    models, measured = _models(data), _measured(data)
    order = {model.name: index for index, model in enumerate(data.models)}
    values = {name: estimate([*m.values(JUDGE).values()]) for name, m in models.items()}
    ends = [end for value in values.values() if value for end in (value.low, value.high)]
    scale = svg.fit(ends)
    return [
        Line(
            model,
            order[name],
            PLACES[name],
            [_cell(data, model, metric) for metric in measured],
            _ruler(scale, values[name], values.get(BASE), order[name]),
        )
        for name, model in models.items()
    ]


def _ruler(scale: svg.Scale, value: Estimate | None, base: Estimate | None, index: int) -> str:
    if value is None:
        return ""
    middle = base.mean if base else None
    paint = svg.colour(index)
    return svg.ruler(scale, value.low, value.mean, value.high, middle, paint, index)


def _cell(data: Data, model: Model, metric: str) -> Cell:
    value = estimate([*model.values(metric).values()])
    if value is None:
        return Cell("\N{EN DASH}", "", ("", ""), model.gap(metric))
    places = decimals(value.mean)
    pairs = differences(data, model.name, BASE, metric) if model.name != BASE else []
    change = estimate([own - base for own, base in pairs])
    return Cell(
        fixed(value.mean, places),
        half_width(value, places),
        _signed(change) if change else ("", ""),
        model.gap(metric),
    )


def _signed(value: Estimate) -> tuple[str, str]:
    """ "+1.2" and "[0.8, 1.6]"."""
    places = min(4, decimals(max(abs(value.low), abs(value.high))))
    mean, low, high = (fixed(x, places) for x in (value.mean, value.low, value.high))
    signed = mean if mean.startswith(MINUS) else f"+{mean}"
    return signed, "(one seed)" if value.half is None else f"[{low}, {high}]"


def _p(value: float) -> str:
    return "under 0.001" if value < 0.001 else short(value)


def told(data: Data) -> str:
    """How many of the rules hold, in a sentence."""
    found = [one.verdict for one in tested(data)]
    counts: Mapping[str, int] = {word: found.count(word) for word in dict.fromkeys(found)}
    return (
        f"Of {len(found)} rules on where batch norm belongs, {counts.get('holds', 0)} hold on "
        f"{data.name}, {counts.get('does not hold', 0)} are reversed, and of "
        f"{counts.get('not told', 0)} the seeds do not tell."
    )


HEAD = "data rule better worse metric seed difference"


def rows(data: Data) -> Iterable[tuple[str | int | float, ...]]:
    """The tidy data: each rule's difference at each common seed, by metric."""
    models = _models(data)
    for rule in RULES:
        for metric in _measured(data):
            if rule.better in models and rule.worse in models:
                better, worse = (models[n].values(metric) for n in (rule.better, rule.worse))
                for seed in sorted(better.keys() & worse.keys()):
                    start = (data.name, rule.text, rule.better, rule.worse, metric, seed)
                    yield *start, worse[seed] - better[seed]
