"""The same pipeline through DVC's command line, for a DVC whose internals are not the known ones.

Each stage is a `dvc --wait-for-lock repro --single-item`, which keeps the books itself: it works
as long as DVC does, and costs seconds per stage, since each rewrites dvc.lock.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from gbench.core.files import UserError
from gbench.driver.command import Command, own_python_first

DVC = [sys.executable, "-m", "dvc"]
EDGE = re.compile(r'^"?([^"]+?)"? -> "?([^"]+?)"?;?$')


class Books:
    """As `gbench.driver.books.Books`, whose methods are described there."""

    def __init__(self, root: Path):
        self._root = root
        self.upstream: dict[str, set[str]] = {}
        for line in self._dvc("dag", "--dot", "--full").splitlines():
            if edge := EDGE.match(line.strip()):
                before, after = edge.groups()
                self.upstream.setdefault(before, set())
                self.upstream.setdefault(after, set()).add(before)
        self._changed = set(json.loads(self._dvc("status", "--json") or "{}"))

    def wanted(self, targets: Iterable[str] = ()) -> list[str]:
        chosen = [
            name
            for target in targets
            for name in self.upstream
            if name == target or name.startswith((f"{target}@", f"{target.rstrip('/')}/dvc.yaml:"))
        ] or [name for name in self.upstream if ":" not in name]
        order: dict[str, None] = {}

        def add(name: str) -> None:
            for before in sorted(self.upstream[name]):
                if before not in order:
                    add(before)
            order.setdefault(name)

        for name in chosen:
            add(name)
        return [*order]

    def changed(self, name: str) -> bool:
        return name in self._changed or bool(self.upstream[name] & self._changed)

    def key(self, name: str) -> str:
        return ""  # DVC's own process waits for the command, so no job outlives its driver

    def resume(self, name: str) -> None:
        raise NotImplementedError

    def begin(self, name: str) -> Command | None:
        self._changed.add(name)
        argv = [*DVC, "--wait-for-lock", "repro", "--single-item", name]
        return Command(" ".join(argv), argv, str(self._root), own_python_first(os.environ))

    def succeeded(self, name: str) -> bool:
        return True

    def failed(self, name: str) -> None:
        pass

    def write(self) -> None:
        pass

    def _dvc(self, *arguments: str) -> str:
        answer = subprocess.run(
            [*DVC, *arguments], cwd=self._root, capture_output=True, text=True, check=False
        )
        if answer.returncode:
            raise UserError(f"DVC: {answer.stderr.strip()}")
        return answer.stdout
