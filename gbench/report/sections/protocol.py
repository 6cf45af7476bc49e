"""What was done, in facts: under which conditions the numbers came about."""

from collections.abc import Iterable, Mapping
from typing import Any

from gbench import __version__
from gbench.report.numbers import fixed, listed, percent
from gbench.report.records import Data, Records


def facts(
    records: Records, rebuild: str = "make repro", cards: Iterable[Mapping[str, Any]] = ()
) -> list[tuple[str, str]]:
    """(name, value) rows that hold for the whole report.

    Args:
        rebuild: the command that makes it.
        cards: of a room's own stages, which say their device and versions too.
    """
    own = [card for card in cards if "versions" in card]
    trained = [run.card for data in records.data for m in data.models for run in m.runs if run.card]
    seeds = f"{len(records.seeds)} ({listed([str(seed) for seed in records.seeds])})"
    found = [("Training seeds", seeds)] if trained else []
    if records.quick:
        text = "few seeds and small budgets: no comparison is meant"
        if records.left_out:
            text += f"; {records.left_out} more models are switched on, but not in quick_variants"
        found.append(("Quick setting", text))
    rounds = [card["rounds"] for card in trained if card.get("rounds")]
    batches = [card["batch"] for card in trained if card.get("rounds")]
    if rounds:
        text = f"{_range(rounds)} rounds of batches of {_range(batches)}, by model and data set"
        found.append(("Budget", f"{text}; none for models that are fitted in closed form or by EM"))
    every = [*trained, *own]
    found.append(("Device", _distinct(card.get("device", "") for card in every)))
    versions = every[0].get("versions", {}) if every else {}
    python = _distinct(card.get("python", "") for card in every)
    packages = ", ".join(f"{name} {version}" for name, version in versions.items())
    found.append(("Software", f"gbench {__version__}, Python {python}, {packages}"))
    found.append(("Rebuild", rebuild))
    return [(name, value) for name, value in found if value]


def of_data(data: Data) -> list[tuple[str, str]]:
    """(name, value) rows for one data set."""
    if data.missing:
        return [("Source", data.missing)]
    sizes = ", ".join(f"{_count(n)} {split}" for split, n in data.sizes.items())
    found = [("Source", data.source), ("Split", sizes)]
    protocol = data.protocol
    if protocol:
        found.append(
            (
                "Compared",
                f"{_count(protocol['n_generated'])} samples of each model with "
                f"{_count(protocol['n_reference'])} {protocol['reference']} examples; "
                f"neighbours sought among {_count(protocol['n_train'])} training examples",
            )
        )
        found.append(("Feature space", f"{protocol['extractor']}, {protocol['d']} dimensions"))
    judge = data.judge
    if judge and judge.get("test_accuracy") is not None:
        text = f"{judge['name']}, {percent(judge['test_accuracy'])} test accuracy"
        found.append(("Judge", f"{text}, weights {judge['hash']}"))
    return found


def line(data: Data) -> str:
    """The protocol of one data set in one line."""
    return " · ".join(value for _, value in of_data(data))


def _count(n: int) -> str:
    return fixed(n, 0)


def _distinct(values: Iterable[Any]) -> str:
    """Each value once, in the order of appearance."""
    return ", ".join(str(value) for value in dict.fromkeys(values) if value)


def _range(values: list[int]) -> str:
    low, high = min(values), max(values)
    return _count(low) if low == high else f"{_count(low)} to {_count(high)}"


def failures(records: Records) -> list[str]:
    """What did not run or has no value, and why; the same reason once."""
    found: dict[str, None] = {}
    for data in records.data:
        if data.missing:
            found[f"{data.name}: {data.missing}"] = None
        for model in (*data.models, *data.outside):
            if model.absence:
                found[f"{data.name}, {model.title}, {model.absence}"] = None
        for metric in data.metrics:
            notes: dict[str, list[str]] = {}
            for model in data.models:
                for run in model.runs:
                    score = run.scores.get(metric)
                    if score and score.value is None:
                        notes.setdefault(score.note, []).append(f"{model.title} seed {run.seed}")
            for note, where in notes.items():
                place = listed(where) if len(where) < 4 else f"{len(where)} runs"
                found[f"{data.name}, {data.metrics[metric].title}, {place}: {note}"] = None
        for check in data.checks:
            if not check["passed"]:
                found[f"{data.name}, control check: {check['check']}: {check['detail']}"] = None
    return list(found)
