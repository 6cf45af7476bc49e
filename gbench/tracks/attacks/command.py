"""`gbench attack`: the adversarial track's suite and page for a reader's own classifier."""

import argparse
import contextlib
import importlib
import shlex
import sys
from pathlib import Path
from typing import Any

from gbench import params as parameters
from gbench.core.files import UserError, write_json
from gbench.driver.kept import NAME, kept

TRACK = Path("tracks/attacks")
PLACE = Path("work/attack")  # data sets, stand-ins and results, kept for the next time
STAND_INS = ("cnn", "mlp")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds it to the command line."""
    attack = commands.add_parser(
        "attack", help="attack a PyTorch classifier of your own as ours are attacked"
    )
    attack.add_argument(
        "--classifier",
        required=True,
        metavar="MODULE:NAME",
        help="a torch.nn.Module, or a function without arguments that returns one; it maps images "
        "[B, C, H, W] in [0, 1] to logits",
    )
    attack.add_argument("--data", required=True, help=f"a data set of {TRACK}/params.yaml")
    attack.add_argument("--name", default="", help="of the classifier (default: NAME)")
    attack.add_argument("--images", type=int, help="under attack (default: as in params.yaml)")
    attack.add_argument("--quick", action="store_true", help="fewer images and questions")


def execute(arguments: argparse.Namespace) -> None:
    """Attacks the classifier, writes its page, and says where that is.

    Raises:
        UserError: anything that the user can mend.
    """
    import torch

    from gbench.core import device
    from gbench.tracks.attacks.measure import suite
    from gbench.tracks.attacks.page import page
    from gbench.zoo.shared.dataset import Dataset

    if not (TRACK / "params.yaml").exists():
        raise UserError(f"there is no {TRACK}/params.yaml here; run this in the repository's root")
    params, data = parameters.read(TRACK / "params.yaml"), arguments.data
    if data not in params["datasets"]:
        allowed = ", ".join(params["datasets"])
        raise UserError(f"--data {data}: not among datasets; allowed: {allowed}")
    name = arguments.name or arguments.classifier.rpartition(":")[2]
    if not NAME.fullmatch(name) or name in STAND_INS:
        raise UserError(f"--name {name!r}: letters, digits, _ . -, and not {', '.join(STAND_INS)}")
    if arguments.images is not None:
        if arguments.images < 1:
            raise UserError(f"--images {arguments.images}: is under 1")
        for place in (params["attack"], params["attack"]["quick"]):
            place["images"] = arguments.images
    params["data_root"] = str((TRACK / params["data_root"]).resolve())
    params |= {"data": [data], "quick": params["quick"] or arguments.quick}
    network, reports = load(arguments.classifier), Path("reports").resolve()
    chip = device.pick()
    device.single_thread()
    PLACE.mkdir(parents=True, exist_ok=True)
    with contextlib.chdir(PLACE):
        dataset = Dataset.load(prepared(params, data), chip)
        network = network.to(chip).eval()
        require(network, dataset, arguments.classifier)
        others = [stand_in(params, dataset, one, chip) for one in STAND_INS]
        torch.manual_seed(0)
        record, tensors = suite.suite(params, dataset, name, network, others, chip)
        head = {"data": data, "target": name, "classifier": name, "defence": None}
        suite.write(Path("results/attacks") / data / name, head | record, tensors)
        shown = params | {"classifiers": {name: {}}, "defences": {}, "variants": []}
        shown.pop("unrestricted", None)
        rebuild = shlex.join(["gbench", "attack", *sys.argv[2:]])
        path = page.into(reports / "attack" / data / name, shown, Path(), rebuild)
    for norm, worst in record["worst_case"].items():
        eps = record["headline"][norm]
        left = worst["robust_accuracy"][worst["eps"].index(eps)]
        print(f"{norm} {eps:g}: {left:.1%} of {record['n']} images withstand the worst attack")
    for flag in record["flags"]:
        print(f"Caution: {flag['text']}")
    print(f"The report: {path}")


def load(named: str) -> Any:
    """The module that MODULE:NAME stands for, found as Python would in this folder.

    Raises:
        UserError: there is none.
    """
    from torch import nn

    module, _, name = named.partition(":")
    if not module or not name:
        raise UserError(f"--classifier {named}: must be MODULE:NAME, such as my_module:net")
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = getattr(importlib.import_module(module), name)
        network = found if isinstance(found, nn.Module) else found()
    except Exception as error:  # whatever a reader's own code raises
        raise UserError(f"--classifier {named}: {type(error).__name__}: {error}")
    if not isinstance(network, nn.Module):
        raise UserError(f"--classifier {named}: gives a {type(network).__name__}, no nn.Module")
    return network


def require(network: Any, dataset: Any, named: str) -> None:
    """
    Raises:
        UserError: the classifier does not map images of these data to logits of their classes.
    """
    import torch

    if not dataset.classes:
        raise UserError(f"--data {dataset.name}: has no labels")
    x = dataset.test.x[:3]
    try:
        with torch.no_grad():
            logits = network(x)
    except Exception as error:  # whatever a reader's own code raises
        raise UserError(
            f"--classifier {named}: cannot take images of shape {tuple(x.shape)} in [0, 1]: {error}"
        )
    wanted = (len(x), dataset.classes)
    if not isinstance(logits, torch.Tensor) or tuple(logits.shape) != wanted:
        shape = tuple(getattr(logits, "shape", ()))
        raise UserError(f"--classifier {named}: gives {shape}, not logits of shape {wanted}")
    if not bool(torch.isfinite(logits).all()):
        raise UserError(f"--classifier {named}: gives logits that are not finite")


def prepared(params: dict[str, Any], data: str) -> Path:
    """The folder of the data set, built unless it was with the same settings."""
    from gbench.zoo.data import prepare

    folder = Path("data") / data
    made = {"settings": params["datasets"][data]}
    if not kept(folder.with_suffix(".json"), made):
        prepare(params, data).save(folder)
        write_json(folder.with_suffix(".json"), made)
    return folder


def stand_in(params: dict[str, Any], dataset: Any, name: str, chip: Any) -> Any:
    """A classifier that the attacker owns, trained unless it was with the same settings."""
    from gbench.tracks.attacks.measure import training

    entry, lesson = training.classifier_entry(params, name, dataset.name)
    folder = Path("classifiers") / dataset.name / name
    made = {"entry": entry, "lesson": lesson, "data": params["datasets"][dataset.name]}
    if not kept(folder.with_suffix(".json"), made):
        training.make(dataset, name, entry, folder, chip, **lesson)
        write_json(folder.with_suffix(".json"), made)
    return training.load(folder, chip)
