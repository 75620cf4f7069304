"""What the nodes of a normal form compute, in numbers: an evaluator that knows each kind of node and no rule."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, NamedTuple
from unittest.mock import patch

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import unset_fake_temporarily

from archdiff.execute.live.tensors import numbers, tensors
from archdiff.execute.live.tracing import Inputs, trace
from archdiff.model.network import Value
from archdiff.model.trace import INPUT, PARAMETER, TENSOR, ForwardTrace
from archdiff.semantics.operations import FULL, HIDDEN, LAYER, SUM, VIEW, Graph, GraphNode, NormalTrace, normal_form

CUT: Final = "without gradient"
_KINDS: Final = {
    "b": torch.bool,
    "i": torch.int64,
    "f": torch.float64,
    "u": torch.uint8,
    "s": torch.int8,
    "h": torch.int16,
}


class Runs(nn.Module):
    """A forward that is one function."""

    def __init__(self, function: Callable[..., object]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *given: Tensor) -> object:
        return self.function(*given)


class Traced(NamedTuple):
    """One module with its normal form.

    Attributes:
        module: In float64.
        inputs: What it was called with.
        trace: What it did.
        normal: Its nodes.
        held: Tensors that the trace notes by what they hold.
    """

    module: nn.Module
    inputs: tuple[Tensor, ...]
    trace: ForwardTrace
    normal: NormalTrace
    held: Mapping[Value, Tensor]


def traced(
    module: nn.Module,
    inputs: Sequence[Tensor],
    graph: Graph,
    training: bool = False,
    closed: Callable[[str], bool] = lambda _: False,
    parameter: Callable[[str], Value] = str,
) -> Traced:
    """A module on a graph.

    Args:
        module: Is made float64.
        inputs: By position.
        graph: Gets the nodes.
        training: The mode.
        closed: Which modules are layers.
        parameter: What weights are called.
    """
    if not [*module.parameters()]:
        module.register_parameter("of_type", nn.Parameter(torch.zeros(1)))
    module.double()
    inputs = tuple(each.double() if each.is_floating_point() else each for each in inputs)
    names = [*inspect.signature(module.forward).parameters]
    names += [f"more{number}" for number in range(len(inputs))]
    given = Inputs(
        tuple(
            (name, str(each.dtype).removeprefix("torch."), tuple(each.shape))
            for name, each in zip(names, inputs, strict=False)
        )
    )
    held: dict[Value, Tensor] = {}
    with _holding(held):
        made = trace(module, given, training)
    return Traced(module, inputs, made, normal_form(made, graph, str, parameter, closed), held)


@contextmanager
def _holding(held: dict[Value, Tensor]) -> Iterator[None]:
    """Keeps the numbers of each tensor that a trace notes by a digest of them."""

    def noted(tensor: Tensor) -> Value:
        found = numbers(tensor)
        with unset_fake_temporarily():
            if isinstance(found, str) and found:
                held[found] = tensor.detach().clone()
            elif isinstance(found, tuple) and found[:1] == ("two",):
                held[found[3]] = tensor.detach() == tensor.detach().flatten()[0]
        return found

    with patch("archdiff.execute.live.recorder.numbers", noted):
        yield


def computed(one: Traced, training: bool = False) -> tuple[list[Tensor], dict[int, list[Tensor]]]:
    """What the module gives, and what each call of a module in it gave.

    Args:
        one: The module.
        training: The mode.

    Returns:
        Its outputs, and by the place in `ForwardTrace.calls` the outputs of that call.
    """
    one.module.train(training)
    found: list[list[Tensor]] = []

    def note(_module: nn.Module, _given: object, output: object) -> None:
        found.append([each.clone() for each in tensors(output)])

    hook = nn.modules.module.register_module_forward_hook(note)
    state = {name: each.clone() for name, each in one.module.state_dict().items()}
    try:
        with torch.no_grad():
            output = one.module(*(each.clone() for each in one.inputs))
            outputs = {id(each): each.detach().clone() for each in tensors(output)}
    finally:
        hook.remove()
        one.module.load_state_dict(state)
    return [*outputs.values()], dict(enumerate(found))


def values(graph: Graph, one: Traced, numbers: Sequence[int]) -> dict[int, Tensor]:
    """The numbers of nodes and of all that lead to them.

    Args:
        graph: Which holds the nodes.
        one: The module whose weights and inputs are taken.
        numbers: Of nodes.
    """
    needed: set[int] = set()
    stack = [*numbers]
    while stack:
        number = stack.pop()
        if number not in needed:
            needed.add(number)
            stack += graph.nodes[number].operands
    found: dict[int, Tensor] = {}
    weights = {**dict(one.module.named_parameters()), **dict(one.module.named_buffers())}
    with torch.no_grad():
        for number in sorted(needed):
            node = graph.nodes[number]
            made = _value(node, [found[each] for each in node.operands], one, weights)
            assert tuple(made.shape) == node.shape, (node, made.shape)
            found[number] = made
    return found


def mismatches(graph: Graph, one: Traced, training: bool = False, close: float = 1e-9) -> list[str]:
    """Which outputs and which calls of modules the graph gives other numbers for than the module itself."""
    outputs, calls = computed(one, training)
    normal = one.normal
    given = normal.outputs[: len(one.trace.outputs)]  # behind them, what weights and buffers hold
    if len(outputs) != len(given):
        return [f"{len(given)} outputs for {len(outputs)}"]
    wanted = list(zip([f"output {i}" for i in range(len(outputs))], given, outputs, strict=True))
    for place, call in enumerate(one.trace.calls):
        if len(call.outputs) == len(calls.get(place, ())):
            for ref, real in zip(call.outputs, calls[place], strict=True):
                if ref in normal.values and graph.nodes[normal.values[ref]].op != HIDDEN:
                    wanted.append((f"{call.path or 'the whole'} ({call.class_name})", normal.values[ref], real))
    found = values(graph, one, [number for _, number, _ in wanted])
    return [
        f"{name}: {difference:.3g}"
        for name, number, real in wanted
        if (difference := distance(found[number], real)) > close
    ]


def distance(a: Tensor, b: Tensor) -> float:
    """The largest difference, by the largest number; nothing where both are no number or infinite alike."""
    if a.shape != b.shape:
        return math.inf
    if not a.numel():
        return 0.0
    if a.is_complex() or b.is_complex():
        a, b = torch.view_as_real(a.to(torch.complex128)), torch.view_as_real(b.to(torch.complex128))
    a, b = a.double(), b.double()
    same = (a == b) | (a.isnan() & b.isnan())
    off = torch.where(same, 0.0, (a - b).abs().nan_to_num(nan=math.inf, posinf=math.inf))
    size = torch.where(b.isfinite(), b, 0.0).abs().max().clamp(min=1.0)
    return float(off.max() / size)


def _value(node: GraphNode, operands: list[Tensor], one: Traced, weights: Mapping[str, Tensor]) -> Any:
    constants: Any = node.constants
    made = _of_graph(node, constants, operands)
    if made is not None:
        return made
    if node.op == INPUT:
        return one.inputs[constants[0]].clone()
    if node.op == PARAMETER:
        return weights[constants[0]].detach().flatten()
    if node.op == LAYER:
        (path, index) = constants
        output = one.module.get_submodule(path)(*operands)
        return tensors(output)[index]
    if node.op == TENSOR:
        held, dtype, *_ = constants
        real = one.held[held] if isinstance(held, str) else torch.tensor(held)
        return real.to(getattr(torch, dtype)).expand(node.shape) if real.numel() == 1 else real.reshape(node.shape)
    return _of_operator(node, operands)


def _of_graph(node: GraphNode, constants: Any, operands: list[Tensor]) -> Any:
    """What the graph makes itself."""
    if node.op == VIEW:
        (strides, offset), base = constants, operands[0].contiguous().flatten()
        sizes, steps = [size for _, size in strides], [stride for stride, _ in strides]
        return base.as_strided(sizes, steps, offset).reshape(node.shape)
    if node.op == "where":
        return torch.where(operands[0].bool(), operands[1].double(), operands[2].double())
    if node.op == FULL:
        value = constants[0]
        return torch.full(node.shape, value, dtype=torch.bool if isinstance(value, bool) else torch.float64)
    if node.op == SUM:
        *coefficients, constant = constants
        both = zip(coefficients, operands, strict=True)
        terms = [c * (each if each.is_complex() else each.double()) for c, each in both]
        return torch.stack([each.expand(node.shape) for each in terms]).sum(0) + constant
    if node.op == "product":
        parts = [_power(each, power).expand(node.shape) for each, power in zip(operands, constants, strict=True)]
        return torch.stack(parts).prod(0)
    if node.op == "contraction":
        return torch.einsum("bik,bjk->bij", operands[0].double(), operands[1].double())
    if node.op == "sum over":
        return operands[0].double().sum(constants[0]) if constants[0] else operands[0].double()
    if node.op in ("amax", "amin") and len(constants) == 1:
        return getattr(operands[0], node.op)(constants[0])
    if node.op == "clamp" and len(constants) == 2 and not isinstance(constants[0], tuple):
        return operands[0].double().clamp(*constants) if any(c is not None for c in constants) else operands[0]
    if node.op == "to":
        return operands[0].to(getattr(torch, constants[0]))
    if node.op == CUT:
        return operands[0]
    if node.op == "cat":
        return torch.cat(operands, constants[0])
    if node.op == "empty":
        return torch.zeros(node.shape, dtype=torch.float64)
    if node.op == "written":
        return _written(node, constants, operands)
    if node.op == "roll":
        return operands[0].roll(constants, tuple(range(len(constants))))
    if node.op == "pad":
        pads, value = constants
        return nn.functional.pad(operands[0], [each for pair in reversed(pads) for each in pair], value=value)
    if node.op == "taken":
        return operands[0][operands[1].long()]
    if node.op == "flip":
        return operands[0].flip(constants)
    if node.op == "softplus":
        return nn.functional.softplus(operands[0].double(), 1, *constants)
    if node.op in _OF_TWO and not constants:
        return getattr(torch, node.op)(*(each if each.is_complex() else each.double() for each in operands))
    if node.op in _OVER and len(constants) == 1:
        return _OVER[node.op](operands[0], constants[0])
    return None


_OF_TWO: Final = (
    "maximum",
    "minimum",
    "eq",
    "ne",
    "lt",
    "le",
    "logical_and",
    "logical_or",
    "logical_xor",
    "logical_not",
)
_OVER: Final[Mapping[str, Callable[..., Tensor]]] = {
    "_softmax": torch.softmax,
    "_log_softmax": torch.log_softmax,
    "cumsum": torch.cumsum,
}


def _power(x: Tensor, power: float) -> Tensor:
    return x**power if x.is_complex() else x.double() ** power


def _written(node: GraphNode, constants: Any, operands: list[Tensor]) -> Tensor:
    """Memory after something was written into a part of it."""
    old, new = operands
    (own, start), (strides, offset) = constants
    shift = max(0, -offset)
    reach = [offset + sum(stride * (size - 1) for stride, size in parts) for parts in (own, strides)]
    base = torch.full((shift + max(reach) + abs(offset) + 1,), torch.nan, dtype=torch.float64)
    sizes, steps = [size for _, size in own], [stride for stride, _ in own]
    base.as_strided(sizes, steps, start + shift).copy_(old.reshape(sizes))
    at, by = [size for _, size in strides], [stride for stride, _ in strides]
    base.as_strided(at, by, offset + shift).copy_(new.reshape(at))
    return base.as_strided(sizes, steps, start + shift).reshape(node.shape).to(old.dtype)


def _of_operator(node: GraphNode, operands: list[Tensor]) -> Any:
    """One of torch's operators, by the names of its arguments."""
    pairs: Any = node.constants
    given, output, left = {}, 0, list(operands)
    types = dict([pair for pair in pairs if isinstance(pair, tuple) and len(pair) == 2]).get("types")
    if types:
        left = [each.to(_KINDS[kind]) if kind in _KINDS else each for each, kind in zip(left, types, strict=False)]
    if all(isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str) for pair in pairs):
        for name, value in pairs:
            if name == "output":
                output = value
            elif name == "dtype":
                given[name] = getattr(torch, value.removeprefix("torch."))
            elif name != "types":
                given[name] = _filled(value, left)
    else:
        given = {}
    if not given:
        given = {"self": left.pop(0)}
        given["self"] = given["self"].double() if given["self"].dtype is torch.bool else given["self"]
    elif left and "self" not in given:
        given = {"self": left.pop(0), **given}
    made = _called(node.op.removeprefix("aten."), given)
    if isinstance(made, list | tuple):
        made = made[output]
    return made.to(_KINDS[types[-1]]) if types and types[-1] in _KINDS and not output else made


def _called(name: str, given: dict[str, Any]) -> Any:
    packet = getattr(torch.ops.aten, name)
    for overload in packet.overloads():
        schema = getattr(packet, overload)._schema
        names = [each.name for each in schema.arguments]
        if schema.is_mutable and not name.startswith("native_batch") and name not in ("batch_norm",):
            continue
        if set(given) <= set(names):
            needed = {
                each.name: None for each in schema.arguments if each.name not in given and not each.has_default_value()
            }
            try:
                return getattr(packet, overload)(**given, **needed)
            except (RuntimeError, TypeError):
                continue
    in_place = getattr(torch.ops.aten, f"{name}_", None)
    if in_place is not None:
        return in_place(given.pop("self").clone(), **given)
    return packet(**given)


def _filled(value: Any, left: list[Tensor]) -> Any:
    """With tensors in the places of their marks."""
    if value == "tensor":
        return left.pop(0)
    if isinstance(value, tuple):
        return [_filled(each, left) for each in value]
    return value
