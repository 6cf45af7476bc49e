"""The restricted Boltzmann machine that several models share.

Hinton, "Training Products of Experts by Minimizing Contrastive Divergence", 2002, Neural
Computation 14(8).  Binary visible units v and hidden units h have the energy
E(v, h) = -v'Wh - b'v - c'h, and without h the free energy
F(v) = -b'v - sum_j log(1 + exp(c_j + v'W_j)).
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus


class Machine(nn.Module):
    """
    Args:
        visible: how many visible units, D.
        hidden: how many hidden units, H.
    """

    def __init__(self, visible: int, hidden: int):
        super().__init__()
        self.weight = nn.Parameter(0.01 * torch.randn(visible, hidden))
        self.visible_bias = nn.Parameter(torch.zeros(visible))
        self.hidden_bias = nn.Parameter(torch.zeros(hidden))

    def contrast(self, data: Tensor, model: Tensor) -> Tensor:
        """The mean free energy of the data less that of the model's bits, [B, D] each.

        Its slope is that of the negative log-likelihood if the bits are the model's own, and that
        of contrastive divergence if they are a few Gibbs steps away from the data.
        """
        return self.free_energy(data).mean() - self.free_energy(model).mean()

    def free_energy(self, v: Tensor) -> Tensor:
        """Maps bits [B, D] to -log sum_h exp(-E(v, h)), [B]."""
        return -(v @ self.visible_bias) - softplus(self.hidden_bias + v @ self.weight).sum(1)

    def hidden(self, v: Tensor) -> Tensor:
        """The probabilities of the hidden units, [B, H]."""
        return (self.hidden_bias + v @ self.weight).sigmoid()

    def visible(self, h: Tensor) -> Tensor:
        """The probabilities of the visible units, [B, D]."""
        return (self.visible_bias + h @ self.weight.T).sigmoid()

    @torch.no_grad()
    def walk(self, v: Tensor, steps: int) -> Tensor:
        """Block Gibbs steps from bits to bits, [B, D].

        Without gradient: the algorithm differentiates the energy and not the sampler.
        """
        for _ in range(steps):
            h = torch.bernoulli(self.hidden(v).float())
            v = torch.bernoulli(self.visible(h).float())
        return v
