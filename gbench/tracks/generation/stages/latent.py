"""Probes the latent space of one run: `python -m ...stages.latent digits vae 0`."""

import sys
from pathlib import Path

from safetensors.numpy import save_file

from gbench.core.files import replacing, write_json
from gbench.core.stage import guard
from gbench.params import read
from gbench.tracks.generation.measure.latent.settings import Settings
from gbench.tracks.generation.measure.latent.suite import suite


def main(data: str, variant: str, seed: str) -> None:
    record, pictures = suite(
        Path("runs") / data / variant / seed,
        Path("data") / data,
        Path("judges") / data,
        Settings(**read()["latent"]),
    )
    out = Path("results/latent") / data / variant
    with replacing(out / f"{seed}.safetensors") as path:
        save_file(pictures, path)
    write_json(out / f"{seed}.json", record)


if __name__ == "__main__":
    with guard(*sys.argv[1:]):
        main(*sys.argv[1:])
