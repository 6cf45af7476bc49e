"""Where tricks attach, and the obstacles there."""

from collections.abc import Callable, Iterable
from itertools import chain
from typing import NamedTuple

import torch
from torch import Tensor, nn

from gbench.core.files import UserError
from gbench.core.game import Game
from gbench.games.nets.ensemble import Ensemble
from gbench.games.nets.mlp import Trunk
from gbench.games.nets.pairs import Apart
from gbench.games.two_player.boundary import DiscreteBoundarySeeking
from gbench.games.two_player.game import Adversarial
from gbench.games.two_player.terms import SlopeTerm
from gbench.games.two_player.wrapper import Wrapper, unwrapped


class Drawn(NamedTuple):
    """What stands in for a batch of examples.

    Attributes:
        x: [N, *shape].
        y: [N] class indices.
    """

    x: Tensor
    y: Tensor


def adversarial(game: Game) -> Adversarial:
    """The innermost game, whose terms and criterion a trick may change.

    Raises:
        UserError: it has no critic and generator that tricks know of.
    """
    inner = unwrapped(game)
    if not isinstance(inner, Adversarial):
        raise UserError(f"tricks are for games with a critic; {type(inner).__name__} is none")
    return inner


def opened(game: Game) -> Adversarial:
    """The innermost game, whose generator a trick may change.

    Raises:
        UserError: an earlier trick has copied its networks or losses.
    """
    inner = adversarial(game)
    wrapper = game
    while isinstance(wrapper, Wrapper):
        if wrapper.sealed:
            raise UserError(f"{named(wrapper)} must come after it in the list of tricks")
        wrapper = wrapper.game
    return inner


def single(game: Game) -> Adversarial:
    """The innermost game, whose critic, criterion and terms a trick may change as well.

    Raises:
        UserError: an earlier trick has copied them.
    """
    inner = opened(game)
    if isinstance(inner.critic, Ensemble):
        raise UserError(f"{named(inner.critic)} must come after it in the list of tricks")
    return inner


def named(part: nn.Module) -> str:
    """The trick whose file a part comes from."""
    return type(part).__module__.rpartition(".")[2]


def generator(game: Adversarial) -> tuple[str, nn.Module]:
    """The network that samples, after the name of the game's attribute that holds it.

    Raises:
        UserError: the game keeps a copy of it, which a change would not reach.
    """
    for name, child in game.named_children():
        learns, keeps = ({*tensors} for tensors in (child.parameters(), child.buffers()))
        if keeps and not learns and name != "fakes":
            raise UserError(f"{type(game).__name__} keeps a copy of its generator, `{name}`")
    name = "generator" if hasattr(game, "generator") else "decoder"
    return name, getattr(game, name)


def refuse_drawn_bits(game: Adversarial) -> None:
    """
    Raises:
        UserError: no slope leads from the critic through the fakes to the generator.
    """
    if isinstance(game, DiscreteBoundarySeeking):
        raise UserError("its fakes are drawn bits, through which the generator gets no slope")


def refuse_slope_terms(game: Adversarial, why: str) -> None:
    """
    Args:
        why: the critic's slope would no longer be that of single inputs.

    Raises:
        UserError: there is a gradient penalty.
    """
    if any(isinstance(term, SlopeTerm) for term in game.terms["critic"]):
        raise UserError(f"a gradient penalty is of one input's score, but {why}")


def refuse_mixing(game: Adversarial) -> None:
    """
    Raises:
        UserError: a score depends on the rest of its batch.
    """
    if not game.critic.independent:
        raise UserError(
            "a gradient penalty is of one input's score, but this critic's depends on the whole "
            "batch (batch norm, minibatch discrimination or packing)"
        )


def penalised(game: Game, term: SlopeTerm) -> Game:
    """The game with one gradient penalty on its critic.

    Raises:
        UserError: a score depends on a whole batch, or the slope is penalised already.
    """
    inner = single(game)
    refuse_mixing(inner)
    refuse_slope_terms(inner, "there is one already, which wants another slope")
    inner.terms["critic"].append(term)
    return game


@torch.no_grad()
def first_fakes(game: Adversarial, n: int) -> Tensor:
    """The fakes that the untrained game shows its critic, [n or 2 n, ...]."""
    mode = game.training
    game.eval()
    x = game.sample(n)
    labels = torch.randint(getattr(game, "classes", 1), (n,), device=x.device)
    fakes = game.fake(Drawn(x, labels))
    game.train(mode)
    return fakes


def layers(network: nn.Module) -> list[nn.Module]:
    """A network's layers in their order, sequences within sequences laid out flat."""
    if not isinstance(network, nn.Sequential):
        return [network]
    return list(chain.from_iterable(layers(child) for child in network))


def changed(
    network: nn.Module, change: Callable[[list[nn.Module]], Iterable[nn.Module]]
) -> nn.Sequential:
    """A network with its list of layers changed; of one for pairs, each branch's list as well."""
    flat = layers(network)
    for layer in flat:
        if isinstance(layer, Apart):
            layer.data, layer.code = changed(layer.data, change), changed(layer.code, change)
    after = list(change(flat))
    if isinstance(network, Trunk):
        return Trunk(after, network.features)
    return nn.Sequential(*after)
