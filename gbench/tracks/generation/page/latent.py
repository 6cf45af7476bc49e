"""The probes of latent spaces: each value next to what it is to be read against."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from gbench.report.kit.cells import joined
from gbench.report.kit.section import Column, Drawing, Headed, Part, Section, Subject, Table
from gbench.report.kit.tidy import Frame, frame
from gbench.report.kit.tidy import rows as rows_of
from gbench.report.kit.view import Prose, View
from gbench.report.latent import line
from gbench.report.latent_probes import SPECS, Head, Spec
from gbench.report.records import Records
from gbench.report.sections.subjects import data_of, models

HEAD = "data model family seed probe measure at value against baseline note"
KEYS = ("measure", "at", "value", "against", "baseline", "note")
LEDE = (
    "Codes of every model that can decode, encode, name a category or truncate its noise. The "
    "oracle that sees classes is the judge, trained on the training split alone. Next to each "
    "value stands what it is to be read against, measured the same way: ✓ the value is better, ✗ "
    "worse, = not distinguishable (paired t-tests over seeds, Holm-corrected over the models, 5 %)."
)


def latent(records: Records) -> Frame:
    """Every number of the probes, and a row with a note for each probe without an answer."""
    return frame(HEAD, _rows(records))


def _rows(records: Records) -> Iterator[Sequence[Any]]:
    for data in records.data:
        for model in data.models:
            for run in model.runs:
                start = (data.name, model.name, model.family, run.seed)
                if run.latent and not run.latent["probes"]:
                    yield *start, "", "", None, None, "", None, run.latent["note"]
                for probe, found in run.latent.get("probes", {}).items():
                    if not found["rows"]:
                        yield *start, probe, "", None, None, "", None, found["note"]
                    for row in found["rows"]:
                        yield *start, probe, *(row[key] for key in KEYS)


def long(found: Frame, spec: Spec) -> Frame:
    """A probe's values and baselines, a metric each: "fid" and "fid | ends"."""
    return frame("block model seed metric value note", _long(found, spec))


def _long(found: Frame, spec: Spec) -> Iterator[Sequence[Any]]:
    records = [*rows_of(found[found.probe == spec.probe])]
    for title, prefix in spec.groups:
        for head in spec.heads:
            for row in (r for r in records if r["measure"] == prefix + head.measure):
                start = (title, row["model"], row["seed"])
                yield *start, head.measure, row["value"], row["note"]
                if row["against"]:
                    yield *start, f"{head.measure} | {row['against']}", row["baseline"], ""


def _columns(spec: Spec, head: Head) -> Iterator[Column]:
    arrow = "↑" if head.better == "higher" else "↓"
    middle = "median" if spec.medians else "model"
    own = Column(
        head.measure, middle, head.better, asks=head.asks, over=head.title, compared=False,
        medians=spec.medians, plain=f"{head.title} {arrow}",
    )  # fmt: skip
    yield own
    for name, title in head.against:
        asks = f"The same measure: {name}."
        key = f"{head.measure} | {name}"
        yield Column(
            key, title, "", asks=asks, over=head.title, against=head.measure,
            medians=spec.medians, plain=title,
        )  # fmt: skip


def _why(part: Part, subject: Subject, probe: str) -> str:
    own = part.frame[(part.frame.model == subject.name) & part.frame.probe.isin((probe, ""))]
    return joined(*dict.fromkeys(own.note)) or "not probed"


def _table(spec: Spec) -> Table:
    return Table(
        spec.probe,
        spec.title,
        [column for head in spec.heads for column in _columns(spec, head)],
        tidy=partial(long, spec=spec),
        block="block",
        why=partial(_why, probe=spec.probe),
    )


def _line(part: Part) -> Iterator[View]:
    yield Prose(line(data_of(part.results, part.key)), "line")


LATENT = Section(
    id="latent",
    title="Latent space",
    lede=LEDE,
    blind="what a code means: a probe that succeeds says that something is there to be read.",
    frame=latent,
    subjects=models,
    empty="no model was probed",
    show=(
        Drawing(_line),
        *(Headed(s.probe, s.title, [_table(s)], s.reading, s.blind) for s in SPECS),
    ),
)
