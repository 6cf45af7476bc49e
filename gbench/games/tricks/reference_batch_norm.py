"""Reference batch norm: the generator is normalised by the statistics of a fixed batch.

Salimans, Goodfellow, Zaremba, Cheung, Radford and Chen, "Improved Techniques for Training GANs",
2016, arXiv:1606.03498, section 3.5, without an example's own part; the name is that of Goodfellow,
"NIPS 2016 Tutorial: Generative Adversarial Networks", 2017, arXiv:1701.00160.  A sample depends on
its own code and the reference, in training and afterwards.  In the generator alone, as in
`virtual_batch_norm`.
"""

from gbench.core.game import Game
from gbench.games.tricks._reference import refer

TITLE = "reference batch norm"
SOURCE = "Goodfellow 2017, arXiv:1701.00160"


def apply(game: Game, *, size: int = 64) -> Game:
    """
    Args:
        size: of the reference batch.

    Raises:
        UserError: there is no batch norm in the generator, or a copy of the generator.
    """
    return refer(game, size, own=0.0)
