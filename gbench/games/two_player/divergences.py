"""f-divergences as two-player games, by their variational bound.

Nowozin, Cseke and Tomioka, "f-GAN: Training Generative Neural Samplers using Variational Divergence
Minimization", 2016, arXiv:1606.00709.  D_f(P || Q) = E_Q f(p / q) is the greatest value, over
functions T, of E_P T - E_Q f*(T), where f* is the convex conjugate of f, and it is reached at
T = f'(p / q).  A critic's score v becomes T = g_f(v), whose range is where f* is finite.
"""

from collections.abc import Callable
from math import log
from typing import NamedTuple

from torch import Tensor
from torch.nn.functional import logsigmoid, softplus


class Divergence(NamedTuple):
    """
    Attributes:
        activation: g_f, from scores [B] to the variational function T [B].
        conjugate: f*(g_f(v)) as a function of the score v [B], simplified: f* of a rounded g_f(v)
            would be infinite where T is near the end of its range.
    """

    activation: Callable[[Tensor], Tensor]
    conjugate: Callable[[Tensor], Tensor]


# f and g_f are those of the paper's tables, but for Neyman's g_f.  All g_f rise: a high score
# stands for data.
KL = Divergence(  # f = u log u
    lambda v: v,
    lambda v: (v - 1).exp(),
)
REVERSE_KL = Divergence(  # f = -log u
    lambda v: -(-v).exp(),
    lambda v: v - 1,
)
PEARSON = Divergence(  # f = (u - 1)^2, for all real u: the bound only loosens, where v < -2
    lambda v: v,
    lambda v: v.square() / 4 + v,
)
NEYMAN = Divergence(  # f = (1 - u)^2 / u; an exponential, as in the paper, overflows
    lambda v: 1 - softplus(-v).square(),
    lambda v: 2 - 2 * softplus(-v),
)
HELLINGER = Divergence(  # f = (sqrt(u) - 1)^2, squared Hellinger
    lambda v: 1 - (-v).exp(),
    lambda v: v.exp() - 1,
)
JENSEN_SHANNON = Divergence(  # f = u log u - (u + 1) log((u + 1) / 2), which is twice the usual
    lambda v: logsigmoid(v) + log(2),
    lambda v: softplus(v) - log(2),
)
GOODFELLOW = Divergence(  # f = u log u - (u + 1) log(u + 1), twice Jensen-Shannon's less log 4
    logsigmoid,
    softplus,
)


class Variational(NamedTuple):
    """The critic raises the bound on a divergence; the generator raises its own mean T.

    Nowozin et al. 2016, arXiv:1606.00709: the critic ascends E_P T - E_Q f*(T).  The generator
    maximises E_Q T instead of minimising -E_Q f*(T), as section 3.2 recommends; for Goodfellow's
    that is the non-saturating loss.  The point where P = Q stays an equilibrium, but away from
    it an optimal critic makes the generator descend another divergence: for KL, the reverse one.
    """

    divergence: Divergence

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        return self.divergence.conjugate(fake).mean() - self.divergence.activation(real).mean()

    def generator(self, fake: Tensor) -> Tensor:
        return -self.divergence.activation(fake).mean()
