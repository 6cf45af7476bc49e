"""How often images of each source were called real, over all sessions.

After Denton et al., "Deep Generative Image Models using a Laplacian Pyramid of Adversarial
Networks", 2015, arXiv:1506.05751, and Zhou et al., "HYPE: A Benchmark for Human eYe
Perceptual Evaluation of Generative Models", 2019, arXiv:1904.01121.  Deviations: readers choose
whether time is limited, are neither trained nor paid nor screened, and see small images enlarged.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from gbench.report import svg
from gbench.report.findings import share
from gbench.report.numbers import listed
from gbench.report.records import Records
from gbench.report.turing.answers import FOLDER, Session, read
from gbench.report.turing.pool import Pool, Source, pools
from gbench.stats.wilson import interval
from gbench.tracks.generation.measure.turing import Turing

HEAD = "data model sessions shown called_real share low high"
Value = str | int | float | None


@dataclass(frozen=True)
class Tally:
    """Answers on the images of one source.

    Attributes:
        sessions: in which any of them was shown.
        shown: answers, over all sessions.
        real: how many of these call the image real.
    """

    source: Source
    sessions: int
    shown: int
    real: int

    @property
    def share(self) -> float | None:
        """Called real, of those shown."""
        return self.real / self.shown if self.shown else None

    @property
    def wilson(self) -> tuple[float, float]:
        return interval(self.real, self.shown)

    @property
    def text(self) -> str:
        """ "12 % [5, 26]"; empty where none was shown."""
        return share(self.real / self.shown, self.wilson) if self.shown else ""

    @property
    def count(self) -> str:
        return f"{self.real} of {self.shown}" if self.shown else "not shown yet"


@dataclass(frozen=True)
class Outcome:
    """All sessions on one data set.

    Attributes:
        real: what was said of real images.
        models: of each model in the pool, in the report's order.
    """

    pool: Pool
    sessions: list[Session]
    real: Tally
    models: list[Tally]

    @property
    def conditions(self) -> str:
        """How many sat, and how, in one line."""
        names = {session.reader for session in self.sessions} - {""}
        nameless = sum(not session.reader for session in self.sessions)
        readers = [f"{_count(len(names), 'reader')} with initials"] if names else []
        readers += [f"{_count(nameless, 'session')} without"] if nameless else []
        timed = sum(session.seconds > 0 for session in self.sessions)
        told = sum(session.feedback for session in self.sessions)
        parts = [
            _count(len(self.sessions), "session"),
            listed(readers),
            f"{timed} of limited time",
            f"{told} told the truth after each answer",
            f"images {self.pool.fingerprint}",
        ]
        return " · ".join(parts)

    @property
    def false_alarms(self) -> str:
        """Real images that were called generated."""
        missed = self.real.shown - self.real.real
        if not self.real.shown:
            return "No real image was shown."
        bounds = interval(missed, self.real.shown)
        text = share(missed / self.real.shown, bounds)
        return f"{missed} of {self.real.shown} real images were called generated: {text}."


@dataclass(frozen=True)
class HumanTest:
    """All that the report says of it.

    Attributes:
        outcomes: of the data sets about which there are answers.
        notes: on files that do not count.
    """

    settings: Turing
    pools: list[Pool]
    outcomes: list[Outcome]
    notes: list[str]


def human_test(params: Mapping[str, Any], records: Records, root: Path) -> HumanTest | None:
    """The images to show, and what the files in `root`/turing say of them.

    Returns:
        None where the parameters have no such section.
    """
    if "turing" not in params:
        return None
    settings = Turing(**params["turing"])
    shown = pools(records, settings)
    sessions, notes = read(root / FOLDER, shown)
    outcomes = [
        outcome(pool, found)
        for pool in shown
        if (found := [session for session in sessions if session.data == pool.data])
    ]
    return HumanTest(settings, shown, outcomes, notes)


def outcome(pool: Pool, sessions: list[Session]) -> Outcome:
    """Pools all answers on one data set that has images."""
    counts = [[0, 0, 0] for _ in pool.sources]
    for session in sessions:
        for item, called_real in session.answers:
            counts[pool.key[item]][1] += 1
            counts[pool.key[item]][2] += called_real
        for place in {pool.key[item] for item, _ in session.answers}:
            counts[place][0] += 1
    real, *models = (Tally(s, *count) for s, count in zip(pool.sources, counts, strict=True))
    return Outcome(pool, sessions, real, models)


def ruler(tally: Tally, real: Tally) -> Markup:
    """The share and its interval between 0 and 1; the tick is that of real images."""
    if tally.share is None:
        return Markup("")
    place = tally.source.place
    paint = "var(--soft)" if place is None else svg.colour(place)
    return svg.ruler(svg.Scale(0, 1), tally.wilson[0], tally.share, tally.wilson[1], real.share,
                     paint, place or 0)  # fmt: skip


def rows(test: HumanTest | None) -> Iterable[tuple[Value, ...]]:
    """(data, model, sessions, shown, called real, share, ends of its interval); real images too."""
    for one in test.outcomes if test else ():
        for tally in (one.real, *one.models):
            start = (one.pool.data, tally.source.name, tally.sessions, tally.shown, tally.real)
            low, high = tally.wilson if tally.shown else (None, None)
            yield *start, tally.share, low, high


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"
