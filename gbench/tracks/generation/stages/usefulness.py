"""Puts one run's samples and features to use: `python -m ...stages.usefulness digits cgan 0`."""

import sys
from pathlib import Path

from gbench.core.files import write_json
from gbench.core.stage import guard
from gbench.params import read
from gbench.tracks.generation.measure.usefulness.settings import Settings
from gbench.tracks.generation.measure.usefulness.suite import suite


def main(data: str, variant: str, seed: str) -> None:
    record = suite(
        Path("runs") / data / variant / seed,
        Path("data") / data,
        Path("judges") / data,
        Settings(**read()["usefulness"]),
    )
    write_json(Path("results/usefulness") / data / variant / f"{seed}.json", record)


if __name__ == "__main__":
    with guard(*sys.argv[1:]):
        main(*sys.argv[1:])
