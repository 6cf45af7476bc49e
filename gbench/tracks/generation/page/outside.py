"""Samples of other programs, scored by `gbench evaluate`, as rows of the main table.

params.yaml names them, as it names the models.  Their intervals are over batches of samples, not
over trainings: they are shown, but neither ranked nor compared with the models.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gbench.core.files import DataError
from gbench.report.kit.section import Part
from gbench.report.kit.view import Prose, Stamp, View
from gbench.report.reading import tensors
from gbench.report.records import SHOWN, Data, Outside, Records, Run, Score
from gbench.report.sections.stamps import stamps
from gbench.report.sections.subjects import data_of

FAMILY = "outside"
ALIKE = ("extractor_hash", "d", "n_generated", "n_reference", "reference", "n_train")
SAMPLING = Stamp(
    "sampling error only",
    "The interval is over disjoint batches of samples of one generator: sampling error, nothing "
    "about another training. So the row is neither ranked nor tested.",
)
ONE_BATCH = Stamp(
    "one batch", "One batch of samples: no interval. It is neither ranked nor tested."
)
EXPLAINED = (
    "Rows of the family outside are samples of other programs under the same protocol; they were "
    "not trained here, their intervals are over batches of samples, and they are not ranked."
)


def added(records: Records) -> Records:
    """The records with the sets of samples that params.yaml names under `outside`.

    Raises:
        DataError: a file is there but cannot be read.
    """
    named = [entry.partition("/") for entry in records.params.get("outside") or ()]
    data = [
        replace(one, outside=[_set(one, name, records) for of, _, name in named if of == one.name])
        for one in records.data
    ]
    return replace(records, data=data)


def _set(data: Data, name: str, records: Records) -> Outside:
    path = Path("results/outside") / data.name / f"{name}.json"
    record, missing = records.record("outside", data.name, name), ""
    if not record:
        missing = f"not evaluated: there is no {path}; `gbench evaluate` makes it"
    elif "records" not in record:
        wrong = "cannot be read: it is not what `gbench evaluate` writes"
        raise DataError(f"{records.root / path} {wrong}")
    elif data.protocol and (differ := _differences(record["protocol"], data.protocol)):
        missing = f"not comparable with this table ({differ}); `gbench evaluate` again"
    runs = [] if missing else [*map(_batch, record["records"])]
    samples = None
    if runs:
        samples = tensors((records.root / path).with_suffix(".safetensors"))[0].get("x")
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


def _batch(batch: Mapping[str, Any]) -> Run:
    rest = {key: value for key, value in batch.items() if key != "scores"}
    values = {k: Score(v["value"], v["note"]) for k, v in batch["scores"].items()}
    return Run(batch["seed"], "ok", "", scores=values, evaluation=rest)


def _differences(own: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """ "n_generated 300 instead of 400"; empty if the protocols are the same."""
    keys = [key for key in ALIKE if own.get(key) != wanted.get(key)]
    return ", ".join(f"{key} {own.get(key)} instead of {wanted.get(key)}" for key in keys)


def warned(data: Data) -> dict[str, list[Stamp]]:
    """The stamps of the models; by set, what its intervals are of, and those of a model."""
    found = stamps(data) | stamps(data, data.outside)
    for one in data.outside:
        if one.runs:
            found[one.name].insert(0, SAMPLING if len(one.runs) > 1 else ONE_BATCH)
        if one.in_test:
            why = f"{one.in_test} samples equal a test image, which is what they are scored against"
            found[one.name].append(Stamp("holds test images", why))
    return found


def explained(part: Part) -> Iterator[View]:
    """What such rows are, where there are some."""
    if data_of(part.results, part.key).outside:
        yield Prose(EXPLAINED, "small")
