"""Pictures that the probes of latent spaces left: a sheet per model and kind."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from gbench.report import reading
from gbench.report.kit import pictures
from gbench.report.kit.section import Part
from gbench.report.kit.view import Fold, Prose, Sheet, Sheets, View
from gbench.report.records import Arrays
from gbench.report.sections.subjects import data_of

OPEN = 8  # sheets of a kind that are shown unfolded
BUDGET = 500_000  # bytes of all folded sheets of one data set
KINDS = {  # (title, what rows and columns are), by the name under which the probe saved them
    "interpolation/prior": (
        "Between draws of the model's own codes",
        "A row is a pair of codes, from one to the other.",
    ),
    "interpolation/images": (
        "Between the codes of two test images",
        "A row is a pair of test images, which stand at both ends; between them their codes "
        "decoded, and the way from one to the other.",
    ),
    "arithmetic/classes": (
        "Moved from class to class",
        "A row is a class: its first held-out code (of a test image where the model encodes, else "
        "of a sample), moved to each class in turn; on the diagonal the code itself. Empty: a "
        "class that the oracle never saw.",
    ),
    "arithmetic/ink": (
        "Less and more ink",
        "A row is a code, moved by −2 to 2 times the direction of boldness.",
    ),
    "arithmetic/slant": (
        "Leaning left and right",
        "A row is a code, moved by −2 to 2 times the direction of slant.",
    ),
    "conditioning/classes": (
        "Samples by class",
        "A row is a requested class: its first samples.",
    ),
    "codes/codes": (
        "Samples by category",
        "A row is a category: the first samples in which the model reads it.",
    ),
    "reconstruction/reconstruction": (
        "Reconstructions",
        "The first test images above their reconstructions.",
    ),
    "truncation/truncation": (
        "Samples by truncation",
        "A row is a bound of the noise, the smallest first, untruncated last; a column is a class.",
    ),
}


def gallery(part: Part, probe: str) -> Sequence[View]:
    """The sheets of one probe, each of the first seed that finished."""
    found: Mapping[str, list[View]] = part.once("galleries", lambda: _galleries(part))
    return [view for name, views in found.items() if name.startswith(f"{probe}/") for view in views]


def _galleries(part: Part) -> dict[str, list[View]]:
    """The views of each kind; all kinds share the budget for folded sheets."""
    data = data_of(part.results, part.key)
    saved = {m.name: _saved(part, m.name, m.samples_seed) for m in data.models}
    budget, found = BUDGET, {}
    for kind, (title, _) in KINDS.items():
        there = [subject for subject in part.subjects if kind in saved[subject.name]]
        sheets = [
            Sheet(s.title, [_picture(saved[s.name][kind], f"{title}: {s.title}")], s.name, s.index)
            for s in there
        ]
        evenly = np.linspace(0, len(there) - 1, min(OPEN, len(there)))
        shown = [sheets[k] for k in sorted({round(float(place)) for place in evenly})]
        folded: list[Sheet] = []
        left_out: list[Sheet] = []
        for sheet in (one for one in sheets if one not in shown):
            size = len(sheet.pictures[0].uri)
            (folded if size <= budget else left_out).append(sheet)
            budget -= size if size <= budget else 0
        found[kind] = [*_views(part.key, kind, shown, folded, left_out)]
    return found


def _saved(part: Part, model: str, seed: int | None) -> Arrays:
    """[rows, columns, C, H, W] in 0..255, by probe and name."""
    folder = part.results.root / "results" / "latent" / part.key / model
    return reading.tensors(folder / f"{seed}.safetensors")[0]


def _picture(images: np.ndarray, alt: str) -> pictures.Picture:
    flat = images.reshape(-1, *images.shape[2:]).astype(np.float32) / 255
    return pictures.sheet(flat, images.shape[1], alt)


def _views(
    data: str,
    kind: str,
    shown: Sequence[Sheet],
    folded: Sequence[Sheet],
    left_out: Sequence[Sheet],
) -> Iterator[View]:
    if shown:
        yield Sheets(shown, "small", f"{KINDS[kind][0]}. {KINDS[kind][1]}")
    if folded:
        more = f"{len(folded)} more model{'s' if len(folded) > 1 else ''}"
        yield Fold(more, [Sheets(folded, "small")])
    if left_out:
        names = "; ".join(sheet.title for sheet in left_out)
        told = f"Left out to keep the page small: {names}. See results/latent/{data}."
        yield Prose(told, "small")
