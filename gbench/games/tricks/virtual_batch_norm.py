"""Virtual batch norm: an example is normalised by a fixed batch and itself, not by its batch.

Salimans, Goodfellow, Zaremba, Cheung, Radford and Chen, "Improved Techniques for Training GANs",
2016, arXiv:1606.03498, section 3.5: the reference batch is chosen once, at the start of training,
and normalised by itself; an example counts as one more next to it, with weight 1 / (R + 1).  As in
the paper only in the generator, since each pass runs the reference as well.  Packing looks at the
critic's inputs and does not mind.
"""

from gbench.core.game import Game
from gbench.games.tricks._reference import refer

TITLE = "virtual batch norm"
SOURCE = "Salimans et al. 2016, arXiv:1606.03498"


def apply(game: Game, *, size: int = 64) -> Game:
    """
    Args:
        size: R, of the reference batch.

    Raises:
        UserError: there is no batch norm in the generator, or a copy of the generator.
    """
    return refer(game, size, own=1 / (size + 1))
