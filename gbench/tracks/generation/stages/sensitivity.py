"""Scores generators of known faults on one data set: `python -m ...stages.sensitivity digits`."""

import sys
from pathlib import Path

from gbench.core.files import write_json
from gbench.core.stage import guard
from gbench.params import read
from gbench.protocol.settings import Evaluation
from gbench.tracks.generation.measure.sensitivity.settings import Settings
from gbench.tracks.generation.measure.sensitivity.suite import sensitivity


def main(data: str) -> None:
    params = read()
    record = sensitivity(
        Path("data") / data,
        Path("judges") / data,
        params["metrics"],
        Evaluation(**params["evaluation"]).n,
        Settings(**params["sensitivity"]),
    )
    write_json(Path("results/sensitivity") / f"{data}.json", record)


if __name__ == "__main__":
    with guard(*sys.argv[1:]):
        main(*sys.argv[1:])
