"""Measures the likelihood of one run's model: `python -m ...stages.likelihood digits vae 0`."""

import sys
from pathlib import Path

from gbench.core.files import write_json
from gbench.core.stage import guard
from gbench.params import read
from gbench.tracks.generation.measure.likelihood.settings import Settings
from gbench.tracks.generation.measure.likelihood.suite import suite


def main(data: str, variant: str, seed: str) -> None:
    record = suite(
        Path("runs") / data / variant / seed,
        Path("data") / data,
        Settings(**read()["likelihood"]),
    )
    write_json(Path("results/likelihood") / data / variant / f"{seed}.json", record)


if __name__ == "__main__":
    with guard(*sys.argv[1:]):
        main(*sys.argv[1:])
