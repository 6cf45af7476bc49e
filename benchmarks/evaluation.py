"""Evaluation beside torch-fidelity's own `calculate_metrics`: `python benchmarks/evaluation.py`.

FID, KID, precision and recall of 2,000 images against 2,000 others, in the features of one small
network, by gbench (features of the real images extracted once, for all runs) and by
`torch_fidelity.calculate_metrics` with that network as its extractor.  One process, in turns;
printed are the values of both, gbench's seconds a metric, and the median ratio of seconds.  KID
differs: gbench standardises the features first, and computes in double precision.

Then the evaluation of one whole run by all metrics of params.yaml, from files to record: 400
digits, and 10,000 images of MNIST where GBENCH_DATA_ROOT names torchvision's folder.  The judge is
one of the usual size that was hardly trained, the samples are training images with noise; neither
matters for the time.
"""

import json
import os
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch_fidelity
from safetensors.numpy import save_file
from torch.utils.data import Dataset
from torch_fidelity.feature_extractor_base import FeatureExtractorBase

from gbench.core.plugin import load
from gbench.params import read
from gbench.protocol import judge
from gbench.protocol.evaluation import evaluate
from gbench.protocol.evidence import Evidence, Samples
from gbench.zoo import data

N, FEATURES, TURNS = 2000, 64, 5
METRICS: dict[str, dict[str, Any]] = {
    "fid": {},
    "kid": {"subsets": 100, "subset_size": 1000},
    "precision": {"k": 3},
    "recall": {"k": 3},
}

torch.manual_seed(0)
NETWORK = torch.nn.Sequential(
    torch.nn.Conv2d(3, 16, 4, 2, 1), torch.nn.ReLU(),
    torch.nn.Conv2d(16, 32, 4, 2, 1), torch.nn.ReLU(),
    torch.nn.Flatten(), torch.nn.Linear(32 * 64, FEATURES),
).eval()  # fmt: skip


@torch.no_grad()
def features(x: torch.Tensor) -> torch.Tensor:
    return NETWORK(x.float() / 255)


class Extractor(FeatureExtractorBase):
    """The network, as torch-fidelity wants it."""

    def __init__(self, name: str, features_list: list[str], **settings: Any):
        super().__init__(name, features_list)

    @staticmethod
    def get_provided_features_list() -> tuple[str, ...]:
        return (str(FEATURES),)

    @staticmethod
    def get_default_feature_layer_for_metric(metric: str) -> str:
        return str(FEATURES)

    @staticmethod
    def can_be_compiled() -> bool:
        return False

    @staticmethod
    def get_dummy_input_for_compile() -> torch.Tensor:
        return torch.zeros(1, 3, 32, 32, dtype=torch.uint8)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return (features(x),)


class Images(Dataset):
    def __init__(self, x: torch.Tensor):
        self.x = x

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, index: int) -> torch.Tensor:
        return self.x[index]


def samples(x: torch.Tensor) -> Samples:
    seen = torch.cat([features(part) for part in x.split(256)]).numpy()
    return Samples(x.flatten(1).numpy().astype(np.float32), seen, np.zeros(len(x), dtype=int))


def ours(generated: torch.Tensor, real: Samples) -> dict[str, tuple[float, float]]:
    """Value and seconds of each metric; those of the first hold the extraction of features."""
    found, began = {}, time.perf_counter()
    evidence = Evidence(samples(generated), real, real, (3, 32, 32), 0)
    for name, arguments in METRICS.items():
        value = load("protocol/metrics", name).METRIC.measure(evidence, **arguments)
        found[name] = value, time.perf_counter() - began
        began = time.perf_counter()
    return found


def theirs(generated: torch.Tensor, real: torch.Tensor) -> tuple[list[float], float]:
    """Values and seconds."""
    began = time.perf_counter()
    found = torch_fidelity.calculate_metrics(
        input1=Images(generated),
        input2=Images(real),
        feature_extractor="small",
        feature_layer_fid=str(FEATURES),
        batch_size=256,
        cuda=False,
        fid=True,
        kid=True,
        prc=True,
        kid_subset_size=1000,
        cache=False,
        verbose=False,
    )
    keys = ("frechet_inception_distance", "kernel_inception_distance_mean", "precision", "recall")
    return [found[key] for key in keys], time.perf_counter() - began


def whole(name: str, n: int) -> None:
    """Times the evaluation of one run."""
    params = read()
    built = data.prepare(params, name)
    images = built.train.x[:n].numpy()
    noise = np.random.default_rng(0).normal(scale=0.1, size=images.shape)
    card = {"data": name, "variant": "", "family": "", "seed": 0, "status": "ok", "note": ""}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        built.save(root / "data")
        judge.build(built, **params["judge"] | {"steps": 100}).save(root / "judge", built, 0.0)
        (root / "run").mkdir()
        (root / "run/run.json").write_text(json.dumps(card))
        save_file({"x": (images + noise).astype(np.float32)}, root / "run/samples.safetensors")
        began = time.process_time()
        found = evaluate(root / "run", root / "data", root / "judge", params["metrics"], n)
        spent = time.process_time() - began
    measured = sum(score["value"] is not None for score in found["scores"].values())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{name}: {found['protocol']['n_generated']} samples, {measured} metrics in "
        f"{spent:.1f} CPU seconds after imports; {memory:.2f} GiB at most"
    )


def main() -> None:
    torch.set_num_threads(1)
    whole("digits", 400)
    if "GBENCH_DATA_ROOT" in os.environ:
        whole("mnist", 10_000)
    torch_fidelity.register_feature_extractor("small", Extractor)
    generator = torch.Generator().manual_seed(1)
    real = (torch.rand(N, 3, 32, 32, generator=generator) * 255).byte()
    generated = (torch.rand(N, 3, 32, 32, generator=generator) * 220 + 10).byte()
    seen = samples(real)
    pairs = [(ours(generated, seen), theirs(generated, real)) for _ in range(TURNS)]
    mine, (library, _) = pairs[-1]
    for (name, (value, seconds)), peer in zip(mine.items(), library, strict=True):
        print(f"{name:10s} gbench {value:.6g} ({seconds:.2f} s)   torch-fidelity {peer:.6g}")
    totals = [(sum(seconds for _, seconds in a.values()), b) for a, (_, b) in pairs]
    ratio = statistics.median(b / a for a, b in totals)
    print(f"gbench {totals[-1][0]:.2f} s; torch-fidelity takes {ratio:.2f} times as long")


if __name__ == "__main__":
    main()
