"""The human test on the report's page, and the page on which it is taken."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from gbench.core.files import replacing
from gbench.report import svg
from gbench.report.kit.cells import DASH, share
from gbench.report.kit.section import Drawing, Part, Section
from gbench.report.kit.tidy import Frame, columns, frame
from gbench.report.kit.view import Cell, Grid, Group, Head, Listing, Prose, Raw, Row, View
from gbench.report.records import Records
from gbench.report.sections.subjects import models
from gbench.stats.wilson import interval
from gbench.tracks.generation.page.turing.answers import FORMAT, VERSION
from gbench.tracks.generation.page.turing.pool import Pool, pools
from gbench.tracks.generation.page.turing.tally import Outcome, Tally, outcomes, settings

HERE = Path(__file__).parent
KIT = HERE.parents[3] / "report" / "kit"
PAGE = "turing/index.html"
HEAD = "data model sessions shown called_real share low high"
HEADS = (
    Head("Sessions", "In which images of this source were shown."),
    Head("Called real", "Answers that call the image real, of all answers."),
    Head("Share called real", "Share of the answers, with Wilson's 95 % interval. The tick on each "
         "ruler, from 0 to 100 %, is the share for real images.",
         plain="Share, Wilson's 95 % interval"),
)  # fmt: skip
NOBODY = "Nobody's answers are there yet; the page asks for them."


def human(records: Records) -> Frame:
    """A row per source of images, real images first; `outcome` and `tally` are what they count."""
    return frame(f"{HEAD} outcome tally", _rows(records))


def _rows(records: Records) -> Iterator[Sequence[Any]]:
    for one in outcomes(records):
        for tally in one.tallies:
            start = (one.pool.data, tally.source.name, tally.sessions, tally.shown, tally.real)
            low, high = tally.wilson if tally.shown else (None, None)
            yield *start, tally.share, low, high, one, tally


def _written(found: Frame) -> Frame:
    """Of data sets about which there are answers."""
    answered = found.outcome.map(lambda one: bool(one.sessions)).astype(bool)
    return columns(HEAD)(found[answered])


def _views(part: Part) -> Iterator[View]:
    one: Outcome = part.frame.outcome.iloc[0]
    yield Raw(
        Markup(
            '<p><a href="{}">Take the test</a> in a browser, save the answers, put the file into '
            "<code>turing/</code>, and run the benchmark again.</p>"
        ).format(PAGE),
        ["", f"`{PAGE}` asks for answers; put the saved file into `turing/`."],
    )
    if one.notes:
        yield Listing([("", note) for note in one.notes])
    if not one.sessions:
        yield Prose(NOBODY, "gap")
        return
    yield Prose(one.conditions, "line")
    yield Prose(missed(one.tallies[0]))
    rows = [_row(tally, one.tallies[0]) for tally in part.frame.tally]
    groups = [Group("", rows[:1], "controls"), Group("", rows[1:], "models")]
    absent = [(f"has no images in the test: {why}", [title]) for title, why in one.pool.absent]
    about = f"Human test on {part.key}"
    yield Grid(f"{part.anchor}-table", about, HEADS, groups, "Images of", absent=absent)


def missed(real: Tally) -> str:
    """How many real images were called generated."""
    if not real.shown:
        return "No real image was shown."
    n, wilson = real.shown - real.real, interval(real.shown - real.real, real.shown)
    cell = share(n / real.shown, wilson)
    return f"{n} of {real.shown} real images were called generated: {cell.text} {cell.interval}."


def _row(tally: Tally, real: Tally) -> Row:
    source, value = tally.source, Cell(DASH, plain="")
    if tally.share is not None:
        paint = "var(--soft)" if source.place is None else svg.colour(source.place)
        low, high = tally.wilson
        scale, index = svg.Scale(0, 1), source.place or 0
        ruler = svg.ruler(scale, low, tally.share, high, real.share, paint, index)
        value = share(tally.share, tally.wilson, ruler=ruler)
    count = f"{tally.real} of {tally.shown}" if tally.shown else "not shown yet"
    cells = [Cell(str(tally.sessions)), Cell(count), value]
    kind = "control" if source.place is None else ""
    return Row(source.title, cells, "" if kind else source.name, source.place, kind=kind)


def _empty(records: Records) -> str:
    if settings(records.params) is None:
        return "params.yaml has no section `turing`"
    return "no data set of images has a model with samples"


HUMAN = Section(
    id="turing",
    title="Human test",
    lede="Readers look at real test images and at images of models in random order and say of each "
    "whether it is real. A model fools readers as often as its images are called real; the shaded "
    "row says how often the same readers call a real image so, which is what a perfect generator "
    "would get. Wilson's 95 % intervals are over answers as if these were independent. After "
    "Denton et al. 2015, arXiv:1506.05751, and Zhou et al. 2019, arXiv:1904.01121; here readers "
    "choose whether time is limited, are neither trained nor paid nor screened, and see small "
    "images enlarged.",
    blind="what other readers would say. Answers of one reader, and answers about one image, are "
    "not independent: with few readers the intervals are too narrow, and they say nothing of other "
    "training seeds (the images are the first of one), or of larger images.",
    frame=human,
    written=_written,
    subjects=models,
    empty=_empty,
    show=(Drawing(_views),),
)


def write(records: Records, out: Path) -> None:
    """Writes the page on which the test is taken, if the parameters have the section; where there
    is nothing to show, it says so."""
    asked = settings(records.params)
    if asked is None:
        return
    every = pools(records, asked)
    shown = [pool for pool in every if pool.sources]
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    test = {"format": FORMAT, "version": VERSION, "mixture": asked.mixture}
    text = environment.get_template("page.html").render(
        style=Markup((KIT / "page.css").read_text() + (HERE / "page.css").read_text()),
        script=Markup((HERE / "page.js").read_text()),
        pools=shown,
        absent=[(pool.data, *one) for pool in every for one in pool.absent],
        settings=asked,
        test=test | {"pools": [_packed(pool) for pool in shown]},
    )
    with replacing(out / PAGE) as temporary:
        temporary.write_text(text)


def _packed(pool: Pool) -> dict[str, Any]:
    """What the script reads of a pool."""
    return {
        "data": pool.data,
        "fingerprint": pool.fingerprint,
        "sources": [[source.name, source.title] for source in pool.sources],
        "key": pool.key,
        "sheet": pool.sheet,
        "columns": pool.columns,
        "tile": pool.tile,
    }
