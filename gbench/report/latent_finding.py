"""What the probes of latent spaces support, in words."""

from gbench.report.latent import told, values
from gbench.report.numbers import interval, listed, short
from gbench.report.records import Data
from gbench.stats import compare, estimate


def finding(data: Data) -> str:
    """What the probes support about one data set, as clauses; empty if nothing."""
    return "; ".join(filter(None, (_arithmetic(data), _categories(data))))


def _arithmetic(data: Data) -> str:
    """Which decoder's mean codes carry classes best, and how many do so at all."""
    own = {m.name: v for m in data.models if (v := values(m, "arithmetic", "class"))}
    titles = {model.name: model.title for model in data.models}
    chance = {
        m.name: values(m, "arithmetic", "class", "random direction")
        for m in data.models
        if m.name in own
    }
    signs = told([*own.values()], [*chance.values()], "higher")
    losses = {name: {seed: -v for seed, v in found.items()} for name, found in own.items()}
    verdicts = compare(losses)
    best = [name for name, verdict in verdicts.items() if verdict == "best"]
    if not best or 1 not in signs:
        return ""
    value, rate = estimate([*own[best[0]].values()]), estimate([*chance[best[0]].values()])
    assert value is not None and rate is not None
    tied = [titles[name] for name, verdict in verdicts.items() if verdict == "tied"]
    clause = (
        "moved by mean codes, samples become the asked class more often than in a random direction "
        f"for {signs.count(1)} of {len(signs)} decoders, most often for {titles[best[0]]} "
        f"({interval(value)}; at random {short(rate.mean)})"
    )
    if not tied:
        return clause
    few = listed(tied) if len(tied) < 4 else f"{len(tied)} others"
    return f"{clause}, from which {few} cannot be told"


def _categories(data: Data) -> str:
    """Whether a learned category agrees with the classes otherwise than k-means on pixels does."""
    clauses = []
    for model in data.models:
        own = values(model, "codes", "hungarian_accuracy")
        other = values(model, "codes", "hungarian_accuracy", "k-means on pixels")
        sign = told([own], [other], "higher")[0]
        first, second = estimate([*own.values()]), estimate([*other.values()])
        if sign and first and second:
            word = "better" if sign > 0 else "worse"
            clauses.append(
                f"the categories of {model.title} agree {word} with the classes "
                f"({interval(first)}) than k-means on pixels ({short(second.mean)})"
            )
    return "; ".join(clauses)
