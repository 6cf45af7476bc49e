"""What the driver's books cost beside DVC's: `python benchmarks/driver.py [stages]`.

A pipeline of trivial shell commands (one source, then as many independent stages as asked for, then
one that joins them) is run by `dvc repro` and by `gbench run -j 1`, each in its own folder; then
each is asked again, when there is nothing to do.  One job, so that only bookkeeping is compared.
"""

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
    cmd: exec sh -c 'echo ${{item.n}} > out-${{item.n}}'
    deps: [source]
    params: [a]
    outs: ["out-${{item.n}}"]
  join: {{cmd: exec sh -c 'cat out-* > all', deps: [{outs}], outs: [all]}}
"""


def repository(folder: Path, stages: int) -> None:
    numbers = range(stages)
    text = PIPELINE.format(
        numbers=", ".join(map(str, numbers)), outs=", ".join(f"out-{n}" for n in numbers)
    )
    subprocess.run([sys.executable, "-m", "dvc", "init", "--no-scm", "-q"], cwd=folder, check=True)
    (folder / "dvc.yaml").write_text(text)
    (folder / "params.yaml").write_text("a: 1\n")


def seconds(command: list[str], folder: Path) -> float:
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, check=True, capture_output=True, text=True
    )
    return time.perf_counter() - began


def main(stages: int) -> None:
    commands = {"dvc repro": ["dvc", "repro", "-q"], "gbench run": ["gbench", "run", "-j", "1"]}
    print(f"{stages + 2} stages       all run    nothing to do   (s)")
    times = {}
    for name, command in commands.items():
        with tempfile.TemporaryDirectory() as folder:
            repository(Path(folder), stages)
            times[name] = [seconds(command, Path(folder)) for _ in range(2)]
        print(f"{name:16s} {times[name][0]:8.1f} {times[name][1]:12.1f}", flush=True)
    ratios = [a / b for a, b in zip(times["dvc repro"], times["gbench run"], strict=True)]
    print(f"{'ratio':16s} {ratios[0]:8.1f} {ratios[1]:12.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
