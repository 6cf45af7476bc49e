"""The page: a table with a row for each model."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

from markupsafe import Markup

from gbench.core.files import read_json, replacing
from gbench.tracks._example.measure.record import Record

ROW = Markup("<tr><td>{}</td><td>{}</td><td>{:+.3f}</td><td>{:+.3f}</td></tr>\n")
HEAD = "<tr><th>Data</th><th>Model</th><th>Samples</th><th>Real images (control)</th></tr>\n"


def write(params: Mapping[str, Any], root: Path, out: Path) -> Path:
    """Writes _example/index.html into the folder of all reports; returns its path."""
    page = out / "_example" / "index.html"
    with replacing(page) as temporary:
        table = HEAD + "".join(rows(params, root))
        temporary.write_text(f"<!doctype html><title>Brightness</title><table>{table}</table>")
    return page


def rows(params: Mapping[str, Any], root: Path) -> Iterator[str]:
    """Means over seeds, by data set and model."""
    for data in params["data"]:
        for model in params["variants"]:
            folder = root / "results" / "brightness" / data / model
            found: list[Record] = [read_json(folder / f"{seed}.json") for seed in params["seeds"]]
            samples = fmean(one["samples"] for one in found)
            yield ROW.format(data, model, samples, found[0]["control"])
