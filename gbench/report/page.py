"""The page: one HTML file that holds everything, styles, script, figures and images."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from gbench import __version__
from gbench.core.files import replacing
from gbench.report import (
    attacks,
    classes,
    figures,
    latent,
    likelihood,
    longer,
    outside,
    protocol,
    ranking,
    sensitivity,
    spread,
    stopping,
    svg,
)
from gbench.report.findings import Finding, at_headline, norm_name, share, title_of
from gbench.report.labels import FewLabels, conditions, failures, gaps, lines
from gbench.report.marks import cite, mark, swatch
from gbench.report.numbers import fixed, interval, percent, short
from gbench.report.records import SHOWN, Data, Model, Records
from gbench.report.tables import Table, direction, train_seconds
from gbench.stats import estimate

HERE = Path(__file__).parent


def write(
    records: Records,
    tables: list[Table],
    few_labels: FewLabels,
    found: list[Finding],
    path: Path,
    template: str = "page.html",
    rebuild: str = "make repro",
    **more: Any,
) -> Path:
    """Renders a page with its style and script into `path`; returns it.

    Args:
        template: page.html, or one that extends it.
        rebuild: the command that makes the page.
        more: what that one asks for besides.
    """
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "short": short,
        "percent": percent,
        "count": lambda n: fixed(n, 0),
        "interval": interval,
        "norm": norm_name,
        "cite": cite,
        "direction": direction,
        "title_of": title_of,
    }
    environment.globals |= {
        "share": share,
        "mark": mark,
        "swatch": swatch,
        "at_headline": at_headline,
        "version": __version__,
        "shown": figures.SHOWN,
        "points_shown": SHOWN,
        "phases": figures.PHASES,
        "signs": latent.SIGNS,
        "likelihood_reading": likelihood.READING,
        "likelihood_blind": likelihood.BLIND,
        "latent_open": figures.OPEN,
        "sensitivity_signs": sensitivity.SIGNS,
        "outside_explained": outside.EXPLAINED,
    }
    html = environment.get_template(template).render(
        style=Markup((HERE / "page.css").read_text()),
        script=Markup((HERE / "page.js").read_text()),
        records=records,
        findings=found,
        facts=protocol.facts(records, rebuild),
        failures=protocol.failures(records) + failures(few_labels),
        sections=[_section(table) for table in tables],
        knowledge=figures.SHADES,
        few_labels={
            "comparisons": _few_labels(records, few_labels),
            "left_out": few_labels.left_out,
        },
        **more,
    )
    with replacing(path) as temporary:
        temporary.write_text(html)
    return path


def _section(table: Table) -> dict[str, Any]:
    """All that the page shows of one data set."""
    data = table.data
    return {
        "data": data,
        "table": table,
        "facts": protocol.of_data(data),
        "line": protocol.line(data),
        "ranking": _ranking(table),
        "spread": {"told": spread.told(data), "lines": spread.lines(data)},
        "checks": _checks(data.checks),
        "classes": classes.table(data),
        "sheets": figures.sheets(data) if data.kind == "images" else [],
        "maps": _maps(data),
        "trade_offs": figures.trade_offs(table),
        "courses": _courses(table),
        "measured": (stopping.quality(data) or ("", None))[1],
        "verdict": stopping.verdict(data),
        "longer": {
            "told": longer.told(data),
            "metrics": [*longer.measured(data).values()],
            "rows": longer.lines(data),
        },
        "signals": _signals(data),
        "attacked": [
            {
                "target": attacked,
                "panels": attacks.panels(attacked) if attacked.status == "ok" else [],
                "rows": attacks.rows(attacked) if attacked.status == "ok" else [],
                "examples": figures.examples(attacked) if attacked.status == "ok" else [],
            }
            for attacked in data.attacked
        ],
        "latent": _latent(data),
        "sensitivity": sensitivity.matrix(data),
        "blind": sensitivity.blind_here(data),
        "likelihood": likelihood.table(data),
        "phases": figures.phases(data),
        "costs": [_cost(model, index) for index, model in enumerate(data.models)]
        + [
            _cost(one, index) | {"why": "not trained here"}
            for index, one in enumerate(data.outside, len(data.models))
        ],
    }


def _ranking(table: Table) -> dict[str, Any] | None:
    """Places and ties over all metrics, and the test of each; None where nothing is tested."""
    found = ranking.rankings(table)
    if not any(one.test for one in found):
        return None
    return {
        "told": ranking.told(table, found),
        "figure": figures.ladder(table, found[0]),
        "lines": ranking.lines(found),
    }


def _latent(data: Data) -> dict[str, Any] | None:
    """The probes of latent spaces; None where there are none."""
    galleries, curves = figures.galleries(data), figures.curves(data)
    parts = [
        {"table": table, "galleries": galleries.get(table.spec.probe, [])}
        for table in latent.tables(data)
    ]
    if not parts and not curves:
        return None
    return {
        "line": latent.line(data),
        "parts": parts,
        "curves": curves,
        "truncated": galleries.get("truncation", []),
    }


def _few_labels(records: Records, few_labels: FewLabels) -> list[dict[str, Any]]:
    """All that the page shows of each comparison."""
    shown, index = [], {name: index for index, name in enumerate(records.variants)}
    for found in few_labels.comparisons:
        own = index.setdefault(found.model, len(index))  # a model of no other section comes last
        shown.append(
            {
                "found": found,
                "index": own,
                "figure": figures.few_labels(found, own),
                "conditions": conditions(found),
                "rows": lines(found),
                "gaps": gaps(found),
            }
        )
    return shown


def _checks(checks: Iterable[Any]) -> list[dict[str, Any]]:
    """The control checks, each once, with how many seeds passed it and the details."""
    found: dict[str, dict[str, Any]] = {}
    for check in checks:
        entry = found.setdefault(
            check["check"], {"check": check["check"], "passed": 0, "n": 0, "details": []}
        )
        entry["passed"] += bool(check["passed"])
        entry["n"] += 1
        entry["details"].append(f"seed {check['seed']}: {check['detail']}")
    return list(found.values())


def _maps(data: Data) -> list[figures.Figure]:
    """Maps of points, real data first; a note in place of a map where there are no samples."""
    if data.kind != "points" or data.real is None or data.centres is None:
        return []
    found = [figures.points_map(data.real, data, None, "Real data (test)")]
    for index, model in enumerate([*data.models, *data.outside]):
        if model.samples is None:
            found.append(figures.Figure(model.title, Markup(""), f"no samples: {model.absence}"))
        else:
            found.append(figures.points_map(model.samples, data, index, model.title))
    return found


def _courses(table: Table) -> list[list[figures.Figure]]:
    """The losses of each model that was trained, and below them its quality where measured."""
    data, measured = table.data, stopping.quality(table.data)
    floor = next((c.floor for c in table.columns if measured and c.name == measured[0]), None)
    found = []
    for index, model in enumerate(data.models):
        both = [figures.losses(model, index)]
        if measured:
            both.append(figures.quality(model, index, *measured, floor))
        if drawn := [figure for figure in both if figure]:
            found.append(drawn)
    return found


def _signals(data: Data) -> list[dict[str, Any]]:
    """A row a player: what its loss tells about the quality along training."""
    measured = stopping.quality(data)
    if measured is None:
        return []
    scale = svg.Scale(-1, 1)
    rows = []
    for signal in stopping.signals(data):
        value, paint = signal.correlation, svg.colour(signal.index)
        low, high = (max(-1, value.low), min(1, value.high)) if value else (0, 0)
        rows.append(
            {
                "signal": signal,
                "correlation": value,
                "ruler": value
                and svg.ruler(scale, low, value.mean, high, 0.0, paint, signal.index),
                "beyond": signal.beyond_time,
                "stopped": signal.stopped,
                "early": stopping.early(signal.model, *measured),
            }
        )
    return rows


def _cost(model: Model, index: int) -> dict[str, Any]:
    """What a model cost: means over the seeds that finished, and the largest memory."""
    cards = [run.card for run in model.runs if run.card and run.status != "skipped"]
    card = cards[0] if cards else {}
    memory = [card.get("memory", {}) for card in cards]
    return {
        "title": model.title,
        "index": index,
        "train": estimate([*train_seconds(model).values()]),
        "sample": estimate([c["seconds"]["sample"] for c in cards if "sample" in c["seconds"]]),
        "process_mb": max((m["process_mb"] for m in memory if "process_mb" in m), default=None),
        "cuda_mb": max((m["cuda_mb"] for m in memory if "cuda_mb" in m), default=None),
        "parameters": card.get("parameters"),
        "rounds": card.get("rounds"),
        "images_seen": card.get("images_seen"),
        "settings": ", ".join(f"{k} {v}" for k, v in card.get("hyperparameters", {}).items()),
        "why": model.absence,
    }
