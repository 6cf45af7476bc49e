"""EAD: Carlini and Wagner's loss with an elastic net, beta |delta|_1 + |delta|_2^2, for few pixels.

Chen, Sharma, Zhang, Yi and Hsieh, "EAD: Elastic-Net Attacks to Deep Neural Networks via Adversarial
Examples", 2018, arXiv:1709.04114, equation (7), by iterative shrinkage-thresholding; the decision
rule is L1.
"""

from foolbox.attacks import EADAttack

from gbench.tracks.attacks.measure.attack import Attack
from gbench.tracks.attacks.measure.ledger import Ledger
from gbench.tracks.attacks.measure.minimal import minimise


def run(
    ledger: Ledger,
    *,
    searches: int = 5,
    steps: int = 200,
    stepsize: float = 0.01,
    initial_const: float = 0.1,
    regularization: float = 0.01,
) -> None:
    """
    Args:
        searches: steps of the binary search over c.
        steps: of shrinkage-thresholding in each search.
        stepsize: the first; it falls with the square root of the progress.
        initial_const: the first c.
        regularization: beta.
    """
    attack = EADAttack(
        binary_search_steps=searches,
        steps=steps,
        initial_stepsize=stepsize,
        initial_const=initial_const,
        regularization=regularization,
        decision_rule="L1",
    )
    minimise(ledger, attack)


ATTACK = Attack(
    title="EAD (L1)",
    norm="l1",
    knowledge="white box",
    run=run,
    source="Chen et al. 2018, arXiv:1709.04114",
    nearest=True,
)
