"""What every model cost."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from markupsafe import Markup

from gbench.report import svg
from gbench.report.kit.cells import DASH, number
from gbench.report.kit.section import Drawing, Part, Section, Subject
from gbench.report.kit.tidy import Frame, frame, rows, where
from gbench.report.kit.view import Cell, Figure, Figures, Grid, Group, Head, Row, View
from gbench.report.numbers import Digits, fixed, short
from gbench.report.records import Model, Outside, Records, Run
from gbench.report.sections.subjects import maker, makers

PHASES = ("import", "data", "train", "along", "sample", "batches", "evaluate")
SPENT = " ".join(f"{phase}_seconds" for phase in PHASES)
HEAD = f"data model family seed status {SPENT} process_mb cuda_mb parameters images_seen device"
HEADS = {
    "train": Head("Training (s)", "Mean over seeds, with its 95 % t-interval."),
    "sample": Head("Sampling (s)", "The same."),
    "process_mb": Head("Peak memory (MiB)", "Of the process, the most of any seed."),
    "cuda_mb": Head("GPU memory (MiB)", "The most of any seed."),
    "parameters": Head("Parameters", "Numbers that training sets, of all players."),
    "rounds": Head("Rounds", "Of training; fitted: in closed form or by EM."),
    "images_seen": Head("Examples seen", "In training, counted again each time that one is seen."),
}


def train_seconds(model: Model) -> Mapping[int, float]:
    """By seed, of the runs that finished."""
    return {
        run.seed: float(run.card["seconds"]["train"])
        for run in model.runs
        if run.card.get("status") == "ok" and "train" in run.card.get("seconds", {})
    }


def _seconds(run: Run) -> list[float]:
    """A number a phase; 0 where unknown."""
    spent = run.card.get("seconds", {})
    return [float(spent.get(p, 0)) for p in PHASES[:-1]] + [float(run.evaluation.get("seconds", 0))]


def costs(records: Records) -> Frame:
    """A row a run that was started."""
    runs = ((d, m, run) for d in records.data for m in d.models for run in m.runs if run.card)
    found = (
        (
            *(data.name, model.name, model.family, run.seed, run.status),
            *_seconds(run),
            *(run.card.get("memory", {}).get(key) for key in ("process_mb", "cuda_mb")),
            *(run.card.get(key) for key in ("parameters", "images_seen", "device")),
        )
        for data, model, run in runs
    )
    return frame(HEAD, found)


def _phases(part: Part) -> Iterator[View]:
    """Mean seconds per run by phase, a bar a model."""
    bars = []
    for subject in part.subjects:
        own = where(part.frame, model=subject.name)
        spent = own[own.status != "skipped"][SPENT.split()].to_numpy(float)
        if len(spent):
            mean = [float(value) for value in np.mean(spent, axis=0)]
            bars.append((subject.title, mean, f"{short(sum(mean))} s"))
    if bars:
        title = f"Mean seconds per run by phase on {part.key}"
        describe = f"{title}: {', '.join(f'{name} {text}' for name, _, text in bars)}"
        swatches = [Markup(f'<i class="part part-{k}"></i>') for k in range(len(PHASES))]
        legend = [*zip(swatches, PHASES, strict=True)]
        yield Figures([Figure(title, svg.bars(bars, PHASES, "s", describe))], "wide", legend)


def _table(part: Part) -> Iterator[View]:
    keys = [key for key in HEADS if key != "cuda_mb" or part.frame.cuda_mb.notna().any()]
    found = [
        _row(subject, model, part.frame, keys)
        for subject in part.subjects
        if (model := maker(part.results, part.key, subject.name))
    ]
    heads = [HEADS[key] for key in keys]
    yield Grid(f"{part.anchor}-runs", f"Cost on {part.key}", heads, [Group("", found, "models")])


def _row(subject: Subject, model: Model, frame: Frame, keys: list[str]) -> Row:
    own = where(frame, model=model.name)
    own = own[own.status != "skipped"]
    card = next((run.card for run in model.runs if run.card and run.status != "skipped"), {})
    settings = ", ".join(f"{k} {v}" for k, v in card.get("hyperparameters", {}).items())
    cells = [_cell(key, own, card) for key in keys]
    why = "not trained here" if isinstance(model, Outside) else model.absence
    why = "" if len(own) else why
    return Row(subject.title, cells, subject.name, subject.index, settings, why=why)


def _cell(key: str, own: Frame, card: Any) -> Cell:
    if key in ("train", "sample"):
        done = own[own.status == "ok"] if key == "train" else own
        values = {r["seed"]: r[f"{key}_seconds"] for r in rows(done) if r[f"{key}_seconds"]}
        return number(values, Digits([*values.values()]))
    if key.endswith("_mb"):
        return _count(max(own[key].dropna(), default=None))
    return _count(card.get(key), "fitted" if key == "rounds" else DASH)


def _count(n: float | None, none: str = DASH) -> Cell:
    return Cell(fixed(n, 0), sort=n) if n else Cell(none)


COSTS = Section(
    id="cost",
    title="Cost and environment",
    lede="What the trainings took, on the device that the protocol names.",
    blind="what another device, or a longer training, would take.",
    frame=costs,
    subjects=makers,
    empty="no model was trained",
    show=(Drawing(_phases), Drawing(_table)),
)
