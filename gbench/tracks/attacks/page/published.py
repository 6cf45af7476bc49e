"""What papers and leaderboards print on MNIST, next to what is measured here."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from gbench.report.kit.section import Drawing, Part, Section
from gbench.report.kit.tidy import Frame, frame
from gbench.report.kit.tidy import rows as rows_of
from gbench.report.kit.view import Head, View
from gbench.report.records import Records
from gbench.tracks.attacks.page.attacked import Attacked, budget, every
from gbench.tracks.attacks.page.paths import Path, group_of, path
from gbench.tracks.attacks.page.tables import row, table

DATA = "mnist"


class Printed(NamedTuple):
    """
    Attributes:
        claim: as printed, an accuracy under attack.
        source: where.
        target: the classifier or defence of ours that is nearest to it; empty if there is none.
        norm, eps: the budget at which that one is read.
        which: an attack's name, or one of `paths.GROUPS` whose attacks count; empty if all do.
    """

    what: str
    threat: str
    claim: str
    source: str
    target: str = ""
    norm: str = ""
    eps: float = 0.0
    which: str = ""


SCHOTT = "Schott et al. 2019, arXiv:1805.09190, from the authors' raw curves"
ALL = "all attacks of the paper"
ROWS = (
    Printed("Adversarial training (Madry et al.)", "MNIST, L∞ 0.3, AutoAttack", "88.50 %",
            "Croce, Hein 2020, arXiv:2003.01690, and its repository", "cnn_pgd", "linf", 0.3),
    Printed("Defense-GAN-Rec, as claimed",
            "MNIST, L∞ 0.3, FGSM on the bare network (L = 200, R = 10)", "98.8 % (model A)",
            "Samangouei et al. 2018, arXiv:1805.06605, Table 4; recalled, not checked",
            "defense_gan_rec", "linf", 0.3, "fgsm_oblivious"),
    Printed("Defense-GAN under BPDA",
            "MNIST, L2 of 0.005 as normalised there, if divided by the pixels: L2 4", "55 %",
            "Athalye et al. 2018, arXiv:1802.00420, and its repository",
            "defense_gan", "l2", 4.0, "bpda"),
    Printed("Analysis by synthesis (ABS)", f"MNIST, L2 1.5, {ALL}", "80 %", SCHOTT,
            "vae_bayes", "l2", 1.5),
    Printed("Analysis by synthesis (ABS)", f"MNIST, L∞ 0.3, {ALL}", "8 %", SCHOTT,
            "vae_bayes", "linf", 0.3),
    Printed("Binary ABS", f"MNIST, L∞ 0.3, {ALL}", "77 %", SCHOTT),
)  # fmt: skip
HEADS = (
    Head("Threat", "Data set, budget and attacks, as printed.", kind="text"),
    Head("Accuracy", "That was left, as printed.", kind="text"),
    Head("Nearest here", "What the nearest target of this page keeps at the same budget, under all "
         "attacks or under attackers of that kind.", kind="text"),
    Head("Source", "Where it is printed.", kind="text"),
)  # fmt: skip


def nearest(printed: Printed, there: Mapping[str, Attacked]) -> Path | None:
    """What is left of ours at the same budget; None where it was not attacked so."""
    one = there.get(printed.target)
    attacks = [
        attack
        for attack in (one.attacks(printed.norm) if one else ())
        if printed.which in ("", attack["name"], group_of(attack))
    ]
    return path(one, attacks, printed.eps, one.title) if one and attacks else None


def published(records: Records) -> Frame:
    """Each printed number, and the nearest of ours where MNIST was run."""
    there = {one.name: one for data, one in every(records) if data == DATA and one.ok}
    rows = ((*printed[:3], _here(printed, there), printed.source) for printed in ROWS)
    return frame("what threat claim here source", rows)


def _here(printed: Printed, there: Mapping[str, Attacked]) -> str:
    if not (found := nearest(printed, there)):
        return "not attacked on MNIST" if printed.target else "none"
    left = f"{found.share}, {found.share.n} images, {len(found.attacks)} attacks"
    return f"{found.title}, {budget(printed.norm, printed.eps)}: {left}"


def _table(part: Part) -> Iterator[View]:
    rows = [row(*one.values()) for one in rows_of(part.frame)]
    yield table(part.anchor, "Published numbers", HEADS, rows, first="What")


PUBLISHED = Section(
    id="published",
    title="Next to the literature",
    lede="As printed there, on MNIST, with other networks, images and attacks than here; next to "
    "it what the nearest target of this page keeps at the same budget, under all attacks or under "
    "attackers of that kind.",
    blind="a reproduction: a smaller network, a shorter training and fewer images part the two.",
    frame=published,
    by="",
    written=None,
    show=(Drawing(_table),),
    nav="Literature",
)
