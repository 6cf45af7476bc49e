"""Builds one data set and splits it: `python -m stages.prepare digits`."""

import sys
from pathlib import Path

from gbench.core.stage import guard
from gbench.params import read
from gbench.zoo.data import prepare


def main(data: str) -> None:
    prepare(read(), data).save(Path("data") / data)


if __name__ == "__main__":
    with guard(*sys.argv[1:]):
        main(*sys.argv[1:])
