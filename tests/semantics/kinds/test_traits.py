"""Every trait checked by computing: what a kind claims must hold for the real module, and what it denies must not."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from archdiff import parse
from archdiff.semantics import kinds, rules
from archdiff.semantics.kinds import Settings, Trait


def view(module: nn.Module) -> Settings:
    return kinds.settings_of(rules.normalize(parse.parse(repr(module))[0]).root)


def has(module: nn.Module, trait: Trait) -> bool:
    settings = view(module)
    return settings.kind.has(trait, settings)


@pytest.fixture(autouse=True)
def _seed() -> None:
    torch.manual_seed(0)


#: every elementwise layer, with settings on both sides of every condition -> whether it never decreases
ACTIVATIONS = [
    (nn.ReLU(), True),
    (nn.ReLU6(), True),
    (nn.LeakyReLU(), True),
    (nn.LeakyReLU(0.0), True),
    (nn.LeakyReLU(-0.1), False),
    (nn.PReLU(), False),  # rises at the start, but the slope is learned
    (nn.ELU(), True),
    (nn.ELU(0.0), True),
    (nn.ELU(-0.5), False),
    (nn.CELU(0.5), True),
    (nn.SELU(), True),
    (nn.GELU(), False),
    (nn.GELU("tanh"), False),
    (nn.SiLU(), False),
    (nn.Mish(), False),
    (nn.Hardswish(), False),
    (nn.Sigmoid(), True),
    (nn.LogSigmoid(), True),
    (nn.Hardsigmoid(), True),
    (nn.Hardtanh(), True),
    (nn.Hardtanh(-3.0, 0.5), True),
    (nn.Hardshrink(), True),
    (nn.Hardshrink(0.0), True),
    (nn.Softshrink(), True),
    (nn.Softplus(), True),
    (nn.Softplus(2.0, 30.0), True),
    (nn.Softplus(1.0, 1.0), False),
    (nn.Softsign(), True),
    (nn.Tanh(), True),
    (nn.Tanhshrink(), True),
    (nn.Threshold(0.5, 0.1), True),
    (nn.Threshold(0.5, 0.9), False),
    (nn.Identity(), True),
]
POINTS = torch.cat([torch.linspace(-30, 30, 20_001), torch.linspace(-1.5, 1.5, 20_001)]).sort().values


def falls(module: nn.Module) -> bool:
    """By more than the last digit of a float32."""
    y = module(POINTS.clone())
    return bool(((y[1:] - y[:-1]) < -1e-6 * y[1:].abs().clamp(min=1)).any())


@pytest.mark.parametrize(("module", "rises"), ACTIVATIONS, ids=str)
class TestActivations:
    def test_monotone_where_it_never_falls(self, module: nn.Module, rises: bool) -> None:
        assert has(module, Trait.MONOTONE) is rises
        if not isinstance(module, nn.PReLU):
            assert falls(module) is not rises

    def test_elementwise(self, module: nn.Module, rises: bool) -> None:
        order = torch.randperm(len(POINTS))
        assert has(module, Trait.ELEMENTWISE)
        assert torch.allclose(module(POINTS.clone())[order], module(POINTS[order].clone()), atol=1e-6)

    def test_order_with_a_max_pool(self, module: nn.Module, rises: bool) -> None:
        x, pool = torch.randn(4, 3, 8, 8) * 3, nn.MaxPool2d(2)
        same = torch.equal(pool(module(x.clone())), module(pool(x.clone())))
        if rises:
            assert same

    def test_order_with_a_flatten(self, module: nn.Module, rises: bool) -> None:
        x, flatten = torch.randn(4, 3, 8, 8), nn.Flatten()
        assert torch.equal(flatten(module(x.clone())), module(flatten(x.clone())))


def test_every_elementwise_kind_is_checked() -> None:
    shown = {view(module).kind.name for module, _ in ACTIVATIONS}
    elementwise = {
        kind.name
        for kind in kinds.by_name().values()
        if kind.constructor.startswith("torch.nn.") and kind.has(Trait.ELEMENTWISE, Settings(kind, {}))
    }
    assert elementwise <= shown


@pytest.mark.parametrize("module", [nn.GLU(), nn.RReLU(), nn.PReLU(3), nn.Softmax(1), nn.LogSoftmax(1)], ids=str)
def test_not_elementwise(module: nn.Module) -> None:
    assert not has(module, Trait.ELEMENTWISE)
    assert not has(module, Trait.MONOTONE)


@pytest.mark.parametrize(
    "module", [nn.MaxPool2d(3, 2, 1), nn.MaxPool2d(2, dilation=2), nn.AdaptiveMaxPool2d(3)], ids=str
)
def test_picks_max(module: nn.Module) -> None:
    x = torch.randn(2, 3, 9, 9)
    y = module(x)
    assert has(module, Trait.PICKS_MAX)
    for sample in range(2):
        for channel in range(3):
            assert set(y[sample, channel].flatten().tolist()) <= set(x[sample, channel].flatten().tolist())
            assert y[sample, channel].max() == x[sample, channel].max() or isinstance(module, nn.MaxPool2d)


@pytest.mark.parametrize("module", [nn.AvgPool2d(2), nn.LPPool2d(2, 2), nn.AdaptiveAvgPool2d(3)], ids=str)
def test_averages_pick_nothing(module: nn.Module) -> None:
    assert not has(module, Trait.PICKS_MAX)


@pytest.mark.parametrize(
    "module",
    [nn.Flatten(), nn.Unflatten(1, (2, 2)), nn.PixelShuffle(2), nn.PixelUnshuffle(2), nn.ChannelShuffle(2)],
    ids=str,
)
def test_reshapes(module: nn.Module) -> None:
    x = torch.randn(2, 4, 6, 6)
    y = module(x)
    assert has(module, Trait.RESHAPES)
    for before, behind in zip(x, y, strict=True):
        assert torch.equal(before.flatten().sort().values, behind.flatten().sort().values)


DROPOUTS = [each(0.4) for each in (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.AlphaDropout, nn.FeatureAlphaDropout)]


@pytest.mark.parametrize("module", [*DROPOUTS, nn.Dropout3d(0.4)], ids=str)
def test_drops(module: nn.Module) -> None:
    dims = {"Dropout1d": 1, "Dropout3d": 3}.get(type(module).__name__, 2)
    x = torch.randn(8, 16, *(2,) * dims)
    assert has(module, Trait.DROPS)
    assert not torch.equal(module.train()(x), x)
    assert torch.equal(module.eval()(x), x)


def test_identity() -> None:
    x = torch.randn(2, 3)
    assert has(nn.Identity(), Trait.IDENTITY)
    assert torch.equal(nn.Identity().train()(x), x)


def learned(module: nn.Module, x: torch.Tensor) -> nn.Module:
    """Statistics and weights that are not those of the start."""
    for parameter in module.parameters():
        nn.init.normal_(parameter)
    for _ in range(3):
        module.train()(x)
    return module.eval()


class TestBatchNorm:
    @pytest.mark.parametrize("affine", [False, True])
    def test_channel_scale(self, affine: bool) -> None:
        """A straight line a channel in inference: three points, one slope."""
        x = torch.randn(16, 3, 4, 4) * 2 + 1
        module = learned(nn.BatchNorm2d(3, affine=affine), x)
        assert has(module, Trait.CHANNEL_SCALE)
        points = [module(torch.full((1, 3, 1, 1), value)).flatten() for value in (0.0, 1.0, 2.0)]
        assert torch.allclose(points[1] - points[0], points[2] - points[1], atol=1e-5)
        if not affine:
            assert (points[1] > points[0]).all()

    def test_without_running_statistics_it_is_none(self) -> None:
        assert not has(nn.BatchNorm2d(3, track_running_stats=False), Trait.CHANNEL_SCALE)

    @pytest.mark.parametrize(
        "module",
        [
            nn.BatchNorm2d(3),
            nn.BatchNorm2d(3, affine=False),
            nn.BatchNorm2d(3, track_running_stats=False),
            nn.InstanceNorm2d(3),
            nn.InstanceNorm2d(3, affine=True, track_running_stats=True),
            nn.GroupNorm(3, 3),
        ],
        ids=str,
    )
    def test_removes_mean(self, module: nn.Module) -> None:
        x, bias = torch.randn(16, 3, 4, 4), torch.tensor([5.0, -2.0, 1.0])[None, :, None, None]
        assert has(module, Trait.REMOVES_MEAN)
        for learning in (True, False):
            plain = self.run(module, x, learning)
            shifted = self.run(module, x + bias, learning)
            assert torch.allclose(plain, shifted, atol=1e-4)

    @staticmethod
    def run(module: nn.Module, x: torch.Tensor, learning: bool) -> torch.Tensor:
        """In inference, with the statistics that belong to this input."""
        if isinstance(module, nn.BatchNorm2d | nn.InstanceNorm2d):
            module.reset_running_stats()
        for _ in range(200):
            y = module.train()(x)
            if learning or not getattr(module, "track_running_stats", False):
                break
        return y if learning else module.eval()(x)

    @pytest.mark.parametrize(
        "module",
        [
            nn.BatchNorm2d(3, momentum=0.0),
            nn.InstanceNorm2d(3, momentum=0.0, track_running_stats=True),
            nn.GroupNorm(1, 3),
            nn.LayerNorm((3, 4, 4)),
        ],
        ids=str,
    )
    def test_keeps_some_of_a_bias(self, module: nn.Module) -> None:
        x, bias = torch.randn(16, 3, 4, 4), torch.tensor([5.0, -2.0, 1.0])[None, :, None, None]
        assert not has(module, Trait.REMOVES_MEAN)
        assert not torch.allclose(self.run(module, x, False), self.run(module, x + bias, False), atol=1e-2)

    def test_a_frozen_one_keeps_it(self) -> None:
        kind = kinds.find("FrozenBatchNorm2d")
        assert kind is not None
        assert not kind.has(Trait.REMOVES_MEAN, Settings(kind, {"num_features": 3, "frozen": True}))


@pytest.mark.parametrize("module", [nn.Softmax(1), nn.LogSoftmax(1), nn.Softmax(-1)], ids=str)
def test_keeps_argmax(module: nn.Module) -> None:
    x = torch.randn(50, 10)
    assert has(module, Trait.KEEPS_ARGMAX)
    assert torch.equal(module(x).argmax(1), x.argmax(1))


def test_softmax_2d_keeps_the_argmax_of_each_position() -> None:
    x = torch.randn(5, 10, 4, 4)
    assert has(nn.Softmax2d(), Trait.KEEPS_ARGMAX)
    assert torch.equal(nn.Softmax2d()(x).argmax(1), x.argmax(1))


@pytest.mark.parametrize("module", [nn.Softmin(1), nn.Softmax(0), nn.LogSoftmax(0)], ids=str)
def test_changes_argmax(module: nn.Module) -> None:
    x = torch.randn(50, 10)
    assert not has(module, Trait.KEEPS_ARGMAX)
    assert not torch.equal(module(x).argmax(1), x.argmax(1))


@pytest.mark.parametrize(
    ("module", "shape"),
    [(nn.Linear(6, 4), (6,)), (nn.Conv2d(6, 4, 3), (6, 5, 5)), (nn.ConvTranspose1d(6, 4, 3), (6, 5))],
    ids=str,
)
def test_affine_map(module: nn.Module, shape: tuple[int, ...]) -> None:
    x, y = torch.randn(2, 3, *shape).double()
    module = module.double()
    nothing = module(torch.zeros_like(x))
    assert has(module, Trait.AFFINE_MAP)
    assert torch.allclose(module(2 * x + y) - nothing, 2 * (module(x) - nothing) + module(y) - nothing)


PARTS = [
    *(module for module, _ in ACTIVATIONS),
    *DROPOUTS,
    nn.Flatten(),
    nn.MaxPool2d(2),
    nn.AvgPool1d(2),
    nn.AdaptiveAvgPool3d(1),
    nn.Softmax(1),
    nn.LogSoftmax(1),
    nn.Upsample(scale_factor=2),
    nn.ZeroPad2d(1),
    nn.ReflectionPad1d(1),
    nn.PixelShuffle(2),
    nn.LocalResponseNorm(2),
    nn.InstanceNorm2d(3),
    nn.InstanceNorm2d(3, affine=True),
    nn.InstanceNorm2d(3, track_running_stats=True),
    nn.LayerNorm(3, elementwise_affine=False),
    nn.LayerNorm(3),
    nn.RMSNorm(3, elementwise_affine=False),
    nn.RMSNorm(3),
    nn.GroupNorm(1, 3, affine=False),
    nn.GroupNorm(1, 3),
    nn.BatchNorm2d(3, affine=False),
    nn.Linear(2, 2),
    nn.Conv2d(2, 2, 1),
    nn.Embedding(2, 2),
]


@pytest.mark.parametrize("module", PARTS, ids=str)
def test_functional_where_nothing_is_kept(module: nn.Module) -> None:
    assert has(module, Trait.FUNCTIONAL) is (not module.state_dict())
