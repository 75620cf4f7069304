"""SparseWeights, SparseWeights2d, DSLinear and DSConv2d: how many weights are kept, and that they stay so."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
import torch
from torch import Tensor, nn

from archdiff import parse
from archdiff.nn import DSConv2d, DSLinear, SparseWeights, SparseWeights2d
from archdiff.semantics import rules

SHARES = [0, 0.05, 0.1, 0.3, 0.4, 0.5, 0.6, 0.7, 0.9, 0.95, 1]
SIZES = [1, 7, 25, 30, 1600]


def weight_of(module: SparseWeights | SparseWeights2d) -> Tensor:
    return module.get_parameter("module.weight")


def kept(module: SparseWeights | SparseWeights2d) -> set[int]:
    return set(weight_of(module).flatten(1).count_nonzero(1).tolist())


def half_even(share: float, inputs: int) -> int:
    """Without round(): the nearest whole number to the product of floats, the even one of two."""
    exact = Fraction(share * inputs)
    below = exact.numerator // exact.denominator
    rest = exact - below
    return below + (rest > Fraction(1, 2) or (rest == Fraction(1, 2) and below % 2 == 1))


@pytest.mark.parametrize("inputs", SIZES)
@pytest.mark.parametrize("share", SHARES)
def test_every_row_keeps_its_share(share: float, inputs: int) -> None:
    zeros_told = kept(SparseWeights(nn.Linear(inputs, 9), sparsity=share))
    rest_told = kept(SparseWeights(nn.Linear(inputs, 9), weight_sparsity=share))
    assert zeros_told == {half_even(1 - share, inputs)}
    assert rest_told == {inputs - half_even(1 - share, inputs)}


@pytest.mark.parametrize(
    ("settings", "weights"), [({"sparsity": 0.5}, 12), ({"weight_sparsity": 0.5}, 13), ({"weight_sparsity": 0.4}, 10)]
)
def test_25_inputs(settings: dict[str, float], weights: int) -> None:
    linear, image = nn.Linear(25, 8), nn.Conv2d(1, 8, 5)
    assert kept(SparseWeights(linear, **settings)) == kept(SparseWeights2d(image, **settings)) == {weights}


@pytest.mark.parametrize("inputs", SIZES)
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.95])
@pytest.mark.parametrize("name", ["sparsity", "weight_sparsity"])
def test_what_the_text_says_of_it(name: str, share: float, inputs: int) -> None:
    module = SparseWeights(nn.Linear(inputs, 3), **{name: share})
    layer = rules.normalize(parse.parse(repr(module))[0]).root
    density = next(setting.value for setting in layer.settings if setting.name == "weight_density")
    assert isinstance(density, float)
    assert kept(module) == {round(density * inputs)}


def test_rows_are_drawn_apart_and_by_the_seed() -> None:
    def drawn(seed: int) -> Tensor:
        torch.manual_seed(seed)
        return SparseWeights(nn.Linear(40, 20), sparsity=0.5).zero_mask

    assert torch.equal(drawn(1), drawn(1))
    assert not torch.equal(drawn(1), drawn(2))
    assert len({tuple(row.tolist()) for row in drawn(1)}) == 20


MASKED = {
    "linear": lambda: SparseWeights(nn.Linear(6, 4), sparsity=0.5),
    "convolution": lambda: SparseWeights2d(nn.Conv2d(6, 4, 1), weight_sparsity=0.5),
    "DSLinear": lambda: DSLinear(6, 4, mask=torch.tensor([1, 0, 1, 0, 1, 0])),
    "DSConv2d": lambda: DSConv2d(6, 4, (1, 1), mask=torch.arange(24).view(4, 6, 1, 1) % 2),
}


class TestTraining:
    """With momentum and decay, an optimizer moves the weights that are to be zero."""

    @staticmethod
    def moved(name: str) -> tuple[nn.Module, Tensor, Tensor, Tensor]:
        module = MASKED[name]()
        weight = dict(module.named_parameters())["module.weight" if name in ("linear", "convolution") else "weight"]
        x = torch.randn(5, 6) if weight.dim() == 2 else torch.randn(5, 6, 2, 2)
        optimizer = torch.optim.SGD(module.parameters(), 0.1, 0.9, weight_decay=0.01)
        zero = weight == 0
        assert zero.sum() == 12
        module(x).square().sum().backward()
        optimizer.step()
        assert weight[zero].count_nonzero() == 12
        return module, weight, zero, x

    @pytest.mark.parametrize("name", MASKED)
    @pytest.mark.parametrize(
        "then", [lambda m, x: m(x), lambda m, _x: m.rezero_weights(), lambda m, _x: m.eval(), lambda m, _x: m.train()]
    )
    def test_they_are_zero_again(self, name: str, then: Callable[..., object]) -> None:
        module, weight, zero, x = self.moved(name)
        left = weight[~zero].clone()
        then(module, x)
        assert weight[zero].count_nonzero() == 0
        assert torch.equal(weight[~zero], left)

    @pytest.mark.parametrize("name", MASKED)
    def test_two_forwards_before_backward(self, name: str) -> None:
        module = MASKED[name]()
        x = torch.randn(5, 6) if name in ("linear", "DSLinear") else torch.randn(5, 6, 2, 2)
        (module(x) + module(2 * x)).sum().backward()

    def test_forward_is_that_of_the_layer(self) -> None:
        x = torch.randn(5, 6)
        module = SparseWeights(nn.Linear(6, 4), sparsity=0.5)
        assert torch.equal(module(x), nn.functional.linear(x, weight_of(module), module.get_parameter("module.bias")))


class TestCheckpoints:
    MASK = torch.tensor([[1, 0, 0], [0, 1, 1]])

    def test_names(self) -> None:
        assert list(SparseWeights(nn.Linear(3, 2), 0.5).state_dict()) == ["zero_mask", "module.weight", "module.bias"]
        for module in (DSLinear(3, 2, mask=torch.ones(3)), DSConv2d(1, 2, 3)):
            assert list(module.state_dict()) == ["weight", "bias"]

    @pytest.mark.parametrize(
        "held",
        [
            {"zero_mask": MASK.bool()},
            {"zero_mask": MASK.half()},
            {"zero_weights": MASK.nonzero()},
            {"zero_weights": MASK.nonzero().T},
            {"zeroWts": MASK.nonzero().T.int()},
        ],
    )
    def test_today_and_older(self, held: dict[str, Tensor]) -> None:
        net = nn.Sequential(SparseWeights(nn.Linear(3, 2), sparsity=0.9))
        rest = {"0.module.weight": torch.ones(2, 3), "0.module.bias": torch.zeros(2)}
        net.load_state_dict(rest | {f"0.{name}": value for name, value in held.items()})
        net.eval()
        assert net(torch.ones(1, 3)).tolist() == [[2, 1]]
        assert net.get_buffer("0.zero_mask").tolist() == self.MASK.bool().tolist()

    def test_a_mask_for_whole_channels(self) -> None:
        module = SparseWeights2d(nn.Conv2d(2, 2, 3), sparsity=0.5)
        rest = {"module.weight": torch.ones(2, 2, 3, 3), "module.bias": torch.zeros(2)}
        module.load_state_dict(rest | {"zero_mask": torch.eye(2).view(2, 2, 1, 1)})
        module.rezero_weights()
        assert weight_of(module).sum((2, 3)).tolist() == [[0, 9], [9, 0]]

    def test_places_in_a_flattened_row(self) -> None:
        module = SparseWeights2d(nn.Conv2d(2, 2, 2), sparsity=0.5)
        rest = {"module.weight": torch.ones(2, 2, 2, 2), "module.bias": torch.zeros(2)}
        module.load_state_dict(rest | {"zero_weights": torch.tensor([[0, 1, 1], [7, 0, 4]])})
        assert module.zero_mask.nonzero().tolist() == [[0, 1, 1, 1], [1, 0, 0, 0], [1, 1, 0, 0]]

    def test_no_mask_is_an_error(self) -> None:
        module = SparseWeights(nn.Linear(3, 2), sparsity=0.5)
        with pytest.raises(RuntimeError, match="zero_mask"):
            module.load_state_dict({"module.weight": torch.ones(2, 3), "module.bias": torch.zeros(2)})


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: SparseWeights(nn.Linear(3, 2)), "sparsity"),
        (lambda: SparseWeights(nn.Linear(3, 2), 0.5, 0.5), "sparsity"),
        (lambda: SparseWeights(nn.Linear(3, 2), sparsity=1.1), "1.1"),
        (lambda: SparseWeights(nn.Conv2d(3, 2, 1), sparsity=0.5), "2 dimensions"),
        (lambda: SparseWeights2d(nn.Linear(3, 2), sparsity=0.5), "4 dimensions"),
        (lambda: SparseWeights(nn.ReLU(), sparsity=0.5), "2 dimensions"),
        (lambda: DSLinear(3, 2, mask=torch.ones(4)), "4"),
    ],
)
def test_what_cannot_be(make: Callable[..., object], says: str) -> None:
    with pytest.raises((TypeError, ValueError, RuntimeError), match=says):
        make()


def test_meta() -> None:
    with torch.device("meta"):
        modules = (SparseWeights(nn.Linear(6, 4), sparsity=0.5), DSLinear(6, 4, mask=torch.ones(6)))
    for module in (*modules, DSLinear(6, 4, device="meta")):
        assert module(torch.empty(3, 6, device="meta")).shape == (3, 4)
