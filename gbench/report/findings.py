"""What was found, in sentences that the statistics write and only where they support them."""

from math import inf
from typing import Any, NamedTuple

from gbench.report import latent_finding
from gbench.report.numbers import interval, listed, percent, short, some
from gbench.report.records import Attacked, Data, Records
from gbench.report.tables import Cell, Column, Row, Table, train_seconds
from gbench.stats import compare, estimate


class Finding(NamedTuple):
    """
    Attributes:
        lead: the first words, set in bold.
        text: the rest.
        anchor: where on the page the evidence is.
    """

    lead: str
    text: str
    anchor: str


def findings(records: Records, tables: list[Table]) -> list[Finding]:
    """Three to six sentences, most wanted first."""
    images = [table for table in tables if table.data.kind == "images"] or tables
    found: list[Finding] = []
    for table in images[:1]:
        found += _leader(table, table.first("fidelity", "modes"), "Fidelity")
        found += _leader(table, table.first("diversity"), "Diversity")
    found += _stamped(tables, ("copies", "near copies"), "Copying", "the copying z")
    found += _stamped(tables, ("collapse", "misses modes"), "Collapse", "coverage, recall, modes")
    for data in records.data:
        found += _defence(data)
    for table in images[:1]:
        found += _cheapest(table)
    finished = sum(run.status == "ok" for d in records.data for m in d.models for run in m.runs)
    if not finished:
        return [Finding("Nothing was measured yet.", "Run `dvc repro`.", "cost")]
    if not any(cell.value and cell.value.half is not None for t in tables for row in t.models
               for cell in row.cells):  # fmt: skip
        text = "no model has values of two training seeds, so none is ranked, marked or flagged."
        found.insert(0, Finding("No intervals:", text, "protocol"))
    return found[:6] + _latent(records)


def _rows(table: Table, column: Column, *verdicts: str) -> list[Row]:
    return [row for row in table.models if table.cell(row, column).verdict in verdicts]


def _loss(cell: Cell, column: Column) -> float:
    return column.metric.loss(cell.value.mean) if cell.value else inf


def _leader(table: Table, column: Column | None, what: str) -> list[Finding]:
    """Who is best on an axis, and who cannot be told from it."""
    if column is None:
        return []
    best, tied = _rows(table, column, "best"), _rows(table, column, "tied")
    tied = sorted(tied, key=lambda row: _loss(table.cell(row, column), column))
    others = _rows(table, column, "worse", "tied")
    value = table.cell(best[0], column).value if best else None
    if value is None or value.half is None or not others:
        return []
    title = column.metric.title
    floor = f"; real data: {short(column.floor)}" if column.floor is not None else ""
    numbers = f"{title} {interval(value)}{floor}"
    lead = f"{what} on {table.data.name}:"
    anchor = f"table-{table.data.name}"
    if len(tied) == len(others):
        text = f"no model can be told from {best[0].title}, which has the best mean ({numbers})."
    elif tied:
        names = some([f"{row.title} ({table.cell(row, column).text})" for row in tied])
        text = f"{best[0].title} has the best mean ({numbers}); {names} cannot be told from it."
    else:
        text = f"{best[0].title} leads alone ({numbers})."
    return [Finding(lead, text, anchor)]


SAID = {
    "copies": ("copies training data", "copy training data"),
    "near copies": (
        "lies closer to the training data than unseen real data do",
        "lie closer to the training data than unseen real data do",
    ),
    "collapse": ("collapses", "collapse"),
    "misses modes": ("misses modes", "miss modes"),
}


def _stamped(tables: list[Table], stamps: tuple[str, ...], what: str, judges: str) -> list[Finding]:
    """Who is flagged, over all data sets; or that nobody is."""
    clauses, anchors = [], []
    for table in tables:
        for stamp in stamps:
            rows = [(row, why) for row in table.models for name, why in row.stamps if name == stamp]
            if not rows:
                continue
            who = listed([row.title for row, _ in rows])
            why = f" ({rows[0][1]})" if len(rows) == 1 else ""
            clauses.append(f"on {table.data.name}, {who} {SAID[stamp][len(rows) > 1]}{why}")
            anchors.append(f"table-{table.data.name}")
    if clauses:
        return [Finding(f"{what}:", "; ".join(clauses) + ".", anchors[0])]
    cells = [cell for table in tables for row in table.models for cell in row.cells]
    if not any(cell.value and cell.value.half is not None for cell in cells):
        return []
    text = f"the intervals of {judges} flag no model."
    return [Finding(f"{what}:", text, f"table-{tables[0].data.name}")]


def at_headline(attacked: Attacked, norm: str, result: dict[str, Any]) -> tuple[float, Any] | None:
    """Robust accuracy and its Wilson interval at the headline eps of the norm; None if absent."""
    eps = attacked.card["headline"].get(norm)
    if eps is None or eps not in result["eps"]:
        return None
    index = result["eps"].index(eps)
    return result["robust_accuracy"][index], result["wilson"][index]


def _defence(data: Data) -> list[Finding]:
    """Whether a defence keeps more of the same images than the classifier alone does."""
    found = []
    for attacked in data.attacked:
        if attacked.status != "ok" or not attacked.card["defence"]:
            continue
        alone_all = attacked.card["undefended"]
        parts = []
        for norm, worst in attacked.card["worst_case"].items():
            defended = at_headline(attacked, norm, worst)
            alone = at_headline(attacked, norm, alone_all[norm]) if norm in alone_all else None
            if defended is None or alone is None:
                continue
            apart = defended[1][0] > alone[1][1] or defended[1][1] < alone[1][0]
            word = "against" if apart else "not told apart from"
            parts.append(
                f"at {norm_name(norm)} {attacked.card['headline'][norm]:g} it keeps "
                f"{share(*defended)} of the images under its worst attack, {word} "
                f"{share(*alone)} without the defence"
            )
        if parts:
            lead = f"{title_of(attacked)} on {data.name}:"
            found.append(Finding(lead, "; ".join(parts) + ".", f"robustness-{data.name}"))
    return found


def _cheapest(table: Table) -> list[Finding]:
    """The fastest to train among the best and its ties on the first fidelity metric."""
    column = table.first("fidelity", "modes")
    if column is None:
        return []
    good = _rows(table, column, "best", "tied")
    models = {model.name: model for model in table.data.models}
    seconds = {row.name: dict(train_seconds(models[row.name])) for row in good}
    verdicts = compare(seconds)
    fastest = [row for row in good if len(good) == 1 or verdicts.get(row.name) == "best"]
    means = {name: estimate([*values.values()]) for name, values in seconds.items()}
    value = means[fastest[0].name] if fastest else None
    if value is None or value.half is None:
        return []
    ties = [row.title for row in good if verdicts.get(row.name) == "tied"]
    rest = [row for row in good if verdicts.get(row.name) == "worse"]
    lead = f"Cost on {table.data.name}:"
    title = column.metric.title
    text = f"{fastest[0].title} has the best {title} and trains in {interval(value)} s"
    if len(good) > 1:
        text = (
            f"of the models not told from the best {title}, {fastest[0].title} trains fastest, "
            f"in {interval(value)} s"
        )
    if rest:
        spent = {row.title: m.mean for row in rest if (m := means[row.name])}
        slower = sorted(spent, key=spent.__getitem__)
        text += f" against {some([f'{title} {short(spent[title])} s' for title in slower])}"
        if len(slower) > 4:
            text += f", up to {short(spent[slower[-1]])} s"
    if ties:
        text += f"; {some(ties)} cannot be told from it in time"
    return [Finding(lead, f"{text}.", f"trade-offs-{table.data.name}")]


def _latent(records: Records) -> list[Finding]:
    """What codes hold, of the first data set on which anything is supported."""
    for data in records.data:
        if text := latent_finding.finding(data):
            return [Finding(f"Latent space on {data.name}:", f"{text}.", f"latent-{data.name}")]
    return []


def norm_name(norm: str) -> str:
    return {"linf": "L∞", "l2": "L2", "l1": "L1", "l0": "L0"}.get(norm, norm)


def share(value: float, wilson: Any) -> str:
    """ "41 % [32, 51]"."""
    low, high = (percent(end)[:-2] for end in wilson)
    return f"{percent(value)} [{low}, {high}]"


SHORT = ("cnn", "mlp", "gan", "vae", "pgd", "gmm", "ape")


def title_of(attacked: Attacked) -> str:
    """The name of a classifier or defence as text: "CNN", "Defense-GAN"."""
    words = attacked.name.split("_")
    short_ = {word: word.upper() for word in words if word in SHORT}
    return "-".join(short_.get(word, word.capitalize()) for word in words)
