"""Data sets in memory and on disk: examples with a label, split once."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from gbench.core.files import DataError, replacing

SPLITS = ("train", "validation", "test")


class Examples(NamedTuple):
    """
    Attributes:
        x: [N, C, H, W] images in [0, 1], or [N, D] points.
        y: [N] class indices; all -1 where the data set has no labels.
    """

    x: Tensor
    y: Tensor


@dataclass(frozen=True)
class Mixture:
    """The known law of a synthetic data set: equal parts of spherical Gaussians.

    Attributes:
        centres: [K, D].
        sigma: the standard deviation along each axis.
    """

    centres: Tensor
    sigma: float


@dataclass(frozen=True)
class Dataset:
    """A data set, split once.

    Attributes:
        name: as in params.yaml.
        train, validation, test: the splits.
        classes: how many classes the labels have; 0 without labels.
        source: where the data come from, for the report.
        mixture: the law of a synthetic data set, where there is one.
        levels: pixels are stored as whole numbers 0..levels (255 for 8-bit images); 0 for points,
            which are stored as they are.
        parts: how many labelled images an example has as its channels, side by side.  With K
            classes of their own, the label of parts a, b, c is a K^2 + b K + c.
    """

    name: str
    train: Examples
    validation: Examples
    test: Examples
    classes: int
    source: str
    mixture: Mixture | None = None
    levels: int = 0
    parts: int = 1

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one example: (C, H, W) or (D,)."""
        return tuple(self.train.x.shape[1:])

    @property
    def kind(self) -> str:
        """Either "images" or "points", by the shape."""
        return "images" if len(self.shape) == 3 else "points"

    def stored(self, x: Tensor) -> Tensor:
        """Examples as they are stored: pixels as whole numbers 0..levels, [N, C, H, W] bytes."""
        return (x * self.levels).round().byte() if self.levels else x

    def save(self, folder: Path) -> None:
        """Writes data.safetensors into the folder; pixels as whole numbers, exactly."""
        tensors = {}
        for split in SPLITS:
            x, y = getattr(self, split)
            tensors[f"{split}.x"] = self.stored(x)
            tensors[f"{split}.y"] = y
        card: dict[str, object] = {
            "name": self.name,
            "classes": self.classes,
            "source": self.source,
            "levels": self.levels,
        }
        if self.mixture:
            tensors["centres"] = self.mixture.centres
            card["sigma"] = self.mixture.sigma
        if self.parts > 1:
            card["parts"] = self.parts
        with replacing(Path(folder) / "data.safetensors") as path:
            contiguous = {k: v.contiguous() for k, v in tensors.items()}
            save_file(contiguous, path, metadata={"card": json.dumps(card)})

    @classmethod
    def load(cls, folder: Path, device: torch.device | str = "cpu") -> "Dataset":
        """Reads what `save` wrote.

        Raises:
            DataError: the file is missing or not what `save` wrote.
        """
        path = Path(folder) / "data.safetensors"
        try:
            with safe_open(path, "pt", device=str(device)) as file:
                card = json.loads(file.metadata()["card"])
                tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError, KeyError, TypeError) as error:
            raise DataError(f"{path} cannot be read ({error}); `dvc repro prepare` rebuilds it")
        levels = card["levels"]
        splits = {}
        for split in SPLITS:
            x = tensors[f"{split}.x"]
            splits[split] = Examples(x.float() / levels if levels else x, tensors[f"{split}.y"])
        mixture = Mixture(tensors["centres"], card["sigma"]) if "centres" in tensors else None
        return cls(
            card["name"],
            **splits,
            classes=card["classes"],
            source=card["source"],
            mixture=mixture,
            levels=levels,
            parts=card.get("parts", 1),
        )


def split(
    x: Tensor, y: Tensor, *, seed: int, validation: int, test: int
) -> tuple[Examples, Examples, Examples]:
    """Shuffles by the seed and cuts into train, validation and test.

    Raises:
        DataError: nothing would be left to train on.
    """
    if validation + test >= len(x):
        raise DataError(
            f"validation: {validation} and test: {test} leave nothing to train on: "
            f"there are only {len(x)} examples"
        )
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    parts = order.split([len(x) - validation - test, validation, test])
    first, second, third = (Examples(x[part], y[part]) for part in parts)
    return first, second, third
