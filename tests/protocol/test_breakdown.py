"""The scores of each class: shares by hand, the rest as the whole metric of that class alone."""

from dataclasses import replace

import numpy as np
import pytest

from gbench.protocol.breakdown import MOST, by_class
from gbench.protocol.evidence import Evidence
from gbench.protocol.neighbours import to_train
from tests.protocol.test_metrics import evidence, normal, samples, score


def three_classes(of_generated: list[int]) -> Evidence:
    """60 images of 3 equal classes; the generated ones have the given counts."""
    rng = np.random.default_rng(0)
    real = samples(normal(rng, 60, 5), labels=np.repeat([0, 1, 2], 20))
    labels = np.repeat([0, 1, 2], of_generated)
    made = samples(normal(rng, len(labels), 5), labels=labels)
    train = samples(normal(rng, 90, 5), labels=np.arange(90) % 3)
    return evidence(made, real, train, classes=3)


def test_shares_and_the_scores_of_a_class() -> None:
    seen = three_classes([15, 45, 0])
    found = by_class(seen, "images")
    assert [one["class"] for one in found] == [0, 1, 2]
    assert [one["share"] for one in found] == [0.25, 0.75, 0]
    assert [one["real_share"] for one in found] == pytest.approx([1 / 3] * 3, abs=1e-6)
    assert (found[2]["coverage"], found[2]["vendi_ratio"]) == (0, 0)
    assert found[2]["nn_ratio"] is None
    mine, real = seen.generated[15:60], seen.reference[20:40]
    alone = replace(seen, generated=mine, reference=real, _known={})
    for metric in ("coverage", "vendi_ratio", "nn_ratio"):
        assert found[1][metric] == pytest.approx(score(metric, alone), abs=1e-6)


def test_too_few_for_coverage() -> None:
    found = by_class(three_classes([3, 57, 0]), "images")
    assert found[0]["coverage"] is None
    assert found[0]["vendi_ratio"] > 0


def test_points_have_no_scores_of_images() -> None:
    seen = three_classes([20, 20, 20])
    for one in by_class(seen, "points"):
        assert one["coverage"] is None
        assert one["vendi_ratio"] is None
        assert 0.5 < one["nn_ratio"] < 2


def test_neighbours_are_looked_for_once() -> None:
    seen = three_classes([20, 20, 20])
    near = seen.once(to_train)
    by_class(seen, "images")
    assert seen.once(to_train) is near


@pytest.mark.parametrize("classes", [0, 1, MOST + 1])
def test_without_classes_or_with_too_many_there_is_nothing(classes: int) -> None:
    assert by_class(replace(three_classes([20, 20, 20]), classes=classes), "images") == []
