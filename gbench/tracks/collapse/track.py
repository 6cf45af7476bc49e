"""Mode collapse: remedies on mixtures and stacks, a gallery of games, and where batch norm goes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gbench.params import Matrix

SECTIONS = {
    "prepared": list[str],  # the data sets of all three matrices
    "metrics": dict[str, Any],
    "judge": dict[str, Any],
    "gallery": Matrix,
    "placement": Matrix,
}


def write(params: Mapping[str, Any], root: Path, out: Path) -> Path:
    """As `gbench.tracks.collapse.page.page.write`, which is imported by the report alone."""
    from gbench.tracks.collapse.page import page

    return page.write(params, root, out)
