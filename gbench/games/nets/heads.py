"""A critic with a second head."""

from torch import Tensor, nn

from gbench.games.nets.critic import Critic
from gbench.games.nets.mlp import Trunk


class TwoHeaded(Critic):
    """A critic whose features also feed a second head.

    Args:
        trunk: maps data to features [B, F].
        second: maps features [B, F] to [B, A]; what these mean is the game's affair.
    """

    def __init__(self, trunk: Trunk, second: nn.Module):
        super().__init__(trunk)
        self.second = second

    def both(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The scores [B], and the second head's output [B, A], in one pass."""
        return self.heads(self.features(x))

    def heads(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Both heads' outputs for features [B, F]."""
        return self.head(features).squeeze(1), self.second(features)
