"""Scores one run: python -m stages.evaluate <data> <variant> <seed>."""

import sys
from pathlib import Path

from gbench.core.files import write_json
from gbench.evaluation import evaluate
from gbench.params import read


def main(data: str, variant: str, seed: str) -> None:
    params = read()
    record = evaluate(
        Path("runs") / data / variant / seed,
        Path("data") / data,
        Path("judges") / data,
        params["metrics"],
        params["evaluation"]["n"],
    )
    write_json(Path("results/scores") / data / variant / f"{seed}.json", record)


if __name__ == "__main__":
    main(*sys.argv[1:])
