"""The models' speed on this machine's device: `python benchmarks/zoo.py --data mnist`.

For each trained model among `variants`, with its numbers from params.yaml: rounds a second in
float32, in bfloat16, under torch.compile (on a GPU with CUDA graphs), and of several processes at
once on one device; peak memory; and what bounds a round: how many operations it launches, and on a
GPU which share of the time some kernel runs.  Prints a table and writes it to benchmarks/results/.
"""

import argparse
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile

from gbench.core import entry, plugin
from gbench.core.batches import Batches
from gbench.core.device import peak_memory_mb, pick
from gbench.core.entry import is_fitted
from gbench.core.game import Game
from gbench.core.train import adam, train
from gbench.params import read
from gbench.zoo import data as datasets
from gbench.zoo.shared.dataset import Examples

RESULTS = Path(__file__).parent / "results"
WARM_UP = 10  # rounds
STARTING = 20.0  # seconds that a process gets to import everything


def rounds_of(
    variant: str, data: str, device: torch.device, precision: str, compiled: bool = False
) -> Any:
    """The training loop, endless, with the model and data of params.yaml."""
    params = read()
    module = plugin.load("zoo/models", variant)
    arguments, budget = entry.arguments(params["models"][variant], module, data)
    dataset = datasets.prepare(params, data)
    examples = Examples(*(part.to(device) for part in dataset.train))
    torch.manual_seed(0)
    game: Game = module.build(dataset.shape, **arguments).to(device)
    if compiled:
        game.compile(mode="reduce-overhead" if device.type == "cuda" else "default")
    batches = Batches(examples, budget.batch, seed=0)
    return train(game, batches, adam(game), 10**9, precision=precision)


def wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def rate(loop: Any, device: torch.device, rounds: int) -> float:
    """Rounds a second."""
    for _ in range(WARM_UP):
        next(loop)
    wait(device)
    began = time.perf_counter()
    for _ in range(rounds):
        next(loop)
    wait(device)
    return rounds / (time.perf_counter() - began)


def bound(loop: Any, device: torch.device, rounds: int = 5) -> tuple[int, float | None]:
    """Operations a round, and the share of the time in which a kernel runs (None on a CPU)."""
    kinds = [ProfilerActivity.CPU]
    if device.type == "cuda":
        kinds.append(ProfilerActivity.CUDA)
    with profile(activities=kinds) as seen:
        began = time.perf_counter()
        for _ in range(rounds):
            next(loop)
        wait(device)
        seconds = time.perf_counter() - began
    events = seen.key_averages()
    launched = sum(event.count for event in events if event.key.startswith("aten::"))
    busy = sum(event.self_device_time_total for event in events) / 1e6
    return launched // rounds, busy / seconds if device.type == "cuda" else None


def one(
    variant: str, data: str, device: torch.device, precision: str, rounds: int, at: float = 0.0
) -> float:
    """Rounds a second, timed from a moment on, so that several processes can agree on it."""
    loop = rounds_of(variant, data, device, precision)
    rate(loop, device, 1)
    time.sleep(max(0.0, at - time.time()))
    return rate(loop, device, rounds)


def gain(variant: str, data: str, device: torch.device, rounds: int) -> tuple[float | None, str]:
    """Rounds a second under torch.compile, or why there are none."""
    try:
        return rate(rounds_of(variant, data, device, "float32", True), device, rounds), ""
    except Exception as error:  # a compiler has many
        return None, f"{variant} under torch.compile: {str(error).splitlines()[0]}"


def together(variant: str, data: str, rounds: int, processes: int) -> tuple[float, float]:
    """As many processes at once: rounds a second of all, and the largest one's peak memory."""
    command = [sys.executable, __file__, "--data", data, "--rounds", str(rounds)]
    command += ["--only", variant, "--at", str(time.time() + STARTING)]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)
    ]
    said = [process.communicate()[0].split() for process in running]
    return sum(float(rate) for rate, _ in said), max(float(peak) for _, peak in said)


def row(
    variant: str, data: str, device: torch.device, rounds: int, processes: int
) -> tuple[list[str], str]:
    """The model's line of the table, and a remark."""
    full = one(variant, data, device, "float32", rounds)
    half = one(variant, data, device, "bfloat16", rounds)
    loop = rounds_of(variant, data, device, "float32")
    next(loop)
    launched, busy = bound(loop, device)
    compiled, remark = gain(variant, data, device, rounds)
    at_once, memory = together(variant, data, rounds, processes)
    cells = [
        variant,
        f"{full:.1f}",
        f"{half / full:.2f}",
        f"{compiled / full:.2f}" if compiled else "none",
        f"{at_once / full:.2f}",
        f"{launched:,}",
        "" if busy is None else f"{busy:.0%}",
        f"{memory:.0f}",
    ]
    return cells, remark


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default="digits", help="as in params.yaml")
    parser.add_argument("--rounds", type=int, default=100, help="timed, of each model")
    parser.add_argument("--processes", type=int, default=2, help="at once")
    parser.add_argument("--only", help="print one model's rounds a second and peak memory")
    parser.add_argument("--at", type=float, default=0.0, help="time from this moment on")
    given = parser.parse_args()
    torch.set_num_threads(1)
    device = pick()
    if given.only:
        speed = one(given.only, given.data, device, "float32", given.rounds, given.at)
        memory = peak_memory_mb(device)
        print(speed, memory.get("cuda_mb", memory["process_mb"]))
        return
    name = torch.cuda.get_device_name() if device.type == "cuda" else platform.machine()
    at_once = f"{given.processes} at once"
    heads = ["model", "rounds/s", "bfloat16", "compiled", at_once, "operations", "kernels", "MiB"]
    lines = [
        f"# The zoo on {given.data}, {device.type} ({name}), PyTorch {torch.__version__}",
        "",
        f"`python benchmarks/zoo.py --data {given.data} --rounds {given.rounds} --processes "
        f"{given.processes}`: rounds a second in float32; in bfloat16, under torch.compile, and of "
        "processes at once as multiples of that; operations a round; share of the time in which a "
        "kernel runs (GPU); peak MiB of a process (on a GPU: of its memory there).",
        "",
        f"| {' | '.join(heads)} |",
        f"| --- |{' ---: |' * (len(heads) - 1)}",
    ]
    remarks = []
    for variant in read()["variants"]:
        if is_fitted(plugin.load("zoo/models", variant)):
            continue
        cells, remark = row(variant, given.data, device, given.rounds, given.processes)
        lines.append(f"| {' | '.join(cells)} |")
        remarks += [remark] if remark else []
        print(lines[-1], flush=True)
    lines += ["", *remarks] if remarks else []
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"zoo-{given.data}-{device.type}.md"
    file.write_text("\n".join(lines) + "\n")
    print(file)


if __name__ == "__main__":
    main()
