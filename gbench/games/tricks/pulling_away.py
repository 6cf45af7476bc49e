"""The pulling-away term: the features of a batch of fakes are made orthogonal.

Zhao, Mathieu and LeCun, "Energy-based Generative Adversarial Network", 2017, arXiv:1609.03126,
section 2.4, where the features are the codes of an autoencoder; here they are what the critic's
trunk gives.  The generator descends the mean squared cosine between two of them.
"""

from gbench.core.files import UserError
from gbench.core.game import Game
from gbench.games.tricks._places import refuse_drawn_bits, single
from gbench.games.two_player.energy import PullingAway

TITLE = "pulling-away term"
SOURCE = "Zhao et al. 2017, arXiv:1609.03126"


def apply(game: Game, *, weight: float = 0.1) -> Game:
    """
    Args:
        weight: in front of the term.

    Raises:
        UserError: it has the term already, or no slope leads to its generator.
    """
    inner = single(game)
    refuse_drawn_bits(inner)
    if any(isinstance(term, PullingAway) for term in inner.terms["generator"]):
        raise UserError("it has a pulling-away term already")
    inner.terms["generator"].append(PullingAway(weight))
    return game
