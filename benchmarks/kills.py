"""A hundred interruptions of the miniature pipeline: `python -m benchmarks.kills [how many]`.

Runs the miniature of tests/driver/test_pipeline.py once without interruption, and once interrupted
at random moments (Ctrl-C, SIGTERM or kill -9 of the driver, kill -9 of its stages, or both) until
as many have hit; whenever a run ends first, a training is made longer by some rounds in both.  Then
all numbers of the two must be equal.
"""

import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.driver.test_pipeline import clone, edit, longer
from tests.interruptions import interrupt, numbers, run


def main(wanted: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        unbroken, broken = (clone(Path(folder).resolve() / name) for name in ("unbroken", "broken"))
        draw, done = random.Random(0), Counter[str]()
        while done.total() < wanted:
            if what := interrupt(broken, draw, longest=8.0):
                done[what] += 1
                print(f"{done.total()}: {what}", flush=True)
            else:
                edit(broken, longer)
                edit(unbroken, longer)
        for root in (unbroken, broken):
            _, said = run(root).communicate()
            assert (root / "reports" / "index.html").exists(), said
        expected, found = numbers(unbroken), numbers(broken)
        different = {file for file in expected | found if expected.get(file) != found.get(file)}
        listed = ", ".join(f"{number} {what}" for what, number in done.most_common())
        print(f"{done.total()} interruptions ({listed})")
        print(f"{len(expected)} files, different: {sorted(different) or 'none'}")
        sys.exit(1 if different else 0)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
