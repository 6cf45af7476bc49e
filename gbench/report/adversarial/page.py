"""The page on attacks and defences."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gbench.core.files import write_json
from gbench.report import labels, page, reading, tidy
from gbench.report.adversarial import board, paths, pixel, published, unrestricted
from gbench.report.findings import Finding, norm_name, share, title_of
from gbench.report.numbers import listed
from gbench.report.records import Attacked, Data, Records
from gbench.report.tables import table

IMAGES = "data target attack norm index distance queries first"


def write(params: Mapping[str, Any], root: Path, out: Path) -> Path:
    """Writes attacks/index.html and the tidy data beside it; returns the page's path.

    Args:
        params: all of the track's params.yaml.
        root: the track's folder, where data/, runs/, classifiers/ and results/ lie.
        out: of the reports.

    Raises:
        DataError: a file of the tree cannot be read.
    """
    return into(out / "attacks", params, root, "make attacks")


def into(files: Path, params: Mapping[str, Any], root: Path, rebuild: str) -> Path:
    """The same, into a folder of any name.

    Args:
        rebuild: the command that makes the page.
    """
    records = reading.read({**params, "metrics": {}}, root)
    searches = {data.name: unrestricted.read(params, root, data.name) for data in records.data}
    tidy.csv_file(files / "robustness.csv", tidy.ROBUSTNESS, tidy.robustness(records))
    tidy.csv_file(files / "images.csv", IMAGES, images(records))
    found = (row for name in searches for row in unrestricted.rows(name, searches[name]))
    tidy.csv_file(files / "unrestricted.csv", unrestricted.HEAD, found)
    write_json(files / "metrics.json", tidy.metrics(records))
    return page.write(
        records,
        [table(data) for data in records.data],
        labels.NONE,
        findings(records, searches),
        files / "index.html",
        "adversarial/page.html",
        rebuild,
        boards=[_board(data) for data in records.data],
        searches=searches,
        cells=unrestricted.cells,
        strengths=board.STRENGTHS,
        published=published.beside(records.data),
    )


def _board(data: Data) -> dict[str, Any]:
    """What the page shows of one data set besides each target's own part."""
    lines = board.lines(data)
    defended = [line.attacked for line in lines if line.attacked.card["defence"]]
    return {
        "data": data,
        "norms": board.norms(data),
        "lines": lines,
        "defences": [_defence(attacked) for attacked in defended],
        "certificates": pixel.certificates(data),
        "classifiers": _cards(data),
    }


def _defence(attacked: Attacked) -> dict[str, Any]:
    card = attacked.card
    return {
        "attacked": attacked,
        "title": title_of(attacked),
        "norms": [
            {
                "norm": norm,
                "eps": eps,
                "bare": bare(attacked, norm),
                "paths": paths.paths(attacked, norm),
            }
            for norm, eps in card["headline"].items()
            if paths.paths(attacked, norm)
        ],
        "blank": card["untrained_generator"],
        "error": card["reconstruction_error"],
    }


def bare(attacked: Attacked, norm: str) -> tuple[float, Sequence[float], int] | None:
    """What the oblivious attacks leave of the bare classifier on the same images."""
    worst = attacked.card["undefended"].get(norm)
    eps = attacked.card["headline"][norm]
    if not worst or eps not in worst["eps"] or not worst["broken_by"]:
        return None
    at = worst["eps"].index(eps)
    return worst["robust_accuracy"][at], worst["wilson"][at], worst["n"]


def _cards(data: Data) -> list[dict[str, Any]]:
    """Seconds of every target's attacks."""
    done = [one for one in data.attacked if one.status == "ok"]
    return [
        {
            "title": title_of(one),
            "seconds": one.card["seconds"],
            "attacks": len(one.card["attacks"]),
            "passes": sum(attack["queries"]["forward"] for attack in one.card["attacks"]),
        }
        for one in done
    ]


def images(records: Records) -> Iterator[Sequence[Any]]:
    """The matrix: a row an attack and image; the distance is empty where nothing was found."""
    for data in records.data:
        for attacked in data.attacked:
            for attack in attacked.card.get("attacks", ()):
                name = attack["name"]
                key = (data.name, attacked.name, name, attack["norm"])
                found = (
                    attacked.images.get(f"{part}/{name}")
                    for part in ("distance", "queries", "first")
                )
                distance, asked, first = found
                if distance is None or asked is None or first is None:
                    continue
                for index, values in enumerate(zip(distance, asked, first, strict=True)):
                    yield *key, index, *(float(v) if np.isfinite(v) else None for v in values)


def findings(
    records: Records, searches: Mapping[str, Sequence[unrestricted.Search]]
) -> list[Finding]:
    """Three to six sentences: who leads, what the defences are worth, one pixel, made images."""
    found: list[Finding] = []
    for data in records.data:
        lines = board.lines(data)
        budgets = board.norms(data)
        told = [
            text
            for norm, eps in budgets.items()
            if (text := board.told(lines, norm, f"{norm_name(norm)} {eps:g}"))
        ]
        if told:
            text = f"{'; '.join(told)}."
            lead = f"Most robust on {data.name}:" if len(lines) > 1 else f"On {data.name}:"
            found.append(Finding(lead, text, f"board-{data.name}"))
        doubted = [doubt for line in lines if (doubt := _doubt(line))]
        if doubted:
            text = f"{listed(doubted)}: the evaluation is incomplete or has cautions."
            found.append(Finding("Not ranked:", text, f"board-{data.name}"))
        defended = (line.attacked for line in lines if line.attacked.card["defence"])
        if falls := [text for attacked in defended if (text := _fall(attacked))]:
            norm, eps = next(iter(budgets.items()))
            text = f"at {norm_name(norm)} {eps:g} {'; '.join(falls)}."
            found.append(Finding(f"Defences on {data.name}:", text, f"defences-{data.name}"))
        if certificates := pixel.certificates(data):
            told = [f"{one.certified} of {one.n} for {one.title}" for one in certificates]
            text = f"no change of one pixel turns {listed(told)}."
            found.append(Finding("One pixel:", text, f"pixel-{data.name}"))
        made = [search for search in searches[data.name] if not search.note]
        if made:
            parts = [f"{search.title} {search.found['agreed']}" for search in made]
            text = (
                f"of {made[0].found['attempts']} images of a GAN, so many mislead the target while "
                f"all proxies name the class that was asked for: {listed(parts)}."
            )
            found.append(Finding("Without a budget:", text, f"unrestricted-{data.name}"))
    return found[:6] or [Finding("Nothing was measured yet.", "Run `make attacks`.", "cost")]


def _doubt(line: board.Line) -> str:
    """Where a target cannot lead; empty if everywhere it may."""
    if not line.ranked:
        return line.title
    norms = [norm_name(norm) for norm in line.doubted]
    return f"{line.title} in {listed(norms)}" if norms else ""


def _fall(attacked: Attacked) -> str:
    """From the unaware attacker to the worst of those who know, at the first norm."""
    norm = next(iter(attacked.card["headline"]))
    rows = paths.paths(attacked, norm)
    unaware = [row for row in rows if row.title == paths.GROUPS["oblivious"][0]]
    aware = sorted((row for row in rows if row not in unaware), key=lambda row: row.accuracy)
    alone = bare(attacked, norm)
    if not unaware or not aware or not alone:
        return ""
    first, worst = unaware[0], aware[0]
    before, after = (share(one.accuracy, (one.low, one.high)) for one in (first, worst))
    falls = "falls to" if worst.high < first.low else "is not told from"
    return (
        f"{title_of(attacked)} keeps {before} of the images when the attacker does not know of it "
        f"({share(alone[0], alone[1])} without it) and {falls} {after} under “{worst.title}” "
        f"({worst.n} images)"
    )
