"""Trains one classifier to be attacked: `python -m ...stages.classifier digits cnn`."""

import sys
from pathlib import Path

from gbench.core import device
from gbench.core.stage import guard
from gbench.params import read
from gbench.tracks.attacks.measure import training
from gbench.zoo.shared.dataset import Dataset


def main(data: str, name: str) -> None:
    device.single_thread()
    params, chip = read(), device.pick()
    entry, lesson = training.classifier_entry(params, name, data)
    training.make(
        Dataset.load(Path("data") / data, chip),
        name,
        entry,
        Path("classifiers") / data / name,
        chip,
        **lesson,
    )


if __name__ == "__main__":
    with guard(*sys.argv[1:]):
        main(*sys.argv[1:])
