"""Fabricates a complete small tree of results, so that the report can be tested by itself.

Numbers are invented; only their form follows the stages.  One run diverges, one metric is skipped
with a reason, one run is missing, and a model's title holds markup that must not reach the page.
"""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import save_file

from gbench.protocol.evidence import Metric
from gbench.zoo.data import digits
from gbench.zoo.shared.dataset import Dataset, Examples, Mixture

PARAMS: dict[str, Any] = {
    "track": ["generation", "attacks"],
    "quick": False,
    "quick_variants": ["gmm", "vae", "gan"],
    "data": ["digits", "ring", "grid"],
    "variants": ["gaussian", "gmm", "vae", "gan", "dcgan", "wgan_gp"],
    "seeds": [0, 1, 2],
    "metrics": {
        name: {}
        for name in (
            *("fid", "kid", "precision", "recall", "density", "coverage", "nn_ratio", "copying_z"),
            *("class_kl", "vendi_ratio", "modes", "high_quality", "mode_kl", "inception_fid"),
        )
    },
    "classifiers": {"cnn": {}, "mlp": {}},
    "defences": {"defense_gan": {}},
}

# family, title, quality: 0 is as good as real data
MODELS = {
    "gaussian": ("density", "Gaussian (PCA)", 1.6),
    "gmm": ("density", "Gaussian mixture", 0.25),
    "vae": ("autoencoder", "VAE", 0.8),
    "gan": ("adversarial", "GAN <b>&", 1.2),
    "dcgan": ("adversarial", "DCGAN", 0.6),
    "wgan_gp": ("adversarial", "WGAN-GP", 0.3),
}

#      axis, better, title, real value, slope with (1 - quality), spread, target
SHAPES: dict[str, tuple[Any, Any, str, float, float, float, float]] = {
    "fid": ("fidelity", "lower", "FID (judge)", 1.4, 14.0, 0.4, 0),
    "kid": ("fidelity", "lower", "KID (judge)", 0.0004, 0.05, 0.002, 0),
    "precision": ("fidelity", "higher", "Precision", 0.86, -0.3, 0.01, 0),
    "recall": ("diversity", "higher", "Recall", 0.87, -0.4, 0.015, 0),
    "density": ("fidelity", "higher", "Density", 0.98, -0.4, 0.02, 0),
    "coverage": ("diversity", "higher", "Coverage", 0.96, -0.45, 0.01, 0),
    "nn_ratio": ("overfitting", "target", "Nearest-neighbour ratio", 1.0, 0.4, 0.02, 1),
    "copying_z": ("overfitting", "target", "Copying z", 0.1, 5.0, 0.5, 0),
    "class_kl": ("diversity", "lower", "Class KL (nats)", 0.004, 0.1, 0.01, 0),
    "vendi_ratio": ("diversity", "target", "Vendi ratio", 1.0, -0.3, 0.01, 1),
    "modes": ("modes", "higher", "Modes", 8, -2.0, 0.3, 0),
    "high_quality": ("modes", "higher", "High quality", 0.98889, -0.5, 0.01, 0),
    "mode_kl": ("modes", "lower", "Mode KL (nats)", 0.0014, 0.6, 0.02, 0),
    "inception_fid": ("fidelity", "lower", "Inception FID", 2.0, 40.0, 0.5, 0),
}
POINTS = ("nn_ratio", "copying_z", "modes", "high_quality", "mode_kl")
IMAGES = tuple(name for name in SHAPES if name not in ("modes", "high_quality", "mode_kl"))
CONTROLS = {"real": 0.0, "memoriser": 0.0, "collapsed": 2.2, "noise": 9.0}


def metric(name: str) -> Metric:
    """A stand-in for gbench.protocol.metrics.<name>.METRIC."""
    axis, better, title, _, _, _, target = SHAPES[name]
    kinds = tuple(k for k, names in (("images", IMAGES), ("points", POINTS)) if name in names)
    return Metric(
        title=title,
        axis=axis,
        better=better,
        measure=lambda *_: 0.0,
        kinds=kinds,
        asks=f"How far is {title} from what it would be for real data?",
        formula="|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^1/2)",
        blind="memorised training data, which score like unseen real data",
        source='Heusel et al., "GANs Trained by a Two Time-Scale Update Rule", 2017, '
        "arXiv:1706.08500",
        target=target,
    )


def build(root: Path) -> None:
    """Writes the whole tree below `root`."""
    for name, data in datasets().items():
        data.save(root / "data" / name)
        judge = {"kind": "cnn" if data.kind == "images" else "coordinates", "features": 64}
        judge |= {"name": "judge CNN" if data.kind == "images" else "coordinates"}
        judge |= {"test_accuracy": 0.985 if data.kind == "images" else None}
        write(root / "judges" / name / "card.json", judge | {"hash": "0fa1b2c3d4e5", "seconds": 9})
        for index, variant in enumerate(MODELS):
            for seed in PARAMS["seeds"]:
                if (name, variant, seed) != ("grid", "gan", 2):
                    run(root, data, variant, seed, index)
        for seed in PARAMS["seeds"]:
            controls(root, data, seed)
    for target in ("cnn", "mlp", "defense_gan"):
        attacked(root, "digits", target)
    for name in ("cnn", "mlp"):
        card = {"name": name.upper(), "test_accuracy": 0.98, "train_accuracy": 1.0}
        card |= {"hash": "aabbccddeeff", "seconds": 4.2, "build": {}}
        write(root / "classifiers" / "digits" / name / "card.json", card)


def datasets() -> dict[str, Dataset]:
    found = {"digits": digits.build()}
    draw = np.random.default_rng(0)
    angles = 2 * np.pi * np.arange(8) / 8
    grid = np.stack(np.meshgrid(np.arange(-4, 5, 2), np.arange(-4, 5, 2)), -1).reshape(-1, 2)
    laws = {"ring": (np.stack([np.cos(angles), np.sin(angles)], 1), 0.01), "grid": (grid, 0.05)}
    for name, (centres, sigma) in laws.items():
        splits = []
        for n in (4000, 500, 1000):
            y = draw.integers(len(centres), size=n)
            x = centres[y] + sigma * draw.normal(size=(n, 2))
            splits.append(Examples(torch.tensor(x, dtype=torch.float32), torch.tensor(y)))
        law = Mixture(torch.tensor(centres, dtype=torch.float32), sigma)
        source = f"{len(centres)} Gaussians, sigma {sigma}"
        found[name] = Dataset(name, *splits, classes=len(centres), source=source, mixture=law)
    return found


def write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def protocol(data: Dataset) -> dict[str, Any]:
    return {
        "n_generated": 400,
        "n_reference": 400,
        "n_train": len(data.train.x),
        "reference": "test",
        "d": 64,
        "extractor": "judge CNN",
        "extractor_hash": "0fa1b2c3d4e5",
    }


def scores(data: Dataset, quality: float, draw: Any, memoriser: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in IMAGES if data.kind == "images" else POINTS:
        _, _, _, real, slope, spread, _ = SHAPES[name]
        if name == "inception_fid":
            found[name] = {"value": None, "note": "no Inception weights; metrics.inception_fid"}
            continue
        if name == "modes" and data.name == "grid":
            real = 25
        value = real + slope * quality + spread * draw.normal() * (0.2 + min(quality, 1))
        if memoriser and name in ("nn_ratio", "copying_z"):
            value = 0.0 if name == "nn_ratio" else -24.0
        if name == "modes":
            value = max(1, round(min(value, real)))
        if slope < 0 < real:
            value = min(max(value, 0.0), real * 1.02)
        found[name] = {"value": float(value), "note": ""}
    return found


def run(root: Path, data: Dataset, variant: str, seed: int, index: int) -> None:
    draw = np.random.default_rng([seed, index, len(data.train.x)])
    family, title, quality = MODELS[variant]
    folder = root / "runs" / data.name / variant / str(seed)
    diverged = (data.name, variant, seed) == ("digits", "gan", 1) or (
        (data.name, variant) == ("ring", "dcgan")
    )
    rounds = 0 if family == "density" else 3000
    card = {
        "data": data.name,
        "variant": variant,
        "family": family,
        "title": title,
        "source": f"Author of {variant}, 2014, arXiv:1406.2661",
        "caveat": "One Gaussian <has> one centre." if variant == "gaussian" else "",
        "seed": seed,
        "status": "diverged" if diverged else "ok",
        "note": "diverged at round 412 of 3000: critic nan" if diverged else "",
        "rounds": rounds,
        "batch": 64,
        "images_seen": rounds * 64,
        "parameters": 12345 * (index + 1),
        "seconds": {"import": 4.1, "data": 0.2, "train": 3.0 + 9 * index**1.5, "sample": 0.3},
        "memory": {"process_mb": 512.0 + 30 * index},
        "device": "cpu (x86_64)",
        "python": "3.11.9",
        "versions": {"torch": "2.15.0", "numpy": "2.4.6"},
        "hyperparameters": {"lr": 2e-4},
    }
    write(folder / "run.json", card)
    if rounds:
        players = ["loss"] if family == "autoencoder" else ["critic", "generator"]
        with (folder / "losses.csv").open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(["round", *players])
            for step in range(1, (412 if diverged else rounds) + 1, 5):
                fall = np.exp(-step / 400)
                table.writerow(
                    [
                        step,
                        *(
                            round((1 + k) * fall + 0.3 + 0.1 * draw.normal(), 5)
                            for k in range(len(players))
                        ),
                    ]
                )
    evaluation = {k: card[k] for k in ("data", "variant", "family", "seed", "status", "note")}
    evaluation |= {"protocol": protocol(data), "scores": {}, "seconds": 2.5}
    if not diverged:
        x = data.train.x.numpy()
        chosen = draw.integers(len(x), size=400)
        noise = {"images": 0.12, "points": 1.5 * (data.mixture.sigma if data.mixture else 0)}
        made = x[chosen] + quality * noise[data.kind] * draw.normal(size=x[chosen].shape)
        made = (np.clip(made, 0, 1) if data.kind == "images" else made).astype(np.float32)
        save_file({"x": made}, folder / "samples.safetensors")
        flat, train = made[:10].reshape(10, -1), x.reshape(len(x), -1)
        distances = np.linalg.norm(flat[:, None] - train[None], axis=-1)
        evaluation["neighbours"] = {
            "train_index": distances.argmin(1).tolist(),
            "distance": distances.min(1).tolist(),
        }
        evaluation["scores"] = scores(data, quality, draw)
        if rounds:
            points = range(rounds // 10, rounds + 1, rounds // 10)
            measured = [float(9 * np.exp(-r / 900) + 1 + 0.2 * draw.random()) for r in points]
            name = "fid" if data.kind == "images" else "mode_kl"
            evaluation["along"] = {"round": [*points], "n": [100] * 10, name: measured}
        if (data.name, variant, seed) == ("digits", "vae", 2):
            evaluation["scores"]["kid"] = {"value": None, "note": "fewer than 50 samples a subset"}
        if variant == "gaussian" and data.kind == "images":
            evaluation["scores"]["nn_ratio"]["value"] = 0.31 + 0.01 * draw.normal()
            evaluation["scores"]["copying_z"]["value"] = -14 + draw.normal()
    write(root / "results" / "scores" / data.name / variant / f"{seed}.json", evaluation)


def controls(root: Path, data: Dataset, seed: int) -> None:
    draw = np.random.default_rng(seed)
    check = {"check": "the memoriser is caught by nearest-neighbour ratio", "passed": True}
    content = {
        "data": data.name,
        "seed": seed,
        "protocol": protocol(data),
        "controls": {
            name: scores(data, quality, draw, name == "memoriser")
            for name, quality in CONTROLS.items()
        },
        "checks": [check | {"detail": "0.00 < 0.5"}],
        "seconds": 3.0,
    }
    write(root / "results" / "controls" / data.name / f"{seed}.json", content)


def wilson(share: float, n: int) -> list[float]:
    z = 1.959964
    middle, half = (
        share + z * z / (2 * n),
        z * (share * (1 - share) / n + z * z / (4 * n * n)) ** 0.5,
    )
    return [(middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)]


def attacked(root: Path, data: str, target: str) -> None:
    draw = np.random.default_rng(len(target))
    n, defended = 100, target == "defense_gan"
    grids = {"linf": [0.05, 0.1, 0.2, 0.3, 0.5], "l2": [0.25, 0.5, 1.0, 1.5]}
    base = 0.9 if defended else 0.98
    kinds = [
        ("fgsm", "FGSM", "linf", "white box", 0.6),
        ("pgd_linf", "PGD (Linf)", "linf", "white box", 1.0),
        ("pgd_targeted", "Targeted PGD", "linf", "white box", 0.7),
        ("transfer_linf", "Transfer from MLP", "linf", "transfer", 0.3),
        ("pgd_l2", "PGD (L2)", "l2", "white box", 1.0),
        ("deepfool", "DeepFool", "l2", "white box", 0.9),
        ("cw", "Carlini-Wagner", "l2", "white box", 1.05),
        ("boundary", "Boundary", "l2", "decision", 0.6),
        ("hopskipjump", "HopSkipJump", "l2", "decision", 0.8),
    ]
    if defended:
        kinds.append(("pgd_oblivious", "PGD, oblivious", "linf", "oblivious", 0.15))
    attacks, tensors, worst = [], {}, {}
    for name, title, norm, knowledge, force in kinds:
        eps = grids[norm]
        accuracy = [
            base
            * float(
                np.exp(-((e * (12 if norm == "linf" else 2) * force) ** 2) / (8 if defended else 2))
            )
            for e in eps
        ]
        accuracy = [round(a * n) / n for a in accuracy]
        distance = draw.gamma(4, 0.02 if norm == "linf" else 0.15, size=n) / force
        distance[draw.random(n) < 0.1] = np.inf
        tensors[f"distance/{name}"] = distance.astype(np.float32)
        tensors[f"queries/{name}"] = draw.integers(20, 900, size=n).astype(np.float32)
        median = float(np.median(distance))
        attacks.append(
            {
                "name": name,
                "title": title,
                "source": "Someone 2017, arXiv:1706.06083",
                "norm": norm,
                "knowledge": knowledge,
                "targeted": "targeted" in name,
                "gradient": "none"
                if knowledge in ("decision", "transfer")
                else ("bpda" if defended else "exact"),
                "parameters": {"steps": 40, "restarts": 1},
                "library": "foolbox 3.3.4",
                "n": n,
                "eps": eps,
                "robust_accuracy": accuracy,
                "wilson": [wilson(a, n) for a in accuracy],
                "median_distance": median if np.isfinite(median) else None,
                "queries": {"median": 40, "max": 900, "forward": 4000, "backward": 0},
                "invalid": {
                    "nan": 0,
                    "out_of_box": 0,
                    "over_eps": 0,
                    "unverified": 2,
                    "all_zero": 0,
                },
                "seconds": 3.3,
                "against_queries": {
                    "queries": [0, 1, 10, 100, 1000][: 5 if knowledge == "decision" else 3],
                    "robust_accuracy": [base, 0.9, 0.7, 0.5, 0.4][
                        : 5 if knowledge == "decision" else 3
                    ],
                },
            }
        )
    for norm, eps in grids.items():
        lows = [
            min(a["robust_accuracy"][i] for a in attacks if a["norm"] == norm)
            for i in range(len(eps))
        ]
        names = [a["name"] for a in attacks if a["norm"] == norm]
        worst[norm] = {
            "n": n,
            "eps": eps,
            "robust_accuracy": lows,
            "wilson": [wilson(a, n) for a in lows],
            "only_by": {name: k for k, name in enumerate(names)},
            "broken_by": {name: 40 // (k + 1) for k, name in enumerate(names)},
        }
    x = datasets()["digits"].test.x.numpy()[:6]
    tensors["original"] = x
    tensors["adversarial"] = np.clip(x + 0.1 * np.sign(draw.normal(size=x.shape)), 0, 1).astype(
        np.float32
    )
    if defended:
        tensors["defended"] = np.clip(x + 0.05 * draw.normal(size=x.shape), 0, 1).astype(np.float32)
    folder = root / "results" / "attacks" / data / target
    card = {
        "data": data,
        "target": target,
        "classifier": "cnn" if defended else target,
        "defence": "defense_gan" if defended else None,
        "status": "ok",
        "note": "",
        "clean_accuracy": 0.98,
        "clean_wilson": wilson(0.98, n),
        "defended_clean_accuracy": base if defended else None,
        "defended_clean_wilson": wilson(base, n),
        "undefended": {
            norm: result
            | {
                "robust_accuracy": [0.02] * len(result["eps"]),
                "wilson": [wilson(0.02, n)] * len(result["eps"]),
            }
            for norm, result in worst.items()
        },
        "untrained_generator": {
            "defended_clean_accuracy": 0.5,
            "defended_clean_wilson": wilson(0.5, n),
        },
        "reconstruction_error": 0.034,
        "n": n,
        "image_indices_sha256": "ab" * 32,
        "eps": grids,
        "headline": {"linf": 0.1, "l2": 0.5},
        "attacks": attacks,
        "worst_case": worst,
        "flags": [{"text": "2 images were broken by black-box attacks only", "norm": "linf"}]
        if defended
        else [],
        "examples": [
            {
                "index": i,
                "label": int(datasets_label(i)),
                "attack": "pgd_linf",
                "norm": "linf",
                "title": "PGD (Linf)",
                "distance": 0.1,
                "undefended_prediction": 4,
                "clean_prediction": int(datasets_label(i)),
                "adversarial_prediction": (int(datasets_label(i)) + 3) % 10,
            }
            for i in range(6)
        ],
        "defence_parameters": {"restarts": 4, "steps": 100} if defended else {},
        "seconds": 60.0,
        "device": "cpu (x86_64)",
        "versions": {},
    }
    write(folder / "attack.json", card)
    save_file(tensors, folder / "images.safetensors")


def datasets_label(index: int) -> int:
    return int(digits.build().test.y[index])
