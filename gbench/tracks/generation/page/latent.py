"""The probes of latent spaces: each value next to what it is to be read against."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from gbench.report.cells import joined
from gbench.report.numbers import interval, listed, short
from gbench.report.records import Records
from gbench.report.section import (
    Column,
    Drawing,
    Finding,
    Headed,
    Item,
    Lines,
    Part,
    Section,
    Subject,
    Table,
)
from gbench.report.sections.subjects import data_of, models
from gbench.report.tested import AGAINST, Tested, test
from gbench.report.tidy import Frame, columns, frame, where
from gbench.report.tidy import rows as rows_of
from gbench.report.view import Prose, View
from gbench.stats import estimate
from gbench.tracks.generation.page.galleries import OPEN, gallery
from gbench.tracks.generation.page.left import left, settings
from gbench.tracks.generation.page.probes import SPECS, Head, Spec

HEAD = "data model family seed probe measure at value against baseline note"
KEYS = ("measure", "at", "value", "against", "baseline", "note")
LEDE = (
    "Codes of every model that can decode, encode, name a category or truncate its noise. The "
    "oracle that sees classes is the judge, trained on the training split alone. Next to each "
    f"value stands what it is to be read against, measured the same way: {AGAINST}. Pictures are "
    "of the first seed that finished and the first that it drew, none selected; "
    f"up to {OPEN} models of each kind are spread evenly over the list, the others are folded."
)
TRUNCATION = (
    "Numbers of the noise beyond a bound are drawn again (Brock et al. 2019, arXiv:1809.11096, "
    "section 3.1). A small bound gives typical samples that are much alike; bands are 95 % "
    "t-intervals over seeds."
)
SHARES = {"precision": "precision", "recall": "recall"}


def latent(records: Records) -> Frame:
    """Every number of the probes, and a row with a note for each probe without an answer; `said`
    is the probe's own note."""
    return frame(f"{HEAD} said", _rows(records))


def _rows(records: Records) -> Iterator[Sequence[Any]]:
    for data, model, seed, found in left(records, "latent"):
        start = (data.name, model.name, model.family, seed)
        if not found["probes"]:
            yield *start, "", "", None, None, "", None, found["note"], ""
        for probe, answer in found["probes"].items():
            if not answer["rows"]:
                yield *start, probe, "", None, None, "", None, answer["note"], answer["note"]
            for row in answer["rows"]:
                yield *start, probe, *(row[key] for key in KEYS), answer["note"]


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


def _of(part: Part, name: str, *probes: str) -> Frame:
    return part.frame[(part.frame.model == name) & part.frame.probe.isin(probes)]


def _why(part: Part, subject: Subject, probe: str) -> str:
    return joined(*dict.fromkeys(_of(part, subject.name, probe, "").note)) or "not probed"


def _note(part: Part, subject: Subject, probe: str) -> str:
    return joined(*dict.fromkeys(_of(part, subject.name, probe).said))


def _table(spec: Spec) -> Table:
    return Table(
        spec.probe,
        spec.title,
        [column for head in spec.heads for column in _columns(spec, head)],
        tidy=partial(long, spec=spec),
        block="block",
        why=partial(_why, probe=spec.probe),
        note=partial(_note, probe=spec.probe),
    )


TABLES = {spec.probe: _table(spec) for spec in SPECS}


def _line(part: Part) -> Iterator[View]:
    asked = settings(part.results, "latent", part.key)
    n = min(asked["n"], data_of(part.results, part.key).sizes.get("test", asked["n"]))
    yield Prose(
        f"{n} images per judgement · {asked['pairs']} paths of {asked['steps']} steps · "
        f"{asked['samples']} samples, half of them for mean codes · {asked['moves']} moves",
        "line",
    )


# --- Truncation -----------------------------------------------------------------------------------


def _bounded(found: Frame, names: dict[str, str]) -> Frame:
    """Measures over the bounds of the noise, under these names."""
    found = where(found, probe="truncation")
    found = found[found["at"].notna() & found.measure.isin([*names])]
    return found.assign(measure=found.measure.map(names))


def _fids(part: Part, subject: Subject | None) -> dict[float | None, float]:
    """The mean over seeds by bound; None is the bound of untruncated noise."""
    own = where(_of(part, subject.name if subject else "", "truncation"), measure="fid")
    found: dict[float | None, list[float]] = {}
    for row in rows_of(own[own.value.notna()]):
        found.setdefault(row["at"], []).append(row["value"])
    return {bound: sum(values) / len(values) for bound, values in found.items()}


def _untruncated(part: Part, subject: Subject | None) -> list[tuple[float, str]]:
    means = _fids(part, subject)
    return [(means[None], "untruncated")] if None in means else []


def _lowest(part: Part, subject: Subject | None) -> str:
    means = _fids(part, subject)
    # of equal means the untruncated one, else the smallest bound
    best = min(means, key=lambda bound: (means[bound], -1 if bound is None else bound))
    where_ = "untruncated" if best is None else f"at the bound {best:g}"
    return f"{subject.title if subject else ''}: mean FID is lowest {where_}"


def _over_bounds(names: dict[str, str], y_title: str, **more: Any) -> Lines:
    return Lines(
        x="at",
        y="value",
        x_title="bound of the noise in standard deviations",
        y_title=y_title,
        line="measure",
        band=True,
        tidy=partial(_bounded, names=names),
        width=380,
        height=268,
        kind="",
        **more,
    )


CURVES = (
    _over_bounds(
        {"fid": "FID", }, "FID (judge) (lower is better ↓)", rules=_untruncated, title=_lowest
    ),
    _over_bounds(
        SHARES,
        "share (higher is better ↑)",
        title=lambda _, subject: f"{subject.title if subject else ''}: precision and recall",
    ),
)  # fmt: skip


# --- Findings -------------------------------------------------------------------------------------


def supported(parts: Sequence[Part]) -> Iterator[Finding]:
    """What codes hold, of the first data set on which anything is supported."""
    for part in parts:
        if clauses := [*_arithmetic(part), *_categories(part)]:
            yield Finding(f"Latent space on {part.key}:", f"{'; '.join(clauses)}.", part.anchor)
            return


def _first(part: Part, probe: str) -> Tested | None:
    """The tests of a probe's first block."""
    title = next(spec.groups[0][0] for spec in SPECS if spec.probe == probe)
    return next((one for one in test(part, TABLES[probe]) if one.block == title), None)


def _arithmetic(part: Part) -> Iterator[str]:
    """Which decoder's mean codes carry classes best, and how many do so at all."""
    tested = _first(part, "arithmetic")
    if tested is None:
        return
    losses, chance = tested.losses("class"), "class | random direction"
    better = [name for name in losses if tested.sign(name, chance) == 1]
    verdicts = {name: found.verdict for name, found in tested.among("class").items()}
    best = next((name for name, verdict in verdicts.items() if verdict == "best"), None)
    value, rate = (tested.estimate(best or "", key) for key in ("class", chance))
    if not best or not better or value is None or rate is None:
        return
    tied = [part.by_name[name].title for name, verdict in verdicts.items() if verdict == "tied"]
    few = listed(tied) if len(tied) < 4 else f"{len(tied)} others"
    yield (
        "moved by mean codes, samples become the requested class more often than in a random "
        f"direction for {len(better)} of {len(losses)} decoders, most often for "
        f"{part.by_name[best].title} ({interval(value)}; at random {short(rate.mean)})"
    ) + (f", from which {few} cannot be distinguished" if tied else "")


def _categories(part: Part) -> Iterator[str]:
    """Whether a learned category agrees with the classes otherwise than k-means on pixels does."""
    key, other = "hungarian_accuracy", "hungarian_accuracy | k-means on pixels"
    tested = _first(part, "codes")
    for subject in part.subjects if tested else ():
        assert tested is not None
        sign = tested.sign(subject.name, other)
        own, pixels = (estimate([*tested.values(subject.name, k).values()]) for k in (key, other))
        if sign and own and pixels:
            yield (
                f"the categories of {subject.title} agree {'better' if sign > 0 else 'worse'} with "
                f"the classes ({interval(own)}) than k-means on pixels ({short(pixels.mean)})"
            )


def _probe(spec: Spec) -> Headed:
    show: list[Item] = [TABLES[spec.probe], Drawing(partial(gallery, probe=spec.probe))]
    return Headed(spec.probe, spec.title, show, spec.reading, spec.blind)


LATENT = Section(
    id="latent",
    title="Latent space",
    lede=LEDE,
    blind="what a code means: a probe that succeeds says that something is there to be read.",
    frame=latent,
    written=columns(HEAD),
    subjects=models,
    findings=(supported,),
    empty="no model was probed",
    show=(
        Drawing(_line),
        *map(_probe, SPECS),
        Headed(
            "truncation",
            "Truncation",
            [*CURVES, Drawing(partial(gallery, probe="truncation"))],
            TRUNCATION,
            "a curve compares a model with itself only; FID weighs what it gains in fidelity "
            "against what it loses in diversity by its own rate.",
        ),
    ),
)
