"""Log-likelihoods, grouped by observation model, since only equal ones are compared."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gbench.report.cells import DASH, absences, column
from gbench.report.numbers import listed, short, some
from gbench.report.records import Data, Records
from gbench.report.section import Drawing, Part, Section, Subject
from gbench.report.sections.subjects import data_of, models
from gbench.report.tested import BORROWED, Values
from gbench.report.tidy import Frame, frame
from gbench.report.view import Cell, Grid, Group, Head, Prose, Row, Sign, View
from gbench.stats import compare, estimate
from gbench.tracks.generation.page.left import left, settings

HEAD = (
    "data model family seed kind observation sigma chosen test test_error n_test train train_error "
    "n_train bits gap accepted note"
)
OBSERVATIONS = {  # in the order in which they are shown
    "own": "The model's own density",
    "noise": "What a decoder makes, and Gaussian noise about it",
    "kernels": "Gaussian kernels about the model's samples",
}
KINDS = {
    "exact": "exact",
    "bound": "importance-weighted bound",
    "annealed": "annealed",
    "kernels": "kernel density",
}
EXHAUSTIVE = ("exact", "kernels")  # of the same examples for all seeds, as far as splits go
HEADS = (
    Head("Kind", "exact: its density. Bound: importance-weighted, at most the truth. Annealed: on "
         "average at most the truth.", kind="text"),
    Head("Test (nats)", "Mean log density of test examples.", "higher"),
    Head("bits", "The same in bits for each number of an example; of images, to code a grey level.",
         "lower"),
    Head("Train (nats)", "Mean log density of training examples."),
    Head("Train − test", "▲: above 0 by more than seeds and examples can account for. The model "
         "knows its training examples."),
    Head("Between bounds", "Mean of upper less lower bounds on examples that the model made, in "
         "nats. !: so far apart that the value is unreliable, and compared with none."),
    Head("Noise (σ)", "Standard deviation of the noise, or of the kernels.", plain="σ"),
)  # fmt: skip
SIGNS = {"best": Sign("★", "best"), "tied": Sign("=", "cannot be distinguished from the best")}
OVER = Sign("▲", "training examples are likelier")
DOUBTED = Sign("!", "unreliable")


@dataclass(frozen=True)
class Series:
    """One way of measuring one model, or one law that needs none: its rows of the frame."""

    name: str
    kind: str
    law: bool
    rows: Frame

    def of(self, first: str, less: str = "") -> Values:
        """A column by seed, less another, where there is one."""
        own = self.rows.sort_values("seed")
        values = own[first] - own[less] if less else own[first]
        pairs = zip(own.seed, values, strict=True)
        return {seed: float(value) for seed, value in pairs if value is not None}

    def reliable(self, tolerance: float) -> bool:
        """Whether its two bounds, on average over seeds, are within the tolerance."""
        found = estimate([*self.of("gap").values()])
        return found is None or found.mean <= tolerance

    @property
    def overfits(self) -> bool:
        """Whether training examples are likelier by more than seeds and examples can account for:
        the interval over seeds is above 0, and the mean beyond two standard errors over examples.
        """
        found = estimate([*self.of("train", "test").values()])
        if found is None or found.half is None:
            return False
        errors = [*((self.rows.test_error**2 + self.rows.train_error**2) ** 0.5)]
        error = sum(errors) / len(errors)
        if self.kind not in EXHAUSTIVE:
            error /= len(errors) ** 0.5  # each seed has examples of its own
        return found.low > 0 and found.mean > 2 * error


def likelihoods(records: Records) -> Frame:
    """Every value, laws that need no model first, and a row with a note for each that cannot be
    had."""
    return frame(HEAD, (row for data in records.data for row in _rows_of(records, data)))


def _rows_of(records: Records, data: Data) -> Iterator[Sequence[Any]]:
    found = [*left(records, "likelihood", data.name)]
    laws: dict[tuple[str, str], dict[int, Mapping[str, Any]]] = {}
    for *_, seed, record in found:
        for law in record["references"]:
            laws.setdefault((law["title"], law["observation"]), {})[seed] = law | {"kind": "exact"}
    for (title, _), by_seed in laws.items():
        for seed, law in by_seed.items():
            yield data.name, title, "reference", seed, *_values(law)
    for _, model, seed, record in found:
        start = (data.name, model.name, model.family, seed)
        for one in record["measured"]:
            yield *start, *_values(one)
        for absent in record["absent"]:
            yield *start, absent["kind"], "", *([None] * 11), absent["note"]
        if record["status"] != "ok":
            yield *start, "", "", *([None] * 11), record["note"]


def _values(one: Mapping[str, Any]) -> Sequence[Any]:
    first = (one["kind"], one["observation"], one["sigma"], one.get("chosen", ""))
    return *first, *one["test"], *one["train"], one["bits"], one.get("gap"), one.get("accepted"), ""


def series(found: Frame) -> list[Series]:
    """All that was measured under one observation model, laws first."""
    groups = found.groupby(["model", "family", "kind"], sort=False)
    return [Series(str(m), str(kind), law == "reference", of) for (m, law, kind), of in groups]


def _table(part: Part) -> Iterator[View]:
    measured = part.frame[part.frame.observation != ""]
    blocks = {name: series(measured[measured.observation == name]) for name in OBSERVATIONS}
    every = [one for found in blocks.values() for one in found]
    if all(one.law for one in every):
        return
    asked = settings(part.results, "likelihood", part.key)
    yield Prose(line(asked), "line")
    if told := _overfitting(part, every):
        yield Prose(told)
    groups = [
        Group(OBSERVATIONS[name], _rows(part, found, asked["tolerance"]))
        for name, found in blocks.items()
        if not all(one.law for one in found)
    ]
    shown = {one.name for one in every}
    missing = {s.title: _reason(part, s) for s in part.subjects if s.name not in shown}
    yield Grid(
        f"{part.anchor}-values", f"Likelihoods on {part.key}", HEADS, groups,
        apart=True, absent=absences(missing),
    )  # fmt: skip


def line(asked: Mapping[str, Any]) -> str:
    """How much was requested of every model."""
    return (
        f"annealing: {asked['examples']} examples per split and seed, {asked['chains']} chains, "
        f"{asked['temperatures']} temperatures, {asked['leapfrogs']} leapfrogs · bound: "
        f"{asked['samples']} samples of the posterior · unreliable: over {asked['tolerance']:g} "
        "nats between the bounds"
    )


def _reason(part: Part, subject: Subject) -> str:
    model = next(m for m in data_of(part.results, part.key).models if m.name == subject.name)
    notes = part.frame[part.frame.model == subject.name].note
    return "; ".join(dict.fromkeys(filter(None, notes))) or model.absence or "not measured"


def _rows(part: Part, found: Sequence[Series], tolerance: float) -> list[Row]:
    verdicts = _verdicts(found, tolerance)
    names = (("test",), ("bits",), ("train",), ("train", "test"), ("gap",))
    columns = [column([one.of(*name) for one in found]) for name in names]
    rows = []
    for k, one in enumerate(found):
        test, bits, train, difference, gap = (replace(c[k], padding="") for c in columns)
        test = replace(test, kind=verdicts.get(k, ""), sign=SIGNS.get(verdicts.get(k, "")))
        difference = replace(difference, sign=OVER if one.overfits else None)
        gap = replace(gap, sign=None if one.reliable(tolerance) else DOUBTED)
        cells = [Cell(KINDS[one.kind], kind="text"), test, bits, train, difference, gap]
        rows.append(_row(part, one, [*cells, _sigma(one)]))
    return rows


def _row(part: Part, one: Series, cells: Sequence[Cell]) -> Row:
    if one.law:
        return Row(one.name, cells)
    subject = part.by_name[one.name]
    pairs = zip(one.rows.n_test, one.rows.n_train, strict=True)
    counts = sorted({f"{test} test, {train} training" for test, train in pairs})
    tip = f"{' or '.join(counts)} examples per seed"
    return Row(subject.title, cells, subject.name, subject.index, tip)


def _verdicts(found: Sequence[Series], tolerance: float) -> dict[int, str]:
    """Each compared with the best of its own kind; what is unreliable, or no model, with none."""
    verdicts: dict[int, str] = {}
    for kind in {one.kind for one in found if not one.law}:
        rivals = {
            str(k): {seed: -value for seed, value in one.of("test").items()}
            for k, one in enumerate(found)
            if one.kind == kind and not one.law and one.reliable(tolerance)
        }
        verdicts |= {int(k): found.verdict for k, found in compare(rivals).items()}
    return verdicts


def _sigma(one: Series) -> Cell:
    values = one.of("sigma")
    if not values:
        return Cell(DASH)
    chosen = {name or "validation" for name in one.rows.chosen}
    alike = sorted({short(value) for value in values.values()})
    text = listed(alike) if len(alike) < 3 else f"{alike[0]}…{alike[-1]}"
    return Cell(text, tip=f"chosen by: {', '.join(sorted(chosen))}")


def _overfitting(part: Part, found: Sequence[Series]) -> str:
    """Which models find training examples likelier, in a sentence; empty with one seed."""
    own = [one for one in found if not one.law and len(one.of("train", "test")) > 1]
    known = dict.fromkeys(one.name for one in own)
    if not known:
        return ""
    overfit = dict.fromkeys(part.by_name[one.name].title for one in own if one.overfits)
    text = (
        "Training examples are likelier than test examples, by more than seeds and examples can "
        f"account for (▲), under {len(overfit) or 'none'} of {len(known)} models"
    )
    return f"{text}{': ' + some([*overfit], 8) if overfit else ''}."


LIKELIHOOD = Section(
    id="likelihood",
    title="Likelihood",
    lede="Mean log density of an example, in nats; bits are for each number of it. Compare within "
    "a block and a kind only: a block is one observation model, and another noise is another "
    "model. Pixels are spread evenly over their grey level's bin, for all models alike (Theis et "
    "al. 2016, arXiv:1511.01844). A bound (Burda et al. 2016, arXiv:1509.00519) and an annealed "
    "value (Wu et al. 2017, arXiv:1611.04273) are, on average, at most the truth, which may be "
    "higher. 'Between bounds' is how far a lower and an upper one are apart on examples that the "
    "model itself made (Grosse et al. 2015, arXiv:1511.02543); on real ones, which it may make "
    "nowhere, the lower bound can be further off. ★ is the best mean of a block and kind, = every "
    f"mean that cannot be distinguished from it {BORROWED}.",
    blind="how samples look: likelihood and looks can disagree in both directions (Theis et al. "
    "2016). The noise, where validation examples chose it, is no part of the model that was "
    "trained. Intervals are over training seeds, and where few examples are measured over these "
    "too; those of exact values do not cover the choice of the splits.",
    frame=likelihoods,
    subjects=models,
    empty="no likelihood was measured",
    show=(Drawing(_table),),
)
