"""The probes of latent spaces as tables: each value beside what it is to be read against."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from gbench.report.numbers import Digits, fixed, half_width, interval, listed, short
from gbench.report.records import Data, Model, Run
from gbench.report.statistics import ALPHA, Estimate, compare, estimate, holm, paired_p

Values = Mapping[int, float]  # by seed


class Head(NamedTuple):
    """One measure of a probe and the columns that stand beside it.

    Attributes:
        measure: as the probe names it, without the prefix of a group.
        better: "higher" or "lower".
        asks: what it asks, for the tip.
        against: what it is read against, by the probe's name for it, and the column's title.
    """

    measure: str
    title: str
    better: str
    asks: str
    against: tuple[tuple[str, str], ...]


class Spec(NamedTuple):
    """
    Attributes:
        probe: by name.
        groups: title of a block of rows, and the prefix of its measures.
        reading: how to read it.
        blind: what it cannot show.
        medians: whether the median over seeds is shown, and each seed, instead of mean and
            interval.
    """

    probe: str
    title: str
    groups: tuple[tuple[str, str], ...]
    heads: tuple[Head, ...]
    reading: str
    blind: str
    medians: bool = False


SHUFFLED = (("random direction", "random"), ("shuffled labels", "shuffled"))
SPECS = (
    Spec(
        "interpolation",
        "Interpolation",
        (("Between draws of the model's own codes", ""),
         ("Between the codes of two test images of two classes", "image_")),
        (Head("fid", "FID of middles", "lower",
              "How far are the pictures half-way between two codes from real data?",
              (("ends", "ends"), ("straight line", "straight"), ("pixels blended", "pixels"))),
         Head("precision", "precision of middles", "higher",
              "Which share of the pictures half-way could pass for real?",
              (("ends", "ends"), ("straight line", "straight"), ("pixels blended", "pixels"))),
         Head("two_classes", "two classes only", "higher",
              "On which share of the paths between two classes does the oracle, at every step, see "
              "one of these two?",
              (("pixels blended", "pixels"),))),
        "Half-way between two codes a picture should look as real as at the ends, which a blend of "
        "pixels does not: two digits on top of each other. Standard normal codes are joined by the "
        "great circle (Shoemake 1985; White 2016, arXiv:1609.04468), since the middle of a "
        "straight line is closer to the origin than the model ever draws; the straight line stands "
        "beside it. Other codes (fitted densities, a category) are joined by the straight line. "
        "The reference is the test split, for paths between test images the validation split.",
        "That the middles of a great circle look like samples follows from the law of the codes "
        "and says nothing about meaning. Precision rewards typical pictures: middles of straight "
        "lines, nearer to the mean, can pass more often while FID shows that they are alike. A "
        "path that stays in two classes may jump from one to the other.",
    ),
    Spec(
        "arithmetic",
        "Arithmetic",
        (("Codes of the model's own samples, labelled by the oracle", ""),
         ("Codes of test images, means from training images", "image_")),
        (Head("class", "becomes the asked class", "higher",
              "A code plus the mean code of class b minus that of class a: how often does the "
              "oracle see b? All ordered pairs of classes.", SHUFFLED),
         Head("ink", "ink obeys", "higher",
              "Along the difference of the mean codes of the boldest and the thinnest quarter: how "
              "often does the ink change more in the asked sense than along a random direction?",
              SHUFFLED),
         Head("slant", "slant obeys", "higher",
              "The same for the slant of the strokes, by image moments.", SHUFFLED)),
        "The share of moves that succeed, beside the same moves in a random direction of the same "
        "length, and in the direction that shuffled labels give. Nothing is chosen: half of the "
        "samples give the mean codes, the other half are moved (compare Radford et al. 2016, "
        "arXiv:1511.06434, section 6.3.2). The first block asks every decoder the same way; the "
        "second asks models that encode once more, with images. Chance is one half for strokes.",
        "A move that succeeds shows that a direction is there and says nothing about what else it "
        "changes: identity, style. A stroke obeys however little it changes. The oracle must name "
        "some class even for what is no digit.",
    ),
    Spec(
        "conditioning",
        "Samples by class",
        (("", ""),),
        (Head("asked_class", "is of the asked class", "higher",
              "In which share of the samples does the oracle see the class that was asked for?",
              (("shuffled labels", "shuffled"), ("real images", "real"))),),
        "Models that know the labels are asked for each class equally often. The oracle's share "
        "stands beside that of shuffled labels, and beside the oracle's own accuracy on real test "
        "images, which no model need exceed.",
        "A model may give one image a class and score 1: recall and coverage see that. Where it "
        "learns from a classifier of its own, it may exaggerate what tells classes apart, and "
        "exceed real images.",
    ),
    Spec(
        "codes",
        "Categories against labels",
        (("", ""),),
        (Head("hungarian_accuracy", "Hungarian accuracy", "higher",
              "Under the best assignment of categories to classes, for which share of the test "
              "images does the category that is read name the class?",
              (("shuffled codes", "shuffled"), ("k-means on pixels", "k-means"))),
         Head("nmi", "NMI", "higher",
              "Mutual information of category and class over the mean of both entropies, in [0, 1]",
              (("shuffled codes", "shuffled"), ("k-means on pixels", "k-means")))),
        "A categorical code that was learned without labels, against the labels of the test "
        "images: the median over seeds, and each seed. Beside it the same codes shuffled, and "
        "k-means on pixels with as many clusters as categories occur.",
        "Categories may follow something else that is as real as the class: style, stroke. Both "
        "numbers call that a failure.",
        medians=True,
    ),
    Spec(
        "reconstruction",
        "Reconstruction",
        (("", ""),),
        (Head("pixel_error", "pixel error (RMSE)", "lower",
              "Root of the mean squared error of the pixels, which are in [0, 1].",
              (("random pairs", "random pairs"),)),
         Head("pixel_ratio", "ratio", "lower", "Pixel error over that of random pairs.", ()),
         Head("feature_error", "feature distance", "lower",
              "Mean distance of image and reconstruction in the judge's features.",
              (("random pairs", "random pairs"),)),
         Head("feature_ratio", "ratio", "lower", "Feature distance over that of random pairs.", ()),
         Head("same_class", "same class", "higher",
              "Share of the images whose reconstruction the oracle gives the same class.",
              (("random pairs", "random pairs"),))),
        "Test images coded and decoded, against pairs of test images drawn at random: a ratio of 0 "
        "is the image itself, a ratio of 1 is any other image.",
        "A large code may pass everything on and have learned nothing; a flow returns each image "
        "by construction. Models without an error in their loss (BiGAN, ALI) return another image "
        "of the same kind at best, which the features forgive and the pixels do not.",
    ),
)  # fmt: skip
SIGNS = {1: ("✓", "better than this"), -1: ("✗", "worse than this"), 0: ("=", "not told from this")}


class Cell(NamedTuple):
    """
    Attributes:
        sign: on a baseline's cell, how the value compares with it: 1 better, -1 worse, 0 not told
            apart, None not tested.
        tip: each seed's value.
    """

    text: str
    interval: str
    tip: str
    sign: int | None = None


@dataclass(frozen=True)
class Row:
    index: int
    title: str
    note: str
    cells: list[Cell]


@dataclass(frozen=True)
class Table:
    """
    Attributes:
        groups: title and rows of each block.
        absent: (reason, titles of the models) that have no row.
    """

    spec: Spec
    groups: list[tuple[str, list[Row]]]
    absent: list[tuple[str, list[str]]]

    @property
    def width(self) -> int:
        return sum(1 + len(head.against) for head in self.spec.heads)


def measured(run: Run, probe: str) -> Iterable[Mapping[str, Any]]:
    """The rows of one probe of one run; none where it was not probed."""
    return run.latent.get("probes", {}).get(probe, {}).get("rows", ())


def values(model: Model, probe: str, measure: str, against: str = "") -> Values:
    """A measure by seed, or the baseline `against` which it is read."""
    found = {}
    for run in model.runs:
        for row in measured(run, probe):
            if row["measure"] != measure or against not in ("", row["against"]):
                continue
            value = row["baseline"] if against else row["value"]
            if value is not None:
                found[run.seed] = float(value)
    return found


def tables(data: Data) -> list[Table]:
    """A table a probe that some model answers."""
    made = (_table(data, spec) for spec in SPECS)
    return [table for table in made if table.groups]


def _table(data: Data, spec: Spec) -> Table:
    groups = []
    for title, prefix in spec.groups:
        chosen = [
            (index, model)
            for index, model in enumerate(data.models)
            if any(values(model, spec.probe, prefix + head.measure) for head in spec.heads)
        ]
        if not chosen:
            continue
        columns = [
            column
            for head in spec.heads
            for column in _columns([model for _, model in chosen], spec, head, prefix)
        ]
        rows = [
            Row(index, model.title, _note(model, spec.probe), [column[k] for column in columns])
            for k, (index, model) in enumerate(chosen)
        ]
        groups.append((title, rows))
    shown = {row.index for _, rows in groups for row in rows}
    reasons: dict[str, list[str]] = {}
    for index, model in enumerate(data.models):
        if index not in shown:
            reasons.setdefault(_reason(model, spec.probe), []).append(model.title)
    return Table(spec, groups, list(reasons.items()))


def _note(model: Model, probe: str) -> str:
    notes = (run.latent.get("probes", {}).get(probe, {}).get("note", "") for run in model.runs)
    return "; ".join(dict.fromkeys(filter(None, notes)))


def _reason(model: Model, probe: str) -> str:
    """Why a model has no row."""
    rows = [row["note"] for run in model.runs for row in measured(run, probe)]
    notes = [*rows, *(run.latent.get("note", "") for run in model.runs)]
    return "; ".join(dict.fromkeys(filter(None, notes))) or _note(model, probe) or "not probed"


def _columns(models: Sequence[Model], spec: Spec, head: Head, prefix: str) -> list[list[Cell]]:
    """The cells of a measure and of each of its baselines, a column each."""
    measure = prefix + head.measure
    own = [values(model, spec.probe, measure) for model in models]
    columns = [_cells(own, spec.medians)]
    for name, _ in head.against:
        other = [values(model, spec.probe, measure, name) for model in models]
        signs = told(own, other, head.better)
        cells = _cells(other, spec.medians)
        columns.append([c._replace(sign=s) for c, s in zip(cells, signs, strict=True)])
    return columns


def told(own: Sequence[Values], other: Sequence[Values], better: str) -> list[int | None]:
    """Whether each model's value is better (1) or worse (-1) than its baseline, or not told from it
    (0): paired t-tests over seeds, Holm-corrected over the models; None with fewer than two seeds.
    """
    signs: list[int | None] = [None] * len(own)
    gains, tested = {}, {}
    for k, (a, b) in enumerate(zip(own, other, strict=True)):
        seeds = sorted(a.keys() & b.keys())
        if len(seeds) >= 2:
            first, second = [a[s] for s in seeds], [b[s] for s in seeds]
            gains[k] = (sum(first) - sum(second)) * (1 if better == "higher" else -1)
            tested[k] = paired_p(first, second)
    for k, p_value in zip(tested, holm([*tested.values()]), strict=True):
        signs[k] = (1 if gains[k] > 0 else -1) if p_value < ALPHA else 0
    return signs


def _cells(column: Sequence[Values], medians: bool) -> list[Cell]:
    middles = [_middle(v, medians) for v in column]
    digits = Digits([m.mean for m in middles if m])
    return [_cell(v, m, digits, medians) for v, m in zip(column, middles, strict=True)]


def _middle(found: Values, medians: bool) -> Estimate | None:
    if not medians or not found:
        return estimate([*found.values()])
    ordered = sorted(found.values())
    half = len(ordered) // 2
    return Estimate((ordered[half] + ordered[~half]) / 2, None, len(ordered))


def _cell(found: Values, middle: Estimate | None, digits: Digits, medians: bool) -> Cell:
    if middle is None:
        return Cell("–", "", "")
    places = digits.places(middle.mean)
    seeds = [fixed(found[seed], places) for seed in sorted(found)]
    beside = ", ".join(seeds) if medians and len(seeds) > 1 else half_width(middle, places)
    tip = "; ".join(f"seed {seed}: {short(found[seed])}" for seed in sorted(found))
    return Cell(fixed(middle.mean, places), beside, tip)


def line(data: Data) -> str:
    """How much was asked of every model, in one line."""
    cards = (run.latent["settings"] for m in data.models for run in m.runs if run.latent)
    found = next(cards, None)
    if found is None:
        return ""
    return (
        f"{min(found['n'], data.sizes.get('test', found['n']))} images a judgement · "
        f"{found['pairs']} paths of {found['steps']} steps · {found['samples']} samples, half of "
        f"them for mean codes · {found['moves']} moves"
    )


def finding(data: Data) -> str:
    """What the probes support about one data set, as clauses; empty if nothing."""
    return "; ".join(filter(None, (_arithmetic(data), _categories(data))))


def _arithmetic(data: Data) -> str:
    """Which decoder's mean codes carry classes best, and how many do so at all."""
    own = {m.name: v for m in data.models if (v := values(m, "arithmetic", "class"))}
    titles = {model.name: model.title for model in data.models}
    chance = {
        m.name: values(m, "arithmetic", "class", "random direction")
        for m in data.models
        if m.name in own
    }
    signs = told([*own.values()], [*chance.values()], "higher")
    losses = {name: {seed: -v for seed, v in found.items()} for name, found in own.items()}
    verdicts = compare(losses)
    best = [name for name, verdict in verdicts.items() if verdict == "best"]
    if not best or 1 not in signs:
        return ""
    value, rate = estimate([*own[best[0]].values()]), estimate([*chance[best[0]].values()])
    assert value is not None and rate is not None
    tied = [titles[name] for name, verdict in verdicts.items() if verdict == "tied"]
    clause = (
        "moved by mean codes, samples become the asked class more often than in a random direction "
        f"for {signs.count(1)} of {len(signs)} decoders, most often for {titles[best[0]]} "
        f"({interval(value)}; at random {short(rate.mean)})"
    )
    if not tied:
        return clause
    few = listed(tied) if len(tied) < 4 else f"{len(tied)} others"
    return f"{clause}, from which {few} cannot be told"


def _categories(data: Data) -> str:
    """Whether a learned category agrees with the classes otherwise than k-means on pixels does."""
    clauses = []
    for model in data.models:
        own = values(model, "codes", "hungarian_accuracy")
        other = values(model, "codes", "hungarian_accuracy", "k-means on pixels")
        sign = told([own], [other], "higher")[0]
        first, second = estimate([*own.values()]), estimate([*other.values()])
        if sign and first and second:
            word = "better" if sign > 0 else "worse"
            clauses.append(
                f"the categories of {model.title} agree {word} with the classes "
                f"({interval(first)}) than k-means on pixels ({short(second.mean)})"
            )
    return "; ".join(clauses)
