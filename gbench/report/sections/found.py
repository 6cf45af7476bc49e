"""What the scores found, in sentences that the tests write and only where they support them."""

from collections.abc import Iterator, Sequence

from gbench.report.kit.section import Column, Finding, Part, Subject
from gbench.report.kit.tested import Tested
from gbench.report.numbers import interval, listed, short, some
from gbench.report.sections.measures import MAIN, first
from gbench.report.sections.subjects import data_of

SAID = {
    "copies": ("copies training data", "copy training data"),
    "near copies": (
        "lies closer to the training data than unseen real data do",
        "lie closer to the training data than unseen real data do",
    ),
    "collapse": ("collapses", "collapse"),
    "misses modes": ("misses modes", "miss modes"),
}
FLAGS = (
    ("Copying:", ("copies", "near copies"), "the copying z"),
    ("Collapse:", ("collapse", "misses modes"), "coverage, recall, modes"),
)


def cautions(parts: Sequence[Part]) -> Iterator[Finding]:
    """Why there may be no other finding."""
    models = [m for part in parts for m in data_of(part.results, part.key).models]
    if not any(run.status == "ok" for model in models for run in model.runs):
        yield Finding("Nothing was measured yet.", "No training has finished.", "not-shown")
    elif not _intervals(parts):
        text = "no model has values of two training seeds, so none is ranked, marked or flagged."
        yield Finding("No intervals:", text, parts[0].anchor)


def _intervals(parts: Sequence[Part]) -> bool:
    """Whether some model has values of two seeds."""
    return any(
        len(tested.values(subject.name, key)) > 1
        for part in parts
        for tested in [part.tested(MAIN)]
        for subject in trained(part)
        for key in tested.columns
    )


def trained(part: Part) -> list[Subject]:
    """The models, without what other programs made."""
    names = {model.name for model in data_of(part.results, part.key).models}
    return [subject for subject in part.subjects if subject.name in names]


def speaking(parts: Sequence[Part]) -> Sequence[Part]:
    """The one data set of which leaders are named: the first of images, or the first."""
    images = [p for p in parts if data_of(p.results, p.key).kind == "images"]
    return (images or parts)[:1]


def leaders(parts: Sequence[Part]) -> Iterator[Finding]:
    """Who is best in fidelity and in diversity, and who cannot be distinguished from it."""
    for part in speaking(parts):
        tested = part.tested(MAIN)
        for what, axes in (("Fidelity", ("fidelity", "modes")), ("Diversity", ("diversity",))):
            column = first(tested, *axes)
            if column and (text := _leader(tested, column)):
                yield Finding(f"{what} on {part.key}:", text, part.anchor)


def _leader(tested: Tested, column: Column) -> str:
    best, tied = (tested.with_verdict(column.key, verdict) for verdict in ("best", "tied"))
    others = tested.with_verdict(column.key, "tied", "worse")
    value = tested.estimate(best[0].name, column.key) if best else None
    if value is None or value.half is None or not others:
        return ""
    floor = tested.estimate("real", column.key)
    numbers = f"{column.title} {interval(value)}"
    numbers += f"; real data: {short(floor.mean)}" if floor else ""
    if len(tied) == len(others):
        return f"no model can be distinguished from {best[0].title}, the best mean ({numbers})."
    if not tied:
        return f"{best[0].title} leads alone ({numbers})."
    means = {s.title: e.mean for s in tied if (e := tested.estimate(s.name, column.key))}
    names = some([f"{title} ({short(mean)})" for title, mean in means.items()])
    return (
        f"{best[0].title} has the best mean ({numbers}); {names} cannot be distinguished from it."
    )


def flagged(parts: Sequence[Part]) -> Iterator[Finding]:
    """Who copies and who collapses, over all data sets; or that nobody does."""
    for lead, stamps, judges in FLAGS:
        clauses = [(part, clause) for part in parts for clause in _clauses(part, stamps)]
        if clauses:
            text = "; ".join(clause for _, clause in clauses)
            yield Finding(lead, f"{text}.", clauses[0][0].anchor)
        elif _intervals(parts):
            text = f"the intervals of {judges} flag no model."
            yield Finding(lead, text, parts[0].anchor)


def _clauses(part: Part, stamps: Sequence[str]) -> Iterator[str]:
    for name in stamps:
        found = [(s, stamp.tip) for s in trained(part) for stamp in s.stamps if stamp.text == name]
        if found:
            why = f" ({found[0][1]})" if len(found) == 1 else ""
            who = listed([subject.title for subject, _ in found])
            yield f"on {part.key}, {who} {SAID[name][len(found) > 1]}{why}"
