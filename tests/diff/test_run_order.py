"""Two traced networks are aligned as they run: by what takes what, whatever is printed, run or added first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from torch import Tensor, nn

import archdiff
from archdiff.diff.run_order import run_order
from archdiff.model.outcome import Outcome
from archdiff.model.trace import INPUT, PARAMETER, ForwardTrace, ModuleCall, Operation, Ref

_NAMES = ("conv", "norm", "short")
_OTHERS = ("one", "two", "three")


def net(
    order: str = "cns", names: Sequence[str] = _NAMES, is_first: bool = False, width: int = 8, behind: bool = False
) -> nn.Module:
    """A block with a branch of a convolution and a norm, and a shortcut of a convolution.

    Args:
        order: In which these are declared, by their first letters.
        names: Of convolution, norm and shortcut.
        is_first: Whether the forward runs the shortcut first.
        width: Channels of the block.
        behind: Whether the shortcut takes what the convolution gives, not what comes in.
    """
    made = {
        "c": (names[0], nn.Conv2d(4, width, 3, padding=1)),
        "n": (names[1], nn.BatchNorm2d(width)),
        "s": (names[2], nn.Conv2d(4, width, 1)),
    }

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            for each in order:
                self.add_module(*made[each])

        def forward(self, x: Tensor) -> Tensor:
            conv, norm, short = (self.get_submodule(name) for name in names)
            if is_first:
                taken = short(x)
                return taken + norm(conv(x))  # type: ignore[no-any-return]
            y = conv(x)
            return norm(y) + short(y if behind else x)  # type: ignore[no-any-return]

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.block = Block()
            self.head = nn.Conv2d(width, 2, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.block(x))  # type: ignore[no-any-return]

    return Net()


def told(outcome: Outcome) -> list[str]:
    """Rule, effect, path and message of all that is more than spelling."""
    return [
        f"{each.rule} {each.effect} {each.candidate.path if each.candidate else '-'}: {each.message}"
        for each in outcome.findings
        if each.effect.word != "cosmetic"
    ]


ELSEWHERE = "is printed in another place, and runs in the same"


@pytest.mark.parametrize(
    ("ours", "expected"),
    [
        pytest.param(net, [], id="left alone"),
        pytest.param(lambda: net(is_first=True), [], id="the shortcut runs first"),
        pytest.param(lambda: net(names=_OTHERS), [], id="other names"),
        pytest.param(lambda: net(names=_OTHERS, is_first=True), [], id="other names, the shortcut runs first"),
        pytest.param(
            lambda: net("scn"), ["AD102 init block.short: Block declares short in another order"], id="names decide"
        ),
        pytest.param(
            lambda: net("scn", _OTHERS), [f"AD102 equivalent block.three: {ELSEWHERE}"], id="declared before the branch"
        ),
        pytest.param(
            lambda: net("scn", _OTHERS, is_first=True),
            [f"AD102 equivalent block.three: {ELSEWHERE}"],
            id="declared, run and added before the branch",
        ),
    ],
)
def test_a_shortcut_in_another_place(ours: Callable[[], nn.Module], expected: list[str]) -> None:
    assert told(archdiff.compare(ours(), net(), input_shape=(4, 8, 8))) == expected


def test_what_a_shortcut_takes_is_told_beside_the_order() -> None:
    outcome = archdiff.compare(net("scn", width=4, behind=True), net(width=4), input_shape=(4, 8, 8))
    assert told(outcome) == [
        "AD110 function block: forward of Block: short takes conv, not what comes in",
        "AD102 init block.short: Block declares short in another order",
    ]


def test_both_sides_may_be_exchanged() -> None:
    outcome = archdiff.compare(net(), net("scn", _OTHERS, is_first=True), input_shape=(4, 8, 8))
    assert [each.rule for each in outcome.findings if each.effect.word == "equivalent"] == ["AD102"]
    assert outcome.verdict == "equivalent"


def _weighted(path: str, takes: int, at: int) -> tuple[Operation, Operation]:
    """An operation with a weight of a module, which stands at `at`."""
    weight = Operation(PARAMETER, (("name", f"{path}.weight"),), ((4,),), path)
    return weight, Operation("conv", (("input", Ref(takes)), ("weight", Ref(at))), ((1, 4),), path)


def test_the_longer_branch_comes_first() -> None:
    operations = (
        Operation(INPUT, (("number", 0),), ((1, 4),), ""),
        *_weighted("short", 0, 1),
        *_weighted("a", 0, 3),
        *_weighted("b", 4, 5),
        Operation("add", (("self", Ref(2)), ("other", Ref(6))), ((1, 4),), ""),
        Operation("relu", (("self", Ref(7)),), ((1, 4),), "relu"),
    )
    calls = (
        ModuleCall("short", "Conv", (Ref(0),), (Ref(2),), 1, 3),
        ModuleCall("a", "Conv", (Ref(0),), (Ref(4),), 3, 5),
        ModuleCall("drop", "Dropout", (Ref(4),), (Ref(4),), 5, 5),
        ModuleCall("b", "Conv", (Ref(4),), (Ref(6),), 5, 7),
        ModuleCall("relu", "ReLU", (Ref(7),), (Ref(8),), 8, 9),
    )
    found = run_order(ForwardTrace(operations, calls, (Ref(8),), ("x:float32[1,4]",), "traced"))
    assert sorted(found, key=found.__getitem__) == ["a", "drop", "b", "short", "relu"]


def test_one_relu_for_many_stands_at_its_last_call_and_a_layer_at_its_first() -> None:
    operations = (
        Operation(INPUT, (("number", 0),), ((1, 4),), ""),
        *_weighted("layers.0", 0, 1),
        Operation("relu", (("self", Ref(2)),), ((1, 4),), "relu"),
        *_weighted("layers.1", 3, 4),
        Operation("relu", (("self", Ref(5)),), ((1, 4),), "relu"),
        Operation("conv", (("input", Ref(6)), ("weight", Ref(1))), ((1, 4),), "layers.0"),
    )
    calls = (
        ModuleCall("layers.0", "Conv", (Ref(0),), (Ref(2),), 1, 3),
        ModuleCall("relu", "ReLU", (Ref(2),), (Ref(3),), 3, 4),
        ModuleCall("layers.1", "Conv", (Ref(3),), (Ref(5),), 4, 6),
        ModuleCall("relu", "ReLU", (Ref(5),), (Ref(6),), 6, 7),
        ModuleCall("layers.0", "Conv", (Ref(6),), (Ref(7),), 7, 8),
    )
    found = run_order(ForwardTrace(operations, calls, (Ref(7),), ("x:float32[1,4]",), "traced"))
    assert found["layers"] == found["layers.0"] < found["layers.1"] < found["relu"]


def test_what_takes_the_encoder_stands_behind_it_although_it_begins_with_something_else() -> None:
    operations = (
        Operation(INPUT, (("number", 0),), ((1, 4),), ""),
        Operation(INPUT, (("number", 1),), ((1, 4),), ""),
        *_weighted("encoder", 0, 2),
        *_weighted("decoder.layers.0.own", 1, 4),
        Operation("bmm", (("self", Ref(5)), ("mat2", Ref(3))), ((1, 4),), "decoder.layers.0"),
    )
    calls = (
        ModuleCall("encoder", "Encoder", (Ref(0),), (Ref(3),), 2, 4),
        ModuleCall("decoder.layers.0", "Layer", (Ref(1), Ref(3)), (Ref(6),), 4, 7),
        ModuleCall("decoder.layers.0.own", "Linear", (Ref(1),), (Ref(5),), 4, 6),
    )
    found = run_order(ForwardTrace(operations, calls, (Ref(6),), ("x:float32[1,4]", "y:float32[1,4]"), "traced"))
    assert found["encoder"] < found["decoder"] == found["decoder.layers"] == found["decoder.layers.0"]
    assert found["decoder.layers.0.own"] < found["encoder"]
