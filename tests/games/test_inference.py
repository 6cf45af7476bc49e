"""Conditional, information-maximising, inferring, autoencoding and semi-supervised GANs."""

from math import log, pi

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot, softplus

from gbench.core.game import Game
from gbench.core.train import turn_of
from gbench.games import nets
from gbench.games.nets import gaussian, pairs
from gbench.games.nets.critic import Critic
from gbench.games.two_player.criteria import NonSaturating
from gbench.games.two_player.inference import Inference
from gbench.zoo.models import acgan, ali, alpha_gan, bigan, cgan, infogan, sgan, vae_gan
from gbench.zoo.models.sgan import supervised
from gbench.zoo.shared.dataset import Examples

SHAPE = (1, 8, 8)


def silence(*modules: nn.Module) -> None:
    """Sets every parameter to 0, so that a network gives 0 and a generator of images 1/2."""
    with torch.no_grad():
        for module in modules:
            for parameter in module.parameters():
                parameter.zero_()


def batch(n: int = 6, classes: int = 3) -> Examples:
    return Examples(torch.rand(n, *SHAPE), torch.arange(n) % classes)


def points(n: int = 20_000) -> Examples:
    return Examples(torch.randn(n, 2), torch.zeros(n))


def reached(game: Game, player: str, data: Examples) -> set[str]:
    """The parts of a game, by attribute, that one player's turn leaves with a slope."""
    game.zero_grad()
    with turn_of(game.players()[player].parameters(), game.parameters()):
        game(player, data).backward()
    return {
        name.split(".")[0]
        for name, parameter in game.named_parameters()
        if parameter.grad is not None and parameter.grad.abs().sum() > 0
    }


# --- Pairs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["dense", "convolutional", "radford"])
def test_a_trunk_of_pairs_sees_both_parts(kind: nets.Kind) -> None:
    trunk = pairs.trunk(SHAPE, 3, 4, kind).eval()
    x, code = torch.rand(5, *SHAPE), torch.rand(5, 3)
    features = trunk(pairs.join(x, code))
    assert features.shape == (5, trunk.features)
    for other in (pairs.join(x.flip(0), code), pairs.join(x, code.flip(0))):
        changed = (trunk(other) - features).abs().amax(1) > 0
        assert changed.tolist() == [True, True, False, True, True]  # the third is in the middle


def test_the_parts_of_a_pair_arrive_where_they_belong() -> None:
    """With sums for networks: the data's sum, then the code's."""

    class Sum(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            assert x.shape[1:] in (SHAPE, (2,))
            return x.flatten(1).sum(1, keepdim=True)

    x, code = torch.rand(4, *SHAPE), torch.rand(4, 2)
    apart = pairs.Apart(SHAPE, Sum(), Sum())(pairs.join(x, code))
    torch.testing.assert_close(apart, torch.stack([x.sum((1, 2, 3)), code.sum(1)], dim=1))


# --- Conditional: CGAN, AC-GAN --------------------------------------------------------------------


class Label(nn.Module):
    """A generator that paints the number of the class: noise is ignored."""

    def __init__(self, latent: int):
        super().__init__()
        self.latent = latent

    def forward(self, code: Tensor) -> Tensor:
        number = code[:, self.latent :] @ torch.arange(code.shape[1] - self.latent).float()
        return number[:, None, None, None].expand(-1, *SHAPE)


@pytest.mark.parametrize("model", [cgan, acgan])
def test_labels_reach_the_sample(model: object) -> None:
    game = model.build(SHAPE, 4, latent=5, width=4)
    game.generator = Label(5)
    labels = torch.tensor([3, 0, 2, 2, 1])
    assert game.sample(5, labels)[:, 0, 0, 0].tolist() == labels.tolist()


@pytest.mark.parametrize("model", [cgan, acgan])
def test_without_labels_classes_are_equally_likely(model: object) -> None:
    game = model.build(SHAPE, 4, latent=5, width=4)
    game.generator = Label(5)
    shares = game.sample(8000)[:, 0, 0, 0].long().bincount(minlength=4) / 8000
    torch.testing.assert_close(shares, torch.full((4,), 0.25), rtol=0, atol=0.03)


def test_cgan_shows_its_critic_the_label_of_each_example() -> None:
    game = cgan.build(SHAPE, 3, latent=5, width=4)
    game.generator = Label(5)
    data = batch(7)
    real, fake = game.real(data), game.fake(data)
    assert real[:, :64].equal(data.x.flatten(1))
    assert fake[:, :64].equal(data.y[:, None].float().expand(-1, 64))
    assert real[:, 64:].equal(one_hot(data.y, 3).float())
    assert fake[:, 64:].equal(real[:, 64:])


def test_acgan_losses_of_an_undecided_critic() -> None:
    """D = 1/2 and equal logits of K classes: each cross entropy is log 2 or log K."""
    game = acgan.build(SHAPE, 3, latent=5, width=4)
    silence(game.critic)
    data = batch()
    assert game.critic_loss(data).item() == pytest.approx(2 * log(2) + 2 * log(3), abs=1e-5)
    assert game.generator_loss(data).item() == pytest.approx(log(2) + log(3), abs=1e-5)


def test_acgan_takes_the_logarithm_of_one_softmax() -> None:
    """Logits (2, 0, 0): -log p = log(1 + 2 e^-2) for class 0, that + 2 for the others."""
    game = acgan.build(SHAPE, 3, latent=5, width=4)
    silence(game.critic)
    with torch.no_grad():
        game.critic.second.bias.copy_(torch.tensor([2.0, 0.0, 0.0]))
    data = batch()  # each class twice
    of_class = log(1 + 2 * torch.tensor(-2.0).exp().item()) + 2 * 2 / 3
    assert game.generator_loss(data).item() == pytest.approx(log(2) + of_class, abs=1e-5)
    assert game.critic_loss(data).item() == pytest.approx(2 * log(2) + 2 * of_class, abs=1e-5)
    assert game.predict(data.x).tolist() == [[2.0, 0.0, 0.0]] * 6


# --- InfoGAN --------------------------------------------------------------------------------------


def informed(**arguments: object) -> infogan.InfoGAN:
    return infogan.build(SHAPE, latent=5, categories=4, continuous=2, width=4, **arguments)


def test_infogan_codes_follow_their_priors() -> None:
    game = informed()
    codes = game.noise(20_000)
    assert codes.shape == (20_000, game.latent) == (20_000, 11)
    noise, category, numbers = codes.split([5, 4, 2], dim=1)
    torch.testing.assert_close(noise.var(0), torch.ones(5), rtol=0, atol=0.06)
    assert category.sum(1).eq(1).all() and category.max() == 1
    torch.testing.assert_close(category.mean(0), torch.full((4,), 0.25), rtol=0, atol=0.02)
    assert numbers.abs().max() <= 1
    torch.testing.assert_close(numbers.var(0), torch.full((2,), 1 / 3), rtol=0, atol=0.02)


def test_bound_is_the_entropy_of_the_category_for_a_perfect_posterior() -> None:
    game = informed(continuous_information=0.0)
    codes = game.noise(50)
    read = torch.cat([1e3 * codes[:, 5:9], torch.zeros(50, 4)], dim=1)
    assert game.gain(read, codes).item() == pytest.approx(log(4), abs=1e-5)


def test_bound_is_zero_for_a_useless_posterior() -> None:
    game = informed(continuous_information=0.0)
    assert game.gain(torch.zeros(50, 8), game.noise(50)).item() == pytest.approx(0, abs=1e-6)


def test_continuous_bound_is_that_of_torch_distributions() -> None:
    """H = log 2 a uniform code; Q by torch's own normal density."""
    game = informed(information=0.0, continuous_information=0.5)
    codes = game.noise(50)
    mean, log_variance = torch.randn(50, 2), torch.randn(50, 2)
    read = torch.cat([torch.randn(50, 4), mean, log_variance], dim=1)
    law = torch.distributions.MultivariateNormal(mean, torch.diag_embed(log_variance.exp()))
    expected = 0.5 * (2 * log(2) + law.log_prob(codes[:, 9:]).mean())
    assert game.gain(read, codes).item() == pytest.approx(expected.item(), rel=1e-5)


def test_infogan_losses_of_an_undecided_critic() -> None:
    """Both players descend their GAN's loss less L_I; here Q is N(0, 1), whose log is known."""
    game = informed(continuous_information=0.1)
    silence(game.critic)
    code = torch.tensor([[0.0] * 5 + [1.0, 0.0, 0.0, 0.0] + [1.0, 1.0]])
    game.noise = lambda n: code.expand(n, -1)
    gain = 0.1 * (2 * log(2) - log(2 * pi) - 1)
    assert game.critic_loss(batch()).item() == pytest.approx(2 * log(2) - gain, abs=1e-5)
    assert game.generator_loss(batch()).item() == pytest.approx(log(2) - gain, abs=1e-5)


def test_infogan_reads_the_category_from_the_data() -> None:
    """A posterior that looks at one pixel: category 2 if it is bright, 1 if it is dark."""
    game = informed()
    game.critic.trunk = nn.Flatten()
    game.critic.second = head = nn.Linear(64, 8)
    silence(head)
    with torch.no_grad():
        head.weight[2, 0], head.bias[1] = 1.0, 0.5
    x = torch.zeros(3, *SHAPE)
    x[1] = 1
    assert game.codes(x).tolist() == [1, 2, 1]


# --- BiGAN, ALI -----------------------------------------------------------------------------------


class Fixed(nn.Module):
    """A critic of given scores: of pairs that hold real data (pixels below 2), and of others."""

    independent = True

    def __init__(self, real: float, fake: float):
        super().__init__()
        self.of_real, self.of_fake = torch.tensor(real), torch.tensor(fake)

    def forward(self, x: Tensor) -> Tensor:
        return torch.where(x[:, 0] < 2, self.of_real, self.of_fake)


@pytest.mark.parametrize("model", [bigan, ali])
def test_value_at_known_scores(model: object) -> None:
    """Critic: -log D(x, E(x)) - log(1 - D(G(z), z)); encoder and generator: the roles exchanged."""
    game = model.build(SHAPE, latent=3, width=4)
    game.generator = nn.Sequential(nn.Linear(3, 64), nn.Unflatten(1, SHAPE))
    silence(game.generator)
    with torch.no_grad():
        game.generator[0].bias.fill_(5.0)
    game.critic = Fixed(real=0.7, fake=-1.5)
    d_real, d_fake = torch.tensor([0.7, -1.5]).sigmoid().tolist()
    critic = -log(d_real) - log(1 - d_fake)
    both = -log(1 - d_real) - log(d_fake)
    assert game.critic_loss(batch()).item() == pytest.approx(critic, rel=1e-5)
    assert game.generator_loss(batch()).item() == pytest.approx(both, rel=1e-5)


@pytest.mark.parametrize("model", [bigan, ali])
def test_pairs_are_data_with_its_code_and_a_code_with_its_data(model: object) -> None:
    game = model.build(SHAPE, latent=3, width=4, network="dense")
    if model is ali:  # almost without noise, the drawn code is the expected one
        with torch.no_grad():
            game.encoder.head.bias[3:] = -40.0
    data = batch()
    x, code = game.real(data).split([64, 3], dim=1)
    assert x.equal(data.x.flatten(1))
    torch.testing.assert_close(code, game.encode(data.x))
    x, code = game.fake(data).split([64, 3], dim=1)
    torch.testing.assert_close(x, game.decode(code).flatten(1))
    assert code.std() > 0.3


@pytest.mark.parametrize(("slope", "expected"), [(0.5, 0.0), (-0.5, 2.0)])
def test_no_joint_critic_beats_chance_where_the_encoder_inverts_the_generator(
    slope: float, expected: float
) -> None:
    """Data N(0, 4), G(z) = 2 z, E(x) = slope x, and a critic w x z, at w = 0.

    The loss has the slope (E G(z) z - E x E(x)) / 2 = (2 - 4 slope) / 2.  Both marginal laws are
    right for either slope, so that only the pairing tells.
    """

    class Product(nn.Module):
        independent = True

        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(torch.zeros(()))

        def forward(self, pair: Tensor) -> Tensor:
            return self.w * pair[:, 0] * pair[:, 1]

    generator, encoder = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        generator.weight.fill_(2.0)
        encoder.weight.fill_(slope)
    critic = Product()
    game = Inference(
        generator, encoder, critic, NonSaturating(), latent=1, lr=1e-3, betas=(0.5, 0.999)
    )
    data = Examples(2 * torch.randn(100_000, 1), torch.zeros(1))
    (found,) = torch.autograd.grad(game.critic_loss(data), critic.w)
    assert found.item() == pytest.approx(expected, abs=0.05)


def test_ali_draws_its_code_from_the_encoders_law() -> None:
    game = ali.build((2,), latent=3, width=4, network="dense")
    silence(game.encoder)
    with torch.no_grad():
        game.encoder.head.bias.copy_(torch.tensor([1.0, -2.0, 0.0, 0.0, log(4), log(0.25)]))
    x = torch.randn(20_000, 2)
    codes = game.infer(x)
    torch.testing.assert_close(codes.mean(0), torch.tensor([1.0, -2.0, 0.0]), rtol=0, atol=0.06)
    torch.testing.assert_close(codes.std(0), torch.tensor([1.0, 2.0, 0.5]), rtol=0.03, atol=0)
    assert game.encode(x[:1]).tolist() == [[1.0, -2.0, 0.0]]


# --- VAE/GAN, alpha-GAN ---------------------------------------------------------------------------


def test_rate_is_torchs_divergence() -> None:
    mean, log_variance = torch.randn(5, 4), torch.randn(5, 4)
    normal = torch.distributions.Normal
    law = normal(mean, (log_variance / 2).exp())
    expected = torch.distributions.kl_divergence(law, normal(0.0, 1.0)).sum(1)
    torch.testing.assert_close(gaussian.rate(mean, log_variance), expected)


def made_of_pixels(game: Game, score: float) -> None:
    """Gives the critic the pixels for features and one score for all."""
    game.critic.trunk = nn.Flatten()
    game.critic.head = nn.Linear(64, 1)
    silence(game.critic.head)
    with torch.no_grad():
        game.critic.head.bias.fill_(score)


def test_vae_gan_measures_errors_in_the_critics_features() -> None:
    """A decoder that gives 1/2, a posterior that is the prior: the losses are closed forms."""
    game, data = vae_gan.build(SHAPE, latent=3, gamma=0.1, width=4, network="dense"), batch()
    silence(game.encoder, game.decoder)
    made_of_pixels(game, score=-0.4)
    error = 0.5 * (data.x - 0.5).square().sum((1, 2, 3)).mean().item()
    fooled = softplus(torch.tensor(0.4)).item()
    assert game.encoder_loss(data).item() == pytest.approx(error, rel=1e-5)
    assert game.generator_loss(data).item() == pytest.approx(0.1 * error + fooled, rel=1e-5)
    with torch.no_grad():
        game.encoder.head.bias[:3] = 2.0  # the rate is 3 * 2^2 / 2
    assert game.encoder_loss(data).item() == pytest.approx(error + 6, rel=1e-5)


@pytest.mark.parametrize("model", [vae_gan, alpha_gan])
def test_reconstructions_and_samples_weigh_one_half_each(model: object) -> None:
    """Scores: pixels themselves.  Data 0.5, reconstructions 9, samples about 0."""
    game = model.build(SHAPE, latent=1, width=4, network="dense")
    game.decoder = nn.Sequential(nn.Linear(1, 64), nn.Unflatten(1, SHAPE))
    game.infer = lambda x: torch.full((len(x), 1), 9.0)
    game.noise = lambda n: torch.zeros(n, 1)
    silence(game.decoder)
    made_of_pixels(game, score=0.0)
    with torch.no_grad():
        game.decoder[0].weight.fill_(1.0)
        game.critic.head.weight[0, 0] = 1.0
    real, rebuilt, drawn = (softplus(torch.tensor(score)).item() for score in (-0.5, 9.0, 0.0))
    loss = game.critic_loss(Examples(torch.full((4, *SHAPE), 0.5), torch.zeros(4))).item()
    assert loss == pytest.approx(real + (rebuilt + drawn) / 2, rel=1e-5)


@pytest.mark.parametrize("model", [vae_gan, alpha_gan, bigan, ali, infogan])
def test_losses_reach_all_that_their_player_moves_and_nothing_else(model: object) -> None:
    expected = {
        vae_gan: {"critic": {"critic"}, "generator": {"decoder"}, "encoder": {"encoder"}},
        alpha_gan: {
            "critic": {"critic"},
            "code_critic": {"code_critic"},
            "autoencoder": {"encoder", "decoder"},
        },
        bigan: {"critic": {"critic"}, "generator": {"generator", "encoder"}},
        ali: {"critic": {"critic"}, "generator": {"generator", "encoder"}},
        infogan: {"critic": {"critic"}, "generator": {"generator"}},
    }[model]
    game = model.build(SHAPE, latent=3, width=4, network="dense")
    assert {player: reached(game, player, batch()) for player in game.players()} == expected


def test_alpha_gan_generator_descends_minus_the_logits() -> None:
    """R(p) = -log p + log(1 - p), by its definition, and the absolute errors."""
    game, data = alpha_gan.build(SHAPE, latent=3, weight=0.3, width=4, network="dense"), batch()
    silence(game.encoder, game.decoder, game.code_critic)
    made_of_pixels(game, score=0.7)
    with torch.no_grad():
        game.code_critic.head.bias.fill_(-1.2)

    def r(score: float) -> float:
        p = torch.tensor(score, dtype=torch.double).sigmoid()
        return (-p.log() + (1 - p).log()).item()

    error = 0.3 * (data.x - 0.5).abs().sum((1, 2, 3)).mean().item()
    expected = error + 2 * r(0.7) + r(-1.2)
    assert game.generator_loss(data).item() == pytest.approx(expected, rel=1e-5)


def test_alpha_gan_draws_codes_to_the_prior() -> None:
    """Codes at 3: C learns that smaller is likelier, and the encoder then makes them smaller."""
    game, data = alpha_gan.build((2,), latent=1, weight=0.0, width=4, hidden=4), points()
    game.code_critic = Critic(nets.mlp.Trunk([nn.Identity()], 1))
    silence(game.encoder, game.code_critic, game.critic)
    with torch.no_grad():
        game.encoder[-1].bias.fill_(3.0)
    weight, bias = game.code_critic.head.weight, game.encoder[-1].bias
    (lesson,) = torch.autograd.grad(game.code_critic_loss(data), weight)
    assert lesson.item() == pytest.approx((3 - 0) / 2, abs=0.05)  # half the gap of the means
    with torch.no_grad():
        weight -= lesson
    (slope,) = torch.autograd.grad(game.generator_loss(data), bias)
    assert slope.item() == pytest.approx(lesson.item(), rel=1e-4)  # down is towards the prior


# --- Semi-supervised GAN --------------------------------------------------------------------------


def test_score_is_that_of_a_softmax_with_one_class_more() -> None:
    """K + 1 classes of which the last, the fakes, has the logit 0."""
    game = sgan.build(SHAPE, 3, latent=5, width=4, dropout=0.0)
    real, fake = batch().x, torch.rand(6, *SHAPE)
    game.fake = lambda _: fake
    extended = [
        torch.cat([game.predict(x), torch.zeros(6, 1)], dim=1).double().softmax(1)
        for x in (real, fake)
    ]
    unsupervised = -(1 - extended[0][:, 3]).log().mean() - extended[1][:, 3].log().mean()
    unlabelled = Examples(real, torch.full((6,), -1))
    assert game.critic_loss(unlabelled).item() == pytest.approx(unsupervised.item(), rel=1e-5)
    y = batch().y  # p(y | x, y < K + 1)
    known = extended[0][range(6), y] / (1 - extended[0][:, 3])
    expected = unsupervised - known.log().mean()
    assert game.critic_loss(Examples(real, y)).item() == pytest.approx(expected.item(), rel=1e-5)


def test_examples_without_a_label_are_left_out_of_the_supervised_loss() -> None:
    logits = torch.tensor([[2.0, 0.0], [0.0, 1.0], [5.0, -5.0]], requires_grad=True)
    expected = (torch.tensor([-2.0, -1.0]).exp().log1p()).mean()
    loss = supervised(logits, torch.tensor([0, 1, -1]))
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    loss = supervised(logits, torch.tensor([-1, -1, -1]))
    (slope,) = torch.autograd.grad(loss, logits)
    assert loss.item() == 0
    assert slope.eq(0).all()


def test_feature_matching_is_the_squared_distance_of_the_means() -> None:
    """0 for the same batch in another order; 64 * 0.3^2 for pixels that are 0.3 brighter."""
    game, data = sgan.build(SHAPE, 3, latent=5, width=4), batch()
    game.critic.trunk = nn.Flatten()
    for fake, expected in ((data.x.flip(0), 0.0), (data.x + 0.3, 64 * 0.09)):
        game.fake = lambda _, fake=fake: fake
        assert game.generator_loss(data).item() == pytest.approx(expected, abs=1e-4)
