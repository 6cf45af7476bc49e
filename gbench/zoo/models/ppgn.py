"""PPGN-h: a chain in the features of a classifier, of which a generator makes data.

Nguyen, Clune, Bengio, Dosovitskiy and Yosinski, "Plug & Play Generative Networks: Conditional
Iterative Generation of Images in Latent Space", 2017, arXiv:1612.00005, the variant PPGN-h.  A
classifier learns the labels, and h = E(x) is one of its hidden layers; a denoising autoencoder R
learns the law of h from features with noise of standard deviation sigma, as (R(h) - h) / sigma^2 is
nearly the slope of its log density; a generator G learns to turn h back into x.  A sample of class
y is G(h) after many steps of

    h <- h + eps1 (R(h) - h) + eps2 d log C(y | G(h)) / dh + N(0, eps3^2),

the paper's MALA without its accept step, in which C is the classifier of data (eq. 11 by the
authors' program).  For eps3^2 = 2 eps1 sigma^2 it is Langevin's; the paper sets the three apart.

G descends weighted squared errors of the data and of their features, and the loss of a GAN
(Dosovitskiy and Brox, "Generating Images with Perceptual Similarity Metrics Based on Deep
Networks", 2016, arXiv:1602.02644).  Deviations: the classifier is trained here, in the first
rounds, and not taken ready-made; h has mean square 1, so that sigma and the eps have a scale; R has
three dense layers where the paper's has seven; G learns from noisy features, as in the paper's
joint variant, because that is where the chain goes; the chain starts at normal noise, and its steps
are not normalised.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.autograd import grad
from torch.nn.functional import cross_entropy, mse_loss

from gbench.core.game import Batch, Player
from gbench.games import nets
from gbench.games.nets.critic import Critic
from gbench.games.two_player.criteria import Criterion, NonSaturating
from gbench.games.two_player.game import Adversarial

FAMILY = "adversarial"
TITLE = "PPGN-h"
SOURCE = "Nguyen et al. 2017, arXiv:1612.00005"


class PPGN(Adversarial):
    """
    Args:
        encoder: E, maps data [B, *shape] to features h [B, latent]; without batch norm, since it
            is used as it is when others learn.
        head: maps h to the logits of the classes, [B, classes].
        denoiser: R, maps noisy features [B, latent] to clean ones.
        generator: G, maps h to data.
        latent, classes: how many there are.
        pretraining: the share of the rounds in which the classifier learns, before all others.
        sigma: standard deviation of the noise in the features that R and G learn from.
        feature: the weight of the squared error of h; of the data it is `image`.
        adversarial: the weight of the GAN's loss.
        steps: of the chain.
        eps: in front of R(h) - h, in front of the slope of the class, and the noise's deviation.
        lr, betas: of G and D; the classifier and R have Adam's own.
    """

    def __init__(
        self,
        encoder: nn.Module,
        head: nn.Module,
        denoiser: nn.Module,
        generator: nn.Module,
        critic: Critic,
        criterion: Criterion,
        *,
        latent: int,
        classes: int,
        pretraining: float,
        sigma: float,
        image: float,
        feature: float,
        adversarial: float,
        steps: int,
        eps: tuple[float, float, float],
        lr: float,
        betas: tuple[float, float],
    ):
        super().__init__(critic, criterion, lr=lr, betas=betas)
        self.encoder, self.head, self.denoiser = encoder, head, denoiser
        self.generator, self.latent, self.classes = generator, latent, classes
        self.pretraining, self.sigma = pretraining, sigma
        self.image, self.feature, self.adversarial = image, feature, adversarial
        self.steps, self.eps = steps, eps

    def players(self) -> dict[str, Player]:
        first, rest = (0.0, self.pretraining), (self.pretraining, 1.0)
        classifier = Player(self.classifier_loss, [self.encoder, self.head], span=first)
        denoiser = Player(self.denoiser_loss, [self.denoiser], span=rest)
        others = {name: one._replace(span=rest) for name, one in super().players().items()}
        return {"classifier": classifier, "denoiser": denoiser} | others

    def generators(self) -> Sequence[nn.Module]:
        return [self.generator]

    def real(self, batch: Batch) -> Tensor:
        return batch.x

    def fake(self, batch: Batch) -> Tensor:
        return self.decode(self.noisy(self.encode(batch.x)))

    def noisy(self, h: Tensor) -> Tensor:
        """Features [B, latent] with noise of deviation sigma."""
        return h + self.sigma * torch.randn_like(h)

    def classifier_loss(self, batch: Batch) -> Tensor:
        return cross_entropy(self.predict(batch.x), batch.y)

    def denoiser_loss(self, batch: Batch) -> Tensor:
        """The mean squared error of a feature after its noise is taken away."""
        h = self.encode(batch.x)
        return mse_loss(self.denoiser(self.noisy(h)), h)

    def generator_loss(self, batch: Batch) -> Tensor:
        """Weighted errors of data and features, and the GAN's loss."""
        h = self.encode(batch.x)
        fake = self.decode(self.noisy(h))
        of_image, of_feature = mse_loss(fake, batch.x), mse_loss(self.encode(fake), h)
        of_critic = self.criterion.generator(self.critic(fake))
        loss = self.image * of_image + self.feature * of_feature + self.adversarial * of_critic
        return self.with_terms("generator", loss, batch.x, fake)

    def encode(self, x: Tensor) -> Tensor:
        """The features h, [B, latent]."""
        return self.encoder(x)

    def decode(self, z: Tensor) -> Tensor:
        """Maps features [B, latent] to data [B, *shape]."""
        return self.generator(z)

    def predict(self, x: Tensor) -> Tensor:
        """Logits of the classes, [B, classes]."""
        return self.head(self.encode(x))

    @torch.enable_grad()
    def slope(self, h: Tensor, labels: Tensor) -> Tensor:
        """The gradient of log C(y | G(h)) by each h, [B, latent]."""
        point = h.clone().requires_grad_()
        logits = self.predict(self.decode(point))
        return grad(-cross_entropy(logits, labels, reduction="sum"), point)[0]

    def step(self, h: Tensor, labels: Tensor) -> Tensor:
        """One step of the chain, from [B, latent] to [B, latent]."""
        prior, condition, noise = self.eps
        towards = prior * (self.denoiser(h) - h) + condition * self.slope(h, labels)
        return h + towards + noise * torch.randn_like(h)

    @torch.no_grad()
    def prior(self, n: int, labels: Tensor | None = None) -> Tensor:
        """The codes [n, latent] of samples: where the chain ends; see `sample`."""
        if labels is None:
            labels = torch.randint(self.classes, (n,), device=self.device)
        labels = labels.to(self.device)
        h = torch.randn(n, self.latent, device=self.device)
        for _ in range(self.steps):
            h = self.step(h, labels)
        return h

    @torch.no_grad()
    def sample(self, n: int, labels: Tensor | None = None) -> Tensor:
        """Draws n samples, [n, *shape].

        Args:
            labels: [n], their classes; without them all classes are equally likely.
        """
        return self.decode(self.prior(n, labels))


def build(
    shape: tuple[int, ...],
    classes: int,
    *,
    latent: int = 64,
    pretraining: float = 0.2,
    sigma: float = 0.5,
    image: float = 10.0,
    feature: float = 1.0,
    adversarial: float = 1.0,
    steps: int = 200,
    eps: tuple[float, float, float] = (0.3, 0.25, 0.39),
    network: nets.Kind = "radford",
    width: int = 64,
    hidden: int = 512,
    lr: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> PPGN:
    trunk = nets.trunk(shape, width)
    norm = nn.RMSNorm(latent, elementwise_affine=False)
    return PPGN(
        nn.Sequential(trunk, nn.Linear(trunk.features, latent), norm),
        nn.Sequential(nn.Linear(latent, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, classes)),
        nets.generator((latent,), latent, hidden),
        nets.generator(shape, latent, width, network),
        nets.critic(shape, width, network),
        NonSaturating(),
        latent=latent,
        classes=classes,
        pretraining=pretraining,
        sigma=sigma,
        image=image,
        feature=feature,
        adversarial=adversarial,
        steps=steps,
        eps=eps,
        lr=lr,
        betas=betas,
    )
