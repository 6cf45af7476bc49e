"""Errors with few labels: what the stage found, compared in pairs over the draws."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gbench.core.files import read_json
from gbench.report.findings import Finding
from gbench.report.numbers import fixed, half_width, listed
from gbench.report.records import by_seed
from gbench.stats import ALPHA, Estimate, estimate, holm, paired_p

TRAININGS = ("semi_supervised", "supervised")
Value = str | int | float | None


@dataclass(frozen=True)
class Draw:
    """Both trainings with the labels of one draw.

    Attributes:
        draw: its seed.
        card: the stage's file; empty if there is none.
    """

    draw: int
    card: Mapping[str, Any]

    def error(self, training: str) -> float | None:
        """On the test split, in percent; None if there is none."""
        share = self.card.get("trainings", {}).get(training, {}).get("test_error")
        return None if share is None else 100 * share

    def note(self, training: str) -> str:
        """Why there is no error; empty if there is."""
        if not self.card:
            return "not run"
        return self.card["note"] or self.card["trainings"][training]["note"]


@dataclass(frozen=True)
class Row:
    """One number of labels.

    Attributes:
        labels: as in params.yaml.
        n_labels: how many that is; None where nothing was trained.
        errors: of each training over its draws, in percent; None where there are none.
        difference: semi-supervised less supervised over the draws that have both, in percentage
            points; None where there are none.
        p: of the paired t-test, Holm-corrected over the numbers of labels; None without two pairs.
        gap: why draws lack an error; empty if none does.
    """

    labels: str
    n_labels: int | None
    errors: Mapping[str, Estimate | None]
    difference: Estimate | None
    p: float | None
    gap: str

    @property
    def verdict(self) -> int:
        """-1 where the unlabelled examples help, 1 where they hurt, 0 where neither is told."""
        if self.p is None or self.difference is None or self.p >= ALPHA:
            return 0
        return -1 if self.difference.mean < 0 else 1


@dataclass(frozen=True)
class Comparison:
    """One model on one data set.

    Attributes:
        draws: by number of labels.
        card: of some draw that was trained.
    """

    data: str
    model: str
    draws: Mapping[str, list[Draw]]
    card: Mapping[str, Any]
    rows: list[Row]

    @property
    def title(self) -> str:
        return self.card["title"]

    def with_verdict(self, verdict: int) -> list[Row]:
        return [row for row in self.rows if row.verdict == verdict]


@dataclass(frozen=True)
class FewLabels:
    """All that the section shows.

    Attributes:
        comparisons: those with a number to show.
        left_out: (data set and model, reason) of those without.
    """

    comparisons: list[Comparison]
    left_out: list[tuple[str, str]]


NONE = FewLabels([], [])


def read(params: Mapping[str, Any], root: Path) -> FewLabels:
    """Reads what the parameters ask for from the tree at `root`.

    Raises:
        DataError: a file is there but cannot be read.
    """
    section = params.get("few_labels") or {"models": [], "labels": [], "draws": []}
    comparisons, left_out = [], []
    for data in params["data"]:
        for model in section["models"]:
            folder = root / "results" / "few_labels" / data / model
            draws = {
                str(labels): [_draw(folder / str(labels), draw) for draw in section["draws"]]
                for labels in section["labels"]
            }
            found = comparison(data, model, draws)
            if found:
                comparisons.append(found)
            else:
                notes = {d.note(TRAININGS[0]) for several in draws.values() for d in several}
                left_out.append((f"{data}, {model}", "; ".join(sorted(notes))))
    return FewLabels(comparisons, left_out)


def _draw(folder: Path, draw: int) -> Draw:
    path = folder / f"{draw}.json"
    return Draw(draw, read_json(path) if path.exists() else {})


def comparison(data: str, model: str, draws: Mapping[str, list[Draw]]) -> Comparison | None:
    """Compares both trainings at each number of labels; None without any error."""
    trained = [d.card for several in draws.values() for d in several if d.card.get("trainings")]
    errors = {
        labels: {t: _errors(several, t) for t in TRAININGS} for labels, several in draws.items()
    }
    if not any(values for found in errors.values() for values in found.values()):
        return None
    pairs = {
        labels: [(first[draw], second[draw]) for draw in first.keys() & second.keys()]
        for labels, found in errors.items()
        for first, second in [[found[training] for training in TRAININGS]]
    }
    tested = {labels: paired_p(*zip(*p, strict=True)) for labels, p in pairs.items() if len(p) > 1}
    p_values = dict(zip(tested, holm([*tested.values()]), strict=True))
    rows = [
        Row(
            labels,
            next((d.card["n_labels"] for d in several if d.card.get("trainings")), None),
            {training: estimate([*values.values()]) for training, values in errors[labels].items()},
            estimate([first - second for first, second in pairs[labels]]),
            p_values.get(labels),
            _gap(several),
        )
        for labels, several in draws.items()
    ]
    return Comparison(data, model, draws, trained[0], rows)


def _errors(draws: Iterable[Draw], training: str) -> dict[int, float]:
    """By draw, of those that have one."""
    return {one.draw: error for one in draws if (error := one.error(training)) is not None}


def _gap(draws: Iterable[Draw]) -> str:
    """Why draws lack an error of either training; each reason once."""
    reasons = {}
    for one in draws:
        notes = {one.note(t) for t in TRAININGS if one.error(t) is None}
        if notes:
            reasons[one.draw] = "; ".join(sorted(notes))
    return by_seed(reasons).replace("seed", "draw")


@dataclass(frozen=True)
class Line:
    """A row of the table as text.

    Attributes:
        cells: (mean, half of the interval) of each training's error and of the difference.
        pairs: how many draws have both errors.
    """

    labels: str
    cells: list[tuple[str, str]]
    p: str
    pairs: str
    gap: str


def lines(found: Comparison) -> list[Line]:
    """The table, with the decimals that the size of the test split is worth."""
    places = 1 if found.card["n_test"] <= 1000 else 2
    return [
        Line(
            f"{row.labels} ({row.n_labels})" if row.labels == "all" else row.labels,
            [_cell(row.errors[training], places) for training in TRAININGS]
            + [_cell(row.difference, places)],
            "" if row.p is None else "<0.001" if row.p < 0.001 else f"{row.p:.3f}",
            str(row.difference.n if row.difference else 0),
            row.gap,
        )
        for row in found.rows
    ]


def _cell(value: Estimate | None, places: int) -> tuple[str, str]:
    return (fixed(value.mean, places), half_width(value, places)) if value else ("\N{EN DASH}", "")


def conditions(found: Comparison) -> str:
    """What holds for a whole table, in one line."""
    card = found.card
    settings = ", ".join(f"{name} {value}" for name, value in card["hyperparameters"].items())
    budget = f"{fixed(card['rounds'], 0)} rounds of batches of {card['batch']}"
    return f"{fixed(card['n_test'], 0)} test images · {budget} · {settings}"


def gaps(found: Comparison) -> list[str]:
    return [f"{row.labels} labels: {row.gap}" for row in found.rows if row.gap]


def failures(few_labels: FewLabels) -> list[str]:
    """What has no error, and why, over the whole section."""
    found = [f"few labels, {where}: {why}" for where, why in few_labels.left_out]
    for one in few_labels.comparisons:
        found += [f"few labels, {one.data}, {one.model}, {gap}" for gap in gaps(one)]
    return found


def findings(few_labels: FewLabels) -> list[Finding]:
    """Where the unlabelled examples help or hurt; silent where no difference is told."""
    sentences = []
    for found in few_labels.comparisons:
        clauses, subject = [], f"semi-supervised training ({found.title})"
        for verdict, word in ((-1, "lowers"), (1, "raises")):
            rows = found.with_verdict(verdict)
            differences = [
                f"{points(row.difference)} at {row.labels} labels" for row in rows if row.difference
            ]
            if differences:
                clauses.append(f"{subject} {word} the test error by {listed(differences)}")
                subject = "it"
        if clauses:
            untold = [row.labels for row in found.with_verdict(0) if row.p is not None]
            if untold:
                clauses.append(f"no difference is told at {listed(untold)} labels")
            lead = f"Few labels on {found.data}:"
            anchor = f"few-labels-{found.data}-{found.model}"
            sentences.append(Finding(lead, f"{'; '.join(clauses)}.", anchor))
    return sentences


def points(difference: Estimate) -> str:
    """ "9.3 [7.1, 11.5] points": its size, whatever its sign."""
    low, high = sorted(abs(end) for end in (difference.low, difference.high))
    return f"{fixed(abs(difference.mean), 1)} [{fixed(low, 1)}, {fixed(high, 1)}] points"


def observations(found: FewLabels) -> Iterable[tuple[Value, ...]]:
    """(data, model, training, labels, draw, error in percent, note), one for each training."""
    for one in found.comparisons:
        for labels, draws in one.draws.items():
            for draw in draws:
                for training in TRAININGS:
                    start = (one.data, one.model, training, labels, draw.draw)
                    yield *start, draw.error(training), draw.note(training)
