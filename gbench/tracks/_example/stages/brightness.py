"""Measures one run: `python -m ...stages.brightness digits gmm 0`."""

import sys
from pathlib import Path

import torch

from gbench.core.files import write_json
from gbench.core.stage import guard
from gbench.params import read
from gbench.tracks._example.measure.brightness import Settings, record


def main(data: str, variant: str, seed: str) -> None:
    torch.manual_seed(int(seed))  # of the samples
    settings = Settings(**read()["brightness"])
    found = record(Path("runs") / data / variant / seed, Path("data") / data, settings)
    write_json(Path("results/brightness") / data / variant / f"{seed}.json", found)


if __name__ == "__main__":
    with guard(*sys.argv[1:]):
        main(*sys.argv[1:])
