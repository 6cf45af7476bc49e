"""What an attack is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from gbench.robustness.ledger import Norm


@dataclass(frozen=True)
class Attack:
    """One threat; each file of gbench/robustness/attacks/ holds one as `ATTACK`.

    Attributes:
        title: for tables.
        norm: that it minimises or that bounds it.
        knowledge: what it uses of the target: gradients ("white box"), the predicted class only
            ("decision"), or another model altogether ("transfer").
        run: `run(ledger, **numbers)` puts its questions to the ledger, which keeps the results;
            a transfer attack's is `run(ledger, stand_ins, **numbers)`.
        source: authors, title, year, arXiv id.
        targeted: it seeks one given wrong class instead of any.
        single_step: it takes one gradient step, so an iterated attack must be no weaker.
    """

    title: str
    norm: Norm
    knowledge: Literal["white box", "decision", "transfer"]
    run: Callable[..., None]
    source: str
    targeted: bool = False
    single_step: bool = False
