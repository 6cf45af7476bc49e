"""Does a loss tell when to stop?  The losses of a training against the quality along it.

Arjovsky, Chintala and Bottou, "Wasserstein GAN", 2017, arXiv:1701.07875, section 4.2, claim that
the critic's loss of a WGAN follows the quality of samples, and that those of other GANs do not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gbench.protocol.evidence import Metric
from gbench.report import svg
from gbench.report.kit.cells import DASH, plain
from gbench.report.kit.section import Part
from gbench.report.kit.tidy import Frame, frame
from gbench.report.kit.view import Cell, Fold, Grid, Group, Head, Prose, Row, Sign, View
from gbench.report.numbers import interval, some
from gbench.report.records import Data, Model, Run
from gbench.report.sections.subjects import data_of
from gbench.stats import Estimate, estimate, partial_correlation, rank_correlation

HEAD = "data model family seed player metric correlation beyond_time stopped"
LEAST = 5  # points of a run under which there is no correlation
NEAR = 0.025  # a loss is averaged over so much of the training to either side of a point
STRONG = 0.5
FOLLOWS = Sign("★", "strong")
READING = (
    "A loss and a quality that both drift with time correlate whether or not one tells of the "
    "other; hence the column that holds the round fixed."
)


@dataclass(frozen=True)
class Course:
    """One player's loss along one run, and the quality at the same rounds.

    Attributes:
        loss: [P], averaged around each round.
        quality: [P] of a metric as a loss: lower is better.
    """

    rounds: Sequence[float]
    loss: Sequence[float]
    quality: Sequence[float]

    @cached_property
    def correlation(self) -> float | None:
        """Spearman's, of loss and quality; None where one of them never changes."""
        return rank_correlation(self.loss, self.quality)

    @property
    def beyond_time(self) -> float | None:
        """The same with the round held fixed: what the loss tells beyond "train longer"."""
        return partial_correlation(self.loss, self.quality, self.rounds)

    def stopped(self, others: Sequence["Course"]) -> float | None:
        """The quality where this loss says stop, relative to the end; under 1 is a gain.

        Which way the loss points is taken from the other seeds, so it takes two.
        """
        known = [value for one in others if (value := one.correlation) is not None]
        sign = np.sign(np.mean(known)) if known else 0
        return relative(self.quality, int(np.argmin(sign * np.array(self.loss)))) if sign else None


def relative(quality: Sequence[float], chosen: int) -> float | None:
    """The quality at a point as a share of that at the end; None if that is no positive number."""
    return quality[chosen] / quality[-1] if quality[-1] > 0 else None


def quality(data: Data) -> tuple[str, Metric] | None:
    """The first metric that was computed along the trainings."""
    runs = [run for model in data.models for run in model.runs]
    measured = (item for item in data.metrics.items() if any(item[0] in run.along for run in runs))
    return next(measured, None)


def along(run: Run, name: str, metric: Metric) -> tuple[list[float], list[float]]:
    """The rounds at which the metric was computed, and it as a loss there."""
    points = zip(run.along.get("round", ()), run.along.get(name, ()), strict=True)
    known = [(r, metric.loss(value)) for r, value in points if r is not None and value is not None]
    return [round_ for round_, _ in known], [value for _, value in known]


def courses(run: Run, name: str, metric: Metric) -> dict[str, Course]:
    """By player, those who play at enough points."""
    rounds, values = along(run, name, metric)
    if len(rounds) < LEAST or not run.losses:
        return {}
    logged = run.losses["round"]
    reach = NEAR * logged[-1]
    found = {}
    for player, losses in run.losses.items():
        if player == "round":
            continue
        kept = []
        for round_, value in zip(rounds, values, strict=True):
            around = losses[np.abs(logged - round_) <= reach]
            if len(around) and np.isfinite(around).all():
                kept.append((round_, float(around.mean()), value))
        if len(kept) >= LEAST:
            found[player] = Course(*zip(*kept, strict=True))
    return found


def observations(data: Data) -> Frame:
    """A row a model, player and seed: what the loss tells about the quality along the run."""
    return frame(HEAD, _rows(data))


def _rows(data: Data) -> Iterator[Sequence[Any]]:
    measured = quality(data)
    for model in data.models if measured else ():
        assert measured
        by_seed = {run.seed: courses(run, *measured) for run in model.runs if run.status == "ok"}
        for player in dict.fromkeys(player for one in by_seed.values() for player in one):
            own = {seed: one[player] for seed, one in by_seed.items() if player in one}
            start = (data.name, model.name, model.family)
            for seed, course in own.items():
                values = course.correlation, course.beyond_time
                stopped = course.stopped([c for s, c in own.items() if s != seed])
                yield *start, seed, player, measured[0], *values, stopped


def stopping(parts: Sequence[Part]) -> Frame:
    """For the file; computed once for table and sentence too."""
    found = (row for part in parts for row in found_in(part).itertuples(index=False))
    return frame(HEAD, found)


def found_in(part: Part) -> Frame:
    """The rows of one part."""
    return part.once("stopping", lambda: observations(data_of(part.results, part.key)))


@dataclass(frozen=True)
class Signal:
    """What one player's loss tells about the quality of one model, over seeds."""

    model: str
    player: str
    correlation: Estimate | None
    beyond_time: Estimate | None
    stopped: Estimate | None

    @property
    def follows(self) -> bool:
        """Whether the whole interval of the correlation is strong, and of one sign."""
        return _strong(self.correlation)


def signals(found: Frame) -> list[Signal]:
    """A signal a model and player, in the order of the rows."""
    return [
        Signal(str(model), str(player), *(_over(own[key]) for key in HEAD.split()[6:]))
        for (model, player), own in found.groupby(["model", "player"], sort=False)
    ]


def _strong(value: Estimate | None) -> bool:
    if value is None or value.half is None:
        return False
    return value.low > STRONG or value.high < -STRONG


def _over(values: Any) -> Estimate | None:
    return estimate([value for value in values if value is not None])


def early(model: Model, name: str, metric: Metric) -> Estimate | None:
    """The best quality along training relative to that at the end; 1 where the end is best.

    The best of several noisy values is too good by chance: a little under 1 means nothing.
    """
    curves = (along(run, name, metric)[1] for run in model.runs if run.status == "ok")
    return _over([relative(values, int(np.argmin(values))) for values in curves if values])


def told(found: Sequence[Signal], title: str, titles: Mapping[str, str]) -> str:
    """How many losses follow the quality, in a sentence or three; empty without measurements.

    Args:
        title: of the metric.
        titles: of the models.
    """
    if not found:
        return ""
    if not any(s.correlation and s.correlation.half is not None for s in found):
        return f"With one seed no interval says whether a loss follows {title}."
    following = [signal for signal in found if signal.follows]
    beyond = [s for s in found if s.beyond_time and s.beyond_time.half and _strong(s.beyond_time)]
    models = len({signal.model for signal in found})
    text = (
        f"Of the losses of {models} trained model{'s' * (models > 1)}, {len(found)} in all, "
        f"{len(following)} follow{'s' * (len(following) == 1)} {title} along training (the "
        f"interval of their rank correlation lies beyond {STRONG:g} in size)"
    )
    text += f": {_named(following, titles)}" if following else ""
    text += f". With the round held fixed it is {len(beyond) or 'none'}"
    return text + (f": {_named(beyond, titles)}." if beyond else ".")


def _named(found: Sequence[Signal], titles: Mapping[str, str], most: int = 6) -> str:
    """The strongest of them, with the player whose loss it is."""
    order = sorted(found, key=lambda s: -abs(s.correlation.mean) if s.correlation else 0.0)
    return some([f"{titles[signal.model]} ({signal.player})" for signal in order], most)


def views(part: Part) -> Iterator[View]:
    """The answer, and the table behind it."""
    data, found = data_of(part.results, part.key), signals(found_in(part))
    measured = quality(data)
    if measured is None or not found:
        return
    title = measured[1].title
    yield Prose(told(found, title, {name: s.title for name, s in part.by_name.items()}))
    models = {model.name: model for model in data.models}
    filled = [_row(part, one, early(models[one.model], *measured)) for one in found]
    name = f"Losses against quality on {part.key}"
    grid = Grid(f"{part.anchor}-stopping-table", name, _heads(title), [Group("", filled)])
    summary = (
        f"Every player's loss: rank correlation with {title}, and what stopping by it would have "
        "cost"
    )
    yield Fold(summary, [grid, Prose(READING, "small")])


def _heads(title: str) -> list[Head]:
    return [
        Head("Player", "Whose loss it is.", kind="text"),
        Head("Rank correlation", f"Spearman's correlation of the loss and {title} over the points "
             "of a training. +1: the loss falls as samples get better. −1: it rises as they get "
             "better."),
        Head("Beyond time", "The same with the round held fixed (partial correlation): what the "
             "loss tells beyond “train longer”."),
        Head("Stopped by it ÷ end", f"{title} at the point that this loss would have chosen, over "
             "that at the end. Which way the loss points is learnt from the other seeds. Under 1: "
             "stopping would have helped."),
        Head("Best point ÷ end", f"The best point of each training over its end, chosen by {title} "
             "itself: what stopping could gain at most. The best of noisy values is a little too "
             "good."),
    ]  # fmt: skip


def _row(part: Part, one: Signal, best: Estimate | None) -> Row:
    subject, value = part.by_name[one.model], one.correlation
    index = subject.index or 0
    first = Cell("never changes", kind="soft")
    if value:
        low, high, scale = max(-1, value.low), min(1, value.high), svg.Scale(-1, 1)
        ruler = svg.ruler(scale, low, value.mean, high, 0.0, svg.colour(index), index)
        sign = FOLLOWS if one.follows else None
        kind = "good" if one.follows else ""
        first = Cell(interval(value, -1, 1), sign=sign, kind=kind, ruler=ruler, sort=value.mean)
    ends = ((one.beyond_time, -1, 1), (one.stopped, 0), (best, 0, 1))
    rest = [Cell(interval(v, *e) if v else DASH, sort=v.mean if v else None) for v, *e in ends]
    return Row(subject.title, [plain(one.player), first, *rest], subject.name, subject.index)
