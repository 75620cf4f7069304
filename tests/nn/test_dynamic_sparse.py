"""DSLinear and DSConv2d: the layers of torch, with a mask that is held outside of what they print and save.

That weights stay zero while training: `test_sparse_weights`, for all layers with a mask.
"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from archdiff.nn import DSConv2d, DSLinear


def test_without_a_mask_they_are_the_layers_of_torch() -> None:
    x = torch.randn(2, 3, 5, 5)
    for module, same in ((DSLinear(5, 4), nn.Linear(5, 4)), (DSConv2d(3, 4, 3, padding=1), nn.Conv2d(3, 4, 3, 1, 1))):
        same.load_state_dict(module.state_dict())
        assert torch.equal(module(x), same(x))
        assert repr(module) == "DS" + repr(same)


@pytest.mark.parametrize(
    ("mask", "kept"),
    [
        (None, [[1, 1, 1], [1, 1, 1]]),
        (torch.tensor([1, 0, 1]), [[1, 0, 1], [1, 0, 1]]),
        (torch.tensor([[True], [False]]), [[1, 1, 1], [0, 0, 0]]),
        (torch.tensor([[1.0, 0, 0], [0, 0, 2]]), [[1, 0, 0], [0, 0, 1]]),
    ],
    ids=["none", "of each input", "of each output", "of each weight"],
)
def test_a_mask_of_any_shape_that_broadcasts(mask: Tensor | None, kept: list[list[int]]) -> None:
    module = DSLinear(3, 2)
    nn.init.ones_(module.weight)
    module.set_mask(mask)
    assert module.weight.tolist() == kept


def test_another_mask_and_none() -> None:
    module = DSLinear(3, 2, mask=torch.tensor([1, 0, 1]))
    assert module.mask is not None
    assert module.mask.shape == (2, 3)
    module.set_mask(None)
    nn.init.ones_(module.weight)
    assert module.eval()(torch.ones(3)).sub(module.bias).tolist() == [3, 3]


def test_a_mask_is_in_no_checkpoint_and_in_no_print() -> None:
    masked, bare = (DSConv2d(2, 4, 3, mask=mask) for mask in (torch.zeros(3), None))
    assert list(masked.state_dict()) == list(bare.state_dict()) == ["weight", "bias"]
    assert repr(masked) == repr(bare)


@pytest.mark.parametrize(
    "settings",
    [
        {"stride": 2, "padding": 1, "dilation": 2, "bias": False},
        {"groups": 2, "padding": "same", "padding_mode": "reflect"},
        {"kernel_size": (1, 3), "dtype": torch.float64},
    ],
    ids=["numbers", "words", "a dtype"],
)
def test_arguments_are_those_of_torch(settings: dict[str, object]) -> None:
    settings = {"in_channels": 2, "out_channels": 4, "kernel_size": 3, **settings}
    module, same = DSConv2d(**settings), nn.Conv2d(**settings)  # type: ignore[arg-type]  # of several types
    same.load_state_dict(module.state_dict())
    x = torch.randn(1, 2, 9, 9, dtype=module.weight.dtype)
    assert torch.equal(module(x), same(x))


def test_weights_are_zero_before_a_forward_and_in_each_mode() -> None:
    module = DSLinear(3, 2, mask=torch.tensor([1, 0, 1]))
    for act in (lambda: module(torch.ones(3)), module.rezero_weights, module.eval, module.train):
        nn.init.ones_(module.weight)
        act()
        assert module.weight.tolist() == [[1, 0, 1], [1, 0, 1]]
