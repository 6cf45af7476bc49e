"""How much faster are small convolutions as matrices?  `python benchmarks/convolution.py`

Prints, for the critic of an 8x8 image, CPU time of nn.Conv2d over that of `nets.small`, in one
process and interleaved: forward and backward, and with a gradient penalty.
"""

import statistics
import time
from collections.abc import Callable

import torch
from torch import nn

from gbench.games.nets.critic import Critic
from gbench.games.nets.mlp import Trunk
from gbench.games.nets.small import convolution
from gbench.games.two_player.terms import GradientPenalty


def critic(first: nn.Module) -> Critic:
    return Critic(Trunk([first, nn.LeakyReLU(0.2), nn.Flatten()], 16 * 4 * 4))


def seconds(work: Callable[[], None], times: int = 30) -> float:
    begin = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - begin) / times


def main() -> None:
    torch.set_num_threads(1)
    x, y = torch.rand(64, 1, 8, 8), torch.rand(64, 1, 8, 8)
    penalty = GradientPenalty(10.0)
    plain = critic(nn.Conv2d(1, 16, 4, stride=2, padding=1))
    ours = critic(convolution(1, 16, (8, 8)))
    works: dict[str, Callable[[Critic], None]] = {
        "forward and backward": lambda net: net(x).mean().backward(),
        "gradient penalty": lambda net: penalty(net, x, y).backward(),
    }
    for name, work in works.items():
        ratios = [
            seconds(lambda work=work: work(plain)) / seconds(lambda work=work: work(ours))
            for _ in range(11)
        ]
        low, middle, high = statistics.quantiles(ratios, n=4)
        print(f"{name}: nn.Conv2d / matrix = {middle:.2f} (quartiles {low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
