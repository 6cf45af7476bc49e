"""Trains one model on one data set with one seed: `python -m stages.train digits wgan_gp 0`."""

import sys
import time

BEGAN = time.perf_counter()

from gbench.core import device  # noqa: E402
from gbench.core.stage import guard  # noqa: E402
from gbench.params import read  # noqa: E402
from gbench.zoo.shared import run  # noqa: E402


def main(data: str, variant: str, seed: str) -> None:
    device.single_thread()
    run.execute(read(), data, variant, int(seed), device=device.pick(), began=BEGAN)


if __name__ == "__main__":
    with guard(*sys.argv[1:]):
        main(*sys.argv[1:])
