"""Trains what one defence learns: `python -m ...stages.fortify digits ape_gan`."""

import sys
from pathlib import Path

from gbench.core import device, plugin
from gbench.core.entry import on
from gbench.core.stage import guard
from gbench.params import read
from gbench.tracks.attacks.measure import fortifying
from gbench.tracks.attacks.measure.suite import defaults
from gbench.zoo.dataset import Dataset


def main(data: str, name: str) -> None:
    device.single_thread()
    params, chip = read(), device.pick()
    module = plugin.load("tracks/attacks/defences", name)
    folder = Path("classifiers") / data
    fortifying.fortify(
        module,
        Dataset.load(Path("data") / data, chip),
        {**defaults(module.build), **on(params["defences"][name], data)},
        fortifying.Sources(folder, Path("runs") / data, params["seeds"][0], chip),
        Path("defences") / data / name,
    )


if __name__ == "__main__":
    with guard(*sys.argv[1:]):
        main(*sys.argv[1:])
