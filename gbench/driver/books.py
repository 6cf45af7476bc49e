"""DVC's books, kept by one process.  It and memory.py are all that use DVC's internals.

The steps of `dvc repro` for a stage, in the same order, but in two halves with the command between
them, so that several commands can run at once; and dvc.lock, whose rewriting costs seconds, is
written now and then instead of after each stage.  DVC's run cache, which is written at once, is
the journal: results that a kill left out of dvc.lock are restored from it.
"""

import hashlib
import json
import logging
import os
import shutil
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import dvc
import networkx
from dvc.exceptions import DvcException
from dvc.repo import Repo
from dvc.repo.reproduce import get_active_graph
from dvc.rwlock import rwlock
from dvc.stage import serialize
from dvc.stage.cache import RunCacheNotFoundError
from dvc.stage.run import _enforce_cmd_list, _make_cmd, get_executable, prepare_kwargs
from dvc.utils.serialize import load_yaml
from fsspec import filesystem
from ruamel.yaml import YAML

from gbench.core.files import UserError
from gbench.driver.command import Command, own_python_first
from gbench.driver.memory import remember

KNOWN = "3.67"  # the DVC whose internals these are; with any other its command line is used
if not dvc.__version__.startswith(f"{KNOWN}."):
    raise ImportError(f"DVC {dvc.__version__}, known is {KNOWN}")


class Books:
    """The pipeline's graph, and each stage's state.  Not thread-safe.

    Args:
        root: folder of the repository.

    Attributes:
        upstream: each stage's name with those that it directly depends on.

    Raises:
        UserError: DVC cannot read the pipeline; the text is DVC's.
    """

    def __init__(self, root: Path):
        logging.getLogger("dvc").setLevel(logging.WARNING)  # it tells of each file it writes
        with _as_user_error():
            self._repo = Repo(str(root), _wait_for_lock=True)
            self._graph = get_active_graph(self._repo.index.graph)
        self._stages = {stage.addressing: stage for stage in self._graph}
        self.upstream: dict[str, set[str]] = {
            name: {other.addressing for other in self._graph.successors(stage)}
            for name, stage in self._stages.items()
        }
        self._unwritten: list[Any] = []
        self._running: dict[str, tuple[ExitStack, dict[str, Any]]] = {}
        remember()

    def wanted(self, targets: Iterable[str] = ()) -> list[str]:
        """The targets and all that they depend on, in an order in which they could run.

        Args:
            targets: names of stages, of matrices, or of folders with a dvc.yaml; by default all
                that the root's dvc.yaml has.

        Raises:
            UserError: a target is not in the pipeline.
        """
        chosen = {name for name in self._stages if ":" not in name} if not targets else set()
        for target in targets:
            inside = f"{target.rstrip('/')}/dvc.yaml:"
            found = {
                name
                for name in self._stages
                if target in (name, name.partition("@")[0]) or name.startswith(inside)
            }
            if not found:
                known = sorted({name.partition("@")[0] for name in self._stages})
                raise UserError(f"no stage {target!r} in dvc.yaml; there are {', '.join(known)}")
            chosen |= found
        needed = chosen.union(
            other.addressing
            for name in chosen
            for other in networkx.descendants(self._graph, self._stages[name])
        )
        order = networkx.dfs_postorder_nodes(self._graph)
        return [stage.addressing for stage in order if stage.addressing in needed]

    def outputs(self) -> set[Path]:
        """Where the stages write, as absolute paths."""
        return {Path(out.fs_path) for stage in self._stages.values() for out in stage.outs}

    def changed(self, name: str) -> bool:
        """Whether DVC would run the stage, given that its dependencies are up to date.

        As DVC's Stage.changed, without its file locks: they are taken by whatever writes.
        """
        stage = self._stages[name]
        with self._transaction():
            if stage.changed_stage():
                return True
            if not stage.frozen:
                if stage.is_callback or stage.always_changed:
                    return True
                if any(dep.status() for dep in stage.deps):
                    return True
            return any(out.status() for out in stage.outs)

    def key(self, name: str) -> str:
        """A fingerprint of the stage's command and of its inputs as they are now."""
        stage = self._stages[name]
        with self._transaction():  # without saving them, which would have `begin` trust old outputs
            inputs = {str(dep): dep.get_hash().value for dep in stage.deps}
            content = json.dumps([stage.cmd, inputs], sort_keys=True, default=str)
        return hashlib.sha256(content.encode()).hexdigest()

    def resume(self, name: str) -> None:
        """Takes up a stage that an earlier driver has begun and whose command still runs."""
        stage = self._stages[name]
        with self._transaction():
            stage.save_deps()
            self._take(name)

    def begin(self, name: str) -> Command | None:
        """Clears the stage's outputs for its command; None if the run cache had its result."""
        stage = self._stages[name]
        with self._transaction():
            stage.remove_outs(ignore_remove=False)
            try:
                self._repo.stage_cache.restore(stage)
            except RunCacheNotFoundError:
                stage.save_deps()
            else:
                self._record(stage, self._inputs(stage))
                return None
            self._take(name)
        kwargs = prepare_kwargs(stage)
        lines = _enforce_cmd_list(stage.cmd)
        text = lines[0] if len(lines) == 1 else " && ".join(f"({line})" for line in lines)
        argv = _make_cmd(get_executable(), text)
        return Command(text, argv, str(kwargs["cwd"]), own_python_first(kwargs["env"]))

    def succeeded(self, name: str) -> bool:
        """Records the stage's outputs; False if its inputs have changed since it began.

        Then nothing is recorded, since nobody knows which of the two versions it has read.

        Raises:
            UserError: an output is missing, or cannot be stored.
        """
        with self._transaction():
            held, inputs = self._running.pop(name)
            held.close()
            return self._record(self._stages[name], inputs)

    def failed(self, name: str) -> None:
        """Lets go of a stage that was begun."""
        with self._transaction():
            self._running.pop(name)[0].close()

    def write(self) -> None:
        """Brings dvc.lock up to date, whole or not at all."""
        if not self._unwritten:
            return
        with self._transaction():
            for path in {stage.dvcfile.path for stage in self._unwritten}:
                lock = Path(path).with_suffix(".lock")
                copy = Path(self._repo.tmp_dir) / "gbench-dvc.lock"
                copy.unlink(missing_ok=True)
                if lock.exists():
                    shutil.copy(lock, copy)
                mine = [stage for stage in self._unwritten if stage.dvcfile.path == path]
                update_lock(copy, mine)
                os.replace(copy, lock)
            self._unwritten.clear()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with _as_user_error(), self._repo.lock:
            yield
        # What DVC has looked at stays there, and is searched from end to end for every file that it
        # looks at later: after a thousand stages that is most of a stage's cost.
        filesystem("memory").store.clear()

    def _record(self, stage: Any, inputs: dict[str, Any]) -> bool:
        stage.save(run_cache=False)
        if self._inputs(stage) != inputs:
            return False
        # As in DVC's Stage.run: an output that nothing stores cannot be restored.
        if all(out.use_cache or out.is_metric or out.is_plot for out in stage.outs):
            self._repo.stage_cache.save(stage)
        stage.commit()
        self._unwritten.append(stage)
        return True

    def _inputs(self, stage: Any) -> dict[str, Any]:
        return {str(dep): deepcopy(dep.hash_info.value) for dep in stage.deps}

    def _take(self, name: str) -> None:
        """Takes DVC's lock of the stage's files, which keeps another DVC process away from them."""
        stage, held = self._stages[name], ExitStack()
        lock = rwlock(
            self._repo.tmp_dir,
            self._repo.fs,
            f"gbench {name}",
            [dep.fs_path for dep in stage.deps],
            [out.fs_path for out in stage.outs],
            self._repo.config["core"].get("hardlink_lock", False),
        )
        held.enter_context(lock)
        self._running[name] = held, self._inputs(stage)


def update_lock(path: Path, stages: Iterable[Any]) -> None:
    """As DVC's Lockfile.dump_stages, without the slow YAML that keeps comments: it has none."""
    lock: Any = load_yaml(path) if path.exists() else {"schema": "2.0"}
    kept = lock.setdefault("stages", {})
    for stage in stages:
        kept.update(serialize.to_lockfile(stage))
    fast: Any = YAML(typ="safe")
    fast.default_flow_style = False
    fast.sort_base_mapping_type_on_output = False
    fast.Representer.add_representer(OrderedDict, fast.Representer.represent_dict)
    with path.open("w", encoding="utf-8") as file:
        fast.dump(lock, file)


@contextmanager
def _as_user_error() -> Iterator[None]:
    try:
        yield
    except DvcException as error:
        causes, cause = [str(error)], error.__cause__
        while cause is not None:
            causes.append(str(cause))
            cause = cause.__cause__
        raise UserError("DVC: " + ": ".join(cause for cause in causes if cause))
