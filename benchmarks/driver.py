"""The driver beside `dvc repro`: `python benchmarks/driver.py [stages]`.

Two pipelines, each run by both, each time in a new folder: many trivial shell commands, one at a
time, so that only bookkeeping is compared, and once more when there is nothing to do; and a few
stages that keep a core busy for seconds, where `gbench run` may use all cores.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PIPELINE = """
stages:
  source: {{cmd: exec cp params.yaml source, deps: [params.yaml], outs: [source]}}
  part:
    matrix: {{n: [{numbers}]}}
    cmd: exec sh -c '{work} echo ${{item.n}} > out-${{item.n}}'
    deps: [source]
    params: [a]
    outs: ["out-${{item.n}}"]
  join: {{cmd: exec sh -c 'cat out-* > all', deps: [{outs}], outs: [all]}}
"""
BUSY = "i=0; while [ $i -lt 4000000 ]; do i=$((i+1)); done;"
SERIAL = ["dvc", "repro", "-q"]


def repository(folder: Path, stages: int, work: str) -> None:
    numbers, outs = range(stages), ", ".join(f"out-{n}" for n in range(stages))
    text = PIPELINE.format(numbers=", ".join(map(str, numbers)), outs=outs, work=work)
    subprocess.run([sys.executable, "-m", "dvc", "init", "--no-scm", "-q"], cwd=folder, check=True)
    (folder / "dvc.yaml").write_text(text)
    (folder / "params.yaml").write_text("a: 1\n")


def seconds(command: list[str], folder: Path) -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, check=True, capture_output=True, text=True
    )
    return time.perf_counter() - began


def both(driver: list[str], stages: int, work: str = "") -> list[list[float]]:
    """Seconds of `dvc repro` and of the driver: for everything, and when there is nothing to do."""
    times = []
    for command in (SERIAL, driver):
        with tempfile.TemporaryDirectory() as folder:
            repository(Path(folder), stages, work)
            times.append([seconds(command, Path(folder)) for _ in range(2)])
    return times


def main(stages: int) -> None:
    (theirs, idle), (ours, idle_too) = both(["gbench", "run", "-j", "1"], stages)
    total = stages + 2
    print(f"{total} trivial stages, one at a time")
    print(
        f"  dvc repro   {theirs:6.1f} s, {theirs / total:.3f} a stage; nothing to do {idle:.1f} s"
    )
    print(
        f"  gbench run  {ours:6.1f} s, {ours / total:.3f} a stage; nothing to do {idle_too:.1f} s"
    )
    cores = len(os.sched_getaffinity(0))
    (serial, _), (parallel, _) = both(["gbench", "run"], 4 * cores, BUSY)
    print(f"{4 * cores} busy stages on {cores} cores")
    print(f"  dvc repro   {serial:6.1f} s")
    print(f"  gbench run  {parallel:6.1f} s, {serial / parallel / cores:.2f} x cores")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
