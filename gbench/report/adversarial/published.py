"""What papers and leaderboards print, to stand beside what is measured here."""

from typing import NamedTuple


class Printed(NamedTuple):
    """
    Attributes:
        claim: as printed, an accuracy under attack.
        source: where.
    """

    what: str
    threat: str
    claim: str
    source: str


ROWS = (
    Printed(
        "Adversarial training (Madry et al.)",
        "MNIST, L∞ 0.3, AutoAttack",
        "88.50 %",
        "Croce, Hein 2020, arXiv:2003.01690, and its repository",
    ),
    Printed(
        "Defense-GAN, as claimed",
        "MNIST, L∞ 0.3, FGSM on the bare network (L = 200, R = 10)",
        "98.8 % (model A)",
        "Samangouei et al. 2018, arXiv:1805.06605, Table 4; recalled, not checked",
    ),
    Printed(
        "Defense-GAN under BPDA",
        "MNIST, L2 of 0.005 as normalised there",
        "55 %",
        "Athalye et al. 2018, arXiv:1802.00420, and its repository",
    ),
    Printed(
        "Analysis by synthesis (ABS)",
        "MNIST, L2 1.5, all attacks of the paper",
        "80 %",
        "Schott et al. 2019, arXiv:1805.09190, from the authors' raw curves",
    ),
    Printed(
        "Analysis by synthesis (ABS)",
        "MNIST, L∞ 0.3, all attacks of the paper",
        "8 %",
        "Schott et al. 2019, arXiv:1805.09190, from the authors' raw curves",
    ),
    Printed(
        "Binary ABS",
        "MNIST, L∞ 0.3, all attacks of the paper",
        "77 %",
        "Schott et al. 2019, arXiv:1805.09190, from the authors' raw curves",
    ),
)
