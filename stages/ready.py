"""A gate: no training before every data set is prepared: `python -m stages.ready`.

Its output never changes, so a data set that does change reruns its own trainings only.
"""

from pathlib import Path

from gbench.core.files import write_json
from gbench.core.stage import guard


def main() -> None:
    write_json(Path("checked/data.json"), {"data": "prepared"})


if __name__ == "__main__":
    with guard():
        main()
