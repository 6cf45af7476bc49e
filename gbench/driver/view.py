"""The display of a run: stages done, stages running, and about how long it takes yet."""

import re
import shutil
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from statistics import fmean

from tqdm import tqdm

from gbench.core.files import DataError, read_json, write_json

BAR = "{percentage:3.0f}%|{bar:10}| {desc}"


class Times:
    """Seconds that stages took, kept for the next run's estimate in a file outside DVC.

    Args:
        file: as `save` writes it; it may be missing.
    """

    def __init__(self, file: Path):
        self._file = file
        self._known: dict[str, float] = {}
        self._alike: dict[tuple[str, ...], dict[str, float]] = {}
        with suppress(DataError):
            for stage, seconds in read_json(file).items():
                self.note(stage, seconds)

    def note(self, stage: str, seconds: float) -> None:
        self._known[stage] = seconds
        for begin in beginnings(stage):
            self._alike.setdefault(begin, {})[stage] = seconds

    def save(self) -> None:
        write_json(self._file, {stage: round(s, 2) for stage, s in self._known.items()})

    def expected(self, stage: str) -> float | None:
        """Its last time; else the mean of those with the most like names; None if none is like.

        A name is alike as far as its parts agree: train, digits, gan, 1 of `train@digits-gan-1`.
        A scoring says nothing of a training: without its kind among the known, a stage has no time.
        """
        if stage in self._known:
            return self._known[stage]
        known = (self._alike[begin] for begin in beginnings(stage) if begin in self._alike)
        alike = next(known, {})
        return fmean(alike.values()) if alike else None

    def left(self, waiting: Iterable[str], running: Mapping[str, float], jobs: int) -> float | None:
        """Seconds until all have ended, if no core idles; None if nothing is known.

        Args:
            running: with the seconds that each has run.
            jobs: stages at a time.
        """
        ahead = [self.expected(stage) for stage in waiting]
        under_way = [
            None if (whole := self.expected(stage)) is None else max(0.0, whole - spent)
            for stage, spent in running.items()
        ]
        known = [seconds for seconds in (*ahead, *under_way) if seconds is not None]
        if not known and (ahead or under_way):
            return None
        return max(sum(known) / jobs, max(known, default=0.0))


def beginnings(stage: str) -> list[tuple[str, ...]]:
    """The first parts of a stage's name: all of them, all but the last, ... the first alone."""
    parts = tuple(re.split("[@-]", stage))
    return [parts[:count] for count in range(len(parts), 0, -1)]


def duration(seconds: float) -> str:
    """ "40 s", "12 min", "3 h 20 min"."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


class View:
    """A line that is renewed every second on a terminal, and written now and then into a file."""

    def __init__(self, total: int):
        self._total, self._shown = total, time.monotonic()
        self._bar = tqdm(total=total, bar_format=BAR)

    def due(self) -> bool:
        """Whether it is time to show something again."""
        return time.monotonic() - self._shown >= (1.0 if sys.stderr.isatty() else 20.0)

    def show(
        self, counts: Mapping[str, int], left: float | None, running: Mapping[str, float]
    ) -> None:
        """
        Args:
            counts: stages by what became of them.
            left: seconds, if known.
            running: stages with the seconds that they have run.
        """
        self._shown = time.monotonic()
        self._bar.n = sum(counts.values())
        line = self.line(counts, left, running)
        if sys.stderr.isatty():
            line = line[: max(20, shutil.get_terminal_size().columns - 20)]
        self._bar.set_description_str(line)

    def line(
        self, counts: Mapping[str, int], left: float | None, running: Mapping[str, float]
    ) -> str:
        told = ", ".join(f"{number} {what}" for what, number in counts.items() if number)
        parts = [f"{sum(counts.values())} of {self._total} stages" + (f" ({told})" if told else "")]
        if left is not None:
            parts.append(f"about {duration(left)} left")
        parts.append(", ".join(f"{name} {duration(spent)}" for name, spent in running.items()))
        return " | ".join(filter(None, parts))

    def close(self) -> None:
        self._bar.close()
