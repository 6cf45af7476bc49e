"""What is measured while a model still learns."""

from typing import NamedTuple

from gbench.core.budget import evenly


class Along(NamedTuple):
    """The section `along` of params.yaml.

    Attributes:
        points: at so many rounds, evenly spaced, the last among them; 0 for none.
        n: samples each time; no more than the test split has.
        metrics: those that are computed of them.
        landscape: on data in the plane the critic, if there is one, is asked each time how real it
            finds the points of a lattice, so many along each axis; 0: it is not asked.
    """

    points: int
    n: int
    metrics: list[str]
    landscape: int = 0

    def rounds(self, of: int) -> set[int]:
        """The rounds, out of so many, after which samples are kept."""
        return evenly(self.points, of)
