"""The form of an attack."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from gbench.tracks.attacks.measure.norms import Norm


@dataclass(frozen=True)
class Attack:
    """One threat; each file of gbench/tracks/attacks/attacks/ holds one as `ATTACK`.

    Attributes:
        title: for tables.
        norm: that it minimises or that bounds it.
        knowledge: its use of the target: gradients ("white box"), the logits ("score"), the
            predicted class only ("decision"), the same of every image that there is
            ("exhaustive"), or another model altogether ("transfer").
        run: `run(ledger, *needs, **numbers)` puts its questions to the ledger, which keeps the
            results; it may return tensors [n, ...] about the images, by name, for the record.
        source: authors, title, year, arXiv id.
        targeted: it seeks one given wrong class instead of any.
        single_step: it takes one gradient step, so an iterated attack must be no weaker.
        dear: it asks so many questions that it is run on the first of the images only.
        nearest: it seeks the nearest wrong image, instead of one within each budget.
        library: whose code it runs, but for what the file mends.
        needs: what it is given besides, in this order: "stand_ins", the other classifiers; "train"
            and "held_out", the Examples of the training and the validation split.
    """

    title: str
    norm: Norm
    knowledge: Literal["white box", "score", "decision", "exhaustive", "transfer"]
    run: Callable[..., dict[str, Tensor] | None]
    source: str
    targeted: bool = False
    single_step: bool = False
    dear: bool = False
    nearest: bool = False
    library: Literal["foolbox", "gbench"] = "foolbox"
    needs: tuple[Literal["stand_ins", "train", "held_out"], ...] = ()
