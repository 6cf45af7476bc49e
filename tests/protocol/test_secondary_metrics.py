"""Known answers of the metrics beside the main ones: closed forms, identities, slow loops."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gbench.params.check.entries import one
from gbench.protocol.evidence import Evidence, Floats, Samples, Skip
from gbench.protocol.metrics.auth_gap import authentic
from gbench.protocol.metrics.ssim_diversity import ssim
from gbench.protocol.neighbours import nearest, to_train, within
from gbench.protocol.sections import METRICS
from tests.protocol.test_metrics import evidence, metric_of, normal, samples, score

SECONDARY = [
    *("fid_train", "fid_infinity", "inception_score", "ssim_diversity", "birthday"),
    *("auth_gap", "copying_z_global", "two_sample_nn"),
]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("name", SECONDARY)
def test_they_count_in_no_rank(name: str) -> None:
    assert not metric_of(name).primary
    assert metric_of("fid").primary


@pytest.mark.parametrize(
    ("name", "entry", "text"),
    [
        ("birthday", {"quantile": 0.9}, "metrics.birthday.quantile: 0.9 is not in [0.001, 0.5]"),
        ("fid_infinity", {"points": 1}, "metrics.fid_infinity.points: 1 is not in [2, 100]"),
        ("ssim_diversity", {"window": 0}, "metrics.ssim_diversity.window: 0 is not in [1, 1024]"),
        ("coverage", {"k": 0}, "metrics.coverage.k: 0 is not in [1, 1000]"),
    ],
)
def test_values_out_of_range_are_told(name: str, entry: dict[str, float], text: str) -> None:
    assert list(one(METRICS, name, entry, path=f"metrics.{name}")) == [text]
    assert list(one(METRICS, name, {})) == []


# --- neighbours ----------------------------------------------------------------------------------


@pytest.mark.parametrize("d", [2, 40])
def test_the_nearest_other_by_brute_force(d: int, rng: np.random.Generator) -> None:
    """Blocks smaller than the set; twins are each other's; a point is never its own."""
    x = normal(rng, 150, d)
    x[[3, 90]] = x[7]
    distances = np.linalg.norm(x[:, None] - x[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    some = np.array([7, 90, 149, 0])
    near = nearest(x[some], x, itself=some, block=32)
    assert np.allclose(near.distance, distances[some].min(1), rtol=1e-6)
    assert near.distance[:2].tolist() == [0, 0]
    assert not (near.which == some).any()
    assert np.allclose(within(x).distance, distances.min(1), rtol=1e-6)


# --- FID -----------------------------------------------------------------------------------------


def test_fid_infinity_has_no_bias(rng: np.random.Generator) -> None:
    """A shift of 1/4 in 64 dimensions: FID is 4 and, with 1000 samples, another 2.2 of bias."""
    d, n = 64, 1000
    pairs = [evidence(normal(rng, n, d) + 0.25, normal(rng, n, d), seed=seed) for seed in range(6)]
    usual = np.mean([score("fid", seen) for seen in pairs])
    assert usual == pytest.approx(4 + 2 / n * (d + d * (d + 1) / 4), abs=0.3)
    assert np.mean([score("fid_infinity", seen) for seen in pairs]) == pytest.approx(4, abs=0.3)
    once, again = (score("fid_infinity", pairs[0]) for _ in range(2))
    assert once == again != score("fid_infinity", replace(pairs[0], seed=99, _known={}))


def test_fid_infinity_needs_a_trend(rng: np.random.Generator) -> None:
    with pytest.raises(Skip, match="30 generated against 40"):
        score("fid_infinity", evidence(normal(rng, 30, 2), normal(rng, 40, 2)))
    with pytest.raises(Skip, match="too few"):
        score("fid_infinity", evidence(normal(rng, 2, 2), normal(rng, 2, 2)))


def test_fid_to_train_is_zero_for_copies_of_all_of_it(rng: np.random.Generator) -> None:
    train, test = normal(rng, 200, 4), normal(rng, 200, 4) + 1
    copies = evidence(rng.permutation(train), test, train)
    assert score("fid_train", copies) == pytest.approx(0, abs=1e-9)
    assert score("fid", copies) == pytest.approx(4, abs=1)
    with pytest.raises(Skip, match="300 samples need as many training examples, there are 200"):
        score("fid_train", evidence(normal(rng, 300, 4), test, train))


# --- Inception Score -----------------------------------------------------------------------------


def judged(classes: Floats) -> Evidence:
    """Features are the logits."""
    return replace(evidence(classes, classes), classify=lambda features: features)


def test_inception_score_of_sure_and_unsure_judges(rng: np.random.Generator) -> None:
    """K for K equal classes, exp of the entropy of unequal ones, 1 for one class or no opinion."""
    sure = 60 * np.eye(10)
    assert score("inception_score", judged(np.repeat(sure, 30, axis=0))) == pytest.approx(10)
    unequal = np.repeat(sure[:2], [30, 10], axis=0)
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert score("inception_score", judged(unequal)) == pytest.approx(math.exp(entropy))
    assert score("inception_score", judged(sure[[4] * 50])) == pytest.approx(1)
    assert score("inception_score", judged(np.zeros((50, 10)))) == pytest.approx(1)


def test_inception_score_needs_a_judge_of_classes() -> None:
    with pytest.raises(Skip, match="no labels"):
        score("inception_score", evidence(np.zeros((4, 2)), np.zeros((4, 2))))


# --- SSIM ----------------------------------------------------------------------------------------


def slow_ssim(a: Floats, b: Floats, window: int) -> float:
    """Window by window, with numpy's own variance and covariance."""
    c1, c2, values = 0.01**2, 0.03**2, []
    for x, y in zip(a, b, strict=True):  # channels
        for i in range(x.shape[0] - window + 1):
            for j in range(x.shape[1] - window + 1):
                p, q = (z[i : i + window, j : j + window].ravel() for z in (x, y))
                covariance = np.cov(p, q, bias=True)
                mean = (2 * p.mean() * q.mean() + c1) / (p.mean() ** 2 + q.mean() ** 2 + c1)
                rest = (2 * covariance[0, 1] + c2) / (np.trace(covariance) + c2)
                values.append(mean * rest)
    return float(np.mean(values))


@pytest.mark.parametrize(("shape", "window"), [((1, 8, 8), 7), ((3, 9, 12), 4), ((2, 7, 8), 1)])
def test_ssim_against_a_slow_loop(
    shape: tuple[int, ...], window: int, rng: np.random.Generator
) -> None:
    a, b = rng.uniform(size=(4, *shape)), rng.uniform(size=(4, *shape))
    b = 0.5 * a + 0.5 * b
    expected = [slow_ssim(x, y, window) for x, y in zip(a, b, strict=True)]
    assert ssim(a, b, window) == pytest.approx(expected, rel=1e-9)
    assert ssim(a, a, window) == pytest.approx(1)


def test_ssim_of_flat_images() -> None:
    """(2 a b + C1) / (a^2 + b^2 + C1): without contrast only the means speak."""
    a, b = np.full((1, 1, 8, 8), 0.2), np.full((1, 1, 8, 8), 0.6)
    expected = (2 * 0.12 + 1e-4) / (0.04 + 0.36 + 1e-4)
    assert ssim(a, b, 7)[0] == pytest.approx(expected)


def of_images(generated: Floats, real: Floats, of: object, real_of: object = None) -> Evidence:
    sides = samples(generated, labels=of), samples(real, labels=of if real_of is None else real_of)
    return evidence(*sides, shape=(1, 8, 8))


def test_ssim_diversity(rng: np.random.Generator) -> None:
    """1 for the same law, 0 for one image, half where half of the classes are one image each."""
    labels = np.arange(80) % 4
    real, same = (rng.uniform(size=(80, 64)) for _ in range(2))
    one_image = np.repeat(real[:1], 80, axis=0)
    assert score("ssim_diversity", of_images(same, real, labels)) == pytest.approx(1, abs=0.05)
    assert score("ssim_diversity", of_images(one_image, real, labels)) == pytest.approx(0)
    half = np.where(labels[:, None] < 2, one_image, same)
    assert score("ssim_diversity", of_images(half, real, labels)) == pytest.approx(0.5, abs=0.05)
    absent = of_images(same, real, labels % 2, labels)
    assert score("ssim_diversity", absent) == pytest.approx(0.5, abs=0.05)


def test_ssim_diversity_that_cannot_be_had(rng: np.random.Generator) -> None:
    x = rng.uniform(size=(10, 64))
    with pytest.raises(Skip, match="does not fit"):
        score("ssim_diversity", of_images(x, x, 0), window=9)
    with pytest.raises(Skip, match="no class"):
        score("ssim_diversity", of_images(x, x, np.arange(10)))


# --- copying -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("d", "expected"),
    [(1, 1 / 3), (2, 1 - 6 * math.pi / (8 * math.pi + 3 * math.sqrt(3))), (3, 11 / 27)],
)
def test_authenticity_of_a_perfect_model(d: int, expected: float, rng: np.random.Generator) -> None:
    """1 - P(two points are each other's nearest): 0.333, 0.3785, 0.407."""
    train, fresh = normal(rng, 20_000, d), normal(rng, 20_000, d)
    assert authentic(nearest(fresh, train), train) == pytest.approx(expected, abs=0.012)


@pytest.mark.parametrize("d", [2, 16])
def test_authenticity_tells_copies_from_new_examples(d: int, rng: np.random.Generator) -> None:
    train, test = normal(rng, 1000, d), normal(rng, 500, d)
    honest = evidence(normal(rng, 500, d), test, train)
    held_out = authentic(honest.once(to_train, space="features").reference, train)
    assert score("auth_gap", honest) == pytest.approx(0, abs=0.1)
    for step in (0, 1e-4):
        copies = evidence(train[:500] + step, test, train)
        assert score("auth_gap", copies) == pytest.approx(-held_out, abs=0.02)
    assert score("auth_gap", evidence(test + 50, test, train)) == pytest.approx(1 - held_out)


@pytest.mark.parametrize("d", [2, 16])
def test_global_copying_z_is_copying_z_of_one_cell(d: int, rng: np.random.Generator) -> None:
    train, test, made = normal(rng, 400, d), normal(rng, 100, d), 0.8 * normal(rng, 100, d)
    seen = evidence(made, test, train)
    assert score("copying_z_global", seen) == pytest.approx(score("copying_z", seen, cells=1))
    assert score("copying_z_global", evidence(train[:100], test, train)) < -10


def test_global_copying_z_of_a_perfect_model(rng: np.random.Generator) -> None:
    z = [
        score("copying_z_global", evidence(*(normal(rng, n, 2) for n in (200, 200, 400))))
        for _ in range(200)
    ]
    assert abs(np.mean(z)) < 4 / math.sqrt(200)
    assert np.std(z) == pytest.approx(1, rel=0.2)


# --- two samples, repeats ------------------------------------------------------------------------


@pytest.mark.parametrize("d", [2, 16])
def test_two_sample_1nn(d: int, rng: np.random.Generator) -> None:
    """1/2 for one law, 1 for laws that lie apart, 0 for near copies of the reference."""
    real, same = normal(rng, 600, d), normal(rng, 600, d)
    assert score("two_sample_nn", evidence(same, real)) == pytest.approx(0.5, abs=0.08)
    assert score("two_sample_nn", evidence(same + 50, real)) == 1
    assert score("two_sample_nn", evidence(real + 1e-6, real)) == 0
    with pytest.raises(Skip, match="599 generated against 600"):
        score("two_sample_nn", evidence(same[1:], real))


def test_two_sample_1nn_against_scikit_learn(rng: np.random.Generator) -> None:
    from sklearn.model_selection import LeaveOneOut, cross_val_score
    from sklearn.neighbors import KNeighborsClassifier

    made, real = 0.7 * normal(rng, 80, 12), normal(rng, 80, 12)
    sides = np.repeat([0, 1], 80)
    tests = cross_val_score(
        KNeighborsClassifier(1), np.concatenate([made, real]), sides, cv=LeaveOneOut()
    )
    assert score("two_sample_nn", evidence(made, real)) == pytest.approx(tests.mean())


@pytest.mark.parametrize("quantile", [0.05, 0.2])
def test_repeats_of_a_perfect_model_are_the_quantile(
    quantile: float, rng: np.random.Generator
) -> None:
    values = [
        score("birthday", evidence(normal(rng, 400, 2), normal(rng, 400, 2)), quantile=quantile)
        for _ in range(40)
    ]
    assert np.mean(values) == pytest.approx(quantile, rel=0.2)


def test_repeats_are_counted(rng: np.random.Generator) -> None:
    """A support of 100 points drawn 400 times: 1 - (1 - 1/100)^399 of the samples stand twice."""
    real, support = normal(rng, 400, 12), 3 * normal(rng, 100, 12)
    drawn = support[rng.integers(100, size=400)]
    expected = 1 - (1 - 1 / 100) ** 399
    assert score("birthday", evidence(drawn, real)) == pytest.approx(expected, abs=0.02)
    assert score("birthday", evidence(30 * real, real)) == 0
    scattered = np.arange(400)[:, None] * np.full(12, 9.0)
    scattered[5] = scattered[6]
    assert score("birthday", evidence(scattered, real)) == 2 / 400
    with pytest.raises(Skip, match="equal numbers"):
        score("birthday", evidence(drawn[1:], real))


def test_repeats_are_sought_in_pixels(rng: np.random.Generator) -> None:
    """Images that only the judge cannot tell apart are no repeats."""
    x, features = rng.uniform(size=(200, 64)), np.zeros((200, 4))
    made = Samples(x, features, np.zeros(200, int))
    real = Samples(rng.uniform(size=(200, 64)), features, np.zeros(200, int))
    assert score("birthday", evidence(made, real)) < 0.2
