"""The page on attacks and defences."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from gbench.report import reading
from gbench.report.kit import page
from gbench.report.kit.made import Facts, Page
from gbench.report.kit.section import Drawing, Part, Section, Subject
from gbench.report.kit.view import Cell, Grid, Group, Head, Row, View
from gbench.report.numbers import fixed, short
from gbench.report.records import Records
from gbench.report.sections import protocol
from gbench.stats import estimate
from gbench.tracks.attacks.page import attacked
from gbench.tracks.attacks.page.board import BOARD
from gbench.tracks.attacks.page.headline import TARGETS
from gbench.tracks.attacks.page.paths import DEFENCES
from gbench.tracks.attacks.page.pixel import PIXEL
from gbench.tracks.attacks.page.published import PUBLISHED
from gbench.tracks.attacks.page.unrestricted import UNRESTRICTED

READING = (
    (
        "Worst case",
        "An image counts as withstanding a norm's budget only if no attack found a nearer "
        "adversarial image: finite, inside the box, within the budget, not all black, and "
        "misclassified when classified once more. Accuracy under a single attack says what that "
        "attack can do, not what the target can bear.",
    ),
    (
        "Cautions",
        "Written by code, from the checks of Carlini et al. (arXiv:1902.06705) and Athalye et al. "
        "(arXiv:1802.00420): gradients that are zero; answers that change when queried twice; "
        "probabilities in place of logits; an iterated attack that is weaker than one step; images "
        "that only the blind break; accuracy above chance at a budget that can erase any image; "
        "kinds of attack that were not run; images that exist only between the grey levels.",
    ),
    (
        "Intervals",
        "Wilson's, over images: what other images of the same kind would give with the same "
        "trained target. One training seed: how much another training would differ is not in them.",
    ),
)
COST_HEADS = (
    Head("Attacks", "That were run on it."),
    Head("Forward passes", "Of all images under attack, through the target."),
    Head("Seconds", "All of its attacks together."),
)


def _cost(part: Part) -> Iterator[View]:
    rows = []
    for one in attacked.done(part):
        attacks = one.card["attacks"]
        passes = sum(attack["queries"]["forward"] for attack in attacks)
        texts = str(len(attacks)), fixed(passes, 0), short(one.card["seconds"])
        rows.append(Row(one.title, [Cell(text) for text in texts], one.name))
    if rows:
        title = f"Cost on {part.key}"
        yield Grid(f"{part.anchor}-table", title, COST_HEADS, [Group("", rows)], "Target")


COST = Section(
    id="cost",
    title="Cost",
    lede="Of all attacks on a target: how many, how often the target was queried, how long.",
    blind="what training the target, its defence and the attacker's own models cost.",
    frame=attacked.robustness,
    written=None,
    empty="nothing was attacked",
    show=(Drawing(_cost),),
)
SECTIONS = (BOARD, DEFENCES, PIXEL, UNRESTRICTED, TARGETS, PUBLISHED, COST)


def write(params: Mapping[str, Any], root: Path, out: Path) -> Path:
    """Writes attacks/index.html, report.md and the tidy data; returns the page's path.

    Args:
        params: all of the track's params.yaml.
        root: the track's folder, where data/, runs/, classifiers/ and results/ lie.
        out: of the reports.

    Raises:
        DataError: a file of the tree cannot be read.
    """
    return into(out / "attacks", params, root, "make attacks")


def into(folder: Path, params: Mapping[str, Any], root: Path, rebuild: str) -> Path:
    """The same, into a folder of any name.

    Args:
        rebuild: the command that makes the page.
    """
    made = Page(
        title="gbench, attacks and defences",
        eyebrow="Attacks, and what is said to withstand them",
        sections=SECTIONS,
        subjects=_subjects,
        facts=partial(_facts, rebuild=rebuild),
        failures=_failures,
        reading=READING,
        footer=", track “attacks and defences”",
        nothing=f"Run `{rebuild}`.",
        metrics=_metrics,
    )
    return page.write(made, reading.read({**params, "metrics": {}}, root), folder)


def _subjects(records: Records, data: str) -> list[Subject]:
    """None: targets have no marks; rows and figures name them."""
    return []


def _facts(records: Records, rebuild: str) -> Facts:
    every = (one.card for data in records.data for one in attacked.targets(records, data))
    return [
        ("", protocol.facts(records, rebuild, every)),
        *((data.name, protocol.of_data(data)) for data in records.data),
    ]


def _failures(records: Records) -> list[str]:
    """What did not run and why: trainings and data, then targets."""
    return [
        *protocol.failures(records),
        *(
            f"{data.name}, attacks on {one.name}: {one.note}"
            for data in records.data
            for one in attacked.targets(records, data)
            if not one.ok
        ),
    ]


def _metrics(records: Records) -> dict[str, Any]:
    """Seconds of the generators' trainings, and accuracies of the targets."""
    headlines = attacked.metrics(records)
    seconds = {
        data.name: {
            model.name: {"train_seconds": float(f"{mean.mean:.6g}")}
            for model in data.models
            if (mean := estimate([r.card["seconds"]["train"] for r in model.with_status("ok")]))
        }
        for data in records.data
    }
    return {name: seconds[name] | headlines[name] for name in headlines}
