"""Rules for values, beside their types: names that another section defines, seeds, shares.

A rule stands in a schema, `Annotated[list[str], Names("models")]`, and yields each mistake as one
line that begins with the path of the value.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from gbench.core.near import near
from gbench.params.check.values import fits, repeated

Params = Mapping[str, Any]


@dataclass(frozen=True)
class Names:
    """A list of what is switched on: names that are each defined once in another section."""

    section: str

    def __call__(self, path: str, chosen: object, params: Params) -> Iterator[str]:
        defined = params.get(self.section)
        if not isinstance(defined, dict):
            return  # told there
        if not isinstance(chosen, list) or not chosen:
            yield f"{path}: must be a list such as [{next(iter(defined), '')}], not {chosen!r}"
            return
        for entry in dict.fromkeys(map(str, chosen)):
            if entry not in defined:
                yield f"{path}: {entry!r} is not defined under {self.section}{near(entry, defined)}"
        yield from repeated(path, chosen)


def seeds(path: str, chosen: object, params: Params) -> Iterator[str]:
    """Whole numbers from 0, at least one, each once."""
    if not isinstance(chosen, list) or not chosen:
        yield f"{path}: must be a list such as [0, 1, 2], not {chosen!r}"
        return
    for seed in chosen:
        if not fits(seed, int) or seed < 0:
            yield f"{path}: {seed!r} is not a whole number from 0"
    yield from repeated(path, chosen)


def share(path: str, given: object, params: Params) -> Iterator[str]:
    """A number above 0, at most 1."""
    if isinstance(given, int | float) and not 0 < given <= 1:
        yield f"{path}: {given} is not in (0, 1]"


DataSets = Annotated[list[str], Names("datasets")]
Models = Annotated[list[str], Names("models")]
Seeds = Annotated[list[int], seeds]
Share = Annotated[float, share]
