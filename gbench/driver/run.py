"""One run: its stale stages, on which DVC, with which launcher and how much room."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from gbench.core.files import UserError
from gbench.driver.alone import alone
from gbench.driver.launch import CLUSTERS, launcher
from gbench.driver.loop import Books, Driver
from gbench.driver.mend import mend, release
from gbench.driver.room import Room, cores, gpus
from gbench.params import read


def stale(books: Books, targets: Iterable[str]) -> dict[str, bool]:
    """Stages that have changed (True), and those that depend on one that has (False)."""
    found: dict[str, bool] = {}
    for name in books.wanted(targets):
        if books.upstream[name] & found.keys():
            found[name] = False
        elif books.changed(name):
            found[name] = True
    return found


def open_books(root: Path) -> Books:
    """The fast books if DVC is the known one, else those through its command line."""
    try:
        from gbench.driver.books import Books as Fast
    except ImportError as error:
        from gbench.driver.public import Books as Public

        print(f"This DVC is not one that gbench knows ({error}): its command line is used, slower")
        return Public(root)
    try:
        return Fast(root)
    except UserError:
        mended = mend(root)
        if not mended:
            from gbench.params.check import check

            check(read())  # what DVC cannot read may be a mistake that it names less well
            raise
        print("\n".join(mended))
        return Fast(root)


def page(stages: Iterable[str]) -> Path:
    """The page of the pipeline that stages belong to: the root's, or a track's."""
    folders = {Path(name.rpartition(":")[0]).parent.name for name in stages}
    return Path("reports", folders.pop() if len(folders) == 1 else "", "index.html")


class Options(NamedTuple):
    """How to run; nothing here changes a result.

    Attributes:
        jobs: stages at a time; 0: a core each, or on a cluster 64.
        gpus: those to share out, as in `gbench.driver.room.gpus`.
        keep_going: after a failure, go on with what does not depend on it.
        launcher, launcher_options: see `gbench.driver.launch.launcher`.
    """

    jobs: int = 0
    gpus: str = ""
    keep_going: bool = False
    launcher: str = ""
    launcher_options: str = ""

    def room(self, root: Path) -> Room:
        """The GPUs to share out; a cluster's own scheduler knows of its GPUs."""
        if self.launcher in CLUSTERS:
            return Room(self.jobs or 64, needs=declared(root))
        found = gpus(self.gpus)
        return Room(self.jobs or cores(), found, declared(root) if found else {})


def declared(root: Path) -> dict[str, float]:
    """The stages' GPU memory by params.yaml; of mistakes there the first stage tells."""
    section = read(root / "params.yaml").get("resources")
    needs = section.get("gpu_gb") if isinstance(section, dict) else None
    return needs if isinstance(needs, dict) else {}


def run(targets: Iterable[str], options: Options) -> None:
    """Mends torn locks, and runs all that is not up to date.

    Args:
        targets: stages, matrices of them, or folders with a pipeline; if none, the root's pipeline.

    Raises:
        UserError: another run is at work, DVC cannot read the pipeline, or a stage failed; the
            first stage fails with every mistake in params.yaml.
    """
    began = time.monotonic()
    root = Path.cwd()
    with alone(root):
        release(root)
        books = open_books(root)
        report = root / page(books.wanted(targets))
        found = stale(books, targets)
        if not found:
            print(f"Nothing changed: every stage is up to date.  The report: {report}")
            return
        room = options.room(root)
        chosen = launcher(options.launcher, options.launcher_options, root)
        driver = Driver(books, chosen, room, root, options.keep_going)
        driver.run(found)
    minutes = (time.monotonic() - began) / 60
    counts = ", ".join(f"{number} {what}" for what, number in driver.counts.items())
    print(f"Done in {minutes:.1f} minutes: stages {counts}.  The report: {report}")
