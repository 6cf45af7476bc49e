"""Samples of other programs, scored by `gbench evaluate`, as rows of the main table.

params.yaml names them, as it names the models.  Their intervals are over batches of samples, not
over trainings: they are shown, but neither ranked nor compared with the models.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gbench.core.files import DataError, read_json
from gbench.report.reading import tensors
from gbench.report.records import SHOWN, Data, Outside, Records, Run, Score
from gbench.report.stamps import stamps

FAMILY = "outside"
ALIKE = ("extractor_hash", "d", "n_generated", "n_reference", "reference", "n_train")
SAMPLING = (
    "The interval is over disjoint batches of samples of one generator: sampling error, nothing "
    "about another training. So the row is neither ranked nor tested."
)
ONE_BATCH = (
    "one batch",
    "One batch of samples: no interval. It is neither ranked nor tested.",
)
EXPLAINED = (
    "Rows of the family outside are samples of other programs under the same protocol; they were "
    "not trained here, their intervals are over batches of samples, and they are not ranked."
)


def added(records: Records, params: Mapping[str, Any], root: Path) -> Records:
    """The records with the sets of samples that params.yaml names under `outside`.

    Raises:
        DataError: a file is there but cannot be read.
    """
    named = [entry.partition("/") for entry in params.get("outside") or ()]
    data = [
        replace(one, outside=[_set(one, name, root) for of, _, name in named if of == one.name])
        for one in records.data
    ]
    return replace(records, data=data)


def _set(data: Data, name: str, root: Path) -> Outside:
    path = Path("results/outside") / data.name / f"{name}.json"
    record, missing = read_json(root / path) if (root / path).exists() else {}, ""
    if not record:
        missing = f"not evaluated: there is no {path}; `gbench evaluate` makes it"
    elif "records" not in record:
        raise DataError(f"{root / path} cannot be read: it is not what `gbench evaluate` writes")
    elif data.protocol and (differ := _differences(record["protocol"], data.protocol)):
        missing = f"not comparable with this table ({differ}); `gbench evaluate` again"
    runs, samples = [], None
    if not missing:
        for batch in record["records"]:
            rest = {key: value for key, value in batch.items() if key != "scores"}
            values = {k: Score(v["value"], v["note"]) for k, v in batch["scores"].items()}
            runs.append(Run(batch["seed"], "ok", "", scores=values, evaluation=rest))
        samples = tensors((root / path).with_suffix(".safetensors"))[0].get("x")
    source = f"samples of another program, not trained here; {record.get('samples', 0)} of them"
    return Outside(
        name=name,
        title=name,
        family=FAMILY,
        source=source if record else "samples of another program",
        caveat="",
        runs=runs,
        samples=None if samples is None else samples[:SHOWN].copy(),
        samples_seed=None if samples is None else runs[0].seed,
        missing=missing,
        in_test=0 if missing else record.get("in_test", 0),
    )


def _differences(own: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """ "n_generated 300 instead of 400"; empty if the protocols are the same."""
    keys = [key for key in ALIKE if own.get(key) != wanted.get(key)]
    return ", ".join(f"{key} {own.get(key)} instead of {wanted.get(key)}" for key in keys)


def stamped(data: Data) -> dict[str, list[tuple[str, str]]]:
    """By set, what its intervals are of, and the stamps that a model would have."""
    found = stamps(replace(data, models=list(data.outside)))
    for one in data.outside:
        if one.runs:
            stamp = ("sampling error only", SAMPLING) if len(one.runs) > 1 else ONE_BATCH
            found[one.name].insert(0, stamp)
        if one.in_test:
            why = f"{one.in_test} samples equal a test image, which is what they are scored against"
            found[one.name].append(("holds test images", why))
    return found
