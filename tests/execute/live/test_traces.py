"""Traces as facts of networks: with inputs that all take, and the reason where there are none."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from archdiff import parse
from archdiff.execute.live import importing, traces
from archdiff.model.facts import NOT_TRACED, TRACES
from archdiff.model.network import Network
from archdiff.model.trace import ForwardTrace


class Needs(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return self.layer(x) + y


class OnlyInEval(nn.Linear):
    def forward(self, input: Tensor) -> Tensor:  # noqa: A002
        if self.training:
            raise ValueError
        return super().forward(input)


def network() -> Network:
    return parse.read_string("Net()")[0]


def found(module: nn.Module, given: str = "", shape: tuple[int, ...] | None = None) -> list[ForwardTrace]:
    (made,) = traces.with_traces([network()], [module], given, shape)
    fact = made.fact(TRACES)
    assert fact is not None
    assert isinstance(fact.value, tuple)
    return [each for each in fact.value if isinstance(each, ForwardTrace)]


def reason(module: nn.Module, given: str = "") -> object:
    (made,) = traces.with_traces([network()], [module], given)
    fact = made.fact(NOT_TRACED)
    return fact and fact.value


def test_both_modes() -> None:
    evaluation, training = found(nn.Sequential(nn.Linear(4, 4), nn.Dropout(0.1)))
    assert [each.name for each in evaluation.operations][-1] == "addmm"
    assert [each.name for each in training.operations][-1] == "dropout"


def test_training_alone_may_fail() -> None:
    assert len(found(OnlyInEval(4, 4))) == 1


def test_both_networks_are_called_with_what_both_take() -> None:
    modules = nn.Conv2d(3, 4, 3), nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 4))
    made = traces.with_traces([network(), network()], modules)
    inputs = [each.fact(TRACES).value[0].inputs for each in made]  # type: ignore[union-attr, index]
    assert inputs == [("input:float32[2,3,32,32]",)] * 2


@pytest.mark.parametrize(
    ("module", "given", "why"),
    [
        pytest.param(
            Needs(), "", "its forward takes x, y; --inputs says what it is called with", id="nothing tells"
        ),
        pytest.param(
            Needs(),
            "x:float32[1,5] y:float32[1]",
            "RuntimeError: a and b must have same reduction dim, but got [1, 5] X [4, 4].",
            id="given, and wrong",
        ),
        pytest.param(
            nn.Sequential(nn.Linear(4, 3), nn.Linear(2, 1)),
            "",
            "RuntimeError: a and b must have same reduction dim, but got [2, 3] X [2, 1].; "
            "--inputs says what it is called with",
            id="no input fits",
        ),
    ],
)  # fmt: skip
def test_reasons(module: nn.Module, given: str, why: str) -> None:
    assert reason(module, given) == why


def test_given_inputs() -> None:
    assert found(Needs(), "x:float32[1,4] y:float32[4]")[0].inputs == ("x:float32[1,4]", "y:float32[4]")


@pytest.mark.parametrize(
    ("returns", "inputs"),
    [
        pytest.param("net, torch.ones(3, 4)", ("input0:float32[3,4]",), id="a tensor"),
        pytest.param("net, (torch.ones(3, 4),)", ("input0:float32[3,4]",), id="by position"),
        pytest.param("net, {'input': torch.ones(3, 4)}", ("input:float32[3,4]",), id="by name"),
        pytest.param("net, (torch.ones(3, 4),), {}", ("input0:float32[3,4]",), id="both"),
        pytest.param("net", ("input:float32[2,4]",), id="none"),
    ],
)
def test_what_a_factory_returns_beside_its_module(
    returns: str,
    inputs: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    name = f"factory_{request.node.callspec.id.replace(' ', '_')}"
    text = f"import torch\ndef made():\n    net = torch.nn.Linear(4, 4)\n    return {returns}\n"
    (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    assert found(importing.load_module(f"{name}:made"))[0].inputs == inputs


def test_numbers_are_drawn_as_if_nothing_had_run() -> None:
    module = nn.Sequential(nn.Linear(4, 4), nn.Dropout())
    before = torch.get_rng_state()
    found(module)
    assert torch.equal(torch.get_rng_state(), before)
