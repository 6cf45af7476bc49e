"""Attacks through gbench's ledger beside plain foolbox, and ART where it is installed.

    python benchmarks/attacks.py

One small convolutional network taught digits, a hundred test images that it names rightly, a
thread.  Each attack runs as foolbox runs it and as gbench does, in turns; printed are images a
second of both, their ratio, and the accuracy that is left at the budget.  gbench counts every
question, measures every image that is asked about and asks about the result once more; on the
other hand it leaves alone what is broken already.  Where both have budgets, there is one.

Then HopSkipJump with 1, 20 and 100 images at once, by foolbox and by gbench: foolbox's norms go
over the whole batch, so what else is attacked changes how far an image moves.
"""

import importlib.util
import statistics
import time
import warnings
from collections.abc import Callable
from typing import Any

import foolbox
import torch
from foolbox import attacks as theirs
from torch import Tensor, nn

from gbench.core.plugin import load
from gbench.tracks.attacks.classifiers import cnn
from gbench.tracks.attacks.measure import training
from gbench.tracks.attacks.measure.ledger import Ledger
from gbench.tracks.attacks.measure.norms import Norm, length
from gbench.zoo.data import digits

N, TURNS, SEEDS = 100, 3, 5
LINF, L2, L1 = 0.1, 0.5, 2.0
PAIRS: dict[str, tuple[Norm, float, Any, dict[str, Any]]] = {
    "fgsm": ("linf", LINF, theirs.LinfFastGradientAttack(random_start=False), {}),
    "bim": ("linf", LINF, theirs.LinfBasicIterativeAttack(steps=10), {"steps": 10}),
    "pgd_linf": (
        "linf",
        LINF,
        theirs.LinfPGD(steps=50, rel_stepsize=0.1),
        {"steps": 50, "losses": ["cross_entropy"]},
    ),
    "pgd_l2": (
        "l2",
        L2,
        theirs.L2PGD(steps=50, rel_stepsize=0.1),
        {"steps": 50, "losses": ["cross_entropy"]},
    ),
    "ddn": ("l2", L2, theirs.DDNAttack(steps=100), {}),
    "deepfool": ("l2", L2, theirs.L2DeepFoolAttack(steps=50), {}),
    "carlini_wagner": (
        "l2",
        L2,
        theirs.L2CarliniWagnerAttack(
            binary_search_steps=4, steps=150, stepsize=0.05, initial_const=0.1
        ),
        {},
    ),
    "fmn_l2": ("l2", L2, theirs.L2FMNAttack(steps=100), {}),
    "fmn_linf": ("linf", LINF, theirs.LInfFMNAttack(steps=100), {}),
    "sparse_l1": (
        "l1",
        L1,
        theirs.SparseL1DescentAttack(quantile=0.95, steps=50, rel_stepsize=0.1),
        {},
    ),
    "ead": (
        "l1",
        L1,
        theirs.EADAttack(binary_search_steps=4, steps=150, initial_const=0.1, decision_rule="L1"),
        {"searches": 4, "steps": 150},
    ),
}
ALONE = {
    "apgd_ce_linf": {"steps": 50},
    "apgd_dlr_linf": {"steps": 50},
    "apgd_targeted": {"steps": 50},
    "square": {"queries": 500},
}


def world() -> tuple[nn.Module, Tensor, Tensor]:
    """The network, and images that it names rightly with their classes."""
    data = digits.build()
    torch.manual_seed(0)
    network = cnn.build(data.shape, data.classes)
    training.train(network, data.train, rounds=1000, batch=64, lr=2e-3, seed=0)
    network.requires_grad_(False)
    x, y = data.test
    right = network(x).argmax(1) == y
    return network, x[right][:N], y[right][:N]


def timed(action: Callable[[], float]) -> tuple[float, float]:
    """Median CPU seconds of a few turns, and what the last gave."""
    seconds = []
    for _ in range(TURNS):
        torch.manual_seed(0)
        start = time.process_time()
        value = action()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds), value


def ours(network: nn.Module, x: Tensor, y: Tensor, name: str, eps: float, numbers: Any) -> float:
    """The accuracy that gbench's attack leaves."""
    attack = load("tracks/attacks/attacks", name).ATTACK
    ledger = Ledger(network, x, y, norm=attack.norm, eps=[eps])
    attack.run(ledger, **numbers)
    ledger.verify()
    return len(ledger.left(eps)) / len(x)


def plain(network: nn.Module, x: Tensor, y: Tensor, norm: Norm, eps: float, attack: Any) -> float:
    """The accuracy that foolbox's attack leaves, its result measured and classified by us."""
    model = foolbox.PyTorchModel(network.eval(), bounds=(0, 1), device="cpu")
    wanted = None if isinstance(attack, theirs.base.MinimizationAttack) else eps
    _, found, _ = attack(model, x, y, epsilons=wanted)
    fooled = (network(found).argmax(1) != y) & (found.flatten(1).amax(1) > 0)
    near = length(found - x, norm) <= eps * (1 + 1e-5)
    return float((~(fooled & near)).float().mean())


def hop_skip_jump(network: nn.Module, x: Tensor, y: Tensor) -> None:
    """Median L2 by both over twenty images and five seeds, for three sizes of a batch."""
    print("\n| Images at once | foolbox, median L2 | gbench, median L2 |\n| ---: | ---: | ---: |")
    model = foolbox.PyTorchModel(network.eval(), bounds=(0, 1), device="cpu")
    module = load("tracks/attacks/attacks", "hopskipjump").ATTACK
    for size in (1, 20, 100):
        found: dict[str, list[Tensor]] = {"foolbox": [], "gbench": []}
        for seed in range(SEEDS):
            parts = torch.arange(max(20, size)).split(size)
            torch.manual_seed(seed)
            for part in parts:
                attack = theirs.HopSkipJumpAttack(steps=10, initial_gradient_eval_steps=100)
                _, images, _ = attack(model, x[part], y[part], epsilons=None)
                found["foolbox"].append(length(images - x[part], "l2")[:20])
            torch.manual_seed(seed)
            for part in parts:
                ledger = Ledger(network, x[part], y[part], norm="l2", eps=[1.0])
                module.run(ledger, steps=10, gradient_evaluations=100)
                found["gbench"].append(ledger.distance[:20])
        medians = " | ".join(f"{torch.cat(values).median():.3f}" for values in found.values())
        print(f"| {size} | {medians} |", flush=True)


ART = {  # by the name of ours: class, keywords; its results depend on nothing else that we set
    "fgsm": ("FastGradientMethod", {"eps": LINF}),
    "bim": ("BasicIterativeMethod", {"eps": LINF, "eps_step": LINF / 5, "max_iter": 10}),
    "pgd_linf": ("ProjectedGradientDescent", {"eps": LINF, "eps_step": LINF / 10, "max_iter": 50}),
    "pgd_l2": (
        "ProjectedGradientDescent",
        {"norm": 2, "eps": L2, "eps_step": L2 / 10, "max_iter": 50},
    ),
    "deepfool": ("DeepFool", {"max_iter": 50}),
    "apgd_ce_linf": (
        "AutoProjectedGradientDescent",
        {
            "eps": LINF,
            "eps_step": 2 * LINF,
            "max_iter": 50,
            "nb_random_init": 1,
            "loss_type": "cross_entropy",
        },
    ),
    "apgd_dlr_linf": (
        "AutoProjectedGradientDescent",
        {
            "eps": LINF,
            "eps_step": 2 * LINF,
            "max_iter": 50,
            "nb_random_init": 1,
            "loss_type": "difference_logits_ratio",
        },
    ),
    "square": ("SquareAttack", {"eps": LINF, "max_iter": 500, "p_init": 0.8}),
}


def art(network: nn.Module, x: Tensor, y: Tensor) -> None:
    """The attacks that the Adversarial Robustness Toolbox has too, where it is installed."""
    if importlib.util.find_spec("art") is None:
        print("\nART is not installed; `pip install adversarial-robustness-toolbox` adds its rows.")
        return
    from art.attacks import evasion
    from art.estimators.classification import PyTorchClassifier

    target = PyTorchClassifier(
        network,
        nn.CrossEntropyLoss(),
        tuple(x.shape[1:]),
        10,
        clip_values=(0, 1),
        device_type="cpu",
    )

    def left(attack: Any, norm: Norm, eps: float) -> float:
        found = torch.from_numpy(attack.generate(x.numpy(), y.numpy()))
        fooled = (network(found).argmax(1) != y) & (length(found - x, norm) <= eps * (1 + 1e-5))
        return float((~fooled).float().mean())

    print("\n| Attack | ART, images/s | gbench, images/s | ratio | left, ART | left, gbench |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, (kind, numbers) in ART.items():
        norm, eps, numbers_here = "linf", LINF, ALONE.get(name)
        if name in PAIRS:
            norm, eps, _, numbers_here = PAIRS[name]
        attack = getattr(evasion, kind)(target, batch_size=N, **numbers)
        attack.verbose = False
        theirs_s, a = timed(lambda: left(attack, norm, eps))  # noqa: B023
        ours_s, b = timed(lambda: ours(network, x, y, name, eps, numbers_here))  # noqa: B023
        speeds = f"{len(x) / theirs_s:.0f} | {len(x) / ours_s:.0f} | {theirs_s / ours_s:.2f}"
        print(f"| {name} | {speeds} | {a:.2f} | {b:.2f} |", flush=True)


def main() -> None:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    network, x, y = world()
    print(
        "| Attack | foolbox, images/s | gbench, images/s | ratio | left, foolbox | left, gbench |"
    )
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, (norm, eps, attack, numbers) in PAIRS.items():
        theirs_s, a = timed(lambda: plain(network, x, y, norm, eps, attack))  # noqa: B023
        ours_s, b = timed(lambda: ours(network, x, y, name, eps, numbers))  # noqa: B023
        speeds = f"{len(x) / theirs_s:.0f} | {len(x) / ours_s:.0f} | {theirs_s / ours_s:.2f}"
        print(f"| {name} | {speeds} | {a:.2f} | {b:.2f} |", flush=True)
    for name, numbers in ALONE.items():
        seconds, b = timed(lambda: ours(network, x, y, name, LINF, numbers))  # noqa: B023
        print(f"| {name} | – | {len(x) / seconds:.0f} | – | – | {b:.2f} |", flush=True)
    hop_skip_jump(network, x, y)
    art(network, x, y)


if __name__ == "__main__":
    main()
