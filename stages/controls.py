"""Scores the four controls, and checks them: python -m stages.controls <data> <seed>."""

import sys
from pathlib import Path

from gbench.controls import controls
from gbench.core.files import write_json
from gbench.params import read


def main(data: str, seed: str) -> None:
    params = read()
    metrics, n = params["metrics"], params["evaluation"]["n"]
    record = controls(Path("data") / data, Path("judges") / data, metrics, n, int(seed))
    write_json(Path("results/controls") / data / f"{seed}.json", record)


if __name__ == "__main__":
    main(*sys.argv[1:])
