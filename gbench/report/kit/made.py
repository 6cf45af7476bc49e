"""What a page is: its specs, what was made of its sections, and what stands at its head."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from gbench.report.kit.section import Finding, Part, Results, Section, Subject
from gbench.report.kit.tidy import Frame
from gbench.report.kit.view import View

Facts = Sequence[tuple[str, Sequence[tuple[str, str]]]]
Parts = Mapping[str, Sequence[Part]]  # by section's id


def _no_facts(results: Results) -> Facts:
    return ()


def _no_failures(results: Results) -> Sequence[str]:
    return ()


def _no_glance(parts: Parts) -> Sequence[View]:
    return ()


def _no_places(results: Results) -> "Sequence[Place]":
    return ()


class Place(NamedTuple):
    """Another page, on the strip at the head.

    Attributes:
        finding: one of its sentences; why there is none, where `href` is empty.
        date: when it was written.
        command: makes it.
    """

    title: str
    finding: str
    date: str
    href: str
    command: str


@dataclass(frozen=True)
class Page:
    """
    Attributes:
        title: of the browser's tab.
        eyebrow: the line above the findings.
        subjects: of all sections, from the results and a part's key: the same subject has the
            same mark everywhere.
        facts: the protocol: (data set or "", its (name, value) rows).
        failures: what did not run and why, besides the sections that are empty.
        reading: (title, text) entries of the glossary that explain no column.
        most: of the findings that are shown at the head; the others stand in their sections.
        glance: views above the findings, looked at before they are read.
        places: other pages, on a strip.
        metrics: nested numbers for metrics.json, by which DVC compares runs; None for no file.
        style, script: added to the kit's own.
    """

    title: str
    eyebrow: str
    sections: Sequence[Section]
    subjects: Callable[[Results, str], Sequence[Subject]]
    facts: Callable[[Results], Facts] = _no_facts
    failures: Callable[[Results], Sequence[str]] = _no_failures
    reading: Sequence[tuple[str, str]] = ()
    footer: str = ""
    nothing: str = "Run `dvc repro`."
    most: int = 6
    glance: Callable[[Parts], Sequence[View]] = _no_glance
    places: Callable[[Results], Sequence[Place]] = _no_places
    metrics: Callable[[Results], Any] | None = None
    style: str = ""
    script: str = ""


@dataclass(frozen=True)
class Made:
    """A section with everything that is drawn of it.

    Attributes:
        views: by part.
        empty: why nothing is; empty if something is.
    """

    section: Section
    frame: Frame
    views: Sequence[tuple[Part, Sequence[View]]]
    empty: str = ""

    @property
    def parts(self) -> list[Part]:
        return [part for part, _ in self.views]

    @property
    def files(self) -> list[str]:
        """The names of the files with its data."""
        own = [self.section.id] if self.section.written else []
        more = (*self.section.also, *self.section.derived)
        return [f"{name}.csv" for name in (*own, *more)] + [*self.section.links]


class Hero(NamedTuple):
    """What stands outside of the sections.

    Attributes:
        findings: at the head of the page.
        rest: the other findings, by section's id.
    """

    findings: Sequence[Finding]
    rest: Mapping[str, Sequence[Finding]]
    glance: Sequence[View]
    places: Sequence[Place]
    failures: Sequence[str]
