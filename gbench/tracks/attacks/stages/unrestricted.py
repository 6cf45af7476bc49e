"""Searches a GAN's images for such as mislead one classifier: `python -m ...stages.unrestricted`.

Arguments: data set and classifier, such as `digits cnn`.
"""

import sys

from gbench.core import device
from gbench.core.stage import guard
from gbench.params import read
from gbench.tracks.attacks.measure import unrestricted


def main(data: str, classifier: str) -> None:
    device.single_thread()
    unrestricted.attack(read(), data, classifier, device.pick())


if __name__ == "__main__":
    with guard(*sys.argv[1:]):
        main(*sys.argv[1:])
