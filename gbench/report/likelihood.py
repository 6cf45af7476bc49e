"""Log-likelihoods as tables: grouped by observation model, since only equal ones are compared."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from gbench.report.numbers import Digits, fixed, half_width, listed, short, some
from gbench.report.records import Data, Model, Records
from gbench.stats import Verdict, compare, estimate

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
    "reference": "exact",
}
EXHAUSTIVE = ("exact", "kernels")  # of the same examples for all seeds, as far as splits go
COLUMNS = ("Kind", "Test (nats) ↑", "bits ↓", "Train (nats)", "Train − test", "Between bounds", "σ")
READING = (
    "Mean log density of an example, in nats; bits are for each number of it. Compare within a "
    "block and a kind only: a block is one observation model, and another noise is another model. "
    "Pixels are spread evenly over their grey level's bin, for all models alike (Theis et al. "
    "2016, arXiv:1511.01844). A bound (Burda et al. 2016, arXiv:1509.00519) and an annealed value "
    "(Wu et al. 2017, arXiv:1611.04273) are, on average, at most the truth, which may be higher. "
    "'Between bounds' is how far a lower and an upper one are apart on examples that the model "
    "itself made (Grosse et al. 2015, arXiv:1511.02543); on real ones, which it may make nowhere, "
    "the lower bound can be further off."
)
BLIND = (
    "Likelihood and the look of samples can disagree in both directions (Theis et al. 2016). The "
    "noise, where validation examples chose it, is no part of the model that was trained. "
    "Intervals are over training seeds, and where few examples are asked over these too; those of "
    "exact values do not cover the choice of the splits."
)


class Cell(NamedTuple):
    """
    Attributes:
        tip: each seed's value.
        mark: what stands before it, and what that means; "" for nothing.
    """

    text: str
    interval: str = ""
    tip: str = ""
    mark: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Row:
    """
    Attributes:
        index: of the model; None for a law that needs none.
        verdict: "best" or "tied" within its kind, else anything.
        cells: test, bits, train, difference, gap, sigma.
        note: for the tip.
    """

    index: int | None
    title: str
    kind: str
    verdict: Verdict
    cells: list[Cell]
    note: str = ""

    @property
    def texts(self) -> list[str]:
        signs = {"best": "★", "tied": "="}
        first = signs.get(self.verdict, "")
        shown = [" ".join(filter(None, (c.mark[0], c.text, c.interval))) for c in self.cells]
        return [self.kind, f"{first} {shown[0]}".strip(), *shown[1:]]


@dataclass(frozen=True)
class Group:
    title: str
    rows: list[Row]


@dataclass(frozen=True)
class Table:
    """
    Attributes:
        line: how much was asked of every model.
        absent: (reason, titles of the models) that have no row.
    """

    groups: list[Group]
    line: str
    verdict: str
    absent: list[tuple[str, list[str]]]


@dataclass(frozen=True)
class Series:
    """One way of measuring one model, or one law: records by seed."""

    index: int | None
    title: str
    kind: str
    observation: str
    by_seed: Mapping[int, Mapping[str, Any]]

    def of(self, value: Any) -> dict[int, float]:
        """By seed, where there is one."""
        found = {seed: value(record) for seed, record in self.by_seed.items()}
        return {seed: v for seed, v in found.items() if v is not None}

    @property
    def test(self) -> dict[int, float]:
        return self.of(lambda record: record["test"][0])

    @property
    def difference(self) -> dict[int, float]:
        return self.of(lambda record: record["train"][0] - record["test"][0])

    @property
    def gap(self) -> dict[int, float]:
        return self.of(lambda record: record.get("gap"))

    def reliable(self, tolerance: float) -> bool:
        """Whether its two bounds, on average over seeds, are within the tolerance."""
        found = estimate([*self.gap.values()])
        return found is None or found.mean <= tolerance

    @property
    def overfits(self) -> bool:
        """Whether training examples are likelier by more than seeds and examples can account for:
        the interval over seeds is above 0, and the mean beyond two standard errors over examples.
        """
        found = estimate([*self.difference.values()])
        if found is None or found.half is None:
            return False
        errors = self.of(lambda record: (record["test"][1] ** 2 + record["train"][1] ** 2) ** 0.5)
        error = sum(errors.values()) / len(errors)
        if self.kind not in EXHAUSTIVE:
            error /= len(errors) ** 0.5  # each seed has examples of its own
        return found.low > 0 and found.mean > 2 * error


def series(data: Data) -> list[Series]:
    """All that was measured on one data set, laws first."""
    laws: dict[tuple[str, str], dict[int, Mapping[str, Any]]] = {}
    found: dict[tuple[int, str, str], dict[int, Mapping[str, Any]]] = {}
    for index, model in enumerate(data.models):
        for run in model.runs:
            for law in run.likelihood.get("references", ()):
                laws.setdefault((law["title"], law["observation"]), {})[run.seed] = law
            for one in run.likelihood.get("measured", ()):
                key = (index, one["kind"], one["observation"])
                found.setdefault(key, {})[run.seed] = one
    return [
        *(Series(None, title, "reference", what, by) for (title, what), by in laws.items()),
        *(Series(i, data.models[i].title, kind, what, by) for (i, kind, what), by in found.items()),
    ]


def table(data: Data) -> Table | None:
    """None if nothing was measured."""
    everything = series(data)
    settings = next(
        (run.likelihood["settings"] for m in data.models for run in m.runs if run.likelihood), None
    )
    if settings is None or all(one.index is None for one in everything):
        return None
    groups = [
        Group(title, _rows([one for one in everything if one.observation == name], settings))
        for name, title in OBSERVATIONS.items()
    ]
    shown = {one.index for one in everything}
    reasons: dict[str, list[str]] = {}
    for index, model in enumerate(data.models):
        if index not in shown:
            reasons.setdefault(_reason(model), []).append(model.title)
    return Table(
        [group for group in groups if any(row.index is not None for row in group.rows)],
        _line(settings),
        _verdict(everything),
        list(reasons.items()),
    )


def _reason(model: Model) -> str:
    """Why a model has no row."""
    records = [run.likelihood for run in model.runs if run.likelihood]
    notes = [one["note"] for record in records for one in record["absent"]]
    notes += [record["note"] for record in records]
    return "; ".join(dict.fromkeys(filter(None, notes))) or model.absence or "not measured"


def _rows(found: Sequence[Series], settings: Mapping[str, Any]) -> list[Row]:
    verdicts = _verdicts(found, settings["tolerance"])
    columns = [
        _cells([one.test for one in found]),
        _cells([one.of(lambda record: record["bits"]) for one in found]),
        _cells([one.of(lambda record: record["train"][0]) for one in found]),
        _cells([one.difference for one in found]),
        _cells([one.gap for one in found]),
    ]
    rows = []
    for k, one in enumerate(found):
        cells = [column[k] for column in columns]
        if one.overfits:
            cells[3] = cells[3]._replace(mark=("▲", "training examples are likelier"))
        if not one.reliable(settings["tolerance"]):
            cells[4] = cells[4]._replace(mark=("!", "unreliable"))
        cells.append(_sigma(one))
        rows.append(Row(one.index, one.title, KINDS[one.kind], verdicts[k], cells, _note(one)))
    return rows


def _verdicts(found: Sequence[Series], tolerance: float) -> list[Verdict]:
    """Each compared with the best of its own kind; what is unreliable, or no model, with none."""
    verdicts: list[Verdict] = ["untested"] * len(found)
    for kind in {one.kind for one in found} - {"reference"}:
        rivals = {
            str(k): {seed: -value for seed, value in one.test.items()}
            for k, one in enumerate(found)
            if one.kind == kind and one.reliable(tolerance)
        }
        for k, verdict in compare(rivals).items():
            verdicts[int(k)] = verdict
    return verdicts


def _cells(column: Sequence[Mapping[int, float]]) -> list[Cell]:
    middles = [estimate([*values.values()]) for values in column]
    digits = Digits([middle.mean for middle in middles if middle])
    cells = []
    for values, middle in zip(column, middles, strict=True):
        if middle is None:
            cells.append(Cell("–"))
            continue
        places = digits.places(middle.mean)
        tip = "; ".join(f"seed {seed}: {short(values[seed])}" for seed in sorted(values))
        cells.append(Cell(fixed(middle.mean, places), half_width(middle, places), tip))
    return cells


def _sigma(one: Series) -> Cell:
    values = one.of(lambda record: record["sigma"])
    if not values:
        return Cell("–")
    chosen = {record.get("chosen", "validation") for record in one.by_seed.values()}
    alike = {short(value) for value in values.values()}
    tip = f"chosen by: {', '.join(sorted(chosen))}"
    return Cell(listed(sorted(alike)) if len(alike) < 3 else f"{min(alike)}…{max(alike)}", "", tip)


def _note(one: Series) -> str:
    counts = {f"{r['test'][2]} test, {r['train'][2]} training" for r in one.by_seed.values()}
    return f"{' or '.join(sorted(counts))} examples a seed" if one.index is not None else ""


def _line(settings: Mapping[str, Any]) -> str:
    return (
        f"annealing: {settings['examples']} examples of each split and seed, "
        f"{settings['chains']} chains, {settings['temperatures']} temperatures, "
        f"{settings['leapfrogs']} leapfrogs · bound: {settings['samples']} samples of the "
        f"posterior · unreliable: over {settings['tolerance']:g} nats between the bounds"
    )


def _verdict(found: Sequence[Series]) -> str:
    """Which models find training examples likelier, in a sentence; empty with one seed."""
    own = [one for one in found if one.index is not None and len(one.difference) > 1]
    models = dict.fromkeys(one.title for one in own)
    if not models:
        return ""
    overfit = dict.fromkeys(one.title for one in own if one.overfits)
    text = (
        f"Training examples are likelier than test examples, by more than seeds and examples can "
        f"account for (▲), under {len(overfit) or 'none'} of {len(models)} models"
    )
    return f"{text}{': ' + some([*overfit], 8) if overfit else ''}."


def observations(records: Records) -> Iterable[Sequence[str | int | float | None]]:
    """Every value, and a row with a note for each that cannot be had; for likelihood.csv."""
    for data in records.data:
        for one in series(data):
            if one.index is None:
                for seed, law in one.by_seed.items():
                    yield (
                        data.name,
                        one.title,
                        "reference",
                        seed,
                        *_values({**law, "kind": "exact"}),
                    )
        for model in data.models:
            for run in model.runs:
                start = (data.name, model.name, model.family, run.seed)
                for record in run.likelihood.get("measured", ()):
                    yield *start, *_values(record)
                for absent in run.likelihood.get("absent", ()):
                    yield *start, absent["kind"], "", *([None] * 11), absent["note"]
                if run.likelihood and run.likelihood["status"] != "ok":
                    yield *start, "", "", *([None] * 11), run.likelihood["note"]


def _values(record: Mapping[str, Any]) -> Sequence[str | int | float | None]:
    keys = ("kind", "observation", "sigma")
    more = (record["bits"], record.get("gap"), record.get("accepted"), "")
    first = (*(record[key] for key in keys), record.get("chosen", ""))
    return *first, *record["test"], *record["train"], *more
