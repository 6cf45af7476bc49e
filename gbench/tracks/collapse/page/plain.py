"""The plain GAN, which every remedy is compared with: its budget, and how much it covers."""

from collections.abc import Iterator, Sequence

from gbench.report.kit.section import Finding, Part
from gbench.report.numbers import interval, listed, short
from gbench.report.records import Control, Data, Model
from gbench.report.sections.subjects import data_of
from gbench.stats import estimate

PLAIN = "gan"
MODES = {"points": "modes", "images": "class_modes"}
SEEN_WITH = {"points": "high_quality", "images": "class_mode_kl"}  # without it modes say little


def plain_of(data: Data) -> Model | None:
    """The plain GAN's trainings on a data set."""
    return next((model for model in data.models if model.name == PLAIN), None)


def budget(data: Data) -> str:
    """How long it is trained; empty if it was not."""
    plain = plain_of(data)
    card = next((run.card for run in plain.runs if run.card), None) if plain else None
    return f"Budget: {card['rounds']} rounds of {card['batch']}." if card else ""


def between(data: Data) -> str:
    """Where it lies between noise and real data, by modes and by what qualifies them.

    Noise that falls everywhere reaches every mode, so a number of modes alone is no merit.
    """
    sources: dict[str, Model | Control] = {one.title: one for one in data.controls}
    if plain := plain_of(data):
        sources[plain.title] = plain
    clauses = []
    for name in (MODES[data.kind], SEEN_WITH[data.kind]):
        if name in data.metrics:
            means = {
                title: estimate([*one.values(name).values()]) for title, one in sources.items()
            }
            shown = [f"{title} {short(value.mean)}" for title, value in means.items() if value]
            clauses.append(f"{data.metrics[name].title}: {', '.join(shown)}")
    return "; ".join(clauses)


def reaches(parts: Sequence[Part]) -> Iterator[Finding]:
    """How many modes it reaches, by data set."""
    clauses = []
    for part in parts:
        data = data_of(part.results, part.key)
        plain = plain_of(data)
        value = estimate([*plain.values(MODES[data.kind]).values()]) if plain else None
        if value:
            reached = interval(value, 0, data.modes)
            clauses.append(f"{reached} of {data.modes} modes on {data.name}")
    if clauses:
        yield Finding("The plain GAN", f"reaches {listed(clauses)}.", "scores")
