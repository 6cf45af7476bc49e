"""Unrolling: the generator plays against the critic that its move would lead to.

Metz, Poole, Pfau and Sohl-Dickstein, "Unrolled Generative Adversarial Networks", 2017,
arXiv:1611.02163: the generator's loss is that against a critic some steps ahead, and its slope
leads through these steps.  The paper writes them as gradient steps.  In the authors' demonstration
they are steps of the critic's own Adam, from its moments as they stand, and the slope leads through
the moments too.  Both are here.  The critic itself learns in its own turns only.

Deviations: the generator descends the game's loss, for instance the non-saturating one, where the
paper has minus the critic's.  All steps are on one batch, as in the demonstration, but each draws
its own noise.  Adam's epsilon is inside the root, which has no slope at 0.
"""

from typing import Any, Literal

import torch
from torch import Tensor
from torch.autograd import grad
from torch.func import functional_call
from torch.nn import Parameter

from gbench.core.files import OutOfRange, UserError
from gbench.core.game import Batch, Game, Player
from gbench.games.tricks._places import adversarial, refuse_drawn_bits
from gbench.games.two_player.wrapper import Wrapper

TITLE = "unrolled critic"
SOURCE = "Metz et al. 2017, arXiv:1611.02163"

EPSILON = 1e-8


class Unrolled(Wrapper):
    """The critic's steps ahead are gradient steps.

    Args:
        steps: of the critic that the generator looks ahead; 0 changes nothing.
        lr: their size; None for the critic's own.
    """

    def __init__(self, game: Game, steps: int, lr: float | None):
        super().__init__(game)
        self.steps, self.lr = steps, lr

    @property
    def critic_player(self) -> Player:
        return self.game.players()["critic"]

    def players(self) -> dict[str, Player]:
        players = super().players()
        return players | {"generator": players["generator"]._replace(loss=self.generator_loss)}

    def generator_loss(self, batch: Batch) -> Tensor:
        weights = self.critic_weights()
        sizes = [weight.numel() for weight in weights.values()]

        def placed(flat: Tensor) -> dict[str, Tensor]:
            parts = zip(weights.items(), flat.split(sizes), strict=True)
            return {name: part.view_as(weight) for (name, weight), part in parts}

        # In one vector, so that a step is a few operations whatever the number of layers.
        ahead = torch.cat([w.detach().flatten() for w in weights.values()]).requires_grad_()
        size, state = self.step_size(), self.state()
        for _ in range(self.steps):
            loss = functional_call(self.game, placed(ahead), ("critic", batch))
            (slope,) = grad(loss, ahead, create_graph=True)
            move, state = self.move(slope, state)
            ahead = ahead - size * move
        return functional_call(self.game, placed(ahead), ("generator", batch))

    def critic_weights(self) -> dict[str, Parameter]:
        """By the names that the game has for them."""
        own = {id(parameter) for parameter in self.critic_player.parameters()}
        named = self.game.named_parameters()
        return {name: parameter for name, parameter in named if id(parameter) in own}

    def step_size(self) -> float:
        """As it has fallen by now."""
        critic = self.critic_player
        share = 1 - (1 - critic.lr_end) * self.progress
        return share * (critic.lr if self.lr is None else self.lr)

    def state(self) -> Any:
        """The optimiser's memory before the first step ahead."""

    def move(self, slope: Tensor, state: Any) -> tuple[Tensor, Any]:
        """Against which the weights move by the step size, [all of them], and the next state."""
        return slope, state


class AdamUnrolled(Unrolled):
    """The critic's steps ahead are Adam's, from the moments that its own steps have left.

    Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015, arXiv:1412.6980,
    algorithm 1.  The moments are kept here too, as buffers: the loop does not show its own.
    """

    count: Tensor
    first: Tensor
    second: Tensor

    def __init__(self, game: Game, steps: int, lr: float | None):
        super().__init__(game, steps, lr)
        total = sum(weight.numel() for weight in self.critic_weights().values())
        for name, shape in (("count", ()), ("first", total), ("second", total)):
            self.register_buffer(name, torch.zeros(shape))

    def players(self) -> dict[str, Player]:
        players = super().players()
        return players | {"critic": players["critic"]._replace(after_step=self.follow)}

    @torch.no_grad()
    def follow(self) -> None:
        """Takes the critic's step into account."""
        critic = self.critic_player
        critic.after_step()
        weights = self.critic_weights().values()
        slopes = [torch.zeros_like(w) if w.grad is None else w.grad for w in weights]
        _, state = self.move(torch.cat([slope.flatten() for slope in slopes]), self.state())
        for kept, new in zip(self.state(), state, strict=True):
            kept.copy_(new)

    def state(self) -> tuple[Tensor, Tensor, Tensor]:
        """The number of steps, the first moments and the second ones."""
        return self.count, self.first, self.second

    def move(self, slope: Tensor, state: Any) -> tuple[Tensor, Any]:
        decay1, decay2 = self.critic_player.betas
        count, first, second = state
        count = count + 1
        first = decay1 * first + (1 - decay1) * slope
        second = decay2 * second + (1 - decay2) * slope.square()
        rise1, rise2 = 1 - decay1**count, 1 - decay2**count
        return first / rise1 / (second / rise2 + EPSILON**2).sqrt(), (count, first, second)


def apply(
    game: Game,
    *,
    steps: int = 5,
    optimizer: Literal["adam", "gradient"] = "adam",
    lr: float | None = None,
) -> Game:
    """
    Args:
        steps: of the critic that the generator looks ahead; 0 changes nothing.
        optimizer: whose steps they are.
        lr: their size; None for the critic's own.

    Raises:
        UserError: other than two players, no slope from critic to generator, or a critic whose
            steps end with something that a look ahead would leave out.
    """
    refuse_drawn_bits(adversarial(game))
    if steps < 0:
        raise OutOfRange(f"unrolled.steps: {steps} is under 0")
    players = game.players()
    if [*players] != ["critic", "generator"]:
        raise UserError(f"unrolling is for two players, and there are {', '.join(players)}")
    if players["critic"].after_step is not Player._field_defaults["after_step"]:
        raise UserError(
            "the critic's steps end with something that a look ahead would leave out, such as "
            "clipped weights; historical averaging may come after unrolling"
        )
    return (AdamUnrolled if optimizer == "adam" else Unrolled)(game, steps, lr)
