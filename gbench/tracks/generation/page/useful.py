"""What the stages on usefulness left, as one frame, and under which conditions."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gbench.report.kit.section import Part
from gbench.report.kit.tidy import Frame, frame
from gbench.report.kit.view import Cell, Grid, Prose, Row, View
from gbench.report.numbers import fixed
from gbench.report.records import Records
from gbench.tracks.generation.page.left import left

HEAD = "data model family seed question of class labels network accuracy note"
Card = Mapping[str, Any]


def usefulness(records: Records) -> Frame:
    """A row an accuracy in [0, 1]: of all classes together (class "") and of each; of a probe the
    mean over draws; and a row with the note where there is no answer.  Of a probe also whether the
    network was taught all labels, and how many features it has."""
    return frame(f"{HEAD} labelled size", _rows(records))


def _rows(records: Records) -> Iterator[Sequence[Any]]:
    for data in records.data:
        for seed, card in _references(records, data.name):
            for name, answer in card["classification"].items():
                yield from _classified((data.name, name, "reference", seed), answer)
            for name, answer in card["features"].items():
                more = (name == "judge", answer.get("size"))
                yield from _probed((data.name, name, "reference", seed), name, answer, more)
        for _, model, seed, card in left(records, "usefulness", data.name):
            start = (data.name, model.name, model.family, seed)
            if card["status"] != "ok":
                note = f"{card['status']}: {card['note']}"
                yield *start, "", "", "", "", "", None, note, None, None
            yield from _classified(start, card["classification"])
            for kind, answer in card["features"].items():
                more = (card.get("labelled"), answer.get("size"))
                yield from _probed(start, kind, answer, more)


def _references(records: Records, data: str) -> Iterator[tuple[int, Card]]:
    cards = ((seed, records.record("references", data, seed)) for seed in records.seeds)
    return ((seed, card) for seed, card in cards if card)


def _classified(start: Sequence[Any], answer: Card) -> Iterator[Sequence[Any]]:
    for training, found in answer.items():
        row = (*start, "classification", training)
        yield *row, "", "", "", found["value"], found["note"], None, None
        for label, share in enumerate(found["per_class"]):
            note = "" if share is not None else "no test images"
            yield *row, label, "", "", share, note, None, None


def _probed(
    start: Sequence[Any], kind: str, answer: Card, more: Sequence[Any]
) -> Iterator[Sequence[Any]]:
    if answer["note"]:
        yield *start, "probe", kind, "", "", "", None, answer["note"], *more
    for row in answer["rows"]:
        for network, key in (("trained", "values"), ("untrained", "untrained")):
            if key in row:
                mean = float(np.mean(row[key])) if row[key] else None
                yield *start, "probe", kind, "", row["labels"], network, mean, row["note"], *more


def _card(part: Part) -> Card:
    """One with answers; empty where there is none."""
    cards = [card for _, card in _references(part.results, part.key)]
    runs = (card for *_, card in left(part.results, "usefulness", part.key))
    return next((card for card in (*cards, *runs) if card["classification"]), {})


def asked(part: Part) -> Card:
    """A record with answers: what was requested of every model; empty if nothing was measured."""
    found: Card = part.once("card", lambda: _card(part))
    return found


def line(part: Part) -> Iterator[View]:
    if card := asked(part):
        protocol, settings = card["protocol"], card["settings"]
        yield Prose(
            f"{fixed(protocol['n_train'], 0)} training images, and as many samples · "
            f"{fixed(protocol['n_test'], 0)} test images · classifier: {settings['steps']} updates "
            f"of Adam on batches of {settings['batch']} · probe: {settings['draws']} draws of "
            f"labels, C {settings['inverse_l2']:g}",
            "line",
        )


def places(part: Part) -> int:
    """The decimals of a percentage that the size of the test split is worth."""
    return 1 if asked(part)["protocol"]["n_test"] <= 1000 else 2


def sizes(part: Part) -> dict[str, int]:
    """How many training images each number of labels is."""
    card = asked(part)
    n = card["protocol"]["n_train"]
    return {str(k): n if k == "all" else int(k) for k in card["settings"]["labels"]}


def edited(grid: Grid, change: Callable[[Row], Row]) -> Grid:
    """The table with each row changed, in Markdown a table for each group."""
    groups = [replace(group, rows=[*map(change, group.rows)]) for group in grid.groups]
    return replace(grid, groups=groups, apart=True)


def plus(cell: Cell) -> Cell:
    """A difference with its sign."""
    return replace(cell, text=f"+{cell.text}") if cell.sort and cell.sort > 0 else cell
