"""GenAttack: a genetic search by the target's scores, towards a given class.

Alzantot, Sharma, Chakraborty, Zhang, Hsieh and Srivastava, "GenAttack: Practical Black-box Attacks
with Gradient-Free Optimization", 2019, arXiv:1805.11090, algorithm 1.  foolbox's fitness takes the
exponential of the target's outputs, so it is shown their log-softmax, as the paper has it; on
logits it overflows.
"""

from __future__ import annotations

import torch
from foolbox.attacks.gen_attack import GenAttack
from foolbox.models import PyTorchModel
from torch import Tensor, nn

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.ledger import Ledger
from gbench.tracks.attacks.measure.norms import INSIDE


class Scores(nn.Module):
    """The ledger's answers as log-probabilities, no class below e^-30."""

    def __init__(self, ledger: Ledger):
        super().__init__()
        self.ledger = ledger
        self.eval()

    def forward(self, x: Tensor) -> Tensor:
        return self.ledger(x).log_softmax(1).clamp(min=-30.0, max=-1e-6)


def run(
    ledger: Ledger,
    *,
    steps: int = 100,
    population: int = 10,
    mutation_probability: float = 0.1,
    mutation_range: float = 0.15,
) -> None:
    """
    Args:
        steps: generations, `population` questions each.
        population: members of a generation.
        mutation_probability: of a pixel.
        mutation_range: of a mutation, as a share of eps.
    """
    attack = GenAttack(
        steps=steps,
        population=population,
        mutation_probability=mutation_probability,
        mutation_range=mutation_range,
    )
    for eps in ledger.eps:
        images = ledger.left(eps)
        if len(images):
            _, x, criterion = ledger.select(images)
            model = PyTorchModel(Scores(ledger), bounds=(0, 1), device=x.device)
            with torch.no_grad():
                found = attack.run(model, x, criterion, epsilon=eps * INSIDE)  # type: ignore[arg-type]
            ledger.hand_in(images, found, eps)


ATTACK = Attack(
    title="GenAttack to a random class (Linf)",
    norm="linf",
    knowledge="score",
    run=run,
    source="Alzantot et al. 2019, arXiv:1805.11090",
    targeted=True,
    dear=True,
)
