"""Networks for pairs: data with a code or a one-hot label next to it.

A pair travels as one tensor [B, D + C], the flat data first, so that critics, criteria, terms and
tricks need not know that it is one.
"""

import torch
from torch import Tensor, nn

from gbench.games import nets
from gbench.games.nets.mlp import Trunk, activation


def one_hot(labels: Tensor, classes: int) -> Tensor:
    """Labels [B] as rows of the identity, [B, classes]."""
    return nn.functional.one_hot(labels, classes).float()


def join(x: Tensor, code: Tensor) -> Tensor:
    """Data [B, *shape] and codes [B, C] as pairs [B, D + C]."""
    return torch.cat([x.flatten(1), code], dim=1)


class Apart(nn.Module):
    """Maps pairs [B, D + C] to the features of the data and of the code, [B, F + G].

    Args:
        shape: of the data.
        data: maps data [B, *shape] to [B, F].
        code: maps codes [B, C] to [B, G].
    """

    def __init__(self, shape: tuple[int, ...], data: nn.Module, code: nn.Module):
        super().__init__()
        self.shape, self.data, self.code = shape, data, code

    def forward(self, pairs: Tensor) -> Tensor:
        size = torch.Size(self.shape).numel()
        x, code = pairs[:, :size].unflatten(1, self.shape), pairs[:, size:]
        return torch.cat([self.data(x), self.code(code)], dim=1)


def trunk(
    shape: tuple[int, ...],
    codes: int,
    width: int,
    kind: nets.Kind = "convolutional",
    *,
    dropout: float = 0.0,
) -> Trunk:
    """Maps pairs [B, D + codes] to features: first each part by itself, then a joint layer.

    Args:
        dropout: the share of hidden units that is dropped in training; `radford` has it only after
            the code's layers and the joint one.
    """
    data = nets.trunk(shape, width, kind, dropout=dropout)
    code = nets.trunk((codes,), data.features, dropout=dropout)
    joint = nn.Linear(data.features + code.features, data.features)
    return Trunk([Apart(shape, data, code), joint, *activation(dropout)], data.features)
