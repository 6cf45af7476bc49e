"""The page's tables as Markdown, for readers of the repository."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from gbench.core.files import replacing
from gbench.report import (
    labels,
    latent,
    likelihood,
    longer,
    outside,
    protocol,
    ranking,
    sensitivity,
    spread,
    stopping,
    usefulness_tables,
)
from gbench.report.findings import Finding, norm_name, share, title_of
from gbench.report.labels import FewLabels
from gbench.report.numbers import short
from gbench.report.records import Attacked, Data, Records
from gbench.report.tables import Cell, Row, Table, direction, train_seconds
from gbench.report.turing.tally import HumanTest
from gbench.report.usefulness import Useful
from gbench.stats import estimate

HOW = (
    "Mean over training seeds ± half of the 95 % t-interval. **Bold**: the best mean; =: not told "
    "from it (paired t-tests on the common seeds, Holm-corrected, 5 %). Controls show what each "
    "column can see: real data are the floor."
)
MORE = "More metrics, which count in no rank:"
SIGNS = (
    "✓: the value is better than this, ✗: worse, =: not told from it (paired t-tests over seeds, "
    "Holm-corrected over the models, 5 %)."
)
FEW_LABELS = (
    "The same network twice, compared in pairs over draws of the labels: as the classifier of a "
    "semi-supervised model that sees all training images, and taught the labelled ones alone. Mean "
    "test error over draws ± half of the 95 % t-interval; p of paired t-tests, Holm-corrected over "
    "the numbers of labels."
)
NOTHING = "No metric has a value here yet."


def write(
    records: Records,
    tables: list[Table],
    few_labels: FewLabels,
    found: list[Finding],
    more: Iterable[list[str]],
    path: Path,
) -> None:
    """
    Args:
        more: the lines of further sections.
    """
    lines = [
        "# gbench report",
        "",
        "The same numbers as `index.html`.",
        "",
        "## What was found",
        "",
    ]
    lines += [f"- **{text(finding.lead)}** {text(finding.text)}" for finding in found]
    lines += ["", "## Protocol", ""]
    lines += [f"- {name}: {text(value)}" for name, value in protocol.facts(records)]
    for table in tables:
        lines += ["", f"## {table.data.name}", "", text(protocol.line(table.data)), ""]
        lines += _scores(table) if table.columns else [NOTHING]
        lines += _evidence(table)
        lines += _caveats(table.data)
        if told := stopping.verdict(table.data):
            lines += ["", f"**Does a loss tell when to stop?** {text(told)}"]
        if told := longer.told(table.data):
            lines += ["", f"**Longer or better?** {text(told)}"]
        lines += _costs(table.data)
        lines += _latent(table.data)
        lines += _sensitivity(table.data)
        lines += _likelihood(table.data)
        for attacked in table.data.attacked:
            lines += _attacks(attacked)
    lines += _few_labels(few_labels)
    lines += [line for section in more for line in section]
    if failed := protocol.failures(records) + labels.failures(few_labels):
        lines += ["", "## What did not run, and why", "", *(f"- {text(line)}" for line in failed)]
    lines += ["", "## What the columns mean", ""]
    for metric in records.metrics.values():
        lines += [
            f"- **{text(metric.title)}** ({metric.axis}, {direction(metric)}): {text(metric.asks)} "
            f"Cannot see: {text(metric.blind)} Source: {text(metric.source)}"
        ]
    with replacing(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n")


def text(value: str) -> str:
    """Plain text that Markdown shows as it is, also within a table."""
    for sign in "\\`*_<>|[]":
        value = value.replace(sign, f"\\{sign}")
    return value.replace("\n", " ")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table; the first column to the left, numbers to the right."""
    marks = ["---", *("---:" for _ in head[1:])]
    return ["| " + " | ".join(row) + " |" for row in (head, marks, *rows)]


def _scores(table: Table) -> list[str]:
    told = f"{HOW} {outside.EXPLAINED}" if table.outside else HOW
    found = [*_columns(table), "", told]
    return [*found, "", MORE, "", *_columns(table.more)] if table.more else found


def _columns(table: Table) -> list[str]:
    head = ["Model", *(f"{text(c.metric.title)} {c.arrow}" for c in table.columns)]
    rows = [_row(row) for row in (*table.controls, *table.models, *table.outside)]
    if table.ranked:
        return _table([*head, "Mean rank"], rows)
    return _table(head, [row[:-1] for row in rows])


def _row(row: Row) -> list[str]:
    name = f"*{row.title}*" if row.family == "control" else text(row.title)
    name += "".join(f" ({text(stamp)})" for stamp, _ in row.stamps)
    rank = f"{row.rank.mean:.1f}" if row.rank else ""
    cells = [text(row.gap), *("" for _ in row.cells[1:])] if row.gap else map(_cell, row.cells)
    return [name, *cells, rank]


def _cell(cell: Cell) -> str:
    if cell.value is None:
        return text(cell.gap)
    value = f"{cell.text} {cell.interval}".strip()
    return {"best": f"**{value}**", "tied": f"= {value}"}.get(cell.verdict or "", value)


def _evidence(table: Table) -> list[str]:
    """Tests of the ranks, and the parts of the spread over seeds."""
    lines, ranked = [], ranking.rankings(table)
    if any(one.test for one in ranked):
        head = ["Ranks by", "All alike?", "Groups", "Not told from the first"]
        tests = [[text(part) for part in line] for line in ranking.lines(ranked)]
        lines += ["", text(ranking.told(table, ranked)), "", *_table(head, tests)]
    if parts := [[text(part) for part in line] for line in spread.lines(table.data)]:
        head = ["Metric", "SD of sampling", "SD of training", "Sampling's share of the variance"]
        told = f"**How much of the spread is sampling?** {text(spread.told(table.data))}"
        lines += ["", told.strip(), "", *_table(head, parts)]
    return lines


def _caveats(data: Data) -> list[str]:
    found = [f"- **{text(m.title)}**: {text(m.caveat)}" for m in data.models if m.caveat]
    return ["", "What is expected to lose, and why:", "", *found] if found else []


def _costs(data: Data) -> list[str]:
    rows = []
    for model in data.models:
        seconds = estimate([*train_seconds(model).values()])
        cards = [run.card for run in model.runs if run.card]
        if not cards:
            continue
        memory = max((card.get("memory", {}).get("process_mb", 0) for card in cards), default=0)
        rows.append(
            [
                text(model.title),
                short(seconds.mean) if seconds else "",
                f"{memory:.0f}",
                _count(cards[0].get("parameters")),
                _count(cards[0].get("images_seen")),
            ]
        )
    head = ["Model", "Training (s)", "Peak memory (MiB)", "Parameters", "Examples seen"]
    return ["", *_table(head, rows)] if rows else []


def _few_labels(few_labels: FewLabels) -> list[str]:
    """The tables of the section of the same name; nothing where there are no results."""
    written = []
    for found in few_labels.comparisons:
        written += ["", f"## Few labels: {text(found.title)} on {text(found.data)}", ""]
        written += [text(labels.conditions(found)), ""]
        rows = [
            [
                row.labels,
                *(f"{value} {half}".strip() for value, half in row.cells),
                row.p,
                row.pairs,
            ]
            for row in labels.lines(found)
        ]
        head = ["Labels", "Semi-supervised error (%)", "Error of labels alone (%)"]
        written += _table([*head, "Difference (points)", "p (Holm)", "Pairs"], rows)
        written += ["", FEW_LABELS, *(f"- {text(gap)}" for gap in labels.gaps(found))]
    return written


def human(test: HumanTest) -> list[str]:
    """How often readers call images real."""
    lines = ["", "## Human test", ""]
    if not test.outcomes:
        lines.append("Nobody's answers are there yet; `turing/index.html` asks for them.")
    lines += [f"- {text(note)}" for note in test.notes]
    for one in test.outcomes:
        lines += ["", f"### {text(one.pool.data)}", "", text(one.conditions), "", one.false_alarms]
        rows = [
            [text(tally.source.title), str(tally.sessions), tally.count, tally.text]
            for tally in (one.real, *one.models)
        ]
        head = ["Images of", "Sessions", "Called real", "Share, Wilson's 95 % interval"]
        lines += ["", *_table(head, rows)]
    return lines


def useful(found: Useful) -> list[str]:
    """What samples teach, and what features tell, in percent of the test images."""
    lines = ["", f"## Usefulness: {text(found.data)}", "", text(usefulness_tables.line(found))]
    first = ["Taught", *(title for title, _ in usefulness_tables.CLASSIFIED)]
    probe = ["Features"]
    for n in found.labels:
        probe += [f"{n} labels", "untrained", "pixels"]
    tables = (
        ("Samples as training data", first, usefulness_tables.classified(found)),
        ("Features under a linear probe", probe, usefulness_tables.probed(found)),
    )
    for title, head, groups in tables:
        lines += ["", f"### {title}"]
        for group, rows in groups:
            filled = [[text(row.title), *map(_told, row.cells)] for row in rows]
            lines += ["", group, "", *_table(head, filled)]
    return [*lines, "", SIGNS]


def _told(cell: usefulness_tables.Cell) -> str:
    sign = latent.SIGNS[cell.sign][0] if cell.sign is not None else ""
    value = f"{sign} {cell.text} {cell.interval}".strip()
    return {"best": f"**{value}**", "tied": f"= {value}"}.get(cell.verdict or "", value)


def _count(n: int | None) -> str:
    return f"{n:,}" if n else ""


def _latent(data: Data) -> list[str]:
    """What codes hold: each value with what it is read against."""
    lines = []
    for table in latent.tables(data):
        lines += ["", f"### {text(table.spec.title)}", "", text(table.spec.reading)]
        head = ["Model"]
        for one in table.spec.heads:
            arrow = "↑" if one.better == "higher" else "↓"
            head += [f"{text(one.title)} {arrow}", *(text(title) for _, title in one.against)]
        for title, rows in table.groups:
            filled = [[text(row.title), *map(_beside, row.cells)] for row in rows]
            lines += ["", *([text(title), ""] if title else []), *_table(head, filled)]
    if lines:
        lines += ["", SIGNS]
    return lines


def _sensitivity(data: Data) -> list[str]:
    """Which metric tells which known fault from held-out data."""
    found = sensitivity.matrix(data)
    if found is None:
        return []
    head = ["Generator", *(text(metric.title) for metric in found.metrics.values())]
    filled = [
        [text(row.title), *(" ".join(sensitivity.SIGNS[cell.word]) for cell in row.cells)]
        for _, rows in found.groups
        for row in rows
    ]
    lines = ["", "### What each metric can see", "", text(f"{found.line}."), ""]
    return [*lines, *(f"- {text(line)}" for line in found.sentences), "", *_table(head, filled)]


def _beside(cell: latent.Cell) -> str:
    sign = latent.SIGNS[cell.sign][0] if cell.sign is not None else ""
    return f"{sign} {cell.text} {cell.interval}".strip()


def _likelihood(data: Data) -> list[str]:
    """Log-likelihoods, a table an observation model."""
    table = likelihood.table(data)
    if table is None:
        return []
    lines = ["", "### Likelihood", "", text(likelihood.READING)]
    for group in table.groups:
        filled = [[text(row.title), *map(text, row.texts)] for row in group.rows]
        lines += ["", text(group.title), "", *_table(["Model", *likelihood.COLUMNS], filled)]
    return lines


def _attacks(attacked: Attacked) -> list[str]:
    card = attacked.card
    lines = ["", f"### Attacks on {text(title_of(attacked))}", ""]
    if attacked.status != "ok":
        return [*lines, text(attacked.note)]
    clean = share(*attacked.clean)
    lines.append(f"Accuracy without attack {clean}, {card['n']} images; Wilson's 95 % intervals.")
    lines += [f"- Warning: {text(flag['text'])}" for flag in card["flags"]]
    rows = []
    for norm, worst in card["worst_case"].items():
        eps = card["headline"].get(norm)
        found = [
            *(a for a in card["attacks"] if a["norm"] == norm),
            {"title": "worst case"} | worst,
        ]
        for attack in found:
            value = ""
            if eps in attack["eps"]:
                index = attack["eps"].index(eps)
                value = share(attack["robust_accuracy"][index], attack["wilson"][index])
            median = attack.get("median_distance")
            rows.append(
                [
                    text(attack["title"]),
                    text(attack.get("knowledge", "all")),
                    f"{norm_name(norm)} {eps:g}" if eps is not None else norm_name(norm),
                    value,
                    short(median) if "median_distance" in attack and median is not None else "",
                    short(attack["queries"]["median"]) if "queries" in attack else "",
                ]
            )
    head = ["Attack", "Knowledge", "Norm, eps", "Robust accuracy", "Median change", "Queries"]
    return [*lines, "", *_table(head, rows)]
