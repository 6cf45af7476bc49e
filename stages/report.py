"""Arranges all results into reports/: a page, a Markdown file, and tidy data."""

from pathlib import Path

from gbench import report
from gbench.core.stage import guard
from gbench.params import read

if __name__ == "__main__":
    with guard():
        page = report.write(read(), Path(), Path("reports"))
        print(f"The report: {page}")
