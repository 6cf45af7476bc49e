"""How unlike each other the images of a class look, compared with real ones.

Pairs within a class: Odena, Olah and Shlens, "Conditional Image Synthesis with Auxiliary Classifier
GANs", 2017, arXiv:1610.09585, section 4.2.  Deviations: SSIM at one scale, since the five scales
of theirs need 161 pixels; a uniform window, since the usual Gaussian one of 11 pixels does not fit
into 8; and 1 - SSIM as a ratio to real data's.  A ratio of SSIM itself, or a difference, would be
read anew for each data set: SSIM of a pair nears 0 in textured classes and has either sign.
"""

import numpy as np

from gbench.protocol.evidence import Evidence, Floats, Ints, Metric, Samples, Skip

C1, C2 = 0.01**2, 0.03**2  # of pixels in [0, 1], as in the paper of `ssim`
BLOCK = 256  # pairs at a time, so that their windows stay in the cache


def ssim(a: Floats, b: Floats, window: int) -> Floats:
    """[P] the structural similarity of images [P, C, H, W] in [0, 1], mean over windows, channels.

    Wang, Bovik, Sheikh and Simoncelli, "Image Quality Assessment: From Error Visibility to
    Structural Similarity", 2004, equation 13, in every window that lies inside the image.
    """
    mean_a, mean_b = _means(a, window), _means(b, window)
    both = mean_a * mean_b
    squares = mean_a**2 + mean_b**2
    covariance = _means(a * b, window) - both
    variances = _means(a * a + b * b, window) - squares
    value = (2 * both + C1) * (2 * covariance + C2) / ((squares + C1) * (variances + C2))
    return value.mean(axis=(1, 2, 3))


def _means(x: Floats, window: int) -> Floats:
    """[P, C, H - w + 1, W - w + 1] the means over all windows of w x w."""
    height, width = (
        np.sum([np.eye(size, size - window + 1, -step) for step in range(window)], 0) / window
        for size in x.shape[2:]
    )
    return height.T @ x @ width


def unlikeness(samples: Samples, shape: tuple[int, ...], rows: Ints, pairs: int, window: int,
               rng: np.random.Generator) -> float:  # fmt: skip
    """The mean 1 - SSIM of random pairs of two different of the rows."""
    first = rng.integers(len(rows), size=pairs)
    second = (first + rng.integers(1, len(rows), size=pairs)) % len(rows)
    images = samples.x[rows].reshape(-1, *shape).astype(np.float64)
    values = [
        ssim(images[first[i : i + BLOCK]], images[second[i : i + BLOCK]], window)
        for i in range(0, pairs, BLOCK)
    ]
    return float(1 - np.concatenate(values).mean())


def measure(evidence: Evidence, *, pairs: int = 500, window: int = 7) -> float:
    """
    Args:
        pairs: a class and side.
        window: side of the window in pixels.

    Raises:
        Skip: the window does not fit, no class has two real examples, or these are all alike.
    """
    if window > min(evidence.shape[1:]):
        raise Skip(f"a window of {window} pixels does not fit into {evidence.shape[1:]}")
    rng = np.random.default_rng(evidence.seed)
    sums = {"generated": 0.0, "reference": 0.0}
    for label in np.unique(evidence.reference.labels):
        sides = {side: getattr(evidence, side) for side in sums}
        rows = {side: np.flatnonzero(x.labels == label) for side, x in sides.items()}
        if len(rows["reference"]) < 2:
            continue
        for side, x in sides.items():
            if len(rows[side]) >= 2:  # a class that is absent has no diversity
                sums[side] += unlikeness(x, evidence.shape, rows[side], pairs, window, rng)
    if not sums["reference"]:
        raise Skip("no class has two real examples that differ")
    return sums["generated"] / sums["reference"]


METRIC = Metric(
    title="SSIM diversity",
    axis="diversity",
    better="target",
    target=1.0,
    measure=measure,
    kinds=("images",),
    asks="Do two images of a class look as unlike each other as two real ones do?",
    formula=(
        "mean of 1 - SSIM over random pairs within a class (500, windows of 7 x 7 by default), "
        "summed over classes; generated divided by real. Without labels all images are one class"
    ),
    blind=(
        "Quality: noise raises it, blur lowers it; copying; the shares of classes that have two "
        "samples; repeats, as long as random pairs seldom meet them."
    ),
    source=(
        "after Odena et al., 2017, arXiv:1610.09585; SSIM of Wang et al., 2004, one scale, uniform "
        "window"
    ),
    primary=False,
    limits={"pairs": (1, 10**6), "window": (1, 1024)},
)
