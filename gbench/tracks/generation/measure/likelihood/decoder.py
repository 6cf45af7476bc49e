"""A decoder with a known law of its codes and Gaussian noise about its output.

x = g(z) + sigma e with z from the prior and e standard normal: so a generator, which has no density
of its own, gets one; Wu, Burda, Salakhutdinov and Grosse, "On the Quantitative Analysis of
Decoder-Based Generative Models", 2017, arXiv:1611.04273, section 2.  The noise is part of what is
then measured: a model with another sigma is another model.
"""

from collections.abc import Callable
from math import log, pi
from typing import NamedTuple

import torch
from torch import Tensor

from gbench.core.game import Game
from gbench.games.nets.gaussian import GaussianEncoder
from gbench.games.two_player.autoencoding import Autoencoding
from gbench.games.two_player.game import GAN
from gbench.protocol.evidence import Skip

SCALED = 1000  # codes from which the scale of a fitted law is taken
NORMAL = (GAN.noise, Autoencoding.noise)
Posterior = Callable[[Tensor], tuple[Tensor, Tensor]]


class Decoder(NamedTuple):
    """
    Attributes:
        decode: maps codes [B, F] to data [B, *shape].
        draw: how many -> codes [n, F] of the prior.
        log_prior: maps codes [B, F] to their log densities [B], normalised.
        scale: [F] standard deviations of the prior, or about that.
        own: the variance of the model's own noise; None if it has none.
    """

    decode: Callable[[Tensor], Tensor]
    draw: Callable[[int], Tensor]
    log_prior: Callable[[Tensor], Tensor]
    scale: Tensor
    own: float | None = None


class Noise(NamedTuple):
    """
    Attributes:
        variance: of the noise in the data about a decoder's output.
        chosen: by what: "own" or "validation".
    """

    variance: float
    chosen: str


def normal(z: Tensor) -> Tensor:
    """The standard normal log density of z [B, F], [B]."""
    return -0.5 * (z.square() + log(2 * pi)).sum(1)


def decoder(game: Game) -> Decoder:
    """Of a game that can decode.

    Raises:
        Skip: its decoder has no slope, or the law of its codes no known density.
    """
    decode: Callable[[Tensor], Tensor] = getattr(game, "decode")  # noqa: B009 (not declared)
    log_sigma = getattr(game, "log_sigma", None)
    own = float((2 * log_sigma).exp()) if log_sigma is not None else None
    if (density := getattr(game, "density", None)) is not None:

        def fitted(z: Tensor) -> Tensor:
            return density.log_prob(z).to(z.dtype)  # it is computed in double precision

        scale = density.sample(SCALED).std(0)
        return _sloped(Decoder(decode, density.sample, fitted, scale, own))
    noise = getattr(game, "noise", None)
    if callable(getattr(game, "prior", None)) or (
        noise is not None and getattr(noise, "__func__", None) not in NORMAL
    ):
        raise Skip("its codes are drawn by a law without a density that a gradient could follow")
    latent, device = int(getattr(game, "latent")), game.device  # noqa: B009 (not declared)

    def draw(n: int) -> Tensor:
        return torch.randn(n, latent, device=device)

    return _sloped(Decoder(decode, draw, normal, torch.ones(latent, device=device), own))


def _sloped(found: Decoder) -> Decoder:
    with torch.enable_grad():
        made = found.decode(found.draw(2).requires_grad_())
    if not made.requires_grad:
        raise Skip("its decoder cannot be differentiated")
    return found


def posterior(game: Game) -> Posterior | None:
    """What maps data to the mean and the log variance of their codes, [B, F] each; None if the game
    infers no law of codes."""
    if callable(own := getattr(game, "posterior", None)):
        return own
    encoder = getattr(game, "encoder", None)
    return encoder if isinstance(encoder, GaussianEncoder) else None
