"""Where the time goes."""

import numpy as np
from markupsafe import Markup

from gbench.report import svg
from gbench.report.numbers import short
from gbench.report.records import Data, Run

PHASES = ("import", "data", "train", "along", "sample", "batches", "evaluate")


def seconds_by_phase(run: Run) -> list[float]:
    """A number a phase; 0 where unknown."""
    spent = run.card.get("seconds", {})
    return [float(spent.get(p, 0)) for p in PHASES[:-1]] + [float(run.evaluation.get("seconds", 0))]


def phases(data: Data) -> Markup | None:
    """Mean seconds a run by phase, a bar a model."""
    rows = []
    for model in data.models:
        spent = [
            seconds_by_phase(run) for run in model.runs if run.card and run.status != "skipped"
        ]
        if spent:
            mean = [float(value) for value in np.mean(spent, axis=0)]
            rows.append((model.title, mean, f"{short(sum(mean))} s"))
    if not rows:
        return None
    describe = f"Mean seconds a run on {data.name}: " + ", ".join(f"{a} {c}" for a, _, c in rows)
    return svg.bars(rows, PHASES, "s", describe)
