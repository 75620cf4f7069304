"""One step of training: forward, loss, backward, the optimizer as printed, and what zeroes weights again behind it.

Duty cycles are counted by the k-winners themselves. What a print does not hold (the loss, an optimizer that was not
printed) is taken as written here and stands in a note. Must not time anything.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from archdiff.execute.live.tensors import tensors
from archdiff.model.network import Recipe, Unknown

DEFAULT: Final = "SGD(lr=0.01)"
#: need a closure, or gradients that are sparse tensors
_NOT_STEPPED: Final = {"LBFGS", "SparseAdam"}


def optimizer(module: nn.Module, recipe: Recipe | None) -> tuple[torch.optim.Optimizer, str]:
    """The first printed optimizer, the settings of its first group over all parameters; and what had to be assumed."""
    parameters = [each for each in module.parameters() if each.requires_grad]
    printed = recipe.optimizers[0] if recipe and recipe.optimizers else None
    if printed is None:
        return _default(parameters), f"no optimizer printed: {DEFAULT} taken"
    cls = getattr(torch.optim, printed.class_name, None)
    known = isinstance(cls, type) and issubclass(cls, torch.optim.Optimizer)
    if cls is None or not known or printed.class_name in _NOT_STEPPED:
        return _default(parameters), f"{printed.class_name} is not run here: {DEFAULT} taken"
    groups = printed.children or (printed,)
    taken = signature(cls.__init__).parameters.keys() - {"self", "params"}
    settings = {
        s.name: s.value for s in groups[0].settings if s.name in taken and not isinstance(s.value, Unknown | str)
    }
    assumed = f"{len(groups)} parameter groups printed: the first taken for all" if len(groups) > 1 else ""
    try:
        return cls(parameters, **settings), assumed
    except (TypeError, ValueError, RuntimeError) as refused:
        message = (str(refused).splitlines() or [""])[0]
        return _default(parameters), f"{printed.class_name} as printed is refused ({message}): {DEFAULT} taken"


def _default(parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters or [nn.Parameter(torch.zeros(1))], lr=0.01)


def step(module: nn.Module, stepper: torch.optim.Optimizer, x: Any, seed: int, forward: Any) -> Callable[[], Tensor]:
    """A function that makes one step on the input; `forward` is the module, compiled or not."""
    losses: list[Callable[[Any], Tensor]] = []
    zeroing: list[Any] = [each.rezero_weights for each in module.modules() if hasattr(each, "rezero_weights")]

    def made() -> Tensor:
        stepper.zero_grad(set_to_none=True)
        out = forward(x)
        if not losses:
            losses.append(_loss(module, out, seed))
        lost = losses[0](out)
        lost.backward()  # type: ignore[no-untyped-call]
        stepper.step()
        for rezero in zeroing:
            rezero()
        return lost.detach()

    return made


def _loss(module: nn.Module, out: Any, seed: int) -> Callable[[Any], Tensor]:
    """Classes for what looks like scores of classes, else the mean of squares; targets are random and fixed."""
    first = _first(out)
    generator = torch.Generator().manual_seed(seed)
    if first.dim() == 2 and first.shape[1] > 1 and first.is_floating_point():
        target = torch.randint(first.shape[1], (first.shape[0],), generator=generator).to(first.device)
        scored = functional.nll_loss if _ends_with_log_softmax(module) else functional.cross_entropy
        return lambda out: scored(_first(out).float(), target)
    return lambda out: _first(out).float().square().mean()


def _ends_with_log_softmax(module: nn.Module) -> bool:
    leaves = [each for each in module.modules() if not any(each.children())]
    return bool(leaves) and isinstance(leaves[-1], nn.LogSoftmax)


def _first(out: Any) -> Tensor:
    """Recurrent layers give their state beside the output."""
    found = tensors(out)
    if not found:
        raise TypeError(f"its output ({type(out).__name__}) contains no tensor, so that it has no loss")
    return found[0]
