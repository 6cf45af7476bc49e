"""Scores the four controls, and checks that they come out as they must:
`python -m stages.controls digits 0`.
"""

import sys
from pathlib import Path

from gbench.core.files import write_json
from gbench.core.stage import guard
from gbench.params import read
from gbench.protocol.controls import controls
from gbench.protocol.record import ControlsLeftOut
from gbench.protocol.settings import Evaluation


def main(data: str, seed: str) -> None:
    params = read()
    record: ControlsLeftOut
    if params["quick"] and int(seed) not in params["quick_seeds"]:
        record = {
            "data": data,
            "seed": int(seed),
            "status": "skipped",
            "controls": {},
            "checks": [],
        }
    else:
        record = controls(
            Path("data") / data,
            Path("judges") / data,
            params["metrics"],
            Evaluation(**params["evaluation"]).n,
            int(seed),
        )
    write_json(Path("results/controls") / data / f"{seed}.json", record)


if __name__ == "__main__":
    with guard(*sys.argv[1:]):
        main(*sys.argv[1:])
