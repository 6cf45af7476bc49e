"""What stands in the rows: controls, models, and samples of other programs."""

from collections.abc import Callable, Sequence

from gbench.report.kit.section import Subject
from gbench.report.kit.view import Stamp
from gbench.report.records import Control, Data, Model, Outside, Records
from gbench.report.sections.stamps import Stamps, stamps

CONTROLS = "Controls: the ruler"


def data_of(records: Records, name: str) -> Data:
    """The data set of that name."""
    return next(data for data in records.data if data.name == name)


def subjects(
    records: Records, name: str, warned: Callable[[Data], Stamps] = stamps
) -> list[Subject]:
    """Controls, then the models by family, then samples of other programs.

    Args:
        warned: the stamps of a data set's models.
    """
    data = data_of(records, name)
    known = warned(data)
    families = list(dict.fromkeys(model.family for model in data.models))
    found = [
        _model(index, model, known.get(model.name, ()))
        for index, model in enumerate([*data.models, *data.outside])
    ]
    found.sort(key=lambda s: families.index(s.block) if s.block in families else len(families))
    return [*map(_control, data.controls), *found]


def models(records: Records, name: str) -> list[Subject]:
    """The models alone, in the order of params.yaml."""
    found = data_of(records, name).models
    return [Subject(m.name, m.title, k, m.family, m.source) for k, m in enumerate(found)]


def makers(records: Records, name: str) -> list[Subject]:
    """The models, then the other programs."""
    data = data_of(records, name)
    found = models(records, name)
    return found + [
        Subject(one.name, one.title, index, one.family, one.source)
        for index, one in enumerate(data.outside, len(found))
    ]


def maker(records: Records, data: str, name: str) -> Model | None:
    """The model, or the other program, of that name."""
    found = data_of(records, data)
    return next((m for m in (*found.models, *found.outside) if m.name == name), None)


def _control(one: Control) -> Subject:
    return Subject(
        one.name, one.title, block=CONTROLS, meaning=one.meaning, reference=True, gap=one.gap
    )


def _model(index: int, model: Model, warned: Sequence[Stamp]) -> Subject:
    outside = isinstance(model, Outside)
    return Subject(
        model.name,
        model.title,
        index,
        model.family,
        model.source,
        warned,
        rival=not outside and not model.with_status("diverged"),
        unit="batch" if outside else "",
        gap=model.gap,
    )
