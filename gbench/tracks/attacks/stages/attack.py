"""Attacks one bare classifier: `python -m gbench.tracks.attacks.stages.attack digits cnn`."""

import sys

from gbench.core import device
from gbench.core.stage import guard
from gbench.params import read
from gbench.tracks.attacks.measure import suite


def main(data: str, classifier: str) -> None:
    device.single_thread()
    suite.bare(read(), data, classifier, device.pick())


if __name__ == "__main__":
    with guard(*sys.argv[1:]):
        main(*sys.argv[1:])
