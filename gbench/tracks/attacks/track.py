"""Attacks on classifiers, bare and behind generative defences, and attacks that generate."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

SECTIONS = {
    "classifiers": dict[str, Any],
    "classifier": dict[str, Any],
    "defences": dict[str, Any],
    "attacks": dict[str, Any],
    "attack": dict[str, Any],
    "unrestricted": dict[str, Any],
    "resources": dict[str, Any],
}


def write(params: Mapping[str, Any], root: Path, out: Path) -> Path:
    """As `page.page.write`, which is imported by the report alone."""
    from gbench.tracks.attacks.page import page

    return page.write(params, root, out)
