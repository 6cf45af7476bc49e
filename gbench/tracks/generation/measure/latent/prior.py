"""The codes from which a model samples, and the way from one code to another.

Independent normal codes of dimension d lie near the sphere of radius sqrt(d), and so do the codes
on the great circle between two of them, whereas the middle of the straight line is at sqrt(d / 2),
where the decoder has learned nothing: White, "Sampling Generative Networks", 2016,
arXiv:1609.04468; the interpolation is that of Shoemake, "Animating Rotation with Quaternion
Curves", 1985, SIGGRAPH.  Where codes are not normal there is no such sphere, and the line is
straight.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from gbench.core.game import Game
from gbench.protocol.evidence import Skip
from gbench.tracks.generation.measure.latent.probe import seeded

Codes = NDArray[np.float32]


class Prior(NamedTuple):
    """
    Attributes:
        codes: [n, latent].
        normal: whether they are standard normal.
    """

    codes: Codes
    normal: bool

    @property
    def path(self) -> str:
        return "great circle" if self.normal else "straight line"


def require_decoder(game: Game) -> None:
    """
    Raises:
        Skip: the game cannot decode.
    """
    if not hasattr(game, "decode"):
        raise Skip("no decode: it has no code from which it makes an image")


@torch.no_grad()
def draw(game: Game, n: int, seed: int) -> Prior:
    """n codes as `sample` draws them: from the game's own `prior`, or with its noise, or from the
    density fitted to its codes, or standard normal.  A prior of its own is not normal, nor is a
    code that holds a category (`codes`).
    """
    with seeded(seed):
        if callable(prior := getattr(game, "prior", None)):
            return Prior(prior(n).float().cpu().numpy(), False)
        if (density := getattr(game, "density", None)) is not None:
            return Prior(density.sample(n).float().cpu().numpy(), False)
        if callable(noise := getattr(game, "noise", None)):
            return Prior(noise(n).float().cpu().numpy(), not hasattr(game, "codes"))
        latent = int(getattr(game, "latent"))  # noqa: B009 (games do not declare it)
        return Prior(torch.randn(n, latent, device=game.device).cpu().numpy(), True)


def between(a: Codes, b: Codes, t: float, *, normal: bool) -> Codes:
    """The codes [N, F] at the share t of the way from a to b."""
    return slerp(a, b, t) if normal else (1 - t) * a + t * b


def slerp(a: Codes, b: Codes, t: float) -> Codes:
    """At the share t of the great circle from a [N, F] to b:

    (sin((1 - t) w) a + sin(t w) b) / sin(w), with w the angle between a and b; the straight line
    where they are (nearly) parallel.  Of two codes of one length all have that length.
    """
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    cosine = (a.astype(np.float64) * b).sum(1) / np.maximum(lengths, 1e-12)
    angle = np.arccos(cosine.clip(-1, 1))[:, None]
    sine = np.sin(angle)
    safe = np.where(sine < 1e-6, 1.0, sine)
    first = np.where(sine < 1e-6, 1 - t, np.sin((1 - t) * angle) / safe)
    second = np.where(sine < 1e-6, t, np.sin(t * angle) / safe)
    return (first * a + second * b).astype(np.float32)
