"""Stamps on a model's row: it copies, it collapses, it diverged; each with its evidence."""

from gbench.report.numbers import short
from gbench.report.records import Data, Model, by_seed
from gbench.stats import Estimate, estimate


def stamps(data: Data) -> dict[str, list[tuple[str, str]]]:
    """By model, stamps such as "copies" with their reasons; none without an interval for it."""
    found: dict[str, list[tuple[str, str]]] = {}
    copied, lost = copying(data), collapsed(data)
    for model in data.models:
        own = []
        if runs := model.with_status("diverged"):
            stamp = f"diverged {len(runs)}/{len(model.runs)}"
            own.append((stamp, by_seed({run.seed: run.reason for run in runs})))
        if runs := model.with_status("missing"):
            stamp = f"not run {len(runs)}/{len(model.runs)}"
            own.append((stamp, by_seed({run.seed: run.reason for run in runs})))
        own += copied.get(model.name, []) + lost.get(model.name, [])
        found[model.name] = own
    return found


def interval_of(data: Data, model: Model, metric: str) -> Estimate | None:
    """The estimate over seeds if there is an interval, i.e. two seeds or more."""
    if metric not in data.metrics:
        return None
    value = estimate([*model.values(metric).values()])
    return value if value and value.half is not None else None


def copying(data: Data) -> dict[str, list[tuple[str, str]]]:
    """The models whose samples lie closer to the training data than unseen real data do.

    "near copies": the whole interval of the data-copying z is below -1.96 and below every value
    that real data got.  "copies": besides, the whole interval of the nearest-neighbour ratio is
    below 0.5, the line that the control rows draw between real data and the memoriser.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    control = data.real_control
    for model in data.models:
        ratio = interval_of(data, model, "nn_ratio")
        z = interval_of(data, model, "copying_z")
        null = [-1.96, *(control.values("copying_z").values() if control else ())]
        if z is None or z.high >= min(null):
            continue
        text = f"copying z {_text(z)}"
        if ratio and ratio.high < 0.5:
            found[model.name] = [("copies", f"nearest-neighbour ratio {_text(ratio)}, {text}")]
        else:
            found[model.name] = [("near copies", text)]
    return found


def collapsed(data: Data) -> dict[str, list[tuple[str, str]]]:
    """The models that miss much of the data.

    "misses modes": the whole interval of the modes found is below the number of modes.
    "collapse": the whole interval of coverage or of recall is below half of what real data get.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for model in data.models:
        modes = interval_of(data, model, "modes")
        if modes and data.centres is not None and modes.high < len(data.centres):
            text = f"finds {_text(modes)} of {len(data.centres)} modes"
            found[model.name] = [("misses modes", text)]
        for metric in ("coverage", "recall"):
            value, control = interval_of(data, model, metric), data.real_control
            real = estimate([*control.values(metric).values()]) if control else None
            if value and real and value.high < real.mean / 2 and model.name not in found:
                text = f"{metric} {_text(value)}, less than half of real data's {short(real.mean)}"
                found[model.name] = [("collapse", text)]
    return found


def _text(value: Estimate) -> str:
    return f"{short(value.mean)} [{short(value.low)}, {short(value.high)}]"
