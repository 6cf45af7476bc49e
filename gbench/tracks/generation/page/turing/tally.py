"""How often images of each source were called real, over all sessions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from gbench.report.numbers import listed
from gbench.report.records import Records
from gbench.stats.wilson import interval
from gbench.tracks.generation.measure.turing import Turing
from gbench.tracks.generation.page.turing.answers import FOLDER, Session, read
from gbench.tracks.generation.page.turing.pool import Pool, Source, pools


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


@dataclass(frozen=True)
class Outcome:
    """All sessions on one data set.

    Attributes:
        tallies: of real images, then of each model in the pool, in the report's order.
        notes: on files that do not count, on whatever data set.
    """

    pool: Pool
    sessions: Sequence[Session]
    tallies: Sequence[Tally]
    notes: Sequence[str] = ()

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


def settings(params: Mapping[str, Any]) -> Turing | None:
    """The parameters' section; None where there is none."""
    return Turing(**params["turing"]) if "turing" in params else None


def outcomes(records: Records) -> list[Outcome]:
    """Of each data set with images to show, what the files in turing/ say of them."""
    asked = settings(records.params)
    if asked is None:
        return []
    shown = pools(records, asked)
    sessions, notes = read(records.root / FOLDER, shown)
    found = partial(outcome, sessions=sessions, notes=notes)
    return [found(pool) for pool in shown if pool.sources]


def outcome(pool: Pool, sessions: Sequence[Session], notes: Sequence[str] = ()) -> Outcome:
    """Pools all answers on one data set that has images."""
    own = [session for session in sessions if session.data == pool.data]
    counts = [[0, 0, 0] for _ in pool.sources]
    for session in own:
        for item, called_real in session.answers:
            counts[pool.key[item]][1] += 1
            counts[pool.key[item]][2] += called_real
        for place in {pool.key[item] for item, _ in session.answers}:
            counts[place][0] += 1
    tallies = [Tally(s, *count) for s, count in zip(pool.sources, counts, strict=True)]
    return Outcome(pool, own, tallies, notes)


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"
