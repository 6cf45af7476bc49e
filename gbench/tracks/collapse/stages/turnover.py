"""Which modes one training covers at each point: `python -m ...stages.turnover ring gan 0`."""

import sys
from pathlib import Path

from gbench.core.files import write_json
from gbench.core.stage import guard
from gbench.tracks.collapse.measure.turnover import record


def main(data: str, variant: str, seed: str) -> None:
    found = record(Path("runs") / data / variant / seed, Path("data") / data)
    write_json(Path("results/turnover") / data / variant / f"{seed}.json", found)


if __name__ == "__main__":
    with guard(*sys.argv[1:]):
        main(*sys.argv[1:])
