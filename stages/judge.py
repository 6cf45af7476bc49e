"""Trains the judge of one data set: `python -m stages.judge digits`."""

import sys
import time
from pathlib import Path

from gbench.core.device import pick, single_thread
from gbench.core.stage import guard
from gbench.params import read
from gbench.protocol.judge import build
from gbench.zoo.shared.dataset import Dataset


def main(data: str) -> None:
    single_thread()
    dataset = Dataset.load(Path("data") / data)
    start = time.perf_counter()
    judge = build(dataset, **(read()["judge"] or {}), device=pick())
    judge.save(Path("judges") / data, dataset, seconds=time.perf_counter() - start)


if __name__ == "__main__":
    with guard(*sys.argv[1:]):
        main(*sys.argv[1:])
