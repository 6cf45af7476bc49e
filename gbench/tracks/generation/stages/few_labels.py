"""Classification with few labels: `python -m ...stages.few_labels digits sgan 20 0`."""

import sys

from gbench.core import device
from gbench.core.stage import guard
from gbench.params import read
from gbench.tracks.generation.measure import few_labels


def main(data: str, model: str, labels: str, draw: str) -> None:
    device.single_thread()
    few_labels.execute(read(), data, model, labels, int(draw), device=device.pick())


if __name__ == "__main__":
    with guard(*sys.argv[1:]):
        main(*sys.argv[1:])
