"""MADE: an autoencoder whose masked weights let each number depend on those before it only.

Germain, Gregor, Murray and Larochelle, "MADE: Masked Autoencoder for Distribution Estimation",
2015, arXiv:1502.03509: log p(x) is the sum of log p(x_d | x_1 ... x_{d-1}), all from one pass.
A hidden unit has a degree m: it sees inputs up to m, and is seen by outputs above m.  Deviations:
the degrees are spread evenly, not drawn; one order, the data's own; Adam instead of Adagrad; and
for binary pixels there are mixtures of logistics over grey levels, or of Gaussians for points, as
in Uria, Murray and Larochelle, "RNADE", 2013, arXiv:1306.0186.
"""

from itertools import chain, pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from gbench.core.game import Batch, Game, Player
from gbench.zoo.shared.mixtures import GaussianMixture, LogisticMixture

FAMILY = "autoregressive"
TITLE = "MADE"
SOURCE = "Germain et al. 2015, arXiv:1502.03509"


def build(
    shape: tuple[int, ...],
    *,
    width: int = 500,
    layers: int = 2,
    components: int = 5,
    levels: int = 255,
    lr: float = 1e-3,
    lr_end: float = 0.0,
) -> "MADE":
    points = len(shape) == 1
    mixture = GaussianMixture(components) if points else LogisticMixture(components, levels)
    return MADE(shape, mixture, width=width, layers=layers, lr=lr, lr_end=lr_end)


class MADE(Game):
    """
    Args:
        shape: of one example; its D numbers are taken in order.
        mixture: the law of each number.
        width: units of each hidden layer.
        layers: how many hidden layers.
        lr, lr_end: of its Adam; see `Player`.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        mixture: GaussianMixture | LogisticMixture,
        *,
        width: int,
        layers: int,
        lr: float,
        lr_end: float,
    ):
        super().__init__()
        self.shape, self.mixture, self.lr, self.lr_end = shape, mixture, lr, lr_end
        self.size = torch.Size(shape).numel()
        inputs = torch.arange(self.size) + 1
        spread = torch.arange(width) * (self.size - 1) // width + 1
        degrees = [inputs, *[spread] * layers]
        hidden = [(Masked(b[:, None] >= a), nn.ReLU()) for a, b in pairwise(degrees)]
        self.trunk = nn.Sequential(*chain.from_iterable(hidden))
        outputs = inputs.repeat_interleave(mixture.parameters)
        self.head = Masked(outputs[:, None] > spread)
        nn.init.normal_(self.head.bias)  # components that start alike would stay alike for long

    def players(self) -> dict[str, Player]:
        return {"made": Player(self.loss, [self], lr=self.lr, lr_end=self.lr_end)}

    def loss(self, batch: Batch) -> Tensor:
        """The negative log-likelihood, in nats an example."""
        return -self.log_prob(batch.x).mean()

    def log_prob(self, x: Tensor) -> Tensor:
        """[B] nats; of images, the density of the dequantised pixels."""
        flat = x.flatten(1)
        parameters = self.head(self.trunk(flat)).unflatten(1, (self.size, -1))
        return self.mixture.log_prob(parameters, flat).sum(1)

    @torch.no_grad()
    def sample(self, n: int) -> Tensor:
        """Draws n samples, [n, *shape], number by number."""
        x = torch.zeros(n, self.size, device=self.device)
        for d in range(self.size):
            own = slice(d * self.mixture.parameters, (d + 1) * self.mixture.parameters)
            x[:, d] = self.mixture.sample(self.head(self.trunk(x), own))
        return x.unflatten(1, self.shape)


class Masked(nn.Linear):
    """
    Args:
        mask: [outputs, inputs], true where an output sees an input.
    """

    mask: Tensor

    def __init__(self, mask: Tensor):
        super().__init__(mask.shape[1], mask.shape[0])
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, x: Tensor, outputs: slice = slice(None)) -> Tensor:
        """[B, inputs] -> [B, outputs], or some of them."""
        return linear(x, (self.weight * self.mask)[outputs], self.bias[outputs])
