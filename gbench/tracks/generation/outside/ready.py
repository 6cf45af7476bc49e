"""Brings a data set, its judge and its controls up to date.

What params.yaml switches on goes through the pipeline, as `gbench run judge@digits` would.  Other
data sets have no place in the pipeline: they are built by the same functions into work/outside/,
and built anew when their settings or the code differ.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gbench import tracks
from gbench.core.device import pick, single_thread
from gbench.core.files import UserError, read_json, write_json
from gbench.core.plugin import PACKAGE
from gbench.core.run import fingerprint
from gbench.driver.kept import kept
from gbench.driver.run import Options, run
from gbench.params.check import check
from gbench.protocol import judge
from gbench.protocol.controls import controls
from gbench.protocol.judge import Judge
from gbench.protocol.settings import Evaluation
from gbench.zoo.data import prepare
from gbench.zoo.shared.dataset import Dataset

OWN = Path("work/outside")
HERE = "generation"  # the room whose pipeline this is
Params = dict[str, Any]


def require(params: Params, data: str) -> None:
    """
    Raises:
        UserError: params.yaml does not define the data set, or is a track's.
    """
    if tracks.rooms(params)[0] != HERE:
        raise UserError("samples are scored in the root of the repository, not in a track's folder")
    if data not in params["datasets"]:
        allowed = ", ".join(params["datasets"])
        raise UserError(f"--data {data}: not among datasets; allowed: {allowed}")


def dataset(params: Params, data: str) -> Path:
    """The folder of the prepared data set.

    Raises:
        UserError: it cannot be built; params.yaml has mistakes.
    """
    if data in params["data"]:
        print(f"{data} is switched on: the pipeline brings it and its judge up to date", flush=True)
        run([f"prepare@{data}"], Options())
        return Path("data") / data
    check(params)
    folder = OWN / data / "data"
    print(f"{data} is not switched on: it and its judge are kept in {OWN / data}", flush=True)
    made = _made(params["datasets"][data], sources=["core", "zoo/data"])
    if kept(folder.parent / "data.json", made):
        return folder
    prepare(params, data).save(folder)
    write_json(folder.parent / "data.json", made)
    return folder


def facts(folder: Path) -> tuple[tuple[int, ...], int, int]:
    """Of a prepared data set: the shape of one example, the test examples, and the classes."""
    found = Dataset.load(folder)
    return found.shape, len(found.test.x), found.classes


def judged(params: Params, data: str) -> Path:
    """The folder of the data set's judge.

    Raises:
        UserError: it cannot be trained.
    """
    if data in params["data"]:
        run([f"judge@{data}"], Options())
        return Path("judges") / data
    folder = OWN / data / "judge"
    prepared = read_json(folder.parent / "data.json")
    made = _made(params["judge"], prepared, sources=["core", "protocol/judge.py"])
    if kept(folder.parent / "judge.json", made):
        return folder
    single_thread()
    examples, start = Dataset.load(folder.parent / "data"), time.perf_counter()
    trained: Judge = judge.build(examples, **(params["judge"] or {}), device=pick())
    trained.save(folder, examples, seconds=time.perf_counter() - start)
    write_json(folder.parent / "judge.json", made)
    return folder


def ruler(params: Params, data: str, folders: tuple[Path, Path], n: int) -> list[dict[str, Any]]:
    """The controls' records at n samples, one for each seed of params.yaml.

    Those of the pipeline where it has them at the same n.

    Args:
        folders: of the data set and of its judge.

    Raises:
        UserError: some control does not come out as it must, with so few samples perhaps.
    """
    seeds = params["quick_seeds"] if params["quick"] else params["seeds"]
    full = min(Evaluation(**params["evaluation"]).n, facts(folders[0])[1])
    if data in params["data"] and n == full and (seeds := _common(params["seeds"], seeds)):
        run([f"controls@{data}-{seed}" for seed in seeds], Options())
        return [read_json(Path("results/controls") / data / f"{seed}.json") for seed in seeds]
    found, sources = [], ["core", "protocol"]
    card = read_json(folders[1] / "card.json")
    for seed in seeds:
        made = _made(card["hash"], params["metrics"], n, seed, sources=sources)
        path = OWN / data / "controls" / f"{made['of']}.json"
        if not path.exists():
            print(f"controls at {n} samples, draw {seed}", flush=True)
            write_json(path, controls(*folders, params["metrics"], n, seed))
        found.append(read_json(path))
    return found


def _common(first: list[int], second: list[int]) -> list[int]:
    return [seed for seed in first if seed in second]


def _made(*of: object, sources: Sequence[str]) -> dict[str, str]:
    """The origin of something: settings, and code under gbench/."""
    places = [PACKAGE / source for source in sources]
    files = [file for place in places for file in place.rglob("*.py")]
    files += [place for place in places if place.is_file()]
    return {"of": fingerprint(*of, files=files)}
