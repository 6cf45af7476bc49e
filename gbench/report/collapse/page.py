"""The page on mode collapse: the root's page with its own sections."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from markupsafe import Markup

from gbench.core.budget import Along, Budget
from gbench.core.entry import trick
from gbench.core.entry import tricks as tricks_of
from gbench.core.files import write_json
from gbench.report import classes, labels, page, reading, tidy
from gbench.report.collapse import beside, gain, gallery, oscillation, placement
from gbench.report.findings import Finding
from gbench.report.numbers import interval, listed, short
from gbench.report.records import Control, Data, Model, Records
from gbench.report.tables import table
from gbench.stats import estimate

HERE = Path(__file__).parent
PLAIN = "gan"  # what the remedies are applied to
SWEEP = "step_ratio"  # a trick that is a question of its own: should the two be balanced?
MODES = {"points": "modes", "images": "class_modes"}
SEEN_WITH = {"points": "high_quality", "images": "class_mode_kl"}  # without it modes say little
LATE: gain.Window = "second half"
GAINS = {  # the first of each is that of the findings
    "points": (
        gain.Measure("kl_data_model", LATE),
        gain.Measure("high_quality", LATE),
        gain.Measure("modes"),
        gain.Measure("mode_kl"),
        gain.Measure("high_quality"),
    ),
    "images": (
        gain.Measure("class_mode_kl", LATE),
        gain.Measure("class_modes"),
        gain.Measure("class_mode_kl"),
    ),
}
WATCHED = (
    PLAIN,
    "wgan_gp",
    "gan_average",
    "gan_unrolled",
    "gan_packing2",
    "gan_historical",
    "gan_r1",
)


def write(params: Mapping[str, Any], root: Path, out: Path) -> Path:
    """Writes collapse/index.html and the tidy data beside it; returns the page's path.

    Args:
        params: all of the track's params.yaml.
        root: the track's folder, where data/, runs/ and results/ lie.
        out: of the reports.

    Raises:
        DataError: a file of the tree cannot be read.
        UserError: a metric of params.yaml has no file.
    """
    records, norms = reading.read(params, root), reading.read(params | params["placement"], root)
    watched = reading.read(params | params["gallery"], root)
    remedies, sweeps = altered(params, records)
    films = gallery.gallery(
        root,
        params["gallery"]["data"],
        titles((records, watched), params["gallery"]["data"]),
        sorted({*params["seeds"], *params["gallery"]["seeds"]}),
        Along(**params["along"]),
    )
    besides = [one for data in records.data if (one := beside.section(data, params))]
    compared = [(data, names) for data in records.data for names in (remedies, sweeps)]
    files = out / "collapse"
    tidy.csv_file(files / "scores.csv", tidy.SCORES, tidy.scores(records))
    tidy.csv_file(files / "classes.csv", classes.HEAD, classes.observations(records))
    tidy.csv_file(files / "cost.csv", tidy.COST, tidy.cost(records))
    tidy.csv_file(files / "gallery.csv", "data model seed round metric value", gallery.rows(films))
    tidy.csv_file(files / "oscillation.csv", oscillation.HEAD, oscillation.rows(records, root))
    placed = (row for data in norms.data for row in placement.rows(data))
    tidy.csv_file(files / "placement.csv", placement.HEAD, placed)
    gains = (gain.rows(data, PLAIN, names, GAINS[data.kind]) for data, names in compared)
    tidy.csv_file(files / "gain.csv", gain.HEAD, chain.from_iterable(gains))
    tidy.csv_file(files / "published.csv", beside.HEAD, beside.rows(besides))
    write_json(files / "metrics.json", tidy.metrics(records))
    return page.write(
        records,
        [table(data) for data in records.data],
        labels.read(params, root),
        findings(records, norms, root, remedies),
        files / "index.html",
        "collapse/page.html",
        "make collapse",
        besides=besides,
        gains=_gains(records, remedies),
        sweeps=_gains(records, sweeps),
        galleries=films,
        oscillation=oscillation.section(records, root, WATCHED),
        placements=[found for data in norms.data if (found := placement.section(data))],
        budgets=budgets(params, records),
        gallery_style=Markup((HERE / "gallery.css").read_text()),
        gallery_script=Markup((HERE / "gallery.js").read_text()),
    )


def titles(several: Iterable[Records], names: Collection[str]) -> dict[str, str]:
    """Of the models on the named data sets, by name."""
    every = (data for records in several for data in records.data if data.name in names)
    return {model.name: model.title for data in every for model in data.models}


def altered(params: Mapping[str, Any], records: Records) -> tuple[list[str], list[str]]:
    """What is compared with the plain model: remedies and other games, and ratios of steps."""
    found: tuple[list[str], list[str]] = ([], [])
    for name in (one for one in records.variants if one != PLAIN):
        tricks = [trick(one)[0] for one in tricks_of(params["models"][name], records.data[0].name)]
        found[tricks == [SWEEP]].append(name)
    return found


def _gains(records: Records, names: Sequence[str]) -> list[dict[str, Any]]:
    found = ((data, gain.section(data, PLAIN, names, GAINS[data.kind])) for data in records.data)
    return [one | {"between": between(data)} for data, one in found if one]


def between(data: Data) -> str:
    """Where the plain model lies between noise and real data, by modes and by what qualifies them.

    Noise that falls everywhere reaches every mode, so a number of modes alone is no merit.
    """
    sources: dict[str, Model | Control] = {one.title: one for one in data.controls}
    sources |= {model.title: model for model in data.models if model.name == PLAIN}
    told = []
    for name in (MODES[data.kind], SEEN_WITH[data.kind]):
        if name in data.metrics:
            means = {
                title: estimate([*one.values(name).values()]) for title, one in sources.items()
            }
            shown = [f"{title} {short(value.mean)}" for title, value in means.items() if value]
            told.append(f"{data.metrics[name].title}: {', '.join(shown)}")
    return "; ".join(told)


def budgets(params: Mapping[str, Any], records: Records) -> list[str]:
    """How long the plain model is trained, by data set, and what the paper's budget is."""
    found = []
    for data in records.data:
        runs = [run for model in data.models if model.name == PLAIN for run in model.runs]
        card = next((run.card for run in runs if run.card), None)
        if card:
            budget = Budget(card["rounds"], card["batch"])
            found.append(f"{data.name}: {budget.rounds} rounds of {budget.batch}")
    return found


def findings(
    records: Records, norms: Records, root: Path, remedies: Sequence[str]
) -> list[Finding]:
    """What the page says first: collapse, remedies by data set, circling, batch norm."""
    found = []
    clauses = []
    for data in records.data:
        name = MODES[data.kind]
        for model in data.models:
            value = estimate([*model.values(name).values()]) if model.name == PLAIN else None
            if value:
                reached = interval(value, 0, data.modes)
                clauses.append(f"{reached} of {data.modes} modes on {data.name}")
    if clauses:
        found.append(Finding("The plain GAN", f"reaches {listed(clauses)}.", "results"))
    for data in records.data:
        measure = GAINS[data.kind][0]
        metric = data.metrics.get(measure.metric)
        columns = gain.gains(data, PLAIN, remedies, measure) if metric else []
        if metric and columns:
            text = gain.told(columns, measure.title(metric))
            found.append(Finding(f"Remedies on {data.name}:", text, f"gain-{data.name}"))
    clauses = []
    for data in records.data:
        verdicts = [one.verdict for one in oscillation.read(data, root)]
        if verdicts:
            circle, settle = verdicts.count("circles"), verdicts.count("settles")
            rest = verdicts.count("not told")
            counts = f"{circle} circle, {settle} settle, {rest} are not told"
            clauses.append(f"of {len(verdicts)} games on {data.name} {counts}")
    if clauses:
        found.append(Finding("Circling:", f"{listed(clauses)}.", "oscillation"))
    for data in norms.data:
        if placement.section(data):
            found.append(Finding("Batch norm:", placement.told(data), "placement"))
    return found or [Finding("Nothing was measured yet.", "Run `make collapse`.", "cost")]
