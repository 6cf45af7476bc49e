"""What usefulness comes to, in sentences that the statistics write."""

from collections.abc import Callable, Sequence

from gbench.report.findings import Finding
from gbench.report.labels import points
from gbench.report.latent import told
from gbench.report.numbers import interval, listed
from gbench.report.usefulness import Useful
from gbench.report.usefulness_tables import medians, verdicts
from gbench.stats import Estimate, estimate


def findings(found: Sequence[Useful]) -> list[Finding]:
    """Of the first data set on which anything is supported, one sentence a question."""
    sentences = []
    questions: list[tuple[str, str, Callable[[Useful], str]]] = [
        ("Samples as training data", "classification", _samples),
        ("Features under a linear probe", "probe", _features),
    ]
    for what, part, ask in questions:
        for useful in found:
            if text := ask(useful):
                lead = f"{what} on {useful.data}:"
                sentences.append(Finding(lead, f"{text}.", f"usefulness-{useful.data}-{part}"))
                break
    return sentences


def _samples(useful: Useful) -> str:
    asked = [one for one in useful.models if one.scores["own"] and one.ranked]
    best = verdicts({one.name: one.scores["own"] for one in asked})
    first = next((one for one in asked if best.get(one.name) == "best"), None)
    if len(asked) == 1 and len(asked[0].scores["own"]) > 1:
        first = asked[0]
    ceiling = estimate([*useful.real.values()])
    if first is None or ceiling is None or ceiling.half is None:
        return ""
    value = estimate([*first.scores["own"].values()])
    assert value is not None
    tied = [one.title for one in asked if best.get(one.name) == "tied"]
    signs = told([one.scores["own"] for one in asked], [useful.real] * len(asked), "higher")
    gains = told([one.scores["joined"] for one in asked], [useful.real] * len(asked), "higher")
    rest = f"; {listed(tied)} cannot be told from it" if tied else ""
    clauses = [
        f"a classifier taught the samples of {first.title} alone names {_percent(value)} of the "
        f"test images, one taught real images {_percent(ceiling)}{rest}",
        f"{signs.count(-1)} of {len(asked)} models asked by class teach less than real images do",
        f"added to these, the samples of {gains.count(1)} are told to help, of {gains.count(-1)} "
        "to hurt",
    ]
    return "; ".join(clauses)


def _percent(value: Estimate) -> str:
    """ "88.5 [86.1, 90.9] %"."""
    return f"{interval(value, 0, 100)} %"


def _features(useful: Useful) -> str:
    """At the fewest labels, what the median encoder and critic gain on no training at all."""
    fewest = useful.labels[0]
    clauses = []
    for kind, against, middle in medians(useful, fewest):
        other = "itself untrained" if against == "untrained" else against
        if middle.low <= 0 <= middle.high:
            clauses.append(f"the median {kind} cannot be told from {other}")
        else:
            word = "better" if middle.mean > 0 else "worse"
            clauses.append(f"the median {kind} is {word} than {other} by {points(middle)}")
    if not clauses:
        return ""
    return f"told {fewest} labels, of networks that learned without labels {listed(clauses)}"
