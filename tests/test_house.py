"""Which way imports go: what is general knows nothing of what uses it."""

from collections.abc import Iterator
from pathlib import Path

import networkx

from tests.driver.test_dependencies import ROOT, imported

BELOW = {  # what each part may import, besides itself
    "core": "",
    "params": "core",
    "stats": "",
    "games": "core",
    "zoo": "core params games",
    "protocol": "core params games zoo",
    "report": "core params stats protocol",
    "driver": "core params zoo",
    "tracks": "core params stats games zoo protocol report driver",
}
DOOR = ("gbench/__init__.py", "gbench/tracks/__init__.py")  # where rooms are found, by their names
FILES = sorted((ROOT / "gbench").rglob("*.py"))


def part(path: Path) -> str:
    parts = path.relative_to(ROOT / "gbench").parts
    return parts[0] if len(parts) > 1 else ""


def links() -> Iterator[tuple[Path, Path]]:
    """A file and one that it imports; but for the package that a neighbour is imported through."""
    for file in FILES:
        for other in imported(file):
            through = other.name == "__init__.py" and file.is_relative_to(other.parent)
            if not through and str(other.relative_to(ROOT)) not in DOOR:
                yield file, other


def room(path: Path) -> str:
    """The track that a file belongs to."""
    parts = path.relative_to(ROOT / "gbench").parts
    return parts[1] if parts[0] == "tracks" and len(parts) > 2 else ""


def test_imports_go_one_way() -> None:
    wrong = {
        (part(file), part(other)): str(file.relative_to(ROOT))
        for file, other in links()
        if part(file) and part(other) not in {part(file), "", *BELOW[part(file)].split()}
    }
    assert wrong == {}


def test_tracks_do_not_import_each_other_nor_their_measures_their_page() -> None:
    assert not [
        (file, other)
        for file, other in links()
        if room(file) and room(other)
        if room(file) != room(other)
        or ("page" in other.relative_to(ROOT).parts and "measure" in file.relative_to(ROOT).parts)
    ]


def test_no_modules_import_each_other_in_a_circle() -> None:
    circles = networkx.simple_cycles(networkx.DiGraph([*links()]))
    kit = {ROOT / "gbench/report/kit" / name for name in ("section.py", "tested.py")}
    assert [
        circle for circle in circles if {*circle} != kit
    ] == []  # a part makes its tests once, on demand; tests are of parts
