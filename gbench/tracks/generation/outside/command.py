"""`gbench evaluate` and `gbench compare`."""

import argparse
from pathlib import Path
from typing import Any

from gbench import params as parameters
from gbench.core.files import UserError
from gbench.driver.kept import NAME


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds both to the command line."""
    evaluate = commands.add_parser(
        "evaluate", help="score samples of another program as our own runs are scored"
    )
    evaluate.add_argument("--data", required=True, help="a data set of params.yaml")
    evaluate.add_argument(
        "--samples",
        required=True,
        type=Path,
        metavar="FOLDER|FILE.npz",
        help="PNG or JPEG images, or x, samples or arr_0 of shape [N, C, H, W] or [N, H, W, C]",
    )
    evaluate.add_argument(
        "--labels", type=Path, metavar="FILE", help="the class requested for each"
    )
    evaluate.add_argument("--name", default="", help="of the set (default: that of the samples)")
    evaluate.add_argument(
        "--n", type=int, help="samples on each side (default: evaluation.n of params.yaml)"
    )
    evaluate.add_argument(
        "--range",
        nargs=2,
        type=float,
        metavar=("LOW", "HIGH"),
        help="of floats in an .npz, such as -1 1 (default: 0 1)",
    )
    evaluate.add_argument("--out", type=Path, metavar="FILE.json", help="where the record goes")
    compare = commands.add_parser("compare", help="compare two evaluated sets of samples")
    for side in ("first", "second"):
        compare.add_argument(side, help="digits/gan, or the path of a record (.json)")


def execute(arguments: argparse.Namespace) -> None:
    """Runs one of the two.

    Raises:
        UserError: anything that the user can mend.
    """
    if arguments.command == "evaluate":
        evaluate(arguments)
    else:
        compare(arguments)


def evaluate(arguments: argparse.Namespace) -> None:
    """Scores samples, prints them next to the controls, and writes the record."""
    from gbench.core.device import single_thread
    from gbench.protocol.evaluation import Court
    from gbench.protocol.settings import Evaluation
    from gbench.tracks.generation.outside import evaluation, images, labels, ready, text

    params, path = parameters.read(), arguments.samples
    bounds = tuple(arguments.range) if arguments.range else None
    ready.require(params, arguments.data)
    name = named(arguments.name or path.stem, params)
    out = arguments.out or Path("results/outside") / arguments.data / f"{name}.json"
    if out.suffix != ".json":
        raise UserError(f"--out {out}: must end in .json")
    images.look(path, bounds)
    single_thread()
    data = ready.dataset(params, arguments.data)
    shape, tests, classes = ready.facts(data)
    n = evaluation.size(tests, Evaluation(**params["evaluation"]).n, arguments.n)
    given = images.read(path, shape, evaluation.MOST * n, bounds)
    evaluation.require_enough(given.total, n, path)
    asked = labels.read(arguments.labels, given.total, classes) if arguments.labels else None
    folders = (data, ready.judged(params, arguments.data))
    controls = ready.ruler(params, arguments.data, folders, n)
    court = Court.load(*folders)
    record = evaluation.evaluated(name, given, court, folders, params["metrics"], n, asked)
    record["controls"] = controls
    evaluation.keep(record, given.x, out)
    metrics = {key: metric for key, (metric, _) in court.metrics(params["metrics"]).items()}
    print(f"\n{text.evaluation(record, metrics)}\nWritten: {out}")
    if not arguments.out:
        off = "" if arguments.data in params["data"] else f", {arguments.data} being among `data`"
        print(f"The report shows it with `outside: [{arguments.data}/{name}]` in params.yaml{off}.")


def named(name: str, params: dict[str, Any]) -> str:
    """
    Raises:
        UserError: the name cannot be a file's, or is a model's or a control's of the report.
    """
    from gbench.report.reading import CONTROLS

    if not NAME.fullmatch(name):
        raise UserError(f"--name {name!r}: allowed: letters, digits, and _ . - within")
    if name in params["models"] or name in CONTROLS:
        raise UserError(f"--name {name}: the report has a row of that name; choose another")
    return name


def compare(arguments: argparse.Namespace) -> None:
    """Prints two evaluated sets with what tells them apart."""
    from gbench.core.plugin import load
    from gbench.tracks.generation.outside import text
    from gbench.tracks.generation.outside.comparison import compare as compared
    from gbench.tracks.generation.outside.comparison import read

    params = parameters.read()
    first, second = (read(one, params["seeds"]) for one in (arguments.first, arguments.second))
    metrics = {name: load("protocol/metrics", name).METRIC for name in params["metrics"]}
    lines = compared(first, second, metrics)
    print(text.comparison(first, second, lines, metrics))
