"""How often comparisons with the best err, and what they find: `python benchmarks/statistics.py`.

Simulates tables of 45 models and 3 or 5 seeds in worlds whose best models are known, and counts
the tables in which some best model is called worse (error, promised: 0.05) and the worse models
that are called so (found).  Next to `gbench.stats.compare` stand what it replaced, paired t-tests
with Holm's correction against the lowest mean, and Smyth's moderated t with a fitted d0, also with
Holm's correction.  Prints a table and writes it to benchmarks/results/statistics.csv.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import digamma, polygamma
from scipy.stats import t as student
from tqdm import tqdm

from gbench.stats import ALPHA, compare, holm, paired_p
from gbench.stats.moderated import Floats

RESULTS = Path(__file__).parent / "results"
MODELS = 45
Draw = np.random.Generator
World = tuple[Floats, Floats]  # [k, 1] true means, lower is better; [k, n] noise


def variances(draw: Draw) -> Floats:
    """[k, 1] from a scaled inverse chi-squared law: 3.8 degrees of freedom, scale 0.02."""
    return 3.8 * 0.02 / draw.chisquare(3.8, (MODELS, 1))


def equal(draw: Draw, seeds: int) -> World:
    return np.zeros((MODELS, 1)), draw.normal(size=(MODELS, seeds)) * np.sqrt(variances(draw))


def heavy(draw: Draw, seeds: int) -> World:
    """Student's t with 4 degrees of freedom, whose variance is 2."""
    noise = draw.standard_t(4, (MODELS, seeds)) / 2**0.5
    return np.zeros((MODELS, 1)), noise * np.sqrt(variances(draw))


def unequal(draw: Draw, seeds: int) -> World:
    """Every other model varies ten times as much as its neighbour."""
    spread = np.where(np.arange(MODELS) % 2, 0.05, 0.5)[:, None]
    return np.zeros((MODELS, 1)), draw.normal(size=(MODELS, seeds)) * spread


def groups(draw: Draw, seeds: int) -> World:
    """22 equal bests and 23 that are equally worse."""
    means, noise = equal(draw, seeds)
    return means + (np.arange(MODELS)[:, None] >= 22), noise


def ladder(draw: Draw, seeds: int) -> World:
    """Three equal bests, and 42 models that are worse by 0.2 to 1.6."""
    means = np.concatenate([np.zeros(3), np.linspace(0.2, 1.6, MODELS - 3)])
    return means[:, None], equal(draw, seeds)[1]


WORLDS = {
    "all equal, normal": equal,
    "all equal, heavy tails": heavy,
    "all equal, unequal variances": unequal,
    "two groups of equals": groups,
    "three bests, 42 worse": ladder,
}


def ours(losses: Floats) -> Floats:
    """[k] which are worse than the best, by `compare`."""
    found = compare({str(i): dict(enumerate(row)) for i, row in enumerate(losses.tolist())})
    return np.array([one.verdict == "worse" for one in found.values()])


def paired(losses: Floats) -> Floats:
    """By paired t-tests against the lowest mean, with Holm's correction."""
    best = losses.mean(axis=1).argmin()
    rest = np.arange(len(losses)) != best
    p_values = holm([paired_p(row.tolist(), losses[best].tolist()) for row in losses[rest]])
    found = np.zeros(len(losses), dtype=bool)
    found[rest] = np.array(p_values) < ALPHA
    return found


def smyth(losses: Floats) -> Floats:
    """By Smyth's moderated t (2004, sections 4 and 6.2), with Holm's correction."""
    n = losses.shape[1]
    means, spread, d = losses.mean(axis=1), losses.var(axis=1, ddof=1), n - 1
    log = np.log(spread) - digamma(d / 2) + np.log(d / 2)
    excess = log.var(ddof=1) - polygamma(1, d / 2)
    grid = np.geomspace(0.2, 1e6, 2000)
    half = grid[np.abs(polygamma(1, grid) - max(excess, 1e-6)).argmin()]
    prior = np.exp(log.mean() + digamma(half) - np.log(half))
    moderated = (2 * half * prior + d * spread) / (2 * half + d)
    best = means.argmin()
    rest = np.arange(len(losses)) != best
    t = (means - means[best]) / np.sqrt((moderated + moderated[best]) / n)
    found = np.zeros(len(losses), dtype=bool)
    found[rest] = np.array(holm(2 * student.sf(t[rest], 2 * half + d))) < ALPHA
    return found


TESTS: dict[str, Callable[[Floats], Floats]] = {"gbench": ours, "paired t": paired, "Smyth": smyth}


def simulate(world: Callable[[Draw, int], World], seeds: int, repetitions: int) -> pd.DataFrame:
    """A row a test: the share of tables with an error, of the worse models found, and seconds."""
    draw, counts = np.random.default_rng(seeds), {name: [0.0, 0.0, 0.0] for name in TESTS}
    for _ in tqdm(range(repetitions), leave=False):
        means, noise = world(draw, seeds)
        best = means[:, 0] == 0
        for name, test in TESTS.items():
            start = time.process_time()
            worse = test(means + noise)
            row = (worse[best].any(), worse[~best].mean() if (~best).any() else np.nan)
            counts[name] = np.add(counts[name], (*row, time.process_time() - start)).tolist()
    found = pd.DataFrame(counts, index=["error", "found", "seconds"]).T / repetitions
    return found.rename_axis("test").reset_index()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=2000)
    repetitions = parser.parse_args().repetitions
    tables = []
    for name, world in WORLDS.items():
        for seeds in (3, 5):
            found = simulate(world, seeds, repetitions)
            tables.append(found.assign(world=name, seeds=seeds, repetitions=repetitions))
            print(tables[-1].to_string(index=False), flush=True)
    columns = ["world", "seeds", "test", "error", "found", "seconds", "repetitions"]
    RESULTS.mkdir(exist_ok=True)
    pd.concat(tables)[columns].to_csv(RESULTS / "statistics.csv", index=False, float_format="%.4g")


if __name__ == "__main__":
    main()
