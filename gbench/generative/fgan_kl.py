"""f-GAN with the Kullback-Leibler divergence of the data from the model.

Nowozin, Cseke and Tomioka, "f-GAN: Training Generative Neural Samplers using Variational Divergence
Minimization", 2016, arXiv:1606.00709; see `gbench.adversarial.divergences`.  The generator has the
loss of section 3.2.  The networks are `dcgan`'s.
"""

from gbench.adversarial.divergences import KL, Variational
from gbench.adversarial.game import GAN
from gbench.generative.shared.plain import plain_gan

FAMILY = "adversarial"
TITLE = "f-GAN (KL)"
SOURCE = "Nowozin et al. 2016, arXiv:1606.00709"


def build(
    shape: tuple[int, ...],
    *,
    latent: int = 64,
    width: int = 64,
    lr: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> GAN:
    criterion = Variational(KL)
    return plain_gan(shape, criterion, latent=latent, width=width, lr=lr, betas=betas)
