"""Annealing as it is asked of one run: a noise chosen, test and training examples, and the gap."""

from collections.abc import Sequence

import torch
from torch import Tensor

from gbench.tracks.generation.measure.likelihood.annealing import (
    Annealed,
    anneal,
    constant,
    ladder,
    path,
    target,
)
from gbench.tracks.generation.measure.likelihood.bidirectional import simulate, upper
from gbench.tracks.generation.measure.likelihood.decoder import Decoder, Noise
from gbench.tracks.generation.measure.likelihood.mean import log_mean_exp, mean
from gbench.tracks.generation.measure.likelihood.measured import Measured
from gbench.tracks.generation.measure.likelihood.observed import Observed
from gbench.tracks.generation.measure.likelihood.settings import Settings


def choose(decoder: Decoder, validation: Tensor, settings: Settings) -> float:
    """The variance of the noise, of those in the settings, under which validation examples
    [N, *shape] are most likely.

    One path passes through all of them, with half of the temperatures.
    """
    variances, size = settings.variances, validation[0].numel()
    precisions = ladder(variances, max(2, settings.temperatures // 2))
    found = forward(decoder, validation, precisions, settings)
    scores = {}
    for variance in variances:
        at = found.weights[precisions.index(1 / variance)]
        scores[variance] = float(log_mean_exp(at).mean()) + constant(variance, size)
    return max(scores, key=scores.__getitem__)


def annealed(decoder: Decoder, seen: Observed, noise: Noise, settings: Settings) -> Measured:
    """Lower bounds for test and training examples, and how far apart the two bounds are on
    simulated ones.

    Raises:
        Skip: some estimates are not finite.
    """
    simulated = simulate(decoder, noise.variance, settings.simulated)
    splits = [seen.test, seen.train, simulated.x]
    counts = [len(split) for split in splits]
    precisions = path(noise.variance, settings.temperatures)
    found = forward(decoder, torch.cat(splits), precisions, settings)
    offset = constant(noise.variance, seen.dimensions)
    lower = log_mean_exp(found.weights[-1]) + offset
    test, train, again = lower.split(counts)
    above = upper(
        decoder,
        simulated,
        precisions,
        chains=settings.chains,
        leapfrogs=settings.leapfrogs,
        step=found.step.split(counts)[2],
    )
    return Measured.of("annealed", "noise", test, train, seen)._replace(
        sigma=noise.variance**0.5,
        chosen=noise.chosen,
        gap=mean(above - again, "simulated examples").value,
        accepted=found.accepted,
    )


def forward(
    decoder: Decoder, x: Tensor, precisions: Sequence[float], settings: Settings
) -> Annealed:
    """Of examples x [N, *shape], from the prior."""
    aim = target(decoder, x, settings.chains)
    return anneal(aim, decoder.draw(len(aim.x)), precisions, settings.leapfrogs)
