"""Trains what one defence learns: `python -m ...stages.fortify digits ape_gan`."""

import sys
from pathlib import Path

from gbench.core import device
from gbench.core.stage import guard
from gbench.params import read
from gbench.tracks.attacks.measure import fortifying
from gbench.zoo.shared.dataset import Dataset


def main(data: str, name: str) -> None:
    device.single_thread()
    params, chip = read(), device.pick()
    module, numbers = fortifying.entry(params, name, data)
    folder = Path("classifiers") / data
    fortifying.fortify(
        module,
        Dataset.load(Path("data") / data, chip),
        numbers,
        fortifying.Sources(folder, Path("runs") / data, params["seeds"][0], chip),
        Path("defences") / data / name,
    )


if __name__ == "__main__":
    with guard(*sys.argv[1:]):
        main(*sys.argv[1:])
