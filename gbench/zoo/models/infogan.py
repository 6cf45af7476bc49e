"""InfoGAN: a part of the code can be read back from the data.

Chen, Duan, Houthooft, Schulman, Sutskever and Abbeel, "InfoGAN: Interpretable Representation
Learning by Information Maximizing Generative Adversarial Nets", 2016, arXiv:1606.03657, sections 5
and 6.  Besides the GAN's game the players maximise L_I(G, Q) = E log Q(c | G(z, c)) + H(c), a lower
bound on the mutual information of the code c and the data.  c is a category and some uniform
numbers in [-1, 1]; Q is a softmax and a Gaussian of independent components.  It is a head on the
critic's trunk and learns with the critic, as in the authors' program.  L_I has a weight for each of
its two parts, since the second is of differential entropies.  Deviations are normal noise, one step
size for both players, a learned variance of Q's Gaussian, which the program fixes for MNIST, and
networks: `convolutional` has the paper's layers without its batch norm, `radford` has batch norm.

There is no `encode`: Q infers c only, and not the noise next to it.
"""

from math import log

import torch
from torch import Tensor, nn
from torch.distributions import Normal
from torch.nn.functional import cross_entropy

from gbench.core.game import Batch
from gbench.games import nets
from gbench.games.nets.critic import each
from gbench.games.nets.heads import TwoHeaded
from gbench.games.nets.pairs import one_hot
from gbench.games.two_player.criteria import Criterion, NonSaturating
from gbench.games.two_player.game import GAN

FAMILY = "adversarial"
TITLE = "InfoGAN"
SOURCE = "Chen et al. 2016, arXiv:1606.03657"


class InfoGAN(GAN):
    """
    Args:
        critic: its second head gives Q: the logits of the category [B, categories], then the
            means and the log variances of the continuous codes [B, continuous] each.
        noise: the size of the part of the generator's input that is not to be read back.
        information, continuous_information: lambda, the weight of each part of L_I.
    """

    critic: TwoHeaded

    def __init__(
        self,
        generator: nn.Module,
        critic: TwoHeaded,
        criterion: Criterion,
        *,
        noise: int,
        categories: int,
        continuous: int,
        information: float,
        continuous_information: float,
        lr: float,
        lr_end: float,
        betas: tuple[float, float],
    ):
        latent = noise + categories + continuous
        super().__init__(
            generator, critic, criterion, latent=latent, lr=lr, lr_end=lr_end, betas=betas
        )
        self.parts = (noise, categories, continuous)
        self.information, self.continuous_information = information, continuous_information

    def noise(self, n: int) -> Tensor:
        """Noise, a category, and continuous codes, side by side: [n, latent]."""
        noise, categories, continuous = self.parts
        category = torch.randint(categories, (n,), device=self.device)
        numbers = 2 * torch.rand(n, continuous, device=self.device) - 1
        free = torch.randn(n, noise, device=self.device)
        return torch.cat([free, one_hot(category, categories), numbers], dim=1)

    def critic_loss(self, batch: Batch) -> Tensor:
        codes = self.noise(len(batch.x))
        real, fake = self.real(batch), self.fakes(self.decode(codes))
        of_real, of_fake = each(self.critic, real, fake, of=self.critic.features)
        (scores, _), (fake_scores, read) = map(self.critic.heads, (of_real, of_fake))
        loss = self.criterion.critic(scores, fake_scores) - self.gain(read, codes)
        return self.with_terms("critic", loss, real, fake)

    def generator_loss(self, batch: Batch) -> Tensor:
        codes = self.noise(len(batch.x))
        fake = self.decode(codes)
        scores, read = self.critic.both(fake)
        loss = self.criterion.generator(scores) - self.gain(read, codes)
        return self.with_terms("generator", loss, self.real(batch), fake)

    def gain(self, read: Tensor, codes: Tensor) -> Tensor:
        """L_I, each part by its weight, a scalar in nats.

        Args:
            read: [B, categories + 2 * continuous], the second head's output.
            codes: [B, latent], from which the data were made.
        """
        _, categories, continuous = self.parts
        logits, mean, log_variance = read.split([categories, continuous, continuous], dim=1)
        _, category, numbers = codes.split(self.parts, dim=1)
        of_category = log(categories) - cross_entropy(logits, category)
        likelihood = Normal(mean, (log_variance / 2).exp(), validate_args=False).log_prob(numbers)
        of_numbers = continuous * log(2) + likelihood.sum(1).mean()
        return self.information * of_category + self.continuous_information * of_numbers

    def codes(self, x: Tensor) -> Tensor:
        """The most likely category of each example, [B]."""
        return self.critic.both(x)[1][:, : self.parts[1]].argmax(1)


def build(
    shape: tuple[int, ...],
    *,
    latent: int = 62,
    categories: int = 10,
    continuous: int = 2,
    information: float = 1.0,
    continuous_information: float = 0.1,
    network: nets.Kind = "convolutional",
    width: int = 64,
    hidden: int = 128,
    dropout: float = 0.0,
    lr: float = 2e-4,
    lr_end: float = 1.0,
    betas: tuple[float, float] = (0.5, 0.999),
) -> InfoGAN:
    trunk = nets.trunk(shape, width, network, dropout=dropout)
    posterior = nn.Sequential(
        nn.Linear(trunk.features, hidden),
        nn.LeakyReLU(0.2),
        nn.Linear(hidden, categories + 2 * continuous),
    )
    return InfoGAN(
        nets.generator(shape, latent + categories + continuous, width, network),
        TwoHeaded(trunk, posterior),
        NonSaturating(),
        noise=latent,
        categories=categories,
        continuous=continuous,
        information=information,
        continuous_information=continuous_information,
        lr=lr,
        lr_end=lr_end,
        betas=betas,
    )
