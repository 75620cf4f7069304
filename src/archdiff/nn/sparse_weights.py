"""Weights of which every output row keeps a fixed share: SparseWeights around a Linear, SparseWeights2d a convolution.

Two conventions, told apart by the argument, each with its own rounding (half to even, as Python rounds):

    sparsity          share of zeros (nupic.torch): a row keeps round((1 - sparsity) * inputs) weights
    weight_sparsity   share of NON-zeros (the paper's code): a row loses round((1 - weight_sparsity) * inputs)

`inputs` are the weights of a row: in_features, or in_channels * kernel height * kernel width. Which weights are zero is
drawn once. Source: Ahmad and Scheinkman, "How Can We Be So Dense?", 2019, and the documentation of nupic.torch.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final, Self, cast

import torch
from torch import Tensor, nn

#: buffers of older checkpoints: (row, input) of every zero weight, until nupic.torch stored a mask
_INDICES: Final = ("zero_weights", "zeroWts", "zero_wts")


class SparseWeights(nn.Module):
    """`module` with a share of its weights held at zero.

    The zeros are applied in every forward while training, on each change between training and eval mode and by
    `rezero_weights()`, which belongs behind the last step of an optimizer.

    Checkpoints hold `module.weight`, `module.bias` and `zero_mask`, as those of nupic.torch since June 2020 do (True or
    1: zero; any data type is taken, and any shape that broadcasts to that of the weight). Code before that listed the
    zeros: `zeroWts` (the paper's) and `zero_weights` are taken as whole numbers of shape (2, zeros) or (zeros, 2), the
    row of every zero weight and its place in the flattened row.

    Args:
        module: a layer whose `weight` has shape (out_features, in_features); input and output have its shapes.
        weight_sparsity: share of NON-zero weights in a row, between 0 and 1, as in the paper's code.
        sparsity: share of zeros in a row, between 0 and 1, as in nupic.torch; exactly one of the two is given.

    Raises:
        TypeError: both shares are given or none, or the layer has no weight of these dimensions.
        ValueError: a share is not between 0 and 1.
    """

    WEIGHT_DIMS: ClassVar = 2
    zero_mask: Tensor

    def __init__(self, module: nn.Module, weight_sparsity: float | None = None, sparsity: float | None = None) -> None:
        super().__init__()
        if (weight_sparsity is None) == (sparsity is None):
            raise TypeError(f"{type(self).__name__} needs sparsity (share of zeros) or weight_sparsity (of non-zeros)")
        weight = getattr(module, "weight", None)
        if not isinstance(weight, Tensor) or weight.dim() != self.WEIGHT_DIMS:
            raise TypeError(f"{type(self).__name__} needs a layer whose weight has {self.WEIGHT_DIMS} dimensions")
        self.module = module
        self.weight_sparsity, self.sparsity = weight_sparsity, sparsity
        self.register_buffer("zero_mask", _drawn(weight, self._zeros(weight[0].numel())))
        self.rezero_weights()

    def _zeros(self, inputs: int) -> int:
        """How many weights of a row are zero."""
        share = self.sparsity if self.weight_sparsity is None else self.weight_sparsity
        assert share is not None
        if not 0 <= share <= 1:
            raise ValueError(f"a share is between 0 and 1, not {share}")
        rounded = round((1 - share) * inputs)
        return rounded if self.sparsity is None else inputs - rounded

    def forward(self, x: Tensor) -> Tensor:
        """What the layer computes of x, with its zeros in place; shapes are those of the layer."""
        if self.training:
            self.rezero_weights()
        out: Tensor = self.module(x)
        return out

    def rezero_weights(self) -> None:
        """Sets the weights to zero that are held at zero."""
        rezero(cast(Tensor, self.module.weight), self.zero_mask)

    def train(self, mode: bool = True) -> Self:
        """Changes the mode, with the zeros put back in place."""
        super().train(mode)
        self.rezero_weights()  # what the last step of an optimizer moved must not count in eval mode
        return self

    def extra_repr(self) -> str:
        """The share, under the name by which it was given."""
        if self.sparsity is None:
            return f"weight_sparsity={self.weight_sparsity}"
        return f"sparsity={self.sparsity}"

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        for name in _INDICES:
            if prefix + name in state_dict:
                state_dict[prefix + "zero_mask"] = self._as_mask(state_dict.pop(prefix + name))
        mask = state_dict.get(prefix + "zero_mask")
        if isinstance(mask, Tensor):
            state_dict[prefix + "zero_mask"] = mask.bool().broadcast_to(self.zero_mask.shape)
        super()._load_from_state_dict(state_dict, prefix, *rest)

    def _as_mask(self, indices: Tensor) -> Tensor:
        rows, inputs = indices.long() if indices.shape[0] == 2 else indices.long().T
        mask = torch.zeros_like(self.zero_mask.flatten(1), device=indices.device)
        mask[rows, inputs] = True
        return mask.view_as(self.zero_mask)


class SparseWeights2d(SparseWeights):
    """SparseWeights around a Conv2d: (batch, channels, height, width) to what the convolution makes of it.

    Its weight has shape (out_channels, in_channels, kernel height, kernel width); arguments are those of SparseWeights.
    """

    WEIGHT_DIMS: ClassVar = 4


def rezero(weight: Tensor, zero: Tensor) -> None:
    """Sets weights to zero.

    Through .data, which autograd does not watch: a second forward before backward must not be an error.

    Args:
        weight: of any shape.
        zero: of the same shape, True where a weight is zero.
    """
    weight.data.masked_fill_(zero, 0)


def _drawn(weight: Tensor, zeros: int) -> Tensor:
    """True at `zeros` places of every row, drawn without replacement."""
    mask = torch.zeros_like(weight, dtype=torch.bool, requires_grad=False)
    if not mask.is_meta:
        for row in mask.flatten(1):
            row[torch.randperm(len(row), device=row.device)[:zeros]] = True
    return mask
