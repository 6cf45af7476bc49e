"""The references for the usefulness of runs: `python -m ...stages.references digits 0`."""

import sys
from pathlib import Path

from gbench.core.files import write_json
from gbench.core.stage import guard
from gbench.params import read
from gbench.tracks.generation.measure.usefulness.settings import Settings
from gbench.tracks.generation.measure.usefulness.suite import left_out, references


def main(data: str, seed: str) -> None:
    params = read()
    settings = Settings(**params["usefulness"])
    if params["quick"] and int(seed) not in params["quick_seeds"]:
        record = left_out(data, int(seed), settings)
    else:
        record = references(Path("data") / data, Path("judges") / data, settings, int(seed))
    write_json(Path("results/references") / data / f"{seed}.json", record)


if __name__ == "__main__":
    with guard(*sys.argv[1:]):
        main(*sys.argv[1:])
