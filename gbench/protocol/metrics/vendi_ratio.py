"""How many different images there are within a class, compared with real ones.

Friedman and Dieng, "The Vendi Score: A Diversity Evaluation Metric for Machine Learning", 2022,
arXiv:2210.02410, definition 3.1 with the cosine of pixels as similarity (their section 5).
"""

import numpy as np

from gbench.protocol.evidence import Evidence, Floats, Metric, Samples


def vendi(x: Floats) -> float:
    """The effective number of different rows of x [N, D]: exp of the entropy of the eigenvalues of
    their cosine similarities over N; by the authors' vendi-score.

    Their `score_dual` solves a D x D problem.  Where N < D it is handed the transposed rows, scaled
    so that it meets the N x N problem instead, which has the same eigenvalues other than 0.
    """
    from vendi_score.vendi import score_dual

    x = x.astype(np.float64)
    x = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
    n, d = x.shape
    matrix = x if n >= d else x.T * np.sqrt(d / n)
    return float(score_dual(matrix, normalize=False))


def within_classes(samples: Samples, labels: list[int]) -> float:
    """Mean Vendi score over the given classes; 0 for a class without samples."""
    groups = (samples.x[samples.labels == label] for label in labels)
    return float(np.mean([vendi(group) if len(group) else 0.0 for group in groups]))


def measure(evidence: Evidence) -> float:
    labels = np.unique(evidence.reference.labels).tolist()
    return within_classes(evidence.generated, labels) / within_classes(evidence.reference, labels)


METRIC = Metric(
    title="Vendi ratio",
    axis="diversity",
    better="target",
    target=1.0,
    measure=measure,
    kinds=("images",),
    asks="Are the images of a class as different from each other as real ones are?",
    formula=(
        "Vendi score (exp of the entropy of the eigenvalues of the cosine similarities of pixels) "
        "of the images of a class, mean over classes; generated divided by real. Without labels "
        "all images are one class"
    ),
    blind=(
        "Quality: noise raises it, blur lowers it, and both can cancel out; copying; shares of "
        "the classes."
    ),
    source="Friedman and Dieng, The Vendi Score, 2022, arXiv:2210.02410; vendi-score",
)
