"""The judge: a fixed feature extractor that all models on a data set share.

For labelled images a small convolutional classifier, trained on the training split only; for
stacks of labelled images one such classifier, which looks at each by itself; for images without
labels the principal components of the training pixels; for points nothing but the coordinates
themselves.
"""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import save_file as save_arrays
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from gbench.core.batches import Batches
from gbench.core.files import DataError, read_json, replacing, write_json
from gbench.core.game import Game, Player
from gbench.core.train import adam, train
from gbench.protocol.evidence import Floats
from gbench.protocol.record import JudgeCard
from gbench.zoo.shared.dataset import SPLITS, Dataset, Examples

NAMES = {
    "cnn": "judge CNN",
    "parts": "judge CNN, part by part",
    "pixels": "PCA of pixels",
    "coordinates": "coordinates",
}


class Classifier(nn.Module):
    """Convolutions down to about 4 x 4, then the features, then the logits.

    Args:
        shape: (C, H, W), H and W at least 8.
        classes: K.
        width: channels of the first convolution; doubled at each halving of the image, up to 4
            times `width`.
        features: F.
    """

    def __init__(self, shape: tuple[int, ...], classes: int, *, width: int, features: int):
        super().__init__()
        channels, height, side = shape[0], shape[1], shape[2]
        layers: list[nn.Module] = [nn.BatchNorm2d(channels)]
        out = width
        while True:
            layers += [nn.Conv2d(channels, out, 3, padding=1), nn.BatchNorm2d(out), nn.ReLU()]
            if min(height, side) <= 4:
                break
            layers.append(nn.MaxPool2d(2))
            height, side = height // 2, side // 2
            channels, out = out, min(2 * out, 4 * width)
        self.trunk = nn.Sequential(*layers, nn.Flatten())
        self.embed = nn.Sequential(
            nn.Linear(out * height * side, features),
            nn.BatchNorm1d(features, affine=False),  # sets the scale of distances
            nn.ReLU(),
        )
        self.head = nn.Linear(features, classes)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """[B, C, H, W] -> features [B, F], logits [B, K]."""
        features = self.embed(self.trunk(x))
        return features, self.classify(features)

    def classify(self, features: Tensor) -> Tensor:
        """Logits [B, K] of features [B, F]."""
        logits: Tensor = self.head(features)
        return logits


class Parts(nn.Module):
    """One classifier for all parts of a stack: of an image whose channels are several images.

    Its cross-entropy is the sum of the parts' own, so to train it on stacks is to train the
    classifier on single parts.

    Args:
        shape: (P C, H, W) of a stack.
        classes: K^P, of a stack.
        parts: P.
        width, features: as for `Classifier`.
    """

    def __init__(
        self, shape: tuple[int, ...], classes: int, *, parts: int, width: int, features: int
    ):
        super().__init__()
        self.parts = parts
        channels, *size = shape
        part, own = (channels // parts, *size), round(classes ** (1 / parts))
        self.classifier = Classifier(part, own, width=width, features=features)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """[B, P C, H, W] -> features [B, P F] one after the other, logits [B, K^P]."""
        each, _ = self.classifier(x.unflatten(1, (self.parts, -1)).flatten(0, 1))
        features = each.unflatten(0, (-1, self.parts)).flatten(1)
        return features, self.classify(features)

    def classify(self, features: Tensor) -> Tensor:
        """Logits [B, K^P] of features [B, P F].

        They are the log-probabilities of independent parts: the likeliest class is that of each
        part's likeliest class.
        """
        logits = self.classifier.classify(features.unflatten(1, (self.parts, -1)))
        single = logits.log_softmax(2)  # [B, P, K]
        joint = single[:, 0]
        for part in range(1, self.parts):
            joint = (joint[:, :, None] + single[:, part, None]).flatten(1)
        return joint


class Components(nn.Module):
    """Projection on principal components; all that it knows is in its buffers.

    Args:
        shape: (C, H, W).
        features: F, how many components.
    """

    mean: Tensor
    axes: Tensor

    def __init__(self, shape: tuple[int, ...], features: int):
        super().__init__()
        size = math.prod(shape)
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("axes", torch.zeros(size, min(features, size)))

    def fit(self, x: Tensor) -> None:
        """Finds the components of x [N, C, H, W], of its first 10,000 where it is larger."""
        pixels = x[:10_000].flatten(1).float()
        self.mean = pixels.mean(0)
        rank = min(self.axes.shape[1], len(pixels) - 1)
        axes = torch.pca_lowrank(pixels, q=min(rank + 8, *pixels.shape), niter=8)[2]
        self.axes = axes[:, :rank].contiguous()

    def forward(self, x: Tensor) -> tuple[Tensor, None]:
        """[B, C, H, W] -> features [B, F]; no logits."""
        return (x.flatten(1) - self.mean) @ self.axes, None


class Training(Game):
    """Cross-entropy on images that are shifted by up to one pixel."""

    def __init__(self, classifier: nn.Module, lr: float):
        super().__init__()
        self.classifier, self.lr = classifier, lr

    def players(self) -> dict[str, Player]:
        return {"judge": Player(self.loss, [self.classifier], lr=self.lr, lr_end=0.0)}

    def loss(self, batch: Examples) -> Tensor:
        height, width = batch.x.shape[2:]
        down, right = torch.randint(3, (2,)).tolist()
        padded = F.pad(batch.x, (1, 1, 1, 1), mode="replicate")
        shifted = padded[:, :, down : down + height, right : right + width]
        return F.cross_entropy(self.classifier(shifted)[1], batch.y)


NETWORKS: dict[str, Callable[..., nn.Module]] = {
    "cnn": Classifier,
    "parts": Parts,
    "pixels": Components,
}


@dataclass(frozen=True)
class Judge:
    """
    Attributes:
        kind: "cnn", "parts", "pixels" or "coordinates".
        network: maps x to (features, logits or None); None for coordinates.
        build: what the network is rebuilt from.
    """

    kind: str
    network: nn.Module | None
    build: dict[str, Any]

    @property
    def hash(self) -> str:
        """12 hexadecimal digits of the SHA-256 of kind and weights."""
        digest = hashlib.sha256(self.kind.encode())
        if self.network:
            for name, tensor in sorted(self.network.state_dict().items()):
                digest.update(name.encode() + tensor.cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()[:12]

    @torch.inference_mode()
    def features(self, x: Tensor, chunk: int = 1000) -> tuple[Floats, Floats | None]:
        """Features [N, F] and logits [N, K] (None without classes) of x [N, *shape]."""
        if self.network is None:
            return x.flatten(1).double().cpu().numpy(), None
        self.network.eval()
        device = next(iter(self.network.state_dict().values())).device
        features, logits = [], []
        for part in x.split(chunk):
            f, scores = self.network(part.to(device))
            features.append(f.double().cpu().numpy())
            if scores is not None:
                logits.append(scores.double().cpu().numpy())
        return np.concatenate(features), np.concatenate(logits) if logits else None

    @torch.inference_mode()
    def classify(self, features: Floats) -> Floats | None:
        """Logits [N, K] of features [N, F]; None without classes."""
        if not isinstance(self.network, Classifier | Parts):
            return None
        self.network.eval()
        weights = next(self.network.parameters())
        given = torch.from_numpy(features).to(weights.device, weights.dtype)
        return self.network.classify(given).double().cpu().numpy()

    def accuracy(self, examples: Examples) -> float | None:
        """The share of examples whose class it names, for stacks that of all parts; None if it
        names none.
        """
        _, logits = self.features(examples.x)
        if logits is None:
            return None
        return float((logits.argmax(1) == examples.y.cpu().numpy()).mean())

    def save(self, folder: Path, dataset: Dataset, seconds: float) -> None:
        """Writes the weights, the features of all splits (evaluations need them again and again)
        and card.json.

        Args:
            dataset: supplies the test accuracy and the splits.
            seconds: that the training took.
        """
        with replacing(folder) as temporary:
            temporary.mkdir()
            found: dict[str, np.ndarray] = {}
            if self.network:
                save_file(self.network.state_dict(), temporary / "judge.safetensors")
                for split in SPLITS:
                    features, logits = self.features(getattr(dataset, split).x)
                    found[split] = features.astype(np.float32)
                    found[f"{split}.labels"] = labels(features, logits)
                save_arrays(found, temporary / "features.safetensors")
            card: JudgeCard = {
                "kind": self.kind,
                "name": NAMES[self.kind],
                "test_accuracy": self.accuracy(dataset.test),
                "hash": self.hash,
                "features": found["train"].shape[1] if found else math.prod(dataset.shape),
                "seconds": round(seconds, 2),
                "build": self.build,
            }
            write_json(temporary / "card.json", card)

    @classmethod
    def load(cls, folder: Path, device: torch.device | str = "cpu") -> "Judge":
        """Reads what `save` wrote.

        Raises:
            DataError: a file is missing, damaged, or does not go with the others.
        """
        folder = Path(folder)
        card = read_json(folder / "card.json")
        path = folder / "judge.safetensors"
        try:
            kind, build = card["kind"], card["build"]
            if kind == "coordinates":
                return cls(kind, None, build)
            weights = load_file(path)
            network: nn.Module = NETWORKS[kind](**build)
            network.load_state_dict(weights)
        except (OSError, SafetensorError, KeyError, TypeError, RuntimeError) as error:
            raise DataError(f"{path} cannot be read ({error}); `dvc repro judge` rebuilds it")
        judge = cls(kind, network.requires_grad_(False).to(device), build)
        if judge.hash != card["hash"]:
            raise DataError(
                f"{path} has hash {judge.hash}, its card says {card['hash']}; "
                "`dvc repro judge` rebuilds it"
            )
        return judge


def labels(features: Floats, logits: Floats | None) -> np.ndarray:
    """[N] the most likely class; -1 without classes."""
    return logits.argmax(1) if logits is not None else np.full(len(features), -1)


def build(
    dataset: Dataset,
    *,
    width: int = 16,
    features: int = 64,
    steps: int = 1000,
    batch: int = 64,
    lr: float = 2e-3,
    seed: int = 0,
    device: torch.device | str = "cpu",
) -> Judge:
    """Makes the judge of a data set; sees the training split only.

    Args:
        width: channels of the classifier's first convolution.
        features: F, of the classifier's last hidden layer (so many for each part of a stack), or
            how many principal components.
        steps: of Adam, its step size falling to 0 along a line.
        batch: images per step; each part of a stack is one.
        lr: Adam's first step size.
        seed: of weights, order and shifts.

    Raises:
        DataError: the images are smaller than 8 x 8.
    """
    if dataset.kind == "points":
        return Judge("coordinates", None, {})
    if min(dataset.shape[1:]) < 8:
        raise DataError(f"{dataset.name}: images must be at least 8 x 8, not {dataset.shape[1:]}")
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        if not dataset.classes:
            components = Components(dataset.shape, features)
            components.fit(dataset.train.x)
            size = components.axes.shape[1]
            return Judge("pixels", components, {"shape": list(dataset.shape), "features": size})
        plan: dict[str, Any] = {"shape": list(dataset.shape), "classes": dataset.classes}
        plan |= {"width": width, "features": features}
        kind = "cnn"
        if dataset.parts > 1:
            kind, plan["parts"] = "parts", dataset.parts
        network = NETWORKS[kind](**plan).to(device)
        examples = Examples(*(t.to(device) for t in dataset.train))
        game = Training(network, lr)
        batches = Batches(examples, max(1, batch // dataset.parts), seed)
        rounds = train(game, batches, adam(game), steps)
        for _ in tqdm(rounds, total=steps, desc="judge", unit="step", mininterval=1):
            pass
    return Judge(kind, network.requires_grad_(False).eval(), plan)
