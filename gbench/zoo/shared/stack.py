"""Stacked autoencoders, plain or denoising, that sample from a density fitted to their codes.

Bengio, Lamblin, Popovici and Larochelle, "Greedy Layer-Wise Training of Deep Networks", 2007, NIPS;
Vincent, Larochelle, Bengio and Manzagol, "Extracting and Composing Robust Features with Denoising
Autoencoders", 2008, ICML; Vincent, Larochelle, Lajoie, Bengio and Manzagol, "Stacked Denoising
Autoencoders: Learning Useful Representations in a Deep Network with a Local Denoising Criterion",
2010, Journal of Machine Learning Research 11.  Each layer first learns by itself to reconstruct the
codes of the layer below it; then all layers together learn to reconstruct the data.

An autoencoder has no law of its codes, and so cannot sample.  Here a density is fitted to them
after training, and the samples are as good as that fits (Ghosh, Sajjadi, Vergari, Black and
Schölkopf, "From Variational to Deterministic Autoencoders", 2020, arXiv:1903.12436).

Deviations: the whole is fine-tuned on the data where those papers use labels, and its code is
linear, both as in Hinton and Salakhutdinov, "Reducing the Dimensionality of Data with Neural
Networks", 2006, Science 313; a denoising whole is fine-tuned on masked data, lest it unlearn to
denoise; numbers are masked independently, where the papers mask a fixed share; weights are not
tied; Adam.
"""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from gbench.core.game import Batch, Fitted, Game, Player


class Layer(nn.Module):
    """An autoencoder with one hidden layer, from [B, inputs] to [B, outputs].

    Args:
        bounded: whether its inputs are in [0, 1]; a sigmoid then keeps their reconstruction there.
        linear: whether its code is linear; otherwise a sigmoid squashes it.
    """

    def __init__(self, inputs: int, outputs: int, *, bounded: bool, linear: bool):
        super().__init__()
        squash = nn.Identity() if linear else nn.Sigmoid()
        self.encoder = nn.Sequential(nn.Linear(inputs, outputs), squash)
        self.decoder = nn.Linear(outputs, inputs)
        self.bounded = bounded

    def encode(self, x: Tensor) -> Tensor:
        return self.encoder(x)

    def decode(self, code: Tensor) -> Tensor:
        y = self.decoder(code)
        return y.sigmoid() if self.bounded else y

    def error(self, code: Tensor, x: Tensor) -> Tensor:
        """Of x as reconstructed from its code, in nats an example: the cross-entropy where x is
        bounded, else half the squared error (a Gaussian's but for a constant)."""
        y = self.decoder(code)
        if self.bounded:
            return binary_cross_entropy_with_logits(y, x, reduction="none").sum(1).mean()
        return 0.5 * (y - x).square().sum(1).mean()


class Stack(Game):
    """
    Args:
        shape: of one example.
        density: of the codes [B, latent], fitted when the layers are trained.
        layers: how many; the last one's code is that of the whole.
        width: units of every other layer's code.
        pretraining: the share of the rounds in which the layers learn one by one.
        masking: the share of its inputs that a layer, and later the whole, must do without.
        lr, lr_end: of every player's Adam, over all rounds; see `Player`.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        density: Fitted,
        *,
        latent: int,
        width: int,
        layers: int,
        pretraining: float,
        masking: float = 0.0,
        lr: float,
        lr_end: float = 1.0,
    ):
        super().__init__()
        self.shape, self.density, self.latent = shape, density, latent
        self.pretraining, self.masking = pretraining, masking
        self.lr, self.lr_end = lr, lr_end
        sizes = [torch.Size(shape).numel(), *[width] * (layers - 1), latent]
        self.layers = [
            Layer(inputs, outputs, bounded=i > 0 or len(shape) > 1, linear=i == layers - 1)
            for i, (inputs, outputs) in enumerate(pairwise(sizes))
        ]
        self.whole = nn.ModuleList(self.layers)

    def players(self) -> dict[str, Player]:
        """A player a layer, from the lowest, one after the other; then the whole."""
        count = len(self.layers)
        ends = [self.pretraining * i / count for i in range(count + 1)]
        players = {
            f"layer_{i}": Player(partial(self.layer_loss, i), [layer], span=span)
            for i, (layer, span) in enumerate(zip(self.layers, pairwise(ends), strict=True))
        }
        players["whole"] = Player(self.loss, [self.whole], span=(ends[-1], 1.0))
        return {
            name: player._replace(lr=self.lr, lr_end=self.lr_end)
            for name, player in players.items()
        }

    def layer_loss(self, i: int, batch: Batch) -> Tensor:
        """The error of layer i on what the layers below it make of the data."""
        x, layer = encode(self.layers[:i], batch.x.flatten(1)), self.layers[i]
        return layer.error(layer.encode(self.corrupt(x)), x)

    def loss(self, batch: Batch) -> Tensor:
        """The error of the whole on the data."""
        x = batch.x.flatten(1)
        code = encode(self.layers, self.corrupt(x))
        return self.layers[0].error(decode(self.layers[1:], code), x)

    def corrupt(self, x: Tensor) -> Tensor:
        """Masking noise: each number becomes 0 with probability `masking`."""
        return x * (torch.rand_like(x) >= self.masking)

    def encode(self, x: Tensor) -> Tensor:
        """[B, latent]"""
        return encode(self.layers, x.flatten(1))

    def decode(self, z: Tensor) -> Tensor:
        """Maps codes [B, latent] to data [B, *shape]."""
        return decode(self.layers, z).unflatten(1, self.shape)

    @torch.no_grad()
    def fit(self, x: Tensor, seed: int) -> None:
        self.density.fit(self.encode(x), seed)

    @torch.no_grad()
    def sample(self, n: int) -> Tensor:
        """Decodes n codes drawn from their density, [n, *shape]."""
        return self.decode(self.density.sample(n))


def encode(layers: Sequence[Layer], x: Tensor) -> Tensor:
    """Upwards through the layers."""
    for layer in layers:
        x = layer.encode(x)
    return x


def decode(layers: Sequence[Layer], code: Tensor) -> Tensor:
    """Downwards through the layers."""
    for layer in reversed(layers):
        code = layer.decode(code)
    return code
