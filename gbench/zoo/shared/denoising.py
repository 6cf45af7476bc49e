"""Shared by diffusion and flow matching: a network that sees noisy data and a time, averaged."""

from torch import Tensor, nn

from gbench.core.game import Batch, Game, Player
from gbench.games.nets.average import Average
from gbench.games.nets.mlp import Affine


class Denoising(Game):
    """Samples come from the moving average of the network's weights.

    Args:
        network: maps noisy data [B, *shape] and times [B] in [0, 1] to [B, *shape].
        shape: of one example; images go from [0, 1] to [-1, 1] for the network.
        scale: points are divided by it for the network.
        decay: of the average, a step.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        shape: tuple[int, ...],
        scale: float,
        decay: float,
        lr: float,
        lr_end: float,
    ):
        super().__init__()
        self.network, self.average = network, Average(network, decay)
        self.shape, self.lr, self.lr_end = shape, lr, lr_end
        images = len(shape) > 1
        self.inside = Affine(2.0, -1.0) if images else Affine(1 / scale, 0.0)
        self.outside = Affine(0.5, 0.5) if images else Affine(scale, 0.0)

    def players(self) -> dict[str, Player]:
        player = Player(self.loss, [self.network], after_step=self.follow)
        return {"network": player._replace(lr=self.lr, lr_end=self.lr_end)}

    def follow(self) -> None:
        self.average.follow(self.network)

    def loss(self, batch: Batch) -> Tensor:
        raise NotImplementedError


def beside(values: Tensor, x: Tensor) -> Tensor:
    """Values [B] in the shape [B, 1, ...] that multiplies x [B, *shape]."""
    return values.view(-1, *[1] * (x.dim() - 1))
