"""Restricted Boltzmann machine, trained by persistent contrastive divergence.

Hinton, "Training Products of Experts by Minimizing Contrastive Divergence", 2002, Neural
Computation 14(8); Tieleman, "Training Restricted Boltzmann Machines Using Approximations to the
Likelihood Gradient", 2008, ICML, whose chains go on from where the last update left them.

The slope of the negative log-likelihood is the slope of the free energy at the data less its mean
slope under the model, so the loss is the difference of free energies between the data and the
chains, whose law is nearly the model's.  The chains are constants of the loss: they move after each
update.  See `gbench.zoo.shared.boltzmann`.

Grey pixels are taken as probabilities, and drawn anew for each batch (Salakhutdinov and Murray,
"On the Quantitative Analysis of Deep Belief Networks", 2008, ICML); samples are probabilities, too.
Deviations: Adam, without weight decay.
"""

import torch
from torch import Tensor

from gbench.core.game import Batch, Game, Player, Unsuitable
from gbench.zoo.shared.boltzmann import Machine

FAMILY = "energy"
TITLE = "RBM"
SOURCE = "Hinton 2002; Tieleman 2008"


def build(
    shape: tuple[int, ...],
    *,
    hidden: int = 500,
    chains: int = 100,
    gibbs: int = 1,
    burn_in: int = 1000,
    lr: float = 1e-3,
    lr_end: float = 0.0,
) -> "RBM":
    """
    Raises:
        Unsuitable: the data are points, which are no probabilities.
    """
    if len(shape) == 1:
        raise Unsuitable("its units are binary, and a point is no probability of anything")
    return RBM(
        shape, hidden=hidden, chains=chains, gibbs=gibbs, burn_in=burn_in, lr=lr, lr_end=lr_end
    )


class RBM(Game):
    """
    Args:
        shape: of one example, D numbers.
        hidden: how many hidden units, H.
        chains: how many persistent chains, C.
        gibbs: their Gibbs steps per update.
        burn_in: the Gibbs steps between a chain and a sample.
        lr, lr_end: of its Adam; see `Player`.
    """

    chains: Tensor

    def __init__(
        self,
        shape: tuple[int, ...],
        *,
        hidden: int,
        chains: int,
        gibbs: int,
        burn_in: int,
        lr: float,
        lr_end: float,
    ):
        super().__init__()
        self.shape, self.gibbs, self.burn_in = shape, gibbs, burn_in
        self.lr, self.lr_end = lr, lr_end
        size = torch.Size(shape).numel()
        self.machine = Machine(size, hidden)
        self.register_buffer("chains", torch.rand(chains, size).round())

    def players(self) -> dict[str, Player]:
        player = Player(self.loss, [self], after_step=self.advance)
        return {"rbm": player._replace(lr=self.lr, lr_end=self.lr_end)}

    def loss(self, batch: Batch) -> Tensor:
        """The free energy of the data less that of the chains."""
        v = torch.bernoulli(batch.x.flatten(1))
        return self.machine.contrast(v, self.chains)

    @torch.no_grad()
    def advance(self) -> None:
        """Moves the persistent chains."""
        self.chains.copy_(self.machine.walk(self.chains, self.gibbs))

    def encode(self, x: Tensor) -> Tensor:
        """The probabilities of the hidden units, [B, H]."""
        return self.machine.hidden(x.flatten(1))

    @torch.no_grad()
    def sample(self, n: int) -> Tensor:
        """Walks on from persistent chains; the last step's probabilities, [n, *shape]."""
        start = self.chains[torch.randint(len(self.chains), (n,), device=self.device)]
        h = torch.bernoulli(self.machine.hidden(self.machine.walk(start, self.burn_in)))
        return self.machine.visible(h).unflatten(1, self.shape)
