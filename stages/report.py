"""Arranges all results into reports/: a page, and tidy data."""

from pathlib import Path

from gbench import tracks
from gbench.core.stage import guard
from gbench.params import read
from gbench.params.track import resolve


def main() -> None:
    params, here = read(), Path()
    # A track's stages run in tracks/<name>/; only the repository's root has DVC's folder.
    out = here / "reports" if (here / ".dvc").is_dir() else here / "../../reports"
    page = resolve(tracks.of(params).page)(params, here, out)
    print(f"The report: {page}")


if __name__ == "__main__":
    with guard():
        main()
