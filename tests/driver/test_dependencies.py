"""What a stage imports is among what dvc.yaml says it depends on, or decides no number."""

import ast
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
PIPELINES = [ROOT / "dvc.yaml", *sorted(ROOT.glob("tracks/*/dvc.yaml"))]
STAGES = {
    (file, name): stage
    for file in PIPELINES
    for name, stage in YAML(typ="safe").load(file)["stages"].items()
}
# Finding files, telling errors, choosing a device: a change there need not rerun a benchmark.
PLUMBING = {
    "gbench/__init__.py",
    "gbench/core/__init__.py",
    "gbench/core/checkpoint.py",
    "gbench/core/device.py",
    "gbench/core/files.py",
    "gbench/core/plugin.py",
    "gbench/core/stage.py",
    "gbench/params/__init__.py",
    "gbench/tracks/attacks/measure/__init__.py",
    "gbench/tracks/attacks/measure/record.py",
    "gbench/tracks/collapse/measure/record.py",
    "gbench/tracks/generation/measure/__init__.py",
    "gbench/tracks/generation/measure/record.py",
    "gbench/zoo/__init__.py",
    "stages/__init__.py",
}


def imported(file: Path) -> set[Path]:
    """The project's own files that a file imports, at its top or within a function."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    found = set()
    for name in names:
        path = ROOT / name.replace(".", "/")
        found |= {p for p in (path.with_suffix(".py"), path / "__init__.py") if p.is_file()}
    return found


def reached(file: Path) -> set[str]:
    """All that a file imports, directly or not, as paths in the repository."""
    seen: set[Path] = set()
    waiting = {file}
    while waiting:
        seen |= waiting
        waiting = set().union(*(imported(one) for one in waiting)) - seen
    return {str(path.relative_to(ROOT)) for path in seen}


@pytest.mark.parametrize(("file", "name"), STAGES)
def test_a_stage_declares_what_it_imports(file: Path, name: str) -> None:
    stage = STAGES[file, name]
    here = str(file.parent.relative_to(ROOT)).count("/") + 1 if file.parent != ROOT else 0
    declared = [dep.partition("$")[0].removeprefix("../" * here) for dep in stage["deps"]]
    script = stage["cmd"].split()[3].replace(".", "/") + ".py"
    undeclared = {
        path
        for path in reached(ROOT / script) - PLUMBING
        if not any(path == dep or path.startswith(dep.rstrip("/") + "/") for dep in declared)
    }
    assert not undeclared
