"""Scores one run: `python -m stages.evaluate digits wgan_gp 0`."""

import sys
from pathlib import Path

from gbench.core.files import write_json
from gbench.core.stage import guard
from gbench.params import read
from gbench.protocol.evaluation import evaluate
from gbench.protocol.settings import Evaluation


def main(data: str, variant: str, seed: str) -> None:
    params = read()
    evaluation = Evaluation(**params["evaluation"])
    record = evaluate(
        Path("runs") / data / variant / seed,
        Path("data") / data,
        Path("judges") / data,
        params["metrics"],
        evaluation.n,
        params["along"]["metrics"],
        evaluation.batches,
        evaluation.repeated,
    )
    write_json(Path("results/scores") / data / variant / f"{seed}.json", record)


if __name__ == "__main__":
    with guard(*sys.argv[1:]):
        main(*sys.argv[1:])
