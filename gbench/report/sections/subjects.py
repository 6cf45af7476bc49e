"""What stands in the rows: controls, models, and samples of other programs."""

from collections.abc import Sequence

from gbench.report.kit.section import Subject
from gbench.report.kit.view import Stamp
from gbench.report.outside import stamped
from gbench.report.records import Control, Data, Model, Outside, Records
from gbench.report.stamps import stamps

CONTROLS = "Controls: the ruler"


def data_of(records: Records, name: str) -> Data:
    """The data set of that name."""
    return next(data for data in records.data if data.name == name)


def subjects(records: Records, name: str) -> list[Subject]:
    """Controls, then the models by family, then samples of other programs."""
    data = data_of(records, name)
    warned = {**stamps(data), **stamped(data)}
    families = list(dict.fromkeys(model.family for model in data.models))
    models = [
        _model(index, model, warned[model.name])
        for index, model in enumerate([*data.models, *data.outside])
    ]
    models.sort(key=lambda s: families.index(s.block) if s.block in families else len(families))
    return [*map(_control, data.controls), *models]


def _control(one: Control) -> Subject:
    return Subject(
        one.name, one.title, block=CONTROLS, meaning=one.meaning, reference=True, gap=one.gap
    )


def _model(index: int, model: Model, warned: Sequence[tuple[str, str]]) -> Subject:
    outside = isinstance(model, Outside)
    return Subject(
        model.name,
        model.title,
        index,
        model.family,
        model.source,
        [Stamp(*stamp) for stamp in warned],
        rival=not outside and not model.with_status("diverged"),
        unit="batch" if outside else "",
        gap=model.gap,
    )
