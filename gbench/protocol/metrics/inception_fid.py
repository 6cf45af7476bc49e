"""FID by its plain name: with the Inception network that the literature uses.

Heusel, Ramsauer, Unterthiner, Nessler and Hochreiter, "GANs Trained by a Two Time-Scale Update
Rule Converge to a Local Nash Equilibrium", 2017, arXiv:1706.08500, equation 6.
"""

import numpy as np

from gbench.protocol.evidence import Evidence, Floats, Metric, Skip
from gbench.protocol.metrics.fid import frechet


def measure(evidence: Evidence, *, batch: int = 50, timeout: float = 20.0) -> float:
    """
    The weights (95 MB) are downloaded once, into PyTorch's hub cache ($TORCH_HOME/hub/checkpoints,
    ~/.cache/torch by default).  About a second an image on a slow core.

    Args:
        batch: images at a time.
        timeout: seconds to wait for the server's answer.

    Raises:
        Skip: the images are neither grey nor colour, or the weights cannot be had.
    """
    if evidence.shape[0] not in (1, 3):
        raise Skip(f"Inception takes 1 or 3 channels, these images have {evidence.shape[0]}")
    inception = _inception(timeout)
    generated, reference = (
        _features(inception, x.x, evidence.shape, batch)
        for x in (evidence.generated, evidence.reference)
    )
    return frechet(generated, reference)


def _inception(timeout: float):  # type: ignore[no-untyped-def]  # a class of torch-fidelity
    import pickle
    import socket

    from torch_fidelity import FeatureExtractorInceptionV3

    from gbench.core.device import pick

    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(timeout)
    try:
        return FeatureExtractorInceptionV3("inception-v3-compat", ["2048"]).to(pick())
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise Skip(f"torch-fidelity's Inception weights could not be loaded: {error}")
    finally:
        socket.setdefaulttimeout(before)


def _features(inception, x: Floats, shape: tuple[int, ...], batch: int) -> Floats:  # type: ignore[no-untyped-def]
    """[N, 2048] of images [N, D] in [0, 1], shown as 8-bit colour."""
    import torch
    from tqdm import tqdm

    device = next(inception.parameters()).device
    images = torch.from_numpy(np.rint(x * 255).clip(0, 255).astype(np.uint8))
    images = images.reshape(-1, *shape).expand(-1, 3, -1, -1)
    with torch.inference_mode():
        chunks = [
            inception(chunk.to(device))[0].cpu()
            for chunk in tqdm(images.split(batch), desc="Inception", unit="batch")
        ]
    return torch.cat(chunks).double().numpy()


METRIC = Metric(
    title="FID",
    axis="fidelity",
    better="lower",
    measure=measure,
    kinds=("images",),
    asks="The FID of the literature: how far are Inception features from those of real images?",
    formula="|m1 - m2|² + tr(S1 + S2 - 2 (S1 S2)^½) over 2048 Inception features, images at 299 px",
    blind=(
        "Copies of the training data; what ImageNet's classes do not need (small grey images are "
        "far from them). Values at other n, or against another reference, cannot be compared."
    ),
    source="Heusel et al., 2017, arXiv:1706.08500; torch-fidelity with its own Inception weights",
)
