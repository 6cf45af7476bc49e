"""The attacks on one target, as a table and figures."""

from typing import Any

from gbench.report import figures
from gbench.report.findings import at_headline, share
from gbench.report.numbers import short
from gbench.report.records import Attacked


def panels(attacked: Attacked) -> list[figures.Figure]:
    """The curves of a target: accuracy against budgets by norm, and against questions."""
    asked = figures.queries(attacked)
    return [*(figure for _, figure in figures.robustness(attacked)), *([asked] if asked else [])]


def rows(attacked: Attacked) -> list[dict[str, Any]]:
    """A row an attack, by norm, each norm closed by its worst case."""
    card, found = attacked.card, []
    for norm, worst in card["worst_case"].items():
        for attack in (*(a for a in card["attacks"] if a["norm"] == norm), worst):
            parameters = attack.get("parameters", {})
            settings = ", ".join(f"{name} {value}" for name, value in parameters.items())
            library = attack.get("library", "")
            rejected = {k: n for k, n in attack.get("invalid", {}).items() if n}
            result = at_headline(attacked, norm, attack)
            found.append(
                {
                    "title": attack.get("title", "Worst case an image"),
                    "worst": attack is worst,
                    "norm": norm,
                    "eps": card["headline"].get(norm),
                    "knowledge": attack.get("knowledge", "all of these"),
                    "gradient": attack.get("gradient", ""),
                    "settings": "; ".join(filter(None, (settings, library, attack.get("source")))),
                    "n": attack["n"],
                    "accuracy": share(*result) if result else "not at this eps",
                    "share": result[0] if result else None,
                    "median": _median(attack),
                    "queries": (attack.get("queries") or {}).get("median"),
                    "shared": (attack.get("queries") or {}).get("shared", 0),
                    "broke": worst.get("broken_by", {}).get(attack.get("name"), 0),
                    "alone": worst.get("only_by", {}).get(attack.get("name"), 0),
                    "most": max(worst.get("broken_by", {}).values(), default=0),
                    "rejected": ", ".join(
                        f"{n} {k.replace('_', ' ')}" for k, n in rejected.items()
                    ),
                    "seconds": attack.get("seconds"),
                }
            )
    return found


def _median(attack: Any) -> str:
    if "median_distance" not in attack:
        return ""
    value = attack["median_distance"]
    return "over half held" if value is None else short(value)
