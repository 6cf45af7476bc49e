"""Two pairs of metrics over unions of nearest-neighbour balls, each pair computed at once."""

from contextlib import redirect_stdout
from io import StringIO
from typing import NamedTuple

import numpy as np

from gbench.protocol.evidence import Evidence, Skip


class PrecisionRecall(NamedTuple):
    precision: float
    recall: float


class DensityCoverage(NamedTuple):
    density: float
    coverage: float


def _require(evidence: Evidence, k: int) -> None:
    fewest = min(len(evidence.generated), len(evidence.reference))
    if fewest < k + 2:
        raise Skip(f"k = {k} needs at least {k + 2} samples on each side, there are {fewest}")


def precision_recall(evidence: Evidence, k: int) -> PrecisionRecall:
    """By torch-fidelity, whose first argument is the generated side.

    Raises:
        Skip: there are no k neighbours.
    """
    import torch
    from torch_fidelity.metric_prc import KEY_METRIC_PRECISION, KEY_METRIC_RECALL
    from torch_fidelity.metric_prc import prc_features_to_metric as compute

    _require(evidence, k)
    generated, reference = (
        torch.from_numpy(x.features.astype(np.float32))
        for x in (evidence.generated, evidence.reference)
    )
    values = compute(
        generated,
        reference,
        prc_neighborhood=k,
        prc_batch_size=2000,  # at 10,000 x 10,000 twice as fast as whole, in a third of the memory
        save_cpu_ram=True,
        verbose=False,
    )
    return PrecisionRecall(values[KEY_METRIC_PRECISION], values[KEY_METRIC_RECALL])


def density_coverage(evidence: Evidence, k: int) -> DensityCoverage:
    """By the authors' prdc, kept from printing and from starting eight threads.

    Raises:
        Skip: there are no k neighbours.
    """
    from joblib import parallel_config  # type: ignore[import-untyped]
    from prdc import compute_prdc

    _require(evidence, k)
    generated, reference = (
        x.features.astype(np.float32) for x in (evidence.generated, evidence.reference)
    )
    with redirect_stdout(StringIO()), parallel_config(backend="sequential"):
        values = compute_prdc(reference, generated, nearest_k=k)
    return DensityCoverage(float(values["density"]), float(values["coverage"]))
