"""The hinge criterion, which no longer looks at inputs that are safely on their side."""

from torch import Tensor
from torch.nn.functional import relu


class Hinge:
    """Lim and Ye, "Geometric GAN", 2017, arXiv:1705.02894."""

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        return relu(1 - real).mean() + relu(1 + fake).mean()

    def generator(self, fake: Tensor) -> Tensor:
        return -fake.mean()
