"""The numbers of the page as tidy CSV and JSON: one observation a row, in a fixed order."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from math import isfinite
from pathlib import Path
from typing import Any

from gbench.core.files import replacing, write_json
from gbench.report import classes, likelihood, longer, pairs, ranking, sensitivity, spread
from gbench.report.figures import PHASES, seconds_by_phase, thinned
from gbench.report.labels import FewLabels, observations
from gbench.report.records import Control, Model, Records
from gbench.report.stopping import quality, signals
from gbench.report.tables import Table, train_seconds
from gbench.stats import estimate

KEPT = 50  # points of a loss in losses.csv, which is tracked: with forty models more is megabytes
PROTOCOL = "n_generated n_reference reference n_train d extractor extractor_hash"
SCORES = f"data model family seed metric value note {PROTOCOL}"
SPENT = " ".join(f"{phase}_seconds" for phase in PHASES)
COST = f"data model family seed status {SPENT} process_mb cuda_mb parameters images_seen device"
ROBUSTNESS = "data target attack norm knowledge eps robust_accuracy low high n"
SENSITIVITY = "data generator fault metric held_out held_out_sd value effect p verdict note"
Value = str | int | float | None


def write(records: Records, tables: Sequence[Table], few_labels: FewLabels, out: Path) -> None:
    """Writes the CSV files, and metrics.json."""
    csv_file(out / "scores.csv", SCORES, scores(records))
    csv_file(out / "classes.csv", classes.HEAD, classes.observations(records))
    csv_file(out / "losses.csv", "data model seed round player loss", losses(records))
    head = "data model family seed probe measure at value against baseline note"
    csv_file(out / "latent.csv", head, latent(records))
    csv_file(out / "sensitivity.csv", SENSITIVITY, sensitivity.rows(records))
    csv_file(out / "likelihood.csv", likelihood.HEAD, likelihood.observations(records))
    csv_file(out / "robustness.csv", ROBUSTNESS, robustness(records))
    csv_file(out / "along.csv", "data model family seed round n metric value", along(records))
    head = "data model family seed player metric correlation beyond_time stopped"
    csv_file(out / "stopping.csv", head, stopping(records))
    csv_file(out / "longer.csv", longer.HEAD, chain.from_iterable(map(longer.rows, records.data)))
    head = "data model training labels draw error note"
    csv_file(out / "few_labels.csv", head, observations(few_labels))
    csv_file(out / "cost.csv", COST, cost(records))
    csv_file(out / "ranks.csv", ranking.HEAD, chain.from_iterable(map(ranking.rows, tables)))
    csv_file(out / "comparisons.csv", pairs.HEAD, chain.from_iterable(map(pairs.rows, tables)))
    csv_file(out / "spread.csv", spread.HEAD, chain.from_iterable(map(spread.rows, records.data)))
    write_json(out / "metrics.json", metrics(records))


def csv_file(path: Path, head: str, rows: Iterable[Sequence[Value]]) -> None:
    """A header and rows; six significant digits, so that files are short and runs compare."""
    with replacing(path) as temporary, temporary.open("w", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(head.split())
        for row in rows:
            table.writerow([f"{v:.6g}" if isinstance(v, float) else v for v in row])


def scores(records: Records) -> Iterable[Sequence[Value]]:
    """Every value of every metric: controls as models of the family "control", then the models,
    then samples of other programs, whose batches stand where a model's seeds do."""
    for data in records.data:
        for control in data.controls:
            for seed, found in control.scores.items():
                for metric in data.metrics:
                    if metric in found:
                        score = found[metric]
                        start = (data.name, control.name, "control", seed, metric)
                        yield *start, score.value, score.note, *_protocol(data.protocol)
        for model in (*data.models, *data.outside):
            for run in model.runs:
                for metric in data.metrics:
                    value = run.scores[metric].value if metric in run.scores else None
                    note = run.scores[metric].note if metric in run.scores else "not measured"
                    if run.status != "ok":
                        note = f"{run.status}: {run.note}"
                    start = (data.name, model.name, model.family, run.seed, metric)
                    yield *start, value, note, *_protocol(run.evaluation.get("protocol", {}))


def _protocol(found: Mapping[str, Any]) -> Iterable[Value]:
    return (found.get(key) for key in PROTOCOL.split())


def losses(records: Records) -> Iterable[Sequence[Value]]:
    """Thinned losses of each player; those that are not finite are left out."""
    for data in records.data:
        for model in data.models:
            for run in model.runs:
                kept = thinned(run, KEPT)
                for player in kept:
                    if player == "round":
                        continue
                    for round_, loss in zip(kept["round"], kept[player], strict=True):
                        if isfinite(loss):
                            start = (data.name, model.name, run.seed, int(round_), player)
                            yield *start, float(loss)


def along(records: Records) -> Iterable[Sequence[Value]]:
    """Every value of a metric that was computed while a model still learnt."""
    for data in records.data:
        for model in data.models:
            for run in model.runs:
                start = (data.name, model.name, model.family, run.seed)
                for metric in (name for name in data.metrics if name in run.along):
                    columns = (run.along["round"], run.along["n"], run.along[metric])
                    for round_, n, value in zip(*columns, strict=True):
                        yield *start, round_, n, metric, value


def stopping(records: Records) -> Iterable[Sequence[Value]]:
    """What each player's loss tells about the quality along each run."""
    for data in records.data:
        for signal in signals(data):
            model, (metric, _) = signal.model, quality(data) or ("", None)
            for seed, course in signal.courses.items():
                start = (data.name, model.name, model.family, seed, signal.player, metric)
                yield *start, course.correlation, course.beyond_time, signal.stopped_at(seed)


def latent(records: Records) -> Iterable[Sequence[Value]]:
    """Every number of the probes with what it is read against; a row with a note for each probe
    that a model has no answer to."""
    for data in records.data:
        for model in data.models:
            for run in model.runs:
                start = (data.name, model.name, model.family, run.seed)
                if run.latent and not run.latent["probes"]:
                    yield *start, "", "", None, None, "", None, run.latent["note"]
                for probe, found in run.latent.get("probes", {}).items():
                    if not found["rows"]:
                        yield *start, probe, "", None, None, "", None, found["note"]
                    for row in found["rows"]:
                        keys = ("measure", "at", "value", "against", "baseline", "note")
                        yield *start, probe, *(row[key] for key in keys)


def robustness(records: Records) -> Iterable[Sequence[Value]]:
    """Accuracy over eps by attack, and of the worst case over all attacks an image."""
    for data in records.data:
        for attacked in data.attacked:
            start = (data.name, attacked.name)
            if attacked.status != "ok":
                continue
            for attack in attacked.card["attacks"]:
                kind = (attack["name"], attack["norm"], attack["knowledge"])
                for row in _curve(attack):
                    yield *start, *kind, *row
            for norm, worst in attacked.card["worst_case"].items():
                for row in _curve(worst):
                    yield *start, "worst_case", norm, "all", *row


def _curve(result: Mapping[str, Any]) -> Iterable[Sequence[Value]]:
    rows = zip(result["eps"], result["robust_accuracy"], result["wilson"], strict=True)
    for eps, accuracy, (low, high) in rows:
        yield float(eps), float(accuracy), float(low), float(high), result["n"]


def cost(records: Records) -> Iterable[Sequence[Value]]:
    """A row a run that was started."""
    for data in records.data:
        for model in data.models:
            for run in model.runs:
                if not run.card:
                    continue
                memory = run.card.get("memory", {})
                yield (
                    *(data.name, model.name, model.family, run.seed, run.status),
                    *seconds_by_phase(run),
                    *(memory.get("process_mb"), memory.get("cuda_mb")),
                    *(run.card.get(key) for key in ("parameters", "images_seen", "device")),
                )


def metrics(records: Records) -> dict[str, Any]:
    """Means over seeds by data, model and metric, for `dvc metrics`; controls are models here."""
    found: dict[str, Any] = {}
    for data in records.data:
        found[data.name] = {}
        everything: list[Model | Control] = [*data.controls, *data.models, *data.outside]
        for row in everything:
            means = {}
            for metric in data.metrics:
                value = estimate([*row.values(metric).values()])
                if value:
                    means[metric] = _rounded(value.mean)
            if isinstance(row, Model) and (spent := train_seconds(row)):
                means["train_seconds"] = _rounded(sum(spent.values()) / len(spent))
            if means:
                found[data.name][row.name] = means
        for attacked in data.attacked:
            if attacked.status == "ok":
                found[data.name][f"attacked_{attacked.name}"] = _headlines(attacked.card)
    return found


def _headlines(card: Mapping[str, Any]) -> dict[str, float]:
    """Accuracies: clean, defended, and the worst case at the headline eps of each norm."""
    found = {"clean": _rounded(card["clean_accuracy"])}
    if card["defended_clean_accuracy"] is not None:
        found["defended_clean"] = _rounded(card["defended_clean_accuracy"])
    for norm, worst in card["worst_case"].items():
        eps = card["headline"].get(norm)
        if eps in worst["eps"]:
            index = worst["eps"].index(eps)
            found[f"worst_{norm}"] = _rounded(worst["robust_accuracy"][index])
    return found


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")
