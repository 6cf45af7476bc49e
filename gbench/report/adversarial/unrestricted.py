"""Images that a GAN made for a class and a classifier takes for another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gbench.report import pixels, reading
from gbench.report.figures.pictures import Sheet
from gbench.report.findings import share, title_of
from gbench.report.records import Attacked

COLUMNS = 5  # images side by side, whatever their number, so that one is not blown up
HEAD = "data target which attempts misled agreed low high"


@dataclass(frozen=True)
class Search:
    """
    Attributes:
        note: why there is none; empty if there is.
        found, unsearched: the counts of images after the search, and of the same noises before it.
        pairs: the first images that count, before and after, and what the target names them.
    """

    title: str
    name: str
    note: str
    proxies: Sequence[str]
    found: Mapping[str, Any]
    unsearched: Mapping[str, Any]
    before: Sheet | None
    after: Sheet | None
    names: str


def read(params: Mapping[str, Any], root: Path, data: str) -> list[Search]:
    """By classifier, in the order of params.yaml; none without a section `unrestricted`."""
    if "unrestricted" not in params:
        return []
    return [
        _search(root / "results" / "unrestricted" / data / name, name)
        for name in params["classifiers"]
    ]


def _search(folder: Path, name: str) -> Search:
    title = title_of(Attacked(name, "ok", "", {}, {}))
    card = reading.json_of(folder / "unrestricted.json")
    if not card:
        note = f"not run: there is no {folder.name}/unrestricted.json"
        return Search(title, name, note, [], {}, {}, None, None, "")
    if card["status"] != "ok":
        return Search(title, name, card["note"], [], {}, {}, None, None, "")
    images, _ = reading.tensors(folder / "images.safetensors")
    before = after = None
    names = ""
    if len(images.get("found", ())):
        before, after = (Sheet.of(pixels.sheet(images[key], COLUMNS)) for key in ("start", "found"))
        pairs = zip(images["source"], images["named"], strict=True)
        names = ", ".join(f"{int(a)}→{int(b)}" for a, b in pairs)
    proxies = card["proxies"]
    return Search(title, name, "", proxies, card["found"], card["unsearched"], before, after, names)


def cells(counts: Mapping[str, Any]) -> dict[str, str]:
    """Misled, agreed among the misled, and both together, as text."""
    n, hits, kept = counts["attempts"], counts["misled"], counts["agreed"]
    agreed = share(kept / hits, counts["agreed_wilson"]) if hits else "–"
    return {
        "misled": share(hits / n, counts["misled_wilson"]),
        "agreed": agreed,
        "both": share(kept / n, counts["both_wilson"]),
    }


def rows(data: str, searches: Sequence[Search]) -> Iterator[Sequence[Any]]:
    """Tidy counts; the interval is of what misleads the target and not the proxies."""
    for search in searches:
        for which, counts in (("found", search.found), ("unsearched", search.unsearched)):
            if counts:
                ends = counts["both_wilson"]
                values = (counts[key] for key in ("attempts", "misled", "agreed"))
                yield data, search.name, which, *values, *ends
