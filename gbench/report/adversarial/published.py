"""What papers and leaderboards print on MNIST, beside what is measured here."""

from collections.abc import Sequence
from typing import NamedTuple

from gbench.report.adversarial import paths
from gbench.report.findings import title_of
from gbench.report.records import Attacked, Data

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


ROWS = (
    Printed(
        "Adversarial training (Madry et al.)",
        "MNIST, L∞ 0.3, AutoAttack",
        "88.50 %",
        "Croce, Hein 2020, arXiv:2003.01690, and its repository",
        "cnn_pgd",
        "linf",
        0.3,
    ),
    Printed(
        "Defense-GAN-Rec, as claimed",
        "MNIST, L∞ 0.3, FGSM on the bare network (L = 200, R = 10)",
        "98.8 % (model A)",
        "Samangouei et al. 2018, arXiv:1805.06605, Table 4; recalled, not checked",
        "defense_gan_rec",
        "linf",
        0.3,
        "fgsm_oblivious",
    ),
    Printed(
        "Defense-GAN under BPDA",
        "MNIST, L2 of 0.005 as normalised there, if divided by the pixels: L2 4",
        "55 %",
        "Athalye et al. 2018, arXiv:1802.00420, and its repository",
        "defense_gan",
        "l2",
        4.0,
        "bpda",
    ),
    Printed(
        "Analysis by synthesis (ABS)",
        "MNIST, L2 1.5, all attacks of the paper",
        "80 %",
        "Schott et al. 2019, arXiv:1805.09190, from the authors' raw curves",
        "vae_bayes",
        "l2",
        1.5,
    ),
    Printed(
        "Analysis by synthesis (ABS)",
        "MNIST, L∞ 0.3, all attacks of the paper",
        "8 %",
        "Schott et al. 2019, arXiv:1805.09190, from the authors' raw curves",
        "vae_bayes",
        "linf",
        0.3,
    ),
    Printed(
        "Binary ABS",
        "MNIST, L∞ 0.3, all attacks of the paper",
        "77 %",
        "Schott et al. 2019, arXiv:1805.09190, from the authors' raw curves",
    ),
)


class Beside(NamedTuple):
    """
    Attributes:
        title: of the target of ours; empty where it was not attacked.
        found: what is left of it; None where it was not attacked.
    """

    row: Printed
    title: str = ""
    found: paths.Path | None = None


def beside(every: Sequence[Data]) -> list[Beside]:
    """Each printed number, and the nearest of ours where MNIST was run."""
    there = {
        one.name: one
        for data in every
        if data.name == DATA
        for one in data.attacked
        if one.status == "ok"
    }
    return [_beside(row, there.get(row.target)) for row in ROWS]


def _beside(row: Printed, attacked: Attacked | None) -> Beside:
    if attacked is None:
        return Beside(row)
    attacks = [
        attack
        for attack in attacked.card["attacks"]
        if attack["norm"] == row.norm and row.which in ("", attack["name"], paths.group_of(attack))
    ]
    if not attacks:
        return Beside(row)
    return Beside(
        row, title_of(attacked), paths.path(attacked, attacks, row.eps * (1 + paths.TOLERANCE))
    )
