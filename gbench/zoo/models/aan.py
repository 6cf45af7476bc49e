"""Associative adversarial network: the generator's input comes from a memory that learns.

Arici and Celikyilmaz, "Associative Adversarial Networks", 2016, arXiv:1611.06953: a restricted
Boltzmann machine, the associative memory, learns the law of the features that the discriminator
gives to real data, by contrastive divergence and while the other two play; its samples take the
place of the generator's noise.  So there are three players.

The paper's abstract says that much, as do those who build on it (Wilson, Vandal, Hogg and Rieffel,
"Quantum-Assisted Associative Adversarial Network", 2019, arXiv:1904.10573); the rest is this
program's reading.  The features are the discriminator's last hidden layer, one tanh unit for each
visible unit of the memory.  A tanh is taken as the mean of a sign, and the signs are drawn anew for
each batch.  The generator sees the signs of persistent chains, which move after each update of the
memory; contrastive divergence starts its own at the data.  Deviations: the networks are `dcgan`'s,
the generator's loss is the non-saturating one (Goodfellow et al. 2014), and the memory has Adam.
"""

import torch
from torch import Tensor, nn

from gbench.core.game import Batch, Player
from gbench.games import nets
from gbench.games.nets.critic import Critic
from gbench.games.nets.mlp import Trunk
from gbench.games.two_player.criteria import Criterion, NonSaturating
from gbench.games.two_player.game import GAN
from gbench.zoo.shared.boltzmann import Machine

FAMILY = "adversarial"
TITLE = "Associative adversarial network"
SOURCE = "Arici and Celikyilmaz 2016, arXiv:1611.06953"


class AAN(GAN):
    """
    Args:
        generator: maps signs [B, latent], -1 or 1, to data [B, *shape].
        critic: its features are in (-1, 1), [B, latent].
        memory: has `latent` visible units.
        chains: how many persistent chains, C.
        gibbs: Gibbs steps of contrastive divergence, and of the chains an update.
        burn_in: the Gibbs steps between a chain and a sample.
        memory_lr: the step size of the memory's Adam.
    """

    chains: Tensor

    def __init__(
        self,
        generator: nn.Module,
        critic: Critic,
        memory: Machine,
        criterion: Criterion,
        *,
        latent: int,
        chains: int,
        gibbs: int,
        burn_in: int,
        memory_lr: float,
        lr: float,
        betas: tuple[float, float],
    ):
        super().__init__(generator, critic, criterion, latent=latent, lr=lr, betas=betas)
        self.memory, self.memory_lr = memory, memory_lr
        self.gibbs, self.burn_in = gibbs, burn_in
        self.register_buffer("chains", torch.rand(chains, latent).round())

    def players(self) -> dict[str, Player]:
        players = super().players()
        memory = Player(self.memory_loss, [self.memory], after_step=self.advance, lr=self.memory_lr)
        return {"critic": players["critic"], "memory": memory, "generator": players["generator"]}

    def memory_loss(self, batch: Batch) -> Tensor:
        """Contrastive divergence, CD-k with k = `gibbs`."""
        bits = torch.bernoulli(0.5 + 0.5 * self.encode(batch.x).float())
        return self.memory.contrast(bits, self.memory.walk(bits, self.gibbs))

    @torch.no_grad()
    def advance(self) -> None:
        """Moves the persistent chains."""
        self.chains.copy_(self.memory.walk(self.chains, self.gibbs))

    def chosen(self, n: int) -> Tensor:
        """The bits of chains picked at random, [n, latent]."""
        return self.chains[torch.randint(len(self.chains), (n,), device=self.device)]

    def noise(self, n: int) -> Tensor:
        """The memory's recall, as signs [n, latent]."""
        return 2 * self.chosen(n) - 1

    def encode(self, x: Tensor) -> Tensor:
        """The features of data, in (-1, 1): [B, latent]."""
        return self.critic.features(x)

    @torch.no_grad()
    def prior(self, n: int) -> Tensor:
        """The codes [n, latent] of samples: signs, each from its own walk of the memory."""
        return 2 * self.memory.walk(self.chosen(n), self.burn_in) - 1

    @torch.no_grad()
    def sample(self, n: int) -> Tensor:
        """Draws n samples, [n, *shape]."""
        return self.decode(self.prior(n))


def build(
    shape: tuple[int, ...],
    *,
    latent: int = 64,
    hidden: int = 64,
    chains: int = 1000,
    gibbs: int = 1,
    burn_in: int = 100,
    network: nets.Kind = "radford",
    width: int = 64,
    memory_lr: float = 1e-3,
    lr: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> AAN:
    trunk = nets.trunk(shape, width, network)
    features = Trunk([trunk, nn.Linear(trunk.features, latent), nn.Tanh()], latent)
    return AAN(
        nets.generator(shape, latent, width, network),
        Critic(features),
        Machine(latent, hidden),
        NonSaturating(),
        latent=latent,
        chains=chains,
        gibbs=gibbs,
        burn_in=burn_in,
        memory_lr=memory_lr,
        lr=lr,
        betas=betas,
    )
