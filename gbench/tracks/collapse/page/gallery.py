"""The gallery: each model's samples and its critic's landscape, frame after frame of a training.

A special drawing: gallery.html, .css and .js are of this section alone.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from gbench.report.kit.cells import plain
from gbench.report.kit.html import environment
from gbench.report.kit.section import Drawing, Folded, Part, Section
from gbench.report.kit.tidy import Frame, frame
from gbench.report.kit.view import Cell, Grid, Group, Head, Raw, Row, View
from gbench.tracks.collapse.page.films import Gallery, gallery
from gbench.tracks.collapse.page.matrices import Matrices
from gbench.zoo.shared.along import Along

HERE = Path(__file__).parent
STYLE, SCRIPT = (HERE / "gallery.css").read_text(), (HERE / "gallery.js").read_text()
HEAD = "data model seed round metric value"
HEADS = (
    Head("Modes", "How many modes have a sample near them.", "higher"),
    Head("KL(r, g)", "From the data's law r to the model's g, in nats: large where the model "
         "misses modes of the data.", "lower"),
    Head("KL(g, r)", "The reverse: large where the model puts samples between the modes.",
         "lower"),
    Head("Seed", "Of the training shown: the first that left frames."),
    Head("Note", "Why frames are missing.", kind="text"),
)  # fmt: skip


def films(results: Matrices) -> Frame:
    """What the frames tell; the galleries themselves stand beside it and are not written."""
    chosen = results.params["gallery"]["data"]
    every = (data for records in (results, results.gallery) for data in records.data)
    titles = {m.name: m.title for data in every if data.name in chosen for m in data.models}
    seeds = sorted({*results.params["seeds"], *results.params["gallery"]["seeds"]})
    along = Along(**results.params["along"])
    found = gallery(results.root, chosen, titles, seeds, along)
    return frame(f"{HEAD} gallery", (row for one in found for row in rows(one)))


def rows(one: Gallery) -> Iterator[Sequence[Any]]:
    """A row a frame and metric; and one of the gallery, which may have neither."""
    yield one.data, "", None, None, None, None, one
    for film in one.films:
        for shown in filter(None, film.frames):
            for metric, value in shown.values.items():
                yield one.data, film.model, film.seed, shown.round, metric, value, one


def _galleries(part: Part) -> list[Gallery]:
    return [*dict.fromkeys(part.frame.gallery)]


def player(galleries: Sequence[Gallery]) -> Markup:
    """One transport for all films; the end of each for those who run no script."""
    template = environment({}).from_string((HERE / "gallery.html").read_text())
    return Markup(template.render(galleries=galleries))


def _player(part: Part) -> Iterator[View]:
    yield Raw(player(_galleries(part)))


def _numbers(part: Part) -> Iterator[View]:
    """The last frames, and why films are missing or end early."""
    groups = [Group(one.data, [*_rows(one)]) for one in _galleries(part)]
    yield Grid("gallery-numbers", "The last frame of each training", HEADS, groups, apart=True)


def _rows(one: Gallery) -> Iterator[Row]:
    for film in one.films:
        told = [*(value for _, value in film.measured), str(film.seed)]
        yield Row(film.title, [*map(Cell, told), plain(film.note)], film.model)
    for reason, titles in one.gaps.items():
        for title in titles:
            yield Row(title, [Cell()] * len(HEADS), why=reason)


GALLERY = Section(
    id="gallery",
    title="Gallery: how each game is played",
    nav="Gallery",
    lede="Each picture is one training of one model with its first seed that left any; all move "
    "together. KL(r, g) is large where the model misses modes of the data, KL(g, r) where it puts "
    "samples between them. A critic that is told the class is asked about each place with the "
    "class that suits it best, one that judges packs about packs of equal points; batch norm has "
    "its running averages. No colour: there is no critic, or it has no score of single points.",
    blind="how much a critic finds one place more real than another: colours are ranks within a "
    "frame, since logits, probabilities and distances have units of their own. Samples beyond the "
    "edge are not drawn.",
    frame=films,
    by="",
    written=lambda found: found[found.metric.notna()][HEAD.split()],
    subjects=lambda *_: (),
    empty="no training on modes in the plane kept samples",
    show=(
        Drawing(_player),
        Folded("The last frame of each training, in numbers", [Drawing(_numbers)]),
    ),
)
