"""Our values are the libraries': torch-fidelity's own `calculate_metrics`, and prdc's."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import Dataset
from torch_fidelity import FeatureExtractorBase, calculate_metrics, register_feature_extractor
from torch_fidelity.registry import FEATURE_EXTRACTORS_REGISTRY

from gbench.protocol.evidence import Evidence, Floats
from tests.protocol.test_metrics import evidence, normal, score

N, FEATURES, CLASSES = 300, 16, 5
LAYERS = ("features", "standardised", "logits")


class Images(Dataset[Tensor]):
    def __init__(self, x: Tensor):
        self.x = x

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, i: int) -> Tensor:
        return self.x[i]


class Net(nn.Module):
    """Double precision, since torch-fidelity means in the precision that it is given.

    `offset` and `scale` are what our KID standardises by.
    """

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.Linear(64, FEATURES), nn.ReLU())
        self.head = nn.Linear(FEATURES, CLASSES)
        self.offset, self.scale = torch.zeros(FEATURES), 1.0
        self.double().requires_grad_(False)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        features = self.body(x.double())
        centred = (features - self.offset) / self.scale
        return dict(zip(LAYERS, (features, centred, 40 * self.head(features)), strict=True))


@pytest.fixture(scope="module")
def case() -> Iterator[tuple[Evidence, Images, Images]]:
    """The evidence, and the images that it was made from; the network is registered meanwhile."""
    torch.manual_seed(0)
    net = Net()

    class Extractor(FeatureExtractorBase):
        def __init__(self, name: str, features_list: list[str], **kwargs: object) -> None:
            super().__init__(name, features_list)
            self.net = net

        get_provided_features_list = staticmethod(lambda: LAYERS)
        get_default_feature_layer_for_metric = staticmethod(
            lambda metric: {"kid": "standardised", "isc": "logits"}.get(metric, "features")
        )
        can_be_compiled = staticmethod(lambda: False)

        def forward(self, x: Tensor) -> tuple[Tensor, ...]:
            seen = self.net(x)
            return tuple(seen[name] for name in self.features_list)

    generated, real = torch.rand(N, 1, 8, 8) ** 3, torch.rand(N, 1, 8, 8)
    sides = [net(x)["features"].numpy() for x in (generated, real)]
    net.offset = torch.from_numpy(sides[1].mean(axis=0))
    net.scale = float(np.sqrt(sides[1].var(axis=0).mean()))

    def classify(features: Floats) -> Floats:
        return 40 * net.head(torch.from_numpy(features)).numpy()

    register_feature_extractor("judge-of-parity", Extractor)
    yield (
        replace(evidence(*sides, seed=7), classify=classify),
        Images(generated),
        Images(real),
    )
    FEATURE_EXTRACTORS_REGISTRY.pop("judge-of-parity")


@pytest.fixture(scope="module")
def theirs(case: tuple[Evidence, Images, Images]) -> dict[str, Any]:
    _, generated, real = case
    found: dict[str, Any] = calculate_metrics(
        input1=generated,
        input2=real,
        feature_extractor="judge-of-parity",
        fid=True,
        kid=True,
        prc=True,
        isc=True,
        isc_splits=1,
        kid_subsets=20,
        kid_subset_size=100,
        rng_seed=7,
        cuda=False,
        cache=False,
        save_cpu_ram=True,
        verbose=False,
    )
    return found


@pytest.mark.parametrize(
    ("metric", "key", "arguments"),
    [
        ("fid", "frechet_inception_distance", {}),
        ("kid", "kernel_inception_distance_mean", {"subsets": 20, "subset_size": 100}),
        ("precision", "precision", {"k": 3}),
        ("recall", "recall", {"k": 3}),
        ("inception_score", "inception_score_mean", {}),
    ],
)
def test_torch_fidelity_as_a_whole_agrees(
    case: tuple[Evidence, Images, Images],
    theirs: dict[str, Any],
    metric: str,
    key: str,
    arguments: dict[str, Any],
) -> None:
    assert score(metric, case[0], **arguments) == pytest.approx(theirs[key], rel=1e-6)
    assert theirs[key] > 0.01  # so that the relative error means something


@pytest.mark.parametrize("k", [3, 5])
def test_prdc_agrees_exactly(k: int) -> None:
    from prdc import compute_prdc

    rng = np.random.default_rng(3)
    generated, real = 0.9 * normal(rng, 200, 6), normal(rng, 250, 6)
    theirs = compute_prdc(real.astype(np.float32), generated.astype(np.float32), nearest_k=k)
    seen = evidence(generated, real)
    for metric in ("density", "coverage"):
        assert score(metric, seen, k=k) == theirs[metric]
        assert 0.05 < theirs[metric] < 2


def test_precision_in_parts_is_precision_at_once() -> None:
    """More samples than torch-fidelity compares at a time: the parts change nothing."""
    from prdc import compute_prdc

    rng = np.random.default_rng(4)
    generated, real = normal(rng, 2100, 4) * 0.8, normal(rng, 2100, 4)
    theirs = compute_prdc(real.astype(np.float32), generated.astype(np.float32), nearest_k=3)
    seen = evidence(generated, real)
    assert score("precision", seen) == pytest.approx(theirs["precision"], abs=1.01 / 2100)
    assert score("recall", seen) == pytest.approx(theirs["recall"], abs=1.01 / 2100)
