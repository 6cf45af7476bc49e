"""Arranges all results into reports/: a page, a Markdown file, and tidy data."""

from pathlib import Path

from gbench import report, tracks
from gbench.core.stage import guard
from gbench.params import read


def main() -> None:
    params = read()
    if "track" in params:  # whose folder this runs in
        page = tracks.load(params["track"]).write(params, Path(), Path("../../reports"))
    else:
        page = report.write(params, Path(), Path("reports"))
    print(f"The report: {page}")


if __name__ == "__main__":
    with guard():
        main()
