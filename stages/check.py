"""Checks params.yaml: `python -m stages.check`."""

from pathlib import Path

from gbench.core.files import write_json
from gbench.core.stage import guard
from gbench.params import read
from gbench.params.check import check


def main() -> None:
    check(read())
    write_json(Path("checked/params.json"), {"params.yaml": "valid"})


if __name__ == "__main__":
    with guard():
        main()
