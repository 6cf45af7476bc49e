"""The parts of a defence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from torch import nn


@dataclass(frozen=True)
class Parts:
    """
    Attributes:
        classifier: gives the trained classifier of a name.
        generator: gives the trained generative game of a name, with `decode` and `latent`.
        learnt: the result of the defence's own `learn`; the identity if it has none.
    """

    classifier: Callable[[str], nn.Module]
    generator: Callable[[str], Any]
    learnt: nn.Module = field(default_factory=nn.Identity)
