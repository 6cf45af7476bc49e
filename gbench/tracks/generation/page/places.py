"""The strip of all tracks at the head of the root's page."""

from gbench import tracks
from gbench.core.files import read_json
from gbench.report.made import Place
from gbench.report.records import Records


def places(records: Records) -> list[Place]:
    """A place for each track: its first finding and its page, or the command that makes it."""
    home, *_ = tracks.rooms(records.params)
    return [_place(records, name) for name in tracks.names() if name != home]


def _place(records: Records, name: str) -> Place:
    title, command = tracks.load(name).title, f"make {name}"
    told = records.root / "tracks" / "findings" / f"{name}.json"
    page = records.root / "reports" / name / "index.html"
    if not told.exists() or not page.exists():
        return Place(title, "not run yet:", "", "", command)
    found = read_json(told)
    return Place(title, found["finding"], found["date"], f"{name}/index.html", command)
