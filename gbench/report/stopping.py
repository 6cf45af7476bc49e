"""Does a loss tell when to stop?  The losses of a training against the quality along it.

Arjovsky, Chintala and Bottou, "Wasserstein GAN", 2017, arXiv:1701.07875, section 4.2, claim that
the critic's loss of a WGAN follows the quality of samples, and that those of other GANs do not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gbench.protocol.evidence import Metric
from gbench.report.numbers import some
from gbench.report.records import Data, Model, Run
from gbench.stats import Estimate, estimate, partial_correlation, rank_correlation

LEAST = 5  # points of a run under which there is no correlation
NEAR = 0.025  # a loss is averaged over so much of the training to either side of a point
STRONG = 0.5


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

    @property
    def correlation(self) -> float | None:
        """Spearman's, of loss and quality; None where one of them never changes."""
        return rank_correlation(self.loss, self.quality)

    @property
    def beyond_time(self) -> float | None:
        """The same with the round held fixed: what the loss tells beyond "train longer"."""
        return partial_correlation(self.loss, self.quality, self.rounds)

    def stopped(self, sign: float) -> float | None:
        """The quality at the point where sign * loss is lowest, relative to that at the end."""
        return relative(self.quality, int(np.argmin(sign * np.array(self.loss))))


@dataclass(frozen=True)
class Signal:
    """What one player's loss tells about the quality of one model.

    Attributes:
        index: of the model's colour and mark.
        courses: by seed.
    """

    model: Model
    index: int
    player: str
    courses: Mapping[int, Course]

    @property
    def correlation(self) -> Estimate | None:
        return _over(course.correlation for course in self.courses.values())

    @property
    def beyond_time(self) -> Estimate | None:
        return _over(course.beyond_time for course in self.courses.values())

    @property
    def follows(self) -> bool:
        """Whether the whole interval of the correlation is strong, and of one sign."""
        value = self.correlation
        return bool(value and value.half is not None and _strong(value))

    @property
    def stopped(self) -> Estimate | None:
        """The quality where this loss says stop, relative to the end; under 1 is a gain.

        Which way the loss points is taken from the other seeds, so it takes two.
        """
        return _over(self.stopped_at(seed) for seed in self.courses)

    def stopped_at(self, seed: int) -> float | None:
        """The same of one seed."""
        others = [c.correlation for s, c in self.courses.items() if s != seed]
        known = [value for value in others if value is not None]
        mean = float(np.mean(known)) if known else 0.0
        return self.courses[seed].stopped(np.sign(mean)) if mean else None


def _strong(value: Estimate) -> bool:
    return value.low > STRONG or value.high < -STRONG


def relative(quality: Sequence[float], chosen: int) -> float | None:
    """The quality at a point as a share of that at the end; None if that is no positive number."""
    return quality[chosen] / quality[-1] if quality[-1] > 0 else None


def _over(values: Iterator[float | None]) -> Estimate | None:
    return estimate([value for value in values if value is not None])


def quality(data: Data) -> tuple[str, Metric] | None:
    """The first metric that was computed along the trainings."""
    return next(
        (
            (name, metric)
            for name, metric in data.metrics.items()
            if any(name in run.along for model in data.models for run in model.runs)
        ),
        None,
    )


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


def signals(data: Data) -> list[Signal]:
    """A signal a player and model, in the order of the models."""
    measured = quality(data)
    if measured is None:
        return []
    found = []
    for index, model in enumerate(data.models):
        by_seed = {run.seed: courses(run, *measured) for run in model.runs if run.status == "ok"}
        for player in dict.fromkeys(player for one in by_seed.values() for player in one):
            of_player = {seed: one[player] for seed, one in by_seed.items() if player in one}
            found.append(Signal(model, index, player, of_player))
    return found


def early(model: Model, name: str, metric: Metric) -> Estimate | None:
    """The best quality along training relative to that at the end; 1 where the end is best.

    The best of several noisy values is too good by chance: a little under 1 means nothing.
    """
    curves = (along(run, name, metric)[1] for run in model.runs if run.status == "ok")
    return _over(relative(values, int(np.argmin(values))) for values in curves if values)


def verdict(data: Data) -> str:
    """How many losses follow the quality, in a sentence or three; empty without measurements."""
    measured, found = quality(data), signals(data)
    if measured is None or not found:
        return ""
    title = measured[1].title
    if not any((value := s.correlation) and value.half is not None for s in found):
        return f"With one seed no interval says whether a loss follows {title}."
    following = [signal for signal in found if signal.follows]
    beyond = [s for s in found if (value := s.beyond_time) and value.half and _strong(value)]
    follow = "1 follows" if len(following) == 1 else f"{len(following)} follow"
    models = len({signal.model.name for signal in found})
    text = (
        f"Of the losses of {models} trained model{'s' * (models > 1)}, {len(found)} in all, "
        f"{follow} {title} along training (the interval of their rank correlation "
        f"lies beyond {STRONG:g} in size)"
    )
    if following:
        text += ": " + named(following)
    text += f". With the round held fixed it is {len(beyond) or 'none'}"
    if beyond:
        text += ": " + named(beyond)
    return text + "."


def named(signals: Sequence[Signal], most: int = 6) -> str:
    """The strongest of them, with the player whose loss it is."""
    strength = {id(s): abs(value.mean) for s in signals if (value := s.correlation)}
    order = sorted(signals, key=lambda signal: -strength.get(id(signal), 0.0))
    return some([f"{signal.model.title} ({signal.player})" for signal in order], most)
