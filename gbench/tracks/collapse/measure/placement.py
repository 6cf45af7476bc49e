"""Where batch norm belongs: the rules of the folklore, each against what was measured.

The judge of a rule is FID (judge), chosen before anything was measured, by Student's paired t-test
over common seeds, Holm-corrected over the rules.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from gbench.stats import ALPHA, Estimate, estimate, holm, paired_p

Verdict = Literal["holds", "does not hold", "undecided", "untested"]


class Rule(NamedTuple):
    """What is said, by whom, and which entry it says is better than which."""

    text: str
    source: str
    better: str
    worse: str


RADFORD, SALIMANS = (
    "Radford et al. 2016, arXiv:1511.06434",
    "Salimans et al. 2016, arXiv:1606.03498",
)
GOODFELLOW = "Goodfellow 2017, arXiv:1701.00160"
RULES = (
    Rule("Use batch norm in both networks.", RADFORD, "norm_both", "norm_none"),
    Rule("Use it in the generator, not in the critic alone.", RADFORD, "norm_both", "norm_critic"),
    Rule(
        "Use it in the critic, not in the generator alone.", RADFORD, "norm_both", "norm_generator"
    ),
    Rule("Not in the generator's last layer.", RADFORD, "norm_both", "norm_generator_all"),
    Rule("Not in the critic's first layer.", RADFORD, "norm_both", "norm_critic_all"),
    Rule(
        "In the generator rather virtual than plain: plain batch norm ties the samples of a batch.",
        SALIMANS,
        "norm_virtual",
        "norm_both",
    ),
    Rule(
        "In the generator rather virtual than by a reference batch, which it may overfit.",
        GOODFELLOW,
        "norm_virtual",
        "norm_reference",
    ),
)


class Tested(NamedTuple):
    """One rule and what was measured.

    Attributes:
        difference: of the judge's metric, what the rule says is worse minus what it says is better,
            over common seeds: above 0 the rule is right.
        p: of the paired t-test, after Holm over the rules; None with fewer than two seeds.
    """

    rule: Rule
    difference: Estimate | None
    p: float | None

    @property
    def verdict(self) -> Verdict:
        if self.p is None or self.difference is None:
            return "untested"
        if self.p >= ALPHA:
            return "undecided"
        return "holds" if self.difference.mean > 0 else "does not hold"


def tested(differences: Mapping[str, Mapping[int, float]]) -> list[Tested]:
    """Every rule, Holm-corrected over those that could be tested.

    Args:
        differences: worse minus better, by the rule's text and the seed.
    """
    found = {rule: [*differences.get(rule.text, {}).values()] for rule in RULES}
    raw = {rule: paired_p(d, [0.0] * len(d)) for rule, d in found.items() if len(d) >= 2}
    p_values = dict(zip(raw, holm([*raw.values()]), strict=True))
    return [Tested(rule, estimate(d), p_values.get(rule)) for rule, d in found.items()]
