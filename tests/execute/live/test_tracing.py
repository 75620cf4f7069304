"""What a forward does, by running it on tensors without numbers; the module is as before."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from archdiff.execute.live import recorder
from archdiff.execute.live.tracing import Given, Inputs, NotTracedError, trace
from archdiff.model.trace import INPUT, OPAQUE, PARAMETER, Ref
from traced_modules import MODULES, ROW, Of, decides, fails


@pytest.mark.parametrize("name", MODULES)
def test_operations(name: str) -> None:
    make, expected, way = MODULES[name]
    found = trace(make().eval(), ROW, training=False)
    names = [each.name for each in found.operations if each.name not in (INPUT, PARAMETER)]
    assert (found.way, found.outputs != ()) == (way, True)
    if expected:
        assert " ".join(names) == expected


@pytest.mark.parametrize("training", [False, True], ids=["eval", "training"])
@pytest.mark.parametrize("name", MODULES)
def test_the_module_is_as_before(name: str, training: bool) -> None:
    module = MODULES[name][0]()
    module.train(not training)
    before, numbers = _contents(module), (torch.get_rng_state().tolist(), random.getstate())
    trace(module, ROW, training)
    assert _contents(module) == before
    assert torch.get_rng_state().tolist() == numbers[0]


def test_the_module_is_as_before_where_its_forward_fails() -> None:
    module = Of(fails, seen=0, cache={}, past=[])
    before = _contents(module)
    with pytest.raises(NotTracedError, match=r"^ValueError: no such size$"):
        trace(module, ROW, training=True)
    assert _contents(module) == before
    assert not hasattr(module, "new")


@pytest.mark.parametrize(
    "name", ["layers", "a cached function", "a cached method", "state in place", "attributes, caches"]
)
def test_it_runs_as_before(name: str) -> None:
    """On numbers, with what the forward has kept meanwhile."""
    module, other = (MODULES[name][0]().eval() for _ in range(2))
    other.load_state_dict(module.state_dict())
    trace(module, ROW, training=False)
    x = torch.rand(2, 4)
    assert torch.equal(module(x), other(x))


def _contents(module: nn.Module) -> object:
    """All that a module holds: tensors by identity and numbers, all else by value or identity."""
    return [(path, type(each), _value(vars(each))) for path, each in module.named_modules()]


def _value(value: Any) -> object:
    match value:
        case Tensor():
            is_known = not value.is_meta and not isinstance(value, nn.UninitializedParameter)
            numbers = value.dequantize() if value.is_quantized else value
            return id(value), value.requires_grad, numbers.tolist() if is_known else None
        case dict():
            return {str(key): _value(each) for key, each in value.items()}
        case list() | tuple():
            return [_value(each) for each in value]
        case bool() | int() | float() | str() | None:
            return value
    return id(value)


# What is in a trace


def test_calls_say_which_tensors_went_in_and_came_out() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.ReLU(), nn.Bilinear(4, 4, 2)

        def forward(self, x: Tensor) -> Tensor:
            return self.second(self.first(x), input2=x)

    calls = {call.path: call for call in trace(Net(), ROW, training=False).calls}
    assert calls["first"][1:4] == ("ReLU", (Ref(0),), (Ref(1),))
    assert calls["second"].inputs == (Ref(1), Ref(0))


def test_a_module_in_two_places_is_the_one_below_what_runs() -> None:
    relu = nn.ReLU()
    module = nn.Sequential(nn.Sequential(relu), *(nn.ReLU() for _ in range(9)), nn.Sequential(relu))
    paths = [call.path for call in trace(module, ROW, training=False).calls]
    assert paths[:2] == ["0.0", "0"]
    assert paths[-3:] == ["10.0", "10", ""]


def test_a_decision_says_what_it_reads_in_which_module() -> None:
    found = trace(nn.Sequential(Of(decides)), ROW, training=False)
    (opaque,) = (each for each in found.operations if each.name == OPAQUE)
    assert (opaque.path, opaque.arguments) == ("0", (("reads", (Ref(2),)),))


def test_both_runs_on_numbers_are_equal() -> None:
    """Numbers that go in are those of one seed."""
    module = Of(lambda own, x: own.layer(x) if x[0, 0] > x[0, 1] else x)
    assert len({trace(module, ROW, training=False) for _ in range(5)}) == 1


def _adds(_: Any, given: Any) -> Any:
    return given["x"].add_(given["y"][0])


def test_what_another_made_is_taken_as_it_is() -> None:
    x, y = torch.ones(1, 4), torch.ones(1, 4)
    found = trace(Of(_adds), Given(({"x": x, "y": [y]},), {}), False)
    assert found.inputs == ("input0:float32[1,4]", "input0:float32[1,4]")
    assert torch.equal(x, torch.ones(1, 4))


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    def shouts(own: Any, x: Tensor) -> Tensor:
        print("here")  # noqa: T201
        return own.layer(x[:, :3])

    with pytest.raises(NotTracedError):
        trace(Of(shouts), ROW, training=False)
    assert capfd.readouterr() == ("", "")


# Bounds


def forever(_: Any, x: Tensor) -> Tensor:
    while True:
        try:
            x = x + 1
        except Exception:
            continue


def large(_: Any, x: Tensor) -> Tensor:
    y = torch.rand(1 << 12, 1 << 12) if x.sum() < 1e9 else x
    return sum([y + number for number in range(40)])  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("run", "bound", "value", "says"),
    [
        pytest.param(forever, "MOST", 100, "more than 100 operations", id="operations"),
        pytest.param(forever, "LONGEST", 0.5, "takes more than 0 s", id="seconds"),
        pytest.param(large, "MEMORY", 1 << 30, "needs more than 1 GB to run", id="memory"),
    ],
)
def test_bounds(
    run: Callable[[Any, Tensor], Tensor], bound: str, value: float, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, bound, value)
    with pytest.raises(NotTracedError, match=f"^{says}$") as raised:
        trace(Of(run), ROW, training=False)
    assert raised.value.is_final


@pytest.mark.parametrize(
    ("module", "says"),
    [
        pytest.param(nn.Linear(5, 5), "RuntimeError: ", id="another size"),
        pytest.param(nn.Bilinear(4, 4, 4), "TypeError: Bilinear.forward() missing 1", id="another argument"),
        pytest.param(Of(lambda *_: exit(3)), "SystemExit: 3", id="it ends the process"),
        pytest.param(Of(decides).to("meta"), "hangs on numbers, and is on the meta device", id="no numbers"),
    ],
)
def test_reasons(module: nn.Module, says: str) -> None:
    with pytest.raises(NotTracedError) as raised:
        trace(module, ROW, training=False)
    assert str(raised.value).startswith(says)


def test_plain_arguments() -> None:
    class Net(nn.Module):
        def forward(self, x: Tensor, scale: float, twice: bool = False) -> Tensor:
            return x * scale * 2 if twice else x * scale

    inputs = Inputs(ROW.tensors, True, (("scale", 0.5), ("twice", True)))
    found = trace(Net(), inputs, training=False)
    assert [dict(each.arguments).get("other") for each in found.operations[1:]] == [0.5, 2]
    assert found.inputs == ("x:float32[2,4]", "scale=0.5", "twice=True")


def test_a_copy_is_traced_alike() -> None:
    module = MODULES["state in place"][0]()
    assert trace(module, ROW, True) == trace(copy.deepcopy(module), ROW, True)
