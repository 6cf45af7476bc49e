"""Stamps on a model's row: it copies, it collapses, it diverged; each with its evidence."""

from collections.abc import Iterator, Mapping, Sequence

from gbench.report.numbers import short
from gbench.report.records import Data, Model, by_seed
from gbench.report.view import Stamp
from gbench.stats import Estimate, estimate

Stamps = Mapping[str, Sequence[Stamp]]  # by model
READING = (
    (
        "Stamps",
        "Only where the interval supports them. Near copies: the interval of the copying z lies "
        "below −1.96 and below every value of real data, so samples lie closer to the training "
        "data than unseen real data do. Copies: in addition, that of the nearest-neighbour ratio "
        "lies below 0.5. Collapse: that of coverage or recall lies below half of what real data "
        "get. Misses modes: that of the modes found lies below their number.",
    ),
    (
        "Intervals and tests",
        "The unit is a training seed. Intervals are Student's t over seeds; with one seed there is "
        "none. “=” means “not distinguishable”, not “equal”. Marks come from a comparison with the "
        "best (Hsu, “Simultaneous Confidence Intervals for all Distances from the ‘Best’”, 1981) "
        "with variances that borrow from all rows of a column (Smyth, “Linear Models and Empirical "
        "Bayes Methods for Assessing Differential Expression in Microarray Experiments”, 2004) and "
        "p-values by simulation, in which the best is chosen as it is here: where all are equally "
        "good, some row is marked as worse in about 5 % of tables. Distances and costs are "
        "compared by their logarithm. Shares: Wilson, “Probable Inference, the Law of Succession, "
        "and Statistical Inference”, 1927.",
    ),
)


def stamps(data: Data, models: Sequence[Model] | None = None) -> dict[str, list[Stamp]]:
    """By model, stamps such as "copies" with their reasons; none without an interval for it.

    Args:
        models: those of the data set if not given.
    """
    return {m.name: [*_stamps(data, m)] for m in (data.models if models is None else models)}


def _stamps(data: Data, model: Model) -> Iterator[Stamp]:
    for status, said in (("diverged", "diverged"), ("missing", "not run")):
        if runs := model.with_status(status):
            why = by_seed({run.seed: run.reason for run in runs})
            yield Stamp(f"{said} {len(runs)}/{len(model.runs)}", why)
    yield from _copying(data, model)
    yield from _collapsed(data, model)


def _interval(data: Data, model: Model, metric: str) -> Estimate | None:
    """The estimate over seeds if there is an interval, i.e. two seeds or more."""
    value = estimate([*model.values(metric).values()]) if metric in data.metrics else None
    return value if value and value.half is not None else None


def _copying(data: Data, model: Model) -> Iterator[Stamp]:
    """Whether samples lie closer to the training data than unseen real data do.

    "near copies": the whole interval of the data-copying z is below -1.96 and below every value
    that real data got.  "copies": besides, the whole interval of the nearest-neighbour ratio is
    below 0.5, the line that the control rows draw between real data and the memoriser.
    """
    ratio, z = (_interval(data, model, name) for name in ("nn_ratio", "copying_z"))
    control = data.real_control
    null = [-1.96, *(control.values("copying_z").values() if control else ())]
    if z is None or z.high >= min(null):
        return
    if ratio and ratio.high < 0.5:
        yield Stamp("copies", f"nearest-neighbour ratio {_text(ratio)}, copying z {_text(z)}")
    else:
        yield Stamp("near copies", f"copying z {_text(z)}")


def _collapsed(data: Data, model: Model) -> Iterator[Stamp]:
    """Whether much of the data is missing; the first reason alone.

    "misses modes": the whole interval of the modes found is below the number of modes.
    "collapse": the whole interval of coverage or of recall is below half of what real data get.
    """
    modes = _interval(data, model, "modes")
    if modes and data.centres is not None and modes.high < len(data.centres):
        yield Stamp("misses modes", f"finds {_text(modes)} of {len(data.centres)} modes")
        return
    for metric in ("coverage", "recall"):
        value, control = _interval(data, model, metric), data.real_control
        real = estimate([*control.values(metric).values()]) if control else None
        if value and real and value.high < real.mean / 2:
            half = f"less than half of real data's {short(real.mean)}"
            yield Stamp("collapse", f"{metric} {_text(value)}, {half}")
            return


def _text(value: Estimate) -> str:
    return f"{short(value.mean)} [{short(value.low)}, {short(value.high)}]"
