"""The record of samples that were not made here: scored in batches as large as a run's evaluation.

Each batch goes through `protocol.evaluation.evaluate` in the form of a run, so that nothing about
the protocol can differ.
"""

import hashlib
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from gbench.core.files import DataError, UserError, replacing, write_json
from gbench.protocol.evaluation import Court, evaluate
from gbench.protocol.evidence import Floats, Ints
from gbench.protocol.record import RunScores
from gbench.tracks.generation.outside.images import Given
from gbench.tracks.generation.outside.labels import agreement

FAMILY = "outside"
MOST = 10  # batches that are scored; more samples add little to an interval that is over these
SHOWN = 1000  # samples that are kept for the report's pictures


def size(tests: int, wanted: int, given: int | None) -> int:
    """How many samples stand on each side, n.

    Args:
        tests: how large the test split is.
        wanted: by params.yaml; fewer where the test split is smaller.
        given: by --n, in its place.

    Raises:
        UserError: --n is under 2, or over the test split.
    """
    if given is None:
        return min(wanted, tests)
    if not 2 <= given <= tests:
        raise UserError(f"--n {given}: allowed: 2 to {tests}, the size of the test split")
    return given


def require_enough(total: int, n: int, path: Path) -> None:
    """
    Raises:
        DataError: there are fewer than n samples.
    """
    if total < n:
        smaller = f"; or `--n {total}` scores them, and the controls, at {total}" * (total > 1)
        raise DataError(
            f"{path} has {total} samples, and {n} are compared: FID and others depend on that "
            f"number, so that fewer cannot stand in the same table. Make {n} or more{smaller}"
        )


def evaluated(
    name: str,
    given: Given,
    court: Court,
    folders: tuple[Path, Path],
    metrics: dict[str, Any],
    n: int,
    labels: Ints | None = None,
) -> dict[str, Any]:
    """The record of one set of samples.

    Args:
        name: of the set.
        given: n samples or more.
        folders: of the data set and of its judge, which are the court's.
        metrics: keyword arguments, or None, by metric.
        n: samples on each side.
        labels: [N] the classes requested for the samples.

    Returns:
        "records": one for each batch of n, in the form of a run's scores, its "seed" the number of
        the batch; next to them the values of the whole set.

    Raises:
        DataError: a file is missing or damaged.
    """
    start = time.perf_counter()
    batches = min(len(given.x) // n, MOST)
    used = batches * n
    notes = [*given.notes]
    if given.total > used:
        notes.append(f"the first {used} of {given.total} samples are scored")
    records = []
    for batch in range(batches):
        print(f"batch {batch + 1} of {batches}: {n} samples", flush=True)
        x = given.x[batch * n : (batch + 1) * n]
        card = {"data": court.data, "variant": name, "family": FAMILY, "seed": batch}
        records.append(_as_a_run(x, card, folders, metrics, n))
    agreed = None
    if labels is not None:
        seen, real = court.see(given.x[:used]).labels, court.card["test_accuracy"]
        agreed = agreement(labels[:used], seen, real)
    return {
        "data": court.data,
        "variant": name,
        "family": FAMILY,
        "samples": given.total,
        "sha256": hashlib.sha256(np.ascontiguousarray(given.x[:used]).tobytes()).hexdigest(),
        "in_test": repeated(given.x[:used], court),
        "notes": notes,
        "protocol": records[0]["protocol"],
        "records": records,
        "asked_class": agreed,
        "seconds": round(time.perf_counter() - start, 2),
    }


def repeated(x: Floats, court: Court) -> int:
    """How many of the samples [N, *shape] equal a test example: the reference handed in as samples
    would score better than any model can."""

    def rows(values: Floats) -> list[bytes]:
        flat = values.reshape(len(values), -1)
        if court.levels:
            return [row.tobytes() for row in np.rint(flat.clip(0, 1) * court.levels).astype("i2")]
        return [row.tobytes() for row in flat.astype(np.float32)]

    there = {*rows(court.test.x)}
    return sum(row in there for row in rows(x))


def _as_a_run(
    x: Floats, card: dict[str, Any], folders: tuple[Path, Path], metrics: dict[str, Any], n: int
) -> RunScores:
    """The scores that `evaluate` gives a run that left these samples."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder)
        write_json(run / "run.json", card | {"status": "ok", "note": ""})
        save_file({"x": np.ascontiguousarray(x)}, run / "samples.safetensors")
        return evaluate(run, *folders, metrics, n)


def keep(record: dict[str, Any], x: Floats, path: Path) -> None:
    """Writes the record, and the first samples next to it, with the ending .safetensors."""
    with replacing(path.with_suffix(".safetensors")) as temporary:
        save_file({"x": np.ascontiguousarray(x[:SHOWN])}, temporary)
    write_json(path, record)
