"""Known answers of the metrics: closed forms, identities, other implementations."""

import math
import os
from pathlib import Path

import numpy as np
import pytest

from gbench.core import plugin
from gbench.protocol.evidence import Evidence, Floats, Metric, Samples, Skip
from gbench.protocol.metrics import _manifolds
from gbench.protocol.metrics.copying_z import mann_whitney_z
from gbench.protocol.metrics.vendi_ratio import vendi
from gbench.protocol.neighbours import nearest, to_train


def samples(features: Floats, x: Floats | None = None, labels: object = 0) -> Samples:
    n = len(features)
    return Samples(
        features if x is None else x, features, np.broadcast_to(np.asarray(labels), n).astype(int)
    )


def evidence(
    generated: Floats | Samples,
    reference: Floats | Samples,
    train: Floats | Samples | None = None,
    **known: object,
) -> Evidence:
    train = reference if train is None else train
    sides = (x if isinstance(x, Samples) else samples(x) for x in (generated, reference, train))
    return Evidence(*sides, **{"shape": (1,), "classes": 0, **known})  # type: ignore[arg-type]


def score(metric: str, seen: Evidence, **arguments: object) -> float:
    return metric_of(metric).measure(seen, **arguments)


def metric_of(name: str) -> Metric:
    return plugin.load("protocol/metrics", name).METRIC


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def normal(rng: np.random.Generator, n: int, d: int) -> Floats:
    return rng.normal(size=(n, d))


@pytest.mark.parametrize("name", plugin.names("protocol/metrics"))
def test_texts_for_readers(name: str) -> None:
    metric = metric_of(name)
    for text in (metric.title, metric.asks, metric.formula, metric.blind, metric.source):
        assert text
    assert metric.asks.endswith("?")
    assert set(metric.kinds) <= {"images", "points"}


# --- FID, KID ------------------------------------------------------------------------------------


def test_fid_of_two_gaussians_is_ten(rng: np.random.Generator) -> None:
    """|m1 - m2|^2 + sum of (s1 - s2)^2 for diagonal covariances: 9 + (1 - 2)^2."""
    first, second = normal(rng, 50_000, 2), normal(rng, 50_000, 2) * [1, 2] + [3, 0]
    assert score("fid", evidence(first, second)) == pytest.approx(10, abs=0.15)


def test_fid_of_equal_gaussians_is_its_bias(rng: np.random.Generator) -> None:
    """(1/n + 1/m)(d + d(d + 1)/4), to second order."""
    d, n = 64, 5000
    expected = 2 / n * (d + d * (d + 1) / 4)
    values = [score("fid", evidence(normal(rng, n, d), normal(rng, n, d))) for _ in range(3)]
    assert np.mean(values) == pytest.approx(expected, rel=0.04)


def test_fid_at_unequal_numbers_is_refused(rng: np.random.Generator) -> None:
    with pytest.raises(Skip, match=r"300 generated against 200 real"):
        score("fid", evidence(normal(rng, 300, 4), normal(rng, 200, 4)))


def test_fid_cannot_see_copies(rng: np.random.Generator) -> None:
    x = normal(rng, 200, 4)
    assert score("fid", evidence(x, x)) == pytest.approx(0, abs=1e-9)


def test_kid_of_equal_laws_is_zero_at_any_scale(rng: np.random.Generator) -> None:
    """Unbiased, and centred: a mean of 100 does not drown it."""
    train = normal(rng, 4000, 32)
    values = [
        score("kid", evidence(*(100 + normal(rng, 1000, 32) for _ in range(2)), 100 + train))
        for _ in range(6)
    ]
    assert abs(np.mean(values)) < 3 * np.std(values) / math.sqrt(5)
    assert max(np.abs(values)) < 0.01


def test_kid_equals_the_unbiased_estimate(rng: np.random.Generator) -> None:
    """Against the double sum over pairs, with one subset that is everything."""
    x, y = normal(rng, 30, 3), normal(rng, 30, 3) + 1
    x_, y_ = ((z - y.mean(0)) / math.sqrt(y.var(0).mean()) for z in (x, y))

    def kernel(a: Floats, b: Floats) -> float:
        return float((a @ b / 3 + 1) ** 3)

    within = sum(
        kernel(z[i], z[j]) for z in (x_, y_) for i in range(30) for j in range(30) if i != j
    )
    across = sum(kernel(a, b) for a in x_ for b in y_)
    expected = within / (30 * 29) - 2 * across / 30**2
    assert score("kid", evidence(x, y)) == pytest.approx(expected, rel=1e-9)


def test_kid_is_kept_finite_by_features_that_hardly_vary(rng: np.random.Generator) -> None:
    """Rare outliers of a feature of small variance would rule after per-feature scaling."""
    x, y = (np.hstack([normal(rng, 400, 8), 1e-6 * normal(rng, 400, 1) ** 9]) for _ in range(2))
    assert abs(score("kid", evidence(x, y))) < 0.05
    with pytest.raises(Skip, match="do not vary"):
        score("kid", evidence(x, y, np.ones((10, 9))))


# --- precision, recall, density, coverage --------------------------------------------------------


def test_coverage_and_density_of_a_perfect_model(rng: np.random.Generator) -> None:
    """Expected coverage 1 - prod_{j<k} (n - 1 - j)/(2n - 1 - j), expected density 1."""
    n, k = 1500, 5
    expected = 1 - math.prod((n - 1 - j) / (2 * n - 1 - j) for j in range(k))
    repeats = [evidence(normal(rng, n, 8), normal(rng, n, 8)) for _ in range(3)]
    coverage = np.mean([score("coverage", seen, k=k) for seen in repeats])
    density = np.mean([score("density", seen, k=k) for seen in repeats])
    assert coverage == pytest.approx(expected, abs=0.01)
    assert density == pytest.approx(1, abs=0.05)


def test_two_libraries_agree_on_precision_and_recall(rng: np.random.Generator) -> None:
    """prdc's and torch-fidelity's, whose orders of arguments differ."""
    from prdc import compute_prdc

    generated, real = normal(rng, 300, 6) * 0.7, normal(rng, 300, 6)
    seen = evidence(generated, real)
    theirs = compute_prdc(real.astype(np.float32), generated.astype(np.float32), nearest_k=3)
    assert score("precision", seen) == pytest.approx(theirs["precision"])
    assert score("recall", seen) == pytest.approx(theirs["recall"])
    assert theirs["precision"] > theirs["recall"] + 0.1


def test_narrow_model_is_precise_but_recalls_little(rng: np.random.Generator) -> None:
    """torch-fidelity's own case."""
    seen = evidence(0.1 * normal(rng, 200, 16), 3 * normal(rng, 200, 16))
    assert score("precision", seen) > 0.8
    assert score("recall", seen) < 0.3


def test_prdc_is_silent(rng: np.random.Generator, capsys: pytest.CaptureFixture[str]) -> None:
    score("density", evidence(normal(rng, 20, 2), normal(rng, 20, 2)))
    assert capsys.readouterr().out == ""


def test_pairs_are_computed_once(rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = evidence(normal(rng, 20, 2), normal(rng, 20, 2))
    first = seen.once(_manifolds.density_coverage, k=5)
    assert seen.once(_manifolds.density_coverage, k=5) is first
    assert seen.once(_manifolds.density_coverage, k=3) is not first


def test_too_few_samples_are_skipped(rng: np.random.Generator) -> None:
    seen = evidence(normal(rng, 4, 2), normal(rng, 4, 2))
    for name in ("precision", "recall", "density", "coverage"):
        with pytest.raises(Skip, match="at least"):
            score(name, seen, k=3)
    with pytest.raises(Skip, match="at least 2"):
        score("fid", evidence(normal(rng, 1, 2), normal(rng, 1, 2)))


def test_torch_fidelity_as_a_whole_agrees() -> None:
    """calculate_metrics, through its data loading and extraction, against its feature functions."""
    import torch
    from torch import nn
    from torch_fidelity import (
        FeatureExtractorBase,
        calculate_metrics,
        register_feature_extractor,
    )
    from torch_fidelity.registry import FEATURE_EXTRACTORS_REGISTRY

    net = nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU()).requires_grad_(False)

    class Extractor(FeatureExtractorBase):
        def __init__(self, name: str, features_list: list[str], **kwargs: object) -> None:
            super().__init__(name, features_list)
            self.net = net

        get_provided_features_list = staticmethod(lambda: ("features",))
        get_default_feature_layer_for_metric = staticmethod(lambda metric: "features")
        can_be_compiled = staticmethod(lambda: False)

        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor]:
            return (self.net(x),)

    class Images(torch.utils.data.Dataset):
        def __init__(self, x: torch.Tensor) -> None:
            self.x = x

        def __len__(self) -> int:
            return len(self.x)

        def __getitem__(self, i: int) -> torch.Tensor:
            return self.x[i]

    generated, real = torch.rand(300, 1, 8, 8) ** 2, torch.rand(300, 1, 8, 8)
    features = [net(x).numpy() for x in (generated, real)]
    real_features = features[1].astype(float)
    mean, scale = real_features.mean(0), np.sqrt(real_features.var(0).mean())
    register_feature_extractor("judge-for-test", Extractor)
    try:
        theirs = calculate_metrics(
            input1=Images(generated),
            input2=Images(real),
            feature_extractor="judge-for-test",
            fid=True,
            prc=True,
            cuda=False,
            cache=False,
            save_cpu_ram=True,
            verbose=False,
        )
        net.append(Standardise(torch.tensor(mean), float(scale)))
        theirs |= calculate_metrics(
            input1=Images(generated),
            input2=Images(real),
            feature_extractor="judge-for-test",
            kid=True,
            kid_subsets=20,
            kid_subset_size=100,
            rng_seed=7,
            cuda=False,
            cache=False,
            save_cpu_ram=True,
            verbose=False,
        )
    finally:
        FEATURE_EXTRACTORS_REGISTRY.pop("judge-for-test")
    seen = evidence(*features, seed=7)
    assert score("fid", seen) == pytest.approx(theirs["frechet_inception_distance"], rel=1e-4)
    assert score("precision", seen) == theirs["precision"]
    assert score("recall", seen) == theirs["recall"]
    assert score("kid", seen, subsets=20, subset_size=100) == pytest.approx(
        theirs["kernel_inception_distance_mean"], rel=1e-6
    )


def Standardise(mean: object, scale: float):  # type: ignore[no-untyped-def]  # noqa: N802
    """A layer; made here so that importing this file does not import PyTorch."""
    from torch import nn

    class Layer(nn.Module):
        def forward(self, x):  # type: ignore[no-untyped-def]
            return (x.double() - mean) / scale

    return Layer()


# --- copying -------------------------------------------------------------------------------------


def test_mann_whitney_against_scipy(rng: np.random.Generator) -> None:
    """With ties; scipy's p-value comes from the tie-corrected z, its U does not."""
    from scipy.stats import mannwhitneyu

    x, y = rng.integers(0, 30, 50).astype(float), rng.integers(5, 40, 70).astype(float)
    u = mannwhitneyu(x, y).statistic
    expected = (u - 50 * 70 / 2) / math.sqrt(50 * 70 * 121 / 12)
    assert mann_whitney_z(x, y) == pytest.approx(expected)
    assert mann_whitney_z(x, y) < -3 < 3 < mann_whitney_z(y, x)


def test_copying_z_of_a_perfect_model(rng: np.random.Generator) -> None:
    """One cell: standard normal.  A mean over five equal cells: deviation 1/sqrt(5)."""
    draws = [evidence(*(normal(rng, n, 2) for n in (200, 200, 400))) for _ in range(200)]
    for cells, deviation in ((1, 1.0), (5, 1 / math.sqrt(5))):
        z = [score("copying_z", seen, cells=cells) for seen in draws]
        assert abs(np.mean(z)) < 4 * deviation / math.sqrt(200)
        assert np.std(z) == pytest.approx(deviation, rel=0.2)


def test_copying_z_on_moons_follows_the_bandwidth() -> None:
    """Meehan et al.'s example: 0 near the bandwidth that fits best, about 0.10 to 0.13."""
    from sklearn.datasets import make_moons

    def moons(n: int, seed: int) -> Floats:
        return make_moons(n, noise=0.2, random_state=seed)[0]

    widths = [0.001, 0.03, 0.1, 0.13, 0.5]
    z = {width: [] for width in widths}
    for seed in range(4):
        train, test = moons(2000, 3 * seed), moons(1000, 3 * seed + 1)
        rng = np.random.default_rng(seed)
        base, step = train[rng.integers(2000, size=1000)], normal(rng, 1000, 2)
        for width in widths:
            z[width].append(score("copying_z", evidence(base + width * step, test, train)))
    mean = [float(np.mean(z[width])) for width in widths]
    assert mean == sorted(mean)
    assert mean == pytest.approx([-17.4, -3.6, -0.24, 0.25, 5.7], abs=1.2)


def test_copies_are_caught(rng: np.random.Generator) -> None:
    train, test = normal(rng, 500, 4), normal(rng, 200, 4)
    copies, honest = evidence(train[:200], test, train), evidence(normal(rng, 200, 4), test, train)
    assert score("nn_ratio", copies) == 0
    assert score("nn_ratio", honest) == pytest.approx(1, abs=0.15)
    assert score("copying_z", copies) < -7
    assert abs(score("copying_z", honest)) < 2


def test_without_a_full_cell_there_is_no_copying_z(rng: np.random.Generator) -> None:
    with pytest.raises(Skip, match="20 generated"):
        score("copying_z", evidence(normal(rng, 19, 2), normal(rng, 200, 2)))


@pytest.mark.parametrize("d", [2, 50])
def test_nearest_neighbours_by_brute_force(d: int, rng: np.random.Generator) -> None:
    queries, points = normal(rng, 130, d).astype(np.float32), normal(rng, 210, d)
    points[7] = queries[3]
    distances = np.linalg.norm(queries[:, None].astype(float) - points[None], axis=2)
    near = nearest(queries, points, block=64)
    assert np.array_equal(near.which, distances.argmin(1))
    assert np.allclose(near.distance, distances.min(1), rtol=1e-12)
    assert near.distance[3] == 0


def test_neighbours_of_both_sides(rng: np.random.Generator) -> None:
    generated, real, train = (normal(rng, n, 3) for n in (5, 6, 7))
    near = evidence(generated, real, train).once(to_train)
    assert np.array_equal(near.generated.distance, nearest(generated, train).distance)
    assert np.array_equal(near.reference.distance, nearest(real, train).distance)


# --- classes, Vendi ------------------------------------------------------------------------------


def test_class_kl_by_hand() -> None:
    x = np.zeros((4, 1))
    generated, reference = samples(x, labels=[0, 0, 0, 1]), samples(x, labels=[0, 0, 1, 1])
    p, q = np.array([3.5, 1.5]) / 5, np.array([0.5, 0.5])
    expected = float((p * np.log(p / q)).sum())
    assert score("class_kl", evidence(generated, reference, classes=2)) == pytest.approx(expected)
    assert score("class_kl", evidence(reference, reference, classes=2)) == 0


def test_class_kl_of_a_perfect_model(rng: np.random.Generator) -> None:
    """About (K - 1)/n, as both histograms are drawn."""
    x, n = np.zeros((1000, 1)), 1000
    values = [
        score(
            "class_kl",
            evidence(*(samples(x, labels=rng.integers(10, size=n)) for _ in "gr"), classes=10),
        )
        for _ in range(200)
    ]
    assert np.mean(values) == pytest.approx(9 / n, rel=0.15)


def test_class_kl_needs_labels() -> None:
    x = np.zeros((4, 1))
    with pytest.raises(Skip, match="no labels"):
        score("class_kl", evidence(x, x))


@pytest.mark.parametrize("n", [5, 40])
def test_vendi_counts_different_rows(n: int) -> None:
    """n identical rows are 1; K orthogonal directions are K; both where n < D and where n > D."""
    assert vendi(np.ones((n, 20))) == pytest.approx(1)
    assert vendi(np.eye(20)[np.arange(n) % 5]) == pytest.approx(5)


def test_vendi_equals_the_authors_kernel_form(rng: np.random.Generator) -> None:
    from vendi_score.vendi import score_dual

    for n in (8, 40):
        x = rng.uniform(size=(n, 20))
        assert vendi(x) == pytest.approx(score_dual(x), rel=1e-9)


def test_vendi_ratio_counts_absent_classes_as_nothing() -> None:
    x = np.eye(6)
    real = samples(x, labels=[0, 0, 0, 1, 1, 1])
    assert score("vendi_ratio", evidence(real, real)) == pytest.approx(1)
    half = samples(x, labels=0)
    assert score("vendi_ratio", evidence(half, real)) == pytest.approx((6 + 0) / (3 + 3))
    one = samples(np.repeat(x[:1], 6, axis=0), labels=0)
    assert score("vendi_ratio", evidence(one, real)) == pytest.approx(1 / 6)


@pytest.mark.skipif("GBENCH_DATA_ROOT" not in os.environ, reason="needs MNIST")
def test_vendi_of_mnist_as_published() -> None:
    """Pixel Vendi scores of the test digits, in the README of vendi-score: resized to 32 x 32."""
    from PIL import Image

    raw = Path(os.environ["GBENCH_DATA_ROOT"]) / "MNIST/raw"
    images = np.frombuffer((raw / "t10k-images-idx3-ubyte").read_bytes(), np.uint8, offset=16)
    labels = np.frombuffer((raw / "t10k-labels-idx1-ubyte").read_bytes(), np.uint8, offset=8)
    large = (Image.fromarray(x).resize((32, 32)) for x in images.reshape(-1, 28, 28))
    images = np.stack([np.asarray(x, dtype=float).ravel() for x in large])
    published = [7.68, 5.31, 12.18, 9.97, 11.10, 13.51, 9.06, 9.58, 9.69, 8.56]
    assert [vendi(images[labels == k]) for k in range(10)] == pytest.approx(published, abs=0.006)


# --- modes ---------------------------------------------------------------------------------------

CENTRES = np.stack(np.meshgrid(*2 * [np.arange(-4.0, 5, 2)]), axis=-1).reshape(-1, 2)


def mixture(x: Floats) -> Evidence:
    seen = Samples(x, x, nearest(x, CENTRES).which)
    return evidence(seen, seen, classes=25, centres=CENTRES, sigma=0.05)


def test_high_quality_of_a_perfect_sampler(rng: np.random.Generator) -> None:
    """1 - exp(-9/2) in the plane."""
    x = CENTRES[rng.integers(25, size=50_000)] + 0.05 * normal(rng, 50_000, 2)
    assert score("high_quality", mixture(x)) == pytest.approx(1 - math.exp(-4.5), abs=0.0015)
    assert score("modes", mixture(x)) == 25


def test_mode_kl_floor(rng: np.random.Generator) -> None:
    """(K - 1)/(2n) for a perfect sampler."""
    n = 2500
    values = [
        score("mode_kl", mixture(CENTRES[rng.integers(25, size=n)] + 0.05 * normal(rng, n, 2)))
        for _ in range(100)
    ]
    assert np.mean(values) == pytest.approx(24 / (2 * n), rel=0.1)


def test_modes_of_a_collapse() -> None:
    x = np.concatenate([np.repeat(CENTRES[:2], 10, axis=0), [[1.0, 1.0]] * 20])
    seen = mixture(x)
    assert score("modes", seen) == 2
    assert score("high_quality", seen) == 0.5
    assert score("mode_kl", seen) == pytest.approx(math.log(25 / 2))


def test_three_sigma_is_the_border() -> None:
    x = CENTRES[:1] + np.array([[0.1499, 0], [0.1501, 0]])
    assert score("high_quality", mixture(x)) == 0.5


def test_no_sample_at_a_mode() -> None:
    seen = mixture(np.ones((3, 2)))
    assert score("modes", seen) == 0
    with pytest.raises(Skip, match="3 sigma"):
        score("mode_kl", seen)
    with pytest.raises(Skip, match="no known modes"):
        score("modes", evidence(np.ones((3, 2)), np.ones((3, 2))))


# --- refusals ------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_samples_that_are_not_finite_are_refused(bad: float) -> None:
    """torch-fidelity's precision would count them silently."""
    x = np.zeros((5, 2))
    broken = x.copy()
    broken[2, 1] = bad
    for pair in ((broken, x), (x, broken)):
        with pytest.raises(Skip, match="1 of 5 samples"):
            Samples(*pair, np.zeros(5, dtype=int))


def test_inception_fid_says_why_it_cannot_be_had(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import torch_fidelity.feature_extractor_inceptionv3 as theirs

    def no_network(*args: object, **kwargs: object) -> None:
        raise OSError("no route to host")

    monkeypatch.setattr(theirs, "load_state_dict_from_url", no_network)
    x = np.zeros((3, 64))
    with pytest.raises(Skip, match=r"Inception weights could not be loaded: no route"):
        score("inception_fid", evidence(x, x, shape=(1, 8, 8)))
    with pytest.raises(Skip, match="channels"):
        score("inception_fid", evidence(x, x, shape=(2, 8, 4)))


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 8, 8)])
def test_inception_sees_eight_bit_colour(shape: tuple[int, ...]) -> None:
    import torch
    from torch import nn

    from gbench.protocol.metrics.inception_fid import _features

    class Spy(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.anchor = nn.Parameter(torch.zeros(1))

        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor]:
            assert x.dtype == torch.uint8
            assert x.shape[1:] == (3, 8, 8)
            return (x.flatten(1)[:, :1].float(),)

    x = np.linspace(0, 1, 5)[:, None] * np.ones(math.prod(shape))
    assert _features(Spy(), x, shape, 2)[:, 0].tolist() == [0, 64, 128, 191, 255]
