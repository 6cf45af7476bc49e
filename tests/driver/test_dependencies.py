"""What a stage imports is among what dvc.yaml says it depends on, or decides no number."""

import ast
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from gbench import tracks
from gbench.params import read

ROOT = Path(__file__).parents[2]
PIPELINES = {
    file: YAML(typ="safe").load(file)["stages"]
    for file in (ROOT / "dvc.yaml", *sorted(ROOT.glob("tracks/*/dvc.yaml")))
}
STAGES = [(file, name) for file, stages in PIPELINES.items() for name in stages]
IDS = [f"{file.parent.name if file.parent != ROOT else 'root'}-{name}" for file, name in STAGES]
# Finding files, telling errors, choosing a device: a change there need not rerun a benchmark.
PLUMBING = (
    "gbench/__init__.py",
    "gbench/core/checkpoint.py",
    "gbench/core/device.py",
    "gbench/core/files.py",
    "gbench/core/plugin.py",
    "gbench/core/stage.py",
    "gbench/params/",
    "gbench/protocol/record.py",
    "gbench/tracks/__init__.py",
    "gbench/tracks/attacks/measure/record.py",
    "gbench/tracks/collapse/measure/record.py",
    "gbench/tracks/generation/measure/record.py",
    "gbench/zoo/__init__.py",
    "stages/__init__.py",
)
# Their records hold seconds: whoever reads them runs again whenever they were made again.
TIMED = ("runs", "judges", "classifiers", "defences")
CODE = ("gbench", "stages")


@cache
def imported(file: Path) -> set[Path]:
    """The project's own files that a file imports, at its top or within a function."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {path for name in names if (path := module(name))}


def module(name: str) -> Path | None:
    """The project's file of a module; None for others, and for such as hold a docstring alone."""
    path = ROOT / name.replace(".", "/")
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return file if len(ast.parse(file.read_text()).body) > 1 else None
    return None


def reached(files: set[Path]) -> set[str]:
    """All that files import, directly or not, as paths in the repository."""
    seen: set[Path] = set()
    waiting = set().union(*map(imported, files))
    while waiting:
        seen |= waiting
        waiting = set().union(*(imported(one) for one in waiting)) - seen
    return {str(path.relative_to(ROOT)) for path in seen}


def code(file: Path, name: str) -> set[str]:
    """The paths under CODE that a stage declares, from the root."""
    up = "../" * len(file.parent.relative_to(ROOT).parts)
    deps = {dep.removeprefix(up) for dep in PIPELINES[file][name]["deps"]}
    return {dep for dep in deps if dep.partition("/")[0] in CODE}


def timed(paths: list[Any]) -> set[str]:
    """The folders of TIMED records that the paths are in."""
    named = (next(iter(path)) if isinstance(path, dict) else path for path in paths)
    return {path.partition("/")[0] for path in named} & {*TIMED}


def depends_on(file: Path, name: str) -> set[str]:
    """The code that a stage depends on: its own, and that of whoever made the records it reads."""
    stages, found, waiting = PIPELINES[file], set(), {name}
    done: set[str] = set()
    while waiting:
        done |= waiting
        found |= set().union(*(code(file, one) for one in waiting))
        read_there = set().union(*(timed(stages[one]["deps"]) for one in waiting))
        waiting = {one for one in stages if timed(stages[one].get("outs", [])) & read_there} - done
    return {dep for dep in found if "$" not in dep}  # one of many files covers no import


def scripts(file: Path, name: str) -> set[Path]:
    """What a stage runs; of the report also the page, which it finds by its track's name."""
    named = [PIPELINES[file][name]["cmd"].split()[3]]
    if named == ["stages.report"]:
        named.append(tracks.of(read(file.parent / "params.yaml")).page.partition(":")[0])
    return {path for one in named if (path := module(one))}


def plugins(file: Path, name: str) -> set[Path]:
    """The plug-ins that a stage may find by name: those of folders that it declares."""
    track = tracks.of(read(file.parent / "params.yaml"))
    declared = {f"{dep}/" for dep in code(file, name) - {"gbench", "gbench/tracks"}}
    return {
        path
        for folder in {f"gbench/{plugin.folder}/" for plugin in track.plugins.values()}
        if any(dep.startswith(folder) or folder.startswith(dep) for dep in declared)
        for path in (ROOT / folder).glob("*.py")
    }


@pytest.mark.parametrize(("file", "name"), STAGES, ids=IDS)
def test_a_stage_declares_what_it_imports(file: Path, name: str) -> None:
    declared, run = depends_on(file, name), scripts(file, name)
    needed = {str(path.relative_to(ROOT)) for path in run} | reached(run | plugins(file, name))
    assert not {
        path
        for path in needed
        if not path.startswith(PLUMBING)
        and not any(path == dep or path.startswith(f"{dep}/") for dep in declared)
    }


@pytest.mark.parametrize(("file", "name"), STAGES, ids=IDS)
def test_a_stage_depends_on_few_places_of_code(file: Path, name: str) -> None:
    assert len(code(file, name)) <= 5


@pytest.mark.parametrize(("file", "name"), STAGES, ids=IDS)
def test_a_stage_depends_on_how_its_data_set_is_like_another(file: Path, name: str) -> None:
    """Where its parameters may say something by data set, it depends on `datasets.<name>.like`."""
    stage = PIPELINES[file][name]
    by_data = ("models", "classifiers.", "defences.", "attack", "few_labels.values")
    params = stage.get("params", [])
    if "data" in stage.get("matrix", {}) and any(one.startswith(by_data) for one in params):
        assert "datasets.${item.data}" in params
