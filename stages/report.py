"""Arranges all results into reports/: a page, a Markdown file, and tidy data."""

from pathlib import Path

from gbench import params, report

if __name__ == "__main__":
    page = report.write(params.read(), Path(), Path("reports"))
    print(f"The report: {page}")
