"""Mode collapse: remedies on mixtures and stacks, a gallery of games, and where batch norm goes."""

from gbench.params import Matrix

SECTIONS = {
    "prepared": list[str],  # the data sets of all three matrices
    "gallery": Matrix,
    "placement": Matrix,
}
