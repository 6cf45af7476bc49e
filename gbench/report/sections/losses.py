"""Losses over rounds."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any

import numpy as np

from gbench.report.kit.section import Lines, Part, Section, Subject
from gbench.report.kit.tidy import Frame, frame
from gbench.report.records import Model, Records, Run, by_seed
from gbench.report.sections.subjects import maker, models

HEAD = "data model seed round player loss"
KEPT = 50  # points of a loss in the file, which is tracked: with forty models more is megabytes
DRAWN = 600  # points of a player's loss in a figure, all seeds together


def losses(records: Records) -> Frame:
    """Points of each player's loss: those that are written, and those that are drawn."""
    rows = (
        (data.name, *row) for data in records.data for model in data.models for row in _rows(model)
    )
    return frame(f"{HEAD} kept drawn", rows)


def _rows(model: Model) -> Iterator[Sequence[Any]]:
    logged = [run for run in model.runs if run.losses]
    for run in logged:
        kept, drawn = thinned(run, KEPT), thinned(run, DRAWN // len(logged))
        rounds = run.losses["round"]
        for player in (name for name in run.losses if name != "round"):
            for k in sorted(kept | drawn):
                loss = float(run.losses[player][k])
                start = (model.name, run.seed, int(rounds[k]), player, loss)
                yield *start, k in kept and isfinite(loss), k in drawn


def thinned(run: Run, most: int) -> set[int]:
    """The places of no more than `most` logged rounds, the first and the last among them."""
    n = len(run.losses["round"])
    return {*np.linspace(0, n - 1, min(n, most)).round().astype(int).tolist()}


def _stopped(part: Part, subject: Subject | None) -> str:
    model = maker(part.results, part.key, subject.name) if subject else None
    stopped = model.with_status("diverged") if model else ()
    return by_seed({run.seed: run.reason for run in stopped})


LOSSES = Section(
    id="losses",
    title="Training",
    lede="Each player's loss over rounds: a thin line a seed; the thick line is the median over "
    "seeds, smoothed over a twentieth of training. The frame holds the middle 99 % of the values. "
    "Models that are fitted in closed form have none.",
    blind="which model is better: losses of different models are not comparable, and a critic's "
    "loss that falls is not a model that improves.",
    frame=losses,
    written=lambda found: found[found.kept.astype(bool)][HEAD.split()],
    subjects=models,
    empty="no model logged a loss",
    show=(
        Lines(
            x="round",
            y="loss",
            x_title="round",
            y_title="loss",
            line="player",
            smooth=1 / 20,
            trim=0.005,
            note=_stopped,
            tidy=lambda found: found[found.drawn.astype(bool)],
        ),
    ),
)
