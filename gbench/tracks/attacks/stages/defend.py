"""Attacks one defence: `python -m gbench.tracks.attacks.stages.defend digits defense_gan`."""

import sys

from gbench.core import device
from gbench.core.stage import guard
from gbench.params import read
from gbench.tracks.attacks.measure import suite


def main(data: str, defence: str) -> None:
    device.single_thread()
    suite.defended(read(), data, defence, device.pick())


if __name__ == "__main__":
    with guard(*sys.argv[1:]):
        main(*sys.argv[1:])
