"""What each metric can see: a row a generator of a known fault, a column a metric."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from gbench.report.kit.section import Drawing, Part, Section
from gbench.report.kit.table import head
from gbench.report.kit.tidy import Frame, columns, frame, rows, where
from gbench.report.kit.view import Cell, Grid, Group, Listing, Prose, Row, Sign, View
from gbench.report.numbers import listed, sentence, some
from gbench.report.records import Records
from gbench.report.sections.measures import metrics
from gbench.report.sections.subjects import data_of
from gbench.tracks.generation.page.seen import blind_here, judged, targets, title

HEAD = "data generator fault metric held_out held_out_sd value effect p verdict note"
FAULTS = {  # and the titles of the blocks of rows
    "none": "No fault",
    "overfitting": "Copies of the training data",
    "diversity": "Too little diversity",
    "fidelity": "Poor fidelity",
}
WORDS = {  # sign, its meaning, the word of the cell, how the cell looks
    "sees": (Sign("✓", "scored worse"), "sees", "good"),
    "praises": (Sign("▲", "scored better"), "praises", "bad"),
    "does not see": (Sign("·", "not distinguishable"), "no", "soft"),
    "no value": (Sign("–", "no value"), "none", "soft"),
}


def sensitivity(records: Records) -> Frame:
    """Every verdict with its numbers."""
    return frame(f"{HEAD} tip", _rows(records))


def _rows(records: Records) -> Iterator[Sequence[Any]]:
    for data in records.data:
        record = records.record("sensitivity", data.name)
        for metric, found in judged(record, data.metrics).items():
            for name, v in found.items():
                start = (data.name, name, record["generators"][name]["fault"], metric)
                numbers = (v.held_out, v.spread, v.value, v.effect, v.p)
                yield *start, *numbers, v.word, v.note, v.tip


def _views(part: Part) -> Iterator[View]:
    data = data_of(part.results, part.key)
    record = part.results.record("sensitivity", part.key)
    n, asked = record["protocol"]["n_generated"], data.protocol.get("n_generated")
    text = f"{record['draws']} draws of {n} samples against {n} held-out examples"
    if asked and asked > n:
        text += f"; models have {asked}, with which a metric can see more"
    yield Prose(text, "line")
    yield Listing([("", text) for text in _sentences(part)])
    yield _matrix(part)


def _matrix(part: Part) -> Grid:
    record = part.results.record("sensitivity", part.key)
    shown = [*dict.fromkeys(part.frame.metric)]
    known = {column.key: column for column in metrics(part)}
    framed = {
        metric: targets(record, data_of(part.results, part.key).metrics[metric]) for metric in shown
    }
    groups = []
    for fault, block in FAULTS.items():
        of_fault = where(part.frame, fault=fault)
        members = [
            Row(
                record["generators"][name]["title"],
                [_cell(row, name in framed[row["metric"]]) for row in rows(of)],
                tip=record["generators"][name]["what"],
            )
            for name, of in of_fault.groupby("generator", sort=False)
        ]
        groups += [Group(block, members)] if members else []
    heads = [replace(head(known[name]), stamp=None, plain=known[name].title) for name in shown]
    about = f"Which metric distinguishes which fault from held-out data on {part.key}"
    return Grid(f"{part.anchor}-matrix", about, heads, groups, "Generator")


def _cell(row: dict[str, Any], framed: bool) -> Cell:
    sign, word, kind = WORDS[row["verdict"]]
    return Cell(word, sign=sign, tip=row["tip"], kind=f"{kind}{' framed' if framed else ''}")


def _sentences(part: Part) -> Iterator[str]:
    """Who sees copies, who sees missing classes, who praises a fault, and who is blind."""
    known = data_of(part.results, part.key).metrics
    record = part.results.record("sensitivity", part.key)

    def who(generator: str, word: str) -> list[str]:
        found = where(part.frame, generator=generator, verdict=word).metric
        return [known[name].title for name in found]

    every = [known[name].title for name in dict.fromkeys(part.frame.metric)]
    for generator in ("copies", "half_missing"):
        if generator in record["generators"]:
            seeing = who(generator, "sees")
            others = [title_ for title_ in every if title_ not in seeing]
            text = f"{title(record, generator)}: seen by {listed(seeing) or 'no metric'}"
            yield sentence(text + (f", not by {listed(others)}." if seeing and others else "."))
    praises = [
        f"{title(record, generator)} by {listed(praising)}"
        for generator in record["generators"]
        if (praising := who(generator, "praises"))
    ]
    if praises:
        yield f"Praised above held-out data: {'; '.join(praises)}."
    else:
        yield "No metric praises a fault above held-out data."
    blind = [known[name].title for name in blind_here(part.results, part.key, known)]
    if blind:
        yield f"Blind on these data to some plain fault that they are for: {some(blind, 6)}."
    else:
        yield "Every metric sees the plain faults that it is for."


SENSITIVITY = Section(
    id="sensitivity",
    title="What each metric can see",
    lede="Generators made from real data, each with one known fault, scored like a model and "
    "compared with held-out real data: ✓ sees: scored worse; ▲ praises: scored better, in spite of "
    "the fault; · no: cannot be distinguished from them. To be distinguished takes a t-test over "
    "draws (Holm-corrected over the generators, 5 %) and more than two standard deviations of "
    "held-out data, so that one value shows it too. A frame marks what a metric is for. Held-out "
    "data stand there once more, as a generator: what is distinguished there, is so by chance. "
    "Point at a cell for both values, the effect in standard deviations of held-out data, and p.",
    blind="other data, other sample sizes, and faults that no generator here has. Draws share "
    "examples.",
    frame=sensitivity,
    written=columns(HEAD),
    empty="no generator of a known fault was scored",
    show=(Drawing(_views),),
    nav="Sensitivity",
)
