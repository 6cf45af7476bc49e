"""Arranges all results into reports/: a page, and tidy data."""

from datetime import date
from pathlib import Path

from gbench import tracks
from gbench.core.files import read_json, write_json
from gbench.core.stage import guard
from gbench.params import read
from gbench.params.track import resolve


def main() -> None:
    params, here = read(), Path()
    # A track's stages run in tracks/<name>/; only the repository's root has DVC's folder.
    root = (here / ".dvc").is_dir()
    out = here / "reports" if root else here / "../../reports"
    home, *guests = tracks.rooms(params)
    headlines = [resolve(track.headline) for track in map(tracks.load, guests) if track.headline]
    page = resolve(tracks.load(home).page)(params, here, out, headlines)
    if not root:
        announce(home, page)
    print(f"The report: {page}")


def announce(name: str, page: Path) -> None:
    """Leaves a track's first finding where the root's page looks for those of all tracks."""
    found = read_json(page.with_name("findings.json"))
    told = f"{found[0]['lead']} {found[0]['text']}" if found else "No test supports a sentence."
    write_json(Path("../findings") / f"{name}.json", {"finding": told, "date": str(date.today())})


if __name__ == "__main__":
    with guard():
        main()
