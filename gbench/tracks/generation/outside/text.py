"""The tables that the commands print."""

from collections.abc import Mapping, Sequence
from typing import Any

from gbench.protocol.evidence import Metric
from gbench.report.numbers import percent, short
from gbench.stats import Estimate, estimate
from gbench.tracks.generation.outside.comparison import Line, Scored, paired

SINGLE = {"training seeds": "one training seed", "batches of samples": "one batch of samples"}
CONTROLS = ("real", "memoriser", "collapsed", "noise")


def table(rows: Sequence[Sequence[str]], words: int = 0) -> str:
    """Columns under each other: the first to the left, numbers to the right, then so many with
    words to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    numbers = range(1, len(widths) - words)
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if index in numbers else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def value(found: Estimate | None, empty: str = "") -> str:
    """ "1.9 ±0.2"; without the half-width where there is no interval."""
    if found is None:
        return empty
    return short(found.mean) + (f" ±{short(found.half)}" if found.half is not None else "")


def head(metric: Metric) -> str:
    return f"{metric.title} ({metric.direction})"


def evaluation(record: Mapping[str, Any], metrics: Mapping[str, Metric]) -> str:
    """Every metric of a set next to the controls, and the subject of its numbers."""
    rows = [["", record["variant"], *CONTROLS]]
    absent = []
    for name, metric in metrics.items():
        scores = [one["scores"][name] for one in record["records"] if name in one["scores"]]
        mine = _estimate(scores)
        beside = [
            _estimate([one["controls"][control].get(name, {}) for one in record["controls"]])
            for control in CONTROLS
        ]
        if mine is not None or any(beside):
            rows.append([head(metric), value(mine, "none"), *(value(one) for one in beside)])
        if mine is None and scores:
            absent.append(f"{metric.title}: {scores[0]['note']}")
    lines = [table(rows), "", *absent, *_told(record)]
    return "\n".join(lines)


def _estimate(scores: Sequence[Mapping[str, Any]]) -> Estimate | None:
    return estimate([score["value"] for score in scores if score.get("value") is not None])


def _told(record: Mapping[str, Any]) -> list[str]:
    """Under which protocol, with which intervals, and what was done to read the samples."""
    protocol, batches = record["protocol"], len(record["records"])
    n = protocol["n_generated"]
    lines = [
        f"{n} samples against {protocol['n_reference']} {protocol['reference']} examples of "
        f"{record['data']}; {protocol['extractor']} {protocol['extractor_hash']}."
    ]
    if batches > 1:
        lines.append(
            f"{record['variant']}: mean of {batches} disjoint batches of {n}, with half of the "
            "95 % t-interval over them: sampling error only, nothing about another training."
        )
    else:
        lines.append(f"{record['variant']}: one batch, so no interval; {2 * n} samples make two.")
    draws = len(record["controls"])
    interval = f"with half of the 95 % t-interval over {draws} draws" if draws > 1 else "one draw"
    lines.append(f"Controls at the same {n} samples, {interval}.")
    if agreed := record["asked_class"]:
        low, high = (percent(end) for end in agreed["wilson"])
        lines.append(
            f"The judge sees the class that was asked for in {percent(agreed['share'])} of "
            f"{agreed['n']} samples (Wilson's 95 % interval {low} to {high})"
            + (f"; {percent(agreed['real'])} of real test images" if agreed["real"] else "")
            + "."
        )
    if record["in_test"]:
        lines.append(
            f"Caution: {record['in_test']} of the scored samples equal a test example, and test "
            "examples are what samples are compared with: these numbers are not a model's."
        )
    return [*lines, *(f"Read: {note}." for note in record["notes"])]


def comparison(
    first: Scored, second: Scored, lines: Sequence[Line], metrics: Mapping[str, Metric]
) -> str:
    """Both sets by metric, the difference, and the verdicts."""
    rows = [["", first.name, second.name, "difference", "p (Holm)", "verdict"]]
    for line in lines:
        p = "" if line.p is None else short(line.p)
        values = (line.first, line.second, line.difference)
        rows.append([head(metrics[line.metric]), *map(value, values), p, line.verdict])
    told = []
    for one in (first, second):
        n = max((len(values) for values in one.values.values()), default=0)
        many = f"{n} {one.unit}" if n > 1 else f"{SINGLE[one.unit]}, so no interval"
        told.append(f"{one.name}: {many}.")
    test = "paired t-tests on seeds" if paired(first, second) else "Welch's t-tests, unpaired"
    told.append(
        f"Means with half of the 95 % t-interval; {test}; p-values Holm-corrected over metrics. "
        "Where a metric is best at a value, what is tested is the distance from it."
    )
    if first.unit != second.unit:
        told.append(
            "Trainings against batches of one set: the question is whether that one set differs "
            "from the mean of the trainings."
        )
    if "batches of samples" in (first.unit, second.unit):
        told.append(
            "Intervals over batches are of sampling error only: they say nothing about another "
            "training of the same model."
        )
    return "\n".join([table(rows, words=1), "", *told])
