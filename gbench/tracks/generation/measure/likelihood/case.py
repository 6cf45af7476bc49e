"""The measurements that one run allows, and why the rest are absent."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors.torch import load_file
from torch import Tensor

from gbench.core.device import pick, single_thread
from gbench.core.game import Game
from gbench.protocol.evidence import Skip
from gbench.tracks.generation.measure.likelihood import kernel, references
from gbench.tracks.generation.measure.likelihood.annealed import annealed, choose
from gbench.tracks.generation.measure.likelihood.decoder import (
    Decoder,
    Noise,
    Posterior,
    decoder,
    posterior,
)
from gbench.tracks.generation.measure.likelihood.importance import bound
from gbench.tracks.generation.measure.likelihood.mean import in_chunks, mean
from gbench.tracks.generation.measure.likelihood.measured import Measured
from gbench.tracks.generation.measure.likelihood.observed import Observed, bits, observe
from gbench.tracks.generation.measure.likelihood.settings import Settings
from gbench.tracks.generation.measure.record import Likelihoods
from gbench.zoo.shared.dataset import Dataset, Mixture
from gbench.zoo.shared.run import load

UNNORMALISED = "its density is known only up to a constant that nobody can sum"
ALONG = "its log-likelihood is an integral along its trajectories, which is not computed here"
REASONS = {"energy": UNNORMALISED, "diffusion": ALONG, "flow matching": ALONG}  # by family
NEITHER = "it has neither a density nor a code to integrate over"
CONDITIONAL = "its generator is told the class, for which there is no decode"


class Case(NamedTuple):
    """One run and the data that it is asked about.

    Attributes:
        all: for means that cost little.
        some: of the same, for those that cost much.
        samples: [N, *shape] that the run left.
    """

    game: Game
    family: str
    seed: int
    all: Observed
    some: Observed
    samples: Tensor
    settings: Settings

    @property
    def points(self) -> bool:
        return not self.all.levels


def examine(run: Path, dataset: Path, card: dict[str, Any], settings: Settings) -> Likelihoods:
    """The measured values, the absent ones and why, and the references to read them against.

    Args:
        run, dataset: folders.
        card: the run's.

    Raises:
        DataError: a file is missing or damaged.
    """
    single_thread()
    device = pick()
    game, data = load(run, device), Dataset.load(dataset, device)
    game.requires_grad_(False)
    seen = observe(data, card["seed"])
    torch.manual_seed(card["seed"])
    samples = load_file(run / "samples.safetensors")["x"]
    some, every = seen.first(settings.examples), seen.first(settings.n)
    case = Case(game, card["family"], card["seed"], every, some, samples, settings)
    measured, absent = measure(case)
    return {
        "measured": [one._asdict() for one in measured],
        "absent": [{"kind": kind, "note": note} for kind, note in absent],
        "references": compared(case, data.mixture, data.train.x),
        "dimensions": seen.dimensions,
        "levels": seen.levels,
    }


def measure(case: Case) -> tuple[list[Measured], list[tuple[str, str]]]:
    """The values, and (kind, reason) of those that cannot be had."""
    found: list[Measured] = []
    absent: list[tuple[str, str]] = []

    def attempt(kind: str, way: Callable[[], Measured]) -> None:
        try:
            found.append(way())
        except Skip as skip:
            absent.append((kind, str(skip)))

    if hasattr(case.game, "log_prob"):
        attempt("exact", lambda: exact(case))
    else:
        decoded(case, attempt, absent)
    if case.points:
        attempt("kernels", lambda: kernels(case))
    return found, absent


def decoded(
    case: Case, attempt: Callable[[str, Callable[[], Measured]], None], absent: list[Any]
) -> None:
    """A decoder's bound and its annealing, where there are data and a noise for them."""
    try:
        made = require_decoder(case)
        infer = posterior(case.game)
        noise = noise_of(case, made)
    except Skip as skip:
        absent.append(("annealed", str(skip)))
        return
    if infer is not None:
        attempt("bound", lambda: bounded(case, made, infer, noise))
    attempt("annealed", lambda: by_annealing(case, made, noise))


def require_decoder(case: Case) -> Decoder:
    if not hasattr(case.game, "decode"):
        told = hasattr(case.game, "generate")
        raise Skip(CONDITIONAL if told else REASONS.get(case.family, NEITHER))
    return decoder(case.game)


def require_affordable(case: Case) -> None:
    """
    Raises:
        Skip: annealing is not for these data, or not for this run.
    """
    s = case.settings
    if case.points:
        raise Skip("points are not annealed: in the plane kernels tell as much")
    if case.all.dimensions > s.pixels:
        raise Skip(
            f"images of {case.all.dimensions} numbers are annealed only if likelihood.pixels says "
            f"so, which is {s.pixels}; that takes a GPU"
        )
    if case.seed not in s.seeds:
        raise Skip(f"annealed for likelihood.seeds only: {s.seeds}")


def noise_of(case: Case, made: Decoder) -> Noise:
    """The model's own, or the one that validation examples choose."""
    if made.own is not None:
        return Noise(made.own, "own")
    require_affordable(case)
    return Noise(choose(made, case.some.validation, case.settings), "validation")


def exact(case: Case) -> Measured:
    log_prob: Callable[[Tensor], Tensor] = getattr(case.game, "log_prob")  # noqa: B009
    test, train = (in_chunks(log_prob, x) for x in (case.all.test, case.all.train))
    return Measured.of("exact", "own", test, train, case.all)


def bounded(case: Case, made: Decoder, infer: Posterior, noise: Noise) -> Measured:
    k, some = case.settings.samples, case.some
    test, train = (bound(x, made, infer, noise.variance, k) for x in (some.test, some.train))
    return Measured.of("bound", "noise", test, train, some)._replace(
        sigma=noise.variance**0.5, chosen=noise.chosen
    )


def by_annealing(case: Case, made: Decoder, noise: Noise) -> Measured:
    require_affordable(case)
    return annealed(made, case.some, noise, case.settings)


def kernels(case: Case) -> Measured:
    if case.all.dimensions != kernel.PLANE:
        raise Skip("kernel densities are made in the plane only")
    x = case.samples.double().numpy()
    if not torch.from_numpy(x).isfinite().all():
        raise Skip("some samples are not finite")
    splits = [split.double().cpu().numpy() for split in case.all[:3]]
    log_density, bandwidth = kernel.fitted(x, splits[1], case.settings.bandwidths)
    train, test = (torch.from_numpy(log_density(split)) for split in (splits[0], splits[2]))
    found = Measured.of("kernels", "kernels", test, train, case.all)
    return found._replace(sigma=bandwidth, chosen="validation")


def compared(case: Case, law: Mixture | None, train: Tensor) -> list[dict[str, Any]]:
    """Laws that need no model, on the same examples: title, what they are of, test, train."""
    some, everything = case.some, case.all
    if law is not None:
        test, train = (references.mixture(x, law) for x in (everything.test, everything.train))
        return [{"title": "The law of the data", "observation": "own", "sigma": None}
                | means(test, train, everything)]  # fmt: skip
    if case.points:
        return []
    level = references.uniform(some.dimensions, some.levels)
    test, train_ = (torch.full((len(x),), level) for x in (some.test, some.train))
    found = [{"title": "Uniform pixels", "observation": "own", "sigma": None}
             | means(test, train_, some)]  # fmt: skip
    variances = case.settings.variances
    test, variance = references.memoriser(some.test, some.validation, train, variances)
    known = references.about(some.train, train, variance)
    copied = {"title": "Memoriser + noise", "observation": "noise", "sigma": variance**0.5}
    return [*found, copied | means(test, known, some)]


def means(test: Tensor, train: Tensor, seen: Observed) -> dict[str, Any]:
    values = mean(test, "test examples"), mean(train, "training examples")
    return {
        "test": values[0],
        "train": values[1],
        "bits": bits(values[0].value, seen.dimensions, seen.levels),
    }
