"""Any folder of images: a class a subfolder, or images side by side without labels."""

from pathlib import Path

import torch
from tqdm import tqdm

from gbench.core.files import DataError
from gbench.zoo.shared.dataset import Dataset, split

ENDINGS = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"}


def listing(folder: Path) -> tuple[list[Path], list[int], int]:
    """The images' paths, their classes (-1 without subfolders), and the number of classes.

    Raises:
        DataError: there is no such folder, or no image in it, or images both next to and inside
            subfolders.
    """
    if not folder.is_dir():
        raise DataError(f"datasets.folder.path: {folder} is no folder")

    def images(where: Path) -> list[Path]:
        return sorted(file for file in where.rglob("*") if file.suffix.lower() in ENDINGS)

    beside = sorted(file for file in folder.iterdir() if file.suffix.lower() in ENDINGS)
    classes = [sub for sub in sorted(folder.iterdir()) if sub.is_dir() and images(sub)]
    if beside and classes:
        raise DataError(
            f"datasets.folder.path: {folder} holds images both beside and inside its subfolders; "
            "put each image in the subfolder of its class, or all side by side"
        )
    if beside:
        return beside, [-1] * len(beside), 0
    labelled = [(file, label) for label, sub in enumerate(classes) for file in images(sub)]
    if not labelled:
        raise DataError(
            f"datasets.folder.path: no image under {folder}; read are {', '.join(sorted(ENDINGS))}"
        )
    files, labels = zip(*labelled, strict=True)
    return list(files), list(labels), len(classes)


def check(*, path: str, **_: object) -> None:
    """
    Raises:
        DataError: as `listing`.
    """
    listing(Path(path).expanduser())


def build(
    *,
    path: str,
    size: int = 32,
    colour: bool = True,
    seed: int = 0,
    validation: float = 0.15,
    test: float = 0.15,
) -> Dataset:
    """[N, 3 or 1, size, size]: the shorter side is resized to `size`, then the centre is cut out.

    Args:
        path: of the folder.
        size: of a side, in pixels; at least 8.
        colour: three channels, else one.
        seed: of the split.
        validation: share of all images.
        test: share of all images.

    Raises:
        DataError: the folder is unusable, or an image cannot be read.
    """
    from PIL import Image, UnidentifiedImageError
    from torchvision.transforms.functional import center_crop, pil_to_tensor, resize

    if size < 8:
        raise DataError(f"datasets.folder.size: {size} is under 8 pixels")
    folder = Path(path).expanduser()
    files, labels, classes = listing(folder)
    images = []
    for file in tqdm(files, unit="image", mininterval=2.0):
        try:
            with Image.open(file) as image:
                converted = image.convert("RGB" if colour else "L")
        except (OSError, UnidentifiedImageError, ValueError, SyntaxError) as error:
            raise DataError(f"{file} cannot be read as an image: {error}")
        images.append(pil_to_tensor(center_crop(resize(converted, size, antialias=True), size)))
    x, y = torch.stack(images).float() / 255, torch.tensor(labels)
    counts = {"validation": round(validation * len(x)), "test": round(test * len(x))}
    splits = split(x, y, seed=seed, **counts)
    source = f"{len(x):,} images from the folder {folder.name}, resized to {size}x{size}"
    return Dataset("folder", *splits, classes=classes, source=source, levels=255)
