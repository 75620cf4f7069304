"""Whether a key map holds: both live modules, the candidate's weights drawn at random and mapped into the reference.

Outputs in eval mode are compared in float64. Copies run, so that the modules stay as they are.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from copy import deepcopy
from functools import partial
from typing import Any, Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from archdiff.execute.keys.apply import convert
from archdiff.execute.keys.keymap import KeyMap
from archdiff.execute.live import exceptions
from archdiff.execute.live.global_state import Changes, restored
from archdiff.execute.live.tensors import tensors
from archdiff.execute.running.inputs import random_input
from archdiff.execute.running.trace import way_out_of
from archdiff.execute.running.verify import output_tensors, why_uninformative
from archdiff.infer import Sized
from archdiff.model.errors import BuildError, UsageError

_NEAR: Final = 1e-9  # of float64 through a hundred layers, relative to the largest output
_BATCH: Final = 2
_SPREAD: Final = 0.1  # of what is added to each weight: a gamma of 1 and a bias of 0 hide where they are used


class OutputDifference(NamedTuple):
    """How far outputs differ."""

    difference: float  # the largest, of the largest number of that output
    equal: bool
    outputs: tuple[int, int] = (1, 1)  # how many each gives; where it is not as many, the first are compared


class FirstDifference(NamedTuple):
    """From where on outputs differ."""

    candidate: str
    reference: str
    early: bool  # before any of the watched layers has run


class Trial:
    """Both networks with drawn weights, for one map after the other."""

    def __init__(
        self,
        candidate: nn.Module,
        reference: nn.Module,
        x: Tensor,
        same: Iterable[tuple[str, str]],
        fixed: Collection[str],
        changes: Sequence[Changes],
    ) -> None:
        """Runs the candidate.

        Args:
            candidate: a live module, which stays as it is.
            reference: another one.
            x: (batch, ...) as both take it; floats are taken as float64.
            same: keys of the candidate that get equal numbers, as a shared tensor of the reference asks for.
            fixed: keys of the candidate that keep their numbers, which the reference computes.
            changes: of the candidate and the reference: get what their code changes that is not its own.

        Raises:
            BuildError: the candidate cannot take the input, or gives what proves nothing.
        """
        self._candidate, self._reference = _copy("candidate", candidate), _copy("reference", reference)
        self._changes = dict(zip((self._candidate, self._reference), changes, strict=True))
        state = self._candidate.state_dict()
        drawn = _drawn(state, torch.Generator().manual_seed(0)) | {key: state[key] for key in fixed}
        for first, second in same:
            if drawn[first].shape == drawn[second].shape:
                drawn[second] = drawn[first]
        self._candidate.load_state_dict(drawn)
        self._own = deepcopy(self._reference.state_dict())
        self._x = x
        self._expected = self._outputs("candidate", self._candidate)
        if nothing := why_uninformative(self._expected) or _constant(self._expected, x):
            way_out = "without --verify, the map alone"
            raise BuildError(f"--verify: the output of the candidate {nothing}, which proves nothing", way_out=way_out)

    def run(self, key_map: KeyMap) -> OutputDifference:
        """How far outputs differ where the reference has the candidate's weights as the map has them.

        Raises:
            BuildError: the weights do not load, or the reference cannot take the input.
        """
        self._load(key_map)
        made = self._outputs("reference", self._reference)
        both = [*zip(self._expected, made, strict=False)]
        both = both if len(made) == len(self._expected) else both[:1]
        if any(first.shape != second.shape for first, second in both):
            return OutputDifference(float("inf"), False, (len(self._expected), len(made)))
        difference = max(_difference(first, second) for first, second in both)
        return OutputDifference(difference, difference <= _NEAR, (len(self._expected), len(made)))

    def untested(self) -> tuple[str, ...]:
        """Parameters of the reference that its outputs do not depend on, as it was run last; () where unknown."""
        self._reference.requires_grad_(True)
        try:
            with torch.enable_grad():
                made = [each for each in self._forward(self._reference) if each.requires_grad][: len(self._expected)]
                torch.autograd.backward(torch.stack([each.sum() for each in made]).sum())
        except BaseException as error:  # a forward without gradients tells nothing
            if not exceptions.is_foreign(error):
                raise
            return ()
        finally:
            self._reference.requires_grad_(False)
        return tuple(name for name, value in self._reference.named_parameters() if value.grad is None)

    def parting(self, key_map: KeyMap, watched: Collection[str] = ()) -> FirstDifference | None:
        """The first layer, in the candidate's order, whose output is not that of what stands for it; None if none is.

        Numbers are compared in any order: channels may come first or last.

        Args:
            key_map: what was run.
            watched: paths of layers of the candidate.
        """
        self._load(key_map)
        pairs = {
            mapped.parts[0].key.rpartition(".")[0]: mapped.key.rpartition(".")[0]
            for mapped in key_map.mapped
            if len(mapped.parts) == 1 and mapped.parts[0].rows is None
        }
        candidate = _recorded(self._candidate, partial(self._forward, self._candidate), {*pairs, *watched})
        reference = _recorded(self._reference, partial(self._forward, self._reference), {*pairs.values()})
        early = bool(watched)
        for path, value in candidate.items():
            early = early and path not in watched
            other = reference.get(pairs.get(path, ""))
            if other is None or other.numel() != value.numel():
                continue
            if _difference(value.flatten().sort().values, other.flatten().sort().values) > _NEAR:
                return FirstDifference(path, pairs[path], early)
        return None

    def _outputs(self, name: str, module: nn.Module) -> list[Tensor]:
        try:
            with torch.no_grad():
                made = self._forward(module)
        except BaseException as error:  # a user's forward raises whatever it likes
            if not exceptions.is_foreign(error):
                raise
            way_out = way_out_of(module, "3,224,224")
            why = f"the {name} cannot run on {tuple(self._x.shape)}: {exceptions.describe(error)}"
            raise BuildError(why, way_out=way_out) from None
        if not made:
            raise BuildError(f"the {name} gives no tensor")
        return [each.detach() for each in made]

    def _forward(self, module: nn.Module) -> list[Tensor]:
        """On a copy of the input, with what its code sets taken back."""
        x = self._x.double() if self._x.is_floating_point() else self._x
        passed = x.clone()
        with warnings.catch_warnings(action="ignore"), restored(self._changes[module]):
            made = output_tensors(module(passed))
        if not torch.equal(x, passed):
            self._changes[module].add("changes its input in place; the other network gets it unchanged")
        return made

    def _load(self, key_map: KeyMap) -> None:
        try:
            self._reference.load_state_dict(convert(key_map, self._candidate.state_dict(), self._own), strict=True)
        except RuntimeError as error:
            raise BuildError(f"the reference refuses the mapped weights: {exceptions.reason(error)}") from None


def input_for(networks: Sequence[Sized], input_shape: tuple[int, ...] | None) -> Tensor:
    """A random input that both networks take: (batch, ...).

    Args:
        networks: the candidate and the reference.
        input_shape: its size without the batch; None for the one that the prints tell.

    Raises:
        UsageError: no size is given and the prints do not tell one that both take.
    """
    shape = input_shape or (networks[0].input_shape if networks[0].input_shape == networks[1].input_shape else None)
    if shape is None:
        raise UsageError("--verify: the input is not known", way_out="--input-shape, without the batch: 3,224,224")
    return random_input(networks, (_BATCH, *shape), torch.Generator().manual_seed(0))


def _copy(name: str, module: nn.Module) -> nn.Module:
    """In float64 and eval mode."""
    held = (*module.parameters(), *module.buffers())
    if any(is_lazy(each) or each.is_meta for each in held):
        why = "has tensors without values, on the meta device or before its first forward"
        raise UsageError(f"--verify: the {name} {why}", way_out="a factory that makes all of its weights")
    return deepcopy(module).double().eval()


def _drawn(state: Mapping[str, Any], generator: torch.Generator) -> dict[str, Any]:
    """Every number moved, variances kept positive; whole numbers stay, and what is no tensor."""
    found: dict[str, Any] = {}
    for key, value in state.items():
        if isinstance(value, Tensor) and value.is_floating_point() and value.numel():
            noise = _SPREAD * torch.randn(value.shape, generator=generator, dtype=torch.float64)
            moved = value + noise.to(value)
            found[key] = moved.abs() if key.endswith("running_var") else moved
        else:
            found[key] = value
    return found


def _constant(outputs: Sequence[Tensor], x: Tensor) -> str:
    """Whether both samples give the same, though they are not."""
    rows = [each for each in outputs if each.dim() and len(each) == _BATCH]
    same = all(torch.equal(each[0], each[1]) for each in rows) and not torch.equal(x[0], x[1])
    return "is the same for every input" if rows and len(rows) == len(outputs) and same else ""


def _recorded(module: nn.Module, forward: Callable[[], object], paths: Collection[str]) -> dict[str, Tensor]:
    """The first tensor that each of these layers gives, in the order in which they are called."""
    found: dict[str, Tensor] = {}

    def record(path: str, _: nn.Module, __: object, value: Any) -> None:
        made = tensors(value)
        if made and path not in found:
            found[path] = made[0].detach().clone()

    with torch.no_grad(), ExitStack() as hooks:
        for path, layer in module.named_modules():
            if path and path in paths:
                hooks.enter_context(layer.register_forward_hook(partial(record, path)))
        forward()
    return found


def _difference(first: Tensor, second: Tensor) -> float:
    if not first.numel():
        return 0.0
    largest = max(float(first.abs().max()), torch.finfo(torch.float64).tiny)
    difference = float((first.double() - second.double()).abs().max()) / largest
    return float("inf") if difference != difference else difference  # NaN equals nothing
