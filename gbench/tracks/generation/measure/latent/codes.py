"""A categorical code against the labels that it was never told.

The Hungarian accuracy is the share of test images whose category means their class, under the best
one-to-one assignment of categories to classes (Kuhn, "The Hungarian Method for the Assignment
Problem", 1955, Naval Research Logistics Quarterly 2); the NMI is the mutual information over the
mean of both entropies.  Next to them: the same codes shuffled, and k-means on pixels with as many
clusters as categories occur.
"""

import warnings

import numpy as np
from scipy.optimize import linear_sum_assignment

from gbench.core.game import Game
from gbench.protocol.evidence import Ints, Skip
from gbench.tracks.generation.measure.latent.probe import Case, Images, Probed, Row, seeded, through

SHUFFLES = 20  # over which chance is a mean
COLUMNS = 10  # of the sheet


def probe(game: Game, case: Case) -> Probed:
    """
    Raises:
        Skip: the game has no categorical code, or the data have no labels.
    """
    if not hasattr(game, "codes"):
        raise Skip("no categorical code")
    if not case.court.classes:
        raise Skip("the data have no classes to compare a code with")
    train = case.images(case.court.train[: case.settings.samples])
    test = case.images(case.court.test)
    found = through(game, "codes", test).astype(np.int64)
    known = through(game, "codes", train).astype(np.int64)
    draw = case.random()
    shuffled = [draw.permutation(found) for _ in range(SHUFFLES)]
    clusters = k_means(train, test, len(np.unique(known)), case.seed)
    rows = []
    for name, agreement in (("hungarian_accuracy", hungarian), ("nmi", nmi)):
        value = agreement(found, case.labels)
        chance = float(np.mean([agreement(codes, case.labels) for codes in shuffled]))
        rows.append(Row(name, value, "shuffled codes", chance))
        rows.append(Row(name, value, "k-means on pixels", agreement(clusters, case.labels)))
    used = len(np.unique(known))
    return Probed(
        rows, {"codes": _sheet(game, case)}, f"{used} categories occur in training images"
    )


def hungarian(codes: Ints, labels: Ints) -> float:
    """The accuracy of codes [N] under the best assignment to labels [N]."""
    table = np.zeros((codes.max() + 1, labels.max() + 1), dtype=np.int64)
    np.add.at(table, (codes, labels), 1)
    return float(table[linear_sum_assignment(table, maximize=True)].sum() / len(codes))


def nmi(codes: Ints, labels: Ints) -> float:
    """Mutual information over the mean of both entropies, in [0, 1]."""
    from sklearn.metrics import normalized_mutual_info_score

    return float(normalized_mutual_info_score(labels, codes))


def k_means(train: Images, test: Images, clusters: int, seed: int) -> Ints:
    """The nearest of the clusters' means, [N], fitted on the pixels of training images."""
    from sklearn.cluster import KMeans

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of fewer distinct images than clusters
        fitted = KMeans(clusters, n_init=10, random_state=seed).fit(train.reshape(len(train), -1))
    return np.asarray(fitted.predict(test.reshape(len(test), -1)), dtype=np.int64)


def _sheet(game: Game, case: Case) -> Images:
    """A row a category, of samples in which it is read back: [categories, columns, C, H, W].

    They are the first of those drawn; a category that is read from too few leaves the rest empty.
    """
    with seeded(case.seed):
        drawn = game.sample(case.settings.samples).float().cpu().numpy()
    read = through(game, "codes", drawn).astype(np.int64)
    sheet = np.zeros((read.max() + 1, COLUMNS, *drawn.shape[1:]), dtype=np.float32)
    for category in range(len(sheet)):
        own = drawn[read == category][:COLUMNS]
        sheet[category, : len(own)] = own
    return sheet
