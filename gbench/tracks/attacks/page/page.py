"""The page on attacks and defences."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from gbench.report import reading
from gbench.report.kit import page
from gbench.report.kit.made import Facts, Page
from gbench.report.kit.section import Section
from gbench.report.kit.tidy import Frame, frame
from gbench.report.kit.view import Head
from gbench.report.records import Records, by_seed
from gbench.report.sections import protocol
from gbench.report.sections.means import means
from gbench.tracks.attacks.page import attacked
from gbench.tracks.attacks.page.board import BOARD
from gbench.tracks.attacks.page.headline import TARGETS
from gbench.tracks.attacks.page.paths import DEFENCES
from gbench.tracks.attacks.page.pixel import PIXEL
from gbench.tracks.attacks.page.published import PUBLISHED
from gbench.tracks.attacks.page.tables import by_target
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


def costs(records: Records) -> Frame:
    """A row a target that was attacked."""
    rows = []
    for data, one in attacked.every(records):
        if one.ok:
            passes = [attack["queries"]["forward"] for attack in one.card["attacks"]]
            rows.append((data, one.name, len(passes), sum(passes), one.card["seconds"]))
    return frame("data target attacks passes seconds", rows)


COST = Section(
    id="cost",
    title="Cost",
    lede="Of all attacks on a target: how many, how often the target was queried, how long.",
    blind="what training the target, its defence and the attacker's own models cost.",
    frame=costs,
    written=None,
    empty="nothing was attacked",
    show=(by_target("Cost", COST_HEADS),),
)


def _facts(records: Records, rebuild: str = "make attacks") -> Facts:
    cards = (one.card for _, one in attacked.every(records))
    return [
        ("", protocol.facts(records, rebuild, cards)),
        *((data.name, protocol.of_data(data)) for data in records.data),
    ]


def _failures(records: Records) -> list[str]:
    """Data and generators that are missing, and why."""
    found = [f"{data.name}: {data.missing}" for data in records.data if data.missing]
    every = ((data.name, model) for data in records.data for model in data.models)
    for name, model in every:
        failed = {r.seed: r.reason for r in model.runs if r.card.get("status") != "ok"}
        found += [f"{name}, {model.title}, {by_seed(failed)}"] if failed else []
    return found


PAGE = Page(
    title="gbench, attacks and defences",
    eyebrow="Attacks, and what is said to withstand them",
    sections=(BOARD, DEFENCES, PIXEL, UNRESTRICTED, TARGETS, PUBLISHED, COST),
    subjects=lambda records, data: (),  # targets have no marks; rows and figures name them
    facts=_facts,
    failures=_failures,
    reading=READING,
    footer=", track “attacks and defences”",
    nothing="Run `make attacks`.",
    metrics=means,
)


def write(params: Mapping[str, Any], root: Path, out: Path, guests: Sequence[Section] = ()) -> Path:
    """Writes attacks/index.html, report.md and the tidy data; returns the page's path.

    Args:
        params: all of the track's params.yaml.
        root: the track's folder, where data/, runs/, classifiers/ and results/ lie.
        out: of the reports.
        guests: sections of other rooms, shown last.

    Raises:
        DataError: a file of the tree cannot be read.
    """
    return into(out / "attacks", params, root, "make attacks", guests)


def into(
    folder: Path,
    params: Mapping[str, Any],
    root: Path,
    rebuild: str,
    guests: Sequence[Section] = (),
) -> Path:
    """The same, into a folder of any name.

    Args:
        rebuild: the command that makes the page.
    """
    facts, sections = partial(_facts, rebuild=rebuild), (*PAGE.sections, *guests)
    made = replace(PAGE, facts=facts, sections=sections, nothing=f"Run `{rebuild}`.")
    return page.write(made, reading.read({**params, "metrics": {}}, root), folder)
