"""Linear probes: logistic regression on features that stay as they are, told few labels.

Alain and Bengio, "Understanding intermediate layers using linear classifier probes", 2017,
arXiv:1610.01644; of a GAN's critic, Radford, Metz and Chintala 2016, arXiv:1511.06434, section 5,
who take an SVM.  Nothing is chosen by the test split: the strength of the L2 penalty is given.

The labels of a draw are as many of each class, or one more, and nested: the 20 are among the 100.
Draws differ between training seeds and are the same for all features at one seed.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression

from gbench.protocol.evidence import Floats, Ints, Skip
from gbench.tracks.generation.measure.few_labels import round_the_classes
from gbench.tracks.generation.measure.usefulness.case import Case
from gbench.tracks.generation.measure.usefulness.settings import MOST


def accuracies(case: Case, train: Floats, test: Floats) -> list[dict[str, Any]]:
    """A row a number of labels: "labels", "n", "values" (a test accuracy a draw) and "note".

    Args:
        train, test: features [N, F] and [M, F] of the case's training examples and test split.
    """
    train, test = standardised(train, test)
    rows = []
    for labels in case.settings.labels:
        n = len(case.train) if labels == "all" else labels
        row: dict[str, Any] = {"labels": str(labels), "n": n, "values": [], "note": ""}
        try:
            told = chosen(case.train, case.court.classes, n, case.seed, case.settings.draws)
            row["values"] = [
                accuracy(train[draw], case.train[draw], test, case.test, case.settings.inverse_l2)
                for draw in told
            ]
        except Skip as skip:
            row["note"] = str(skip)
        rows.append(row)
    return rows


def chosen(y: Ints, classes: int, n: int, seed: int, draws: int) -> list[Ints]:
    """The indices of n labels in each draw, out of y [N]; one draw where n is all of them.

    Raises:
        Skip: n is less than one per class, or more than there are.
    """
    if n == len(y):
        return [np.arange(n)]
    if not classes <= n <= len(y):
        there = f"{classes} classes and {len(y)} training examples"
        raise Skip(f"{n} labels cannot be drawn, at least one a class: there are {there}")
    of = torch.from_numpy(y)
    seeds: Sequence[int] = range(MOST * seed, MOST * seed + draws)
    return [round_the_classes(of, classes, one)[:n].numpy() for one in seeds]


def standardised(train: Floats, *others: Floats) -> list[Floats]:
    """Features less the mean and over the standard deviation of the first, over sqrt(F).

    An example's mean squared length is then 1, whatever F, so that one strength of the penalty
    means the same to all features.  Constant ones become 0.
    """
    mean, spread = train.mean(axis=0), train.std(axis=0)
    constant = spread <= 1e-9 * np.abs(train).max(initial=1e-300)
    scale = np.where(constant, np.inf, spread) * np.sqrt(train.shape[1])
    return [(x - mean) / scale for x in (train, *others)]


def accuracy(train: Floats, y: Ints, test: Floats, y_test: Ints, inverse_l2: float) -> float:
    """The share of test examples [M, F] whose class is named, in [0, 1], by multinomial logistic
    regression on the labelled ones [N, F]: the minimum of |W|^2 / 2 + C (sum of cross entropies).

    Args:
        inverse_l2: C.

    Raises:
        Skip: the labels are of one class only.
    """
    if len(np.unique(y)) < 2:
        raise Skip("the labels that were drawn are of one class only")
    fitted = LogisticRegression(C=inverse_l2, max_iter=2000).fit(train, y)
    return float(fitted.score(test, y_test))
