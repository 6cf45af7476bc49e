"""The change of units that both classifiers begin with."""

from torch import Tensor, nn


class Centre(nn.Module):
    """[0, 1] -> [-1, 1], inside the network so that attacks keep to pixel units."""

    def forward(self, x: Tensor) -> Tensor:
        return 2 * x - 1
