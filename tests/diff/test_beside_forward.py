"""A live module beside a print: what its forward answers of what only one of them prints."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import archdiff
from archdiff.model.outcome import Outcome
from execute import printed_networks as nets
from execute.printed_networks import Around, Called, Chain, Ordered, Pooled, Residual, Rows, Shortcut, printed

SEQUENTIAL = nn.Sequential(nn.Linear(8, 8), nn.GELU(), nn.Linear(8, 8), nn.Linear(8, 8))
THERE = "calls it as a function there, as traced: if"


def told(outcome: Outcome) -> list[tuple[str, str, str]]:
    """Rule, effect and message of each difference that is no spelling."""
    found = [each for each in outcome.findings if each.is_difference and each.effect.word != "cosmetic"]
    return [(each.rule, each.effect.word, each.message) for each in found]


@pytest.mark.parametrize(
    ("module", "text"),
    [
        pytest.param(Called(), printed(Called()), id="what no print shows is no extra layer"),
        pytest.param(Residual(), printed(Residual()), id="nor a shortcut"),
        pytest.param(Around(Chain()), printed(Around(Chain())), id="a chain"),
    ],
)
def test_its_own_print(module: nn.Module, text: str) -> None:
    assert told(archdiff.compare(module, text)) == []
    assert told(archdiff.compare(text, module)) == []


@pytest.mark.parametrize(
    ("function", "layer"),
    [
        pytest.param(functional.relu, nn.ReLU(), id="relu"),
        pytest.param(lambda x: x.clamp(min=0), nn.ReLU(), id="relu as a clamp"),
        pytest.param(functional.relu6, nn.ReLU6(), id="relu6"),
        pytest.param(functional.leaky_relu, nn.LeakyReLU(), id="leaky relu"),
        pytest.param(lambda x: functional.leaky_relu(x, 0.2), nn.LeakyReLU(0.2), id="leaky relu of a slope"),
        pytest.param(functional.elu, nn.ELU(), id="elu"),
        pytest.param(lambda x: functional.celu(x, 0.5), nn.CELU(0.5), id="celu of an alpha"),
        pytest.param(functional.selu, nn.SELU(), id="selu"),
        pytest.param(functional.gelu, nn.GELU(), id="gelu"),
        pytest.param(lambda x: functional.gelu(x, approximate="tanh"), nn.GELU("tanh"), id="gelu of tanh"),
        pytest.param(lambda x: 0.5 * x * (1 + torch.erf(x / 2**0.5)), nn.GELU(), id="gelu by its definition"),
        pytest.param(functional.silu, nn.SiLU(), id="silu"),
        pytest.param(lambda x: x * torch.sigmoid(x), nn.SiLU(), id="silu by its definition"),
        pytest.param(functional.mish, nn.Mish(), id="mish"),
        pytest.param(functional.hardswish, nn.Hardswish(), id="hardswish"),
        pytest.param(functional.hardsigmoid, nn.Hardsigmoid(), id="hardsigmoid"),
        pytest.param(functional.hardtanh, nn.Hardtanh(), id="hardtanh"),
        pytest.param(functional.softplus, nn.Softplus(), id="softplus"),
        pytest.param(torch.tanh, nn.Tanh(), id="tanh"),
        pytest.param(torch.sigmoid, nn.Sigmoid(), id="sigmoid"),
        pytest.param(lambda x: functional.max_pool2d(x, 2), nn.MaxPool2d(2), id="max pool"),
        pytest.param(lambda x: functional.max_pool2d(x, 3, 2, 1), nn.MaxPool2d(3, 2, 1), id="max pool with a stride"),
        pytest.param(lambda x: functional.avg_pool2d(x, 2), nn.AvgPool2d(2), id="average pool"),
        pytest.param(lambda x: functional.avg_pool2d(x, 3, 2), nn.AvgPool2d(3, 2), id="average pool with a stride"),
        pytest.param(lambda x: functional.adaptive_avg_pool2d(x, 4), nn.AdaptiveAvgPool2d(4), id="adaptive pool"),
        pytest.param(lambda x: functional.adaptive_max_pool2d(x, 4), nn.AdaptiveMaxPool2d(4), id="adaptive max pool"),
        pytest.param(lambda x: functional.pad(x, (1, 1, 1, 1)), nn.ZeroPad2d(1), id="padding"),
    ],
)
def test_a_function_that_a_print_shows_as_a_layer(function: Callable[[Tensor], Tensor], layer: nn.Module) -> None:
    text = printed(Called(), layer=layer)
    name = type(layer).__name__
    ours, theirs = archdiff.compare(Called(function), text), archdiff.compare(text, Called(function))
    message = f"{name}: the {{}} {THERE} Called runs it there too"
    assert told(ours) == [("AD103", "equivalent", f"only in the reference: {message.format('candidate')}")]
    assert told(theirs) == [("AD104", "equivalent", f"only in the candidate: {message.format('reference')}")]
    assert ours.findings[0].assumes == "if Called runs it there too"


@pytest.mark.parametrize(
    ("function", "layer"),
    [
        pytest.param(lambda x: functional.softmax(x, dim=1), nn.Softmax(dim=1), id="softmax"),
        pytest.param(lambda x: functional.log_softmax(x, dim=-1), nn.LogSoftmax(dim=1), id="log softmax"),
    ],
)
def test_a_function_of_rows(function: Callable[[Tensor], Tensor], layer: nn.Module) -> None:
    name = type(layer).__name__
    message = f"only in the reference: {name}: the candidate {THERE} Rows runs it there too"
    assert told(archdiff.compare(Rows(function), printed(Rows(), layer=layer))) == [("AD103", "equivalent", message)]


def test_a_mean_is_a_pool_and_a_flatten() -> None:
    outcome = archdiff.compare(Pooled(), printed(Pooled(), pool=nn.AdaptiveAvgPool2d(1), flat=nn.Flatten()))
    assert told(outcome) == [
        ("AD103", "equivalent", f"only in the reference: {name}: the candidate {THERE} Pooled runs it there too")
        for name in ("AdaptiveAvgPool2d", "Flatten")
    ]


def test_a_setting_that_is_not_printed_is_not_assumed() -> None:
    """No print of this version shows whether padding counts."""
    text = printed(Called(), layer=nn.AvgPool2d(3, 2, 1))
    outcome = archdiff.compare(Called(lambda x: functional.avg_pool2d(x, 3, 2, 1)), text)
    assert [effect for _, effect, _ in told(outcome)] == ["unknown"]


class Dropping(Rows):
    def __init__(self, p: float) -> None:
        super().__init__(lambda x: functional.dropout(x, p, self.training))


@pytest.mark.parametrize(
    ("module", "text", "expected"),
    [
        pytest.param(
            Called(torch.nn.Identity()),
            printed(Called(), relu=nn.ReLU()),
            ("AD103", "function", "only in the reference: ReLU: the candidate calls no such function, as traced"),
            id="no function",
        ),
        pytest.param(
            Called(functional.gelu),
            printed(Called(), relu=nn.ReLU()),
            ("AD103", "function", "only in the reference: ReLU: the candidate calls no such function, as traced"),
            id="another activation",
        ),
        pytest.param(
            Called(lambda x: functional.max_pool2d(x, 2)),
            printed(Called(), relu=nn.ReLU()),
            ("AD103", "function", "only in the reference: ReLU: the candidate calls no such function, as traced"),
            id="a pool alone",
        ),
        pytest.param(
            Called(nets.relu_by_hand),
            printed(Called(), gelu=nn.GELU()),
            (
                "AD103",
                "unknown",
                "only in the reference: GELU: the candidate calls functions that may do the same, as traced",
            ),
            id="by hand",
        ),
        pytest.param(
            Dropping(0.5),
            printed(Rows(), drop=nn.Dropout(0.5)),
            ("AD103", "equivalent", f"only in the reference: Dropout: the candidate {THERE} Rows runs it there too"),
            id="a dropout",
        ),
        pytest.param(
            Rows(),
            printed(Rows(), drop=nn.Dropout(0.5)),
            ("AD103", "training", "only in the reference: Dropout: the candidate calls no such function, as traced"),
            id="no dropout",
        ),
        pytest.param(
            Dropping(0.25),
            printed(Rows(), drop=nn.Dropout(0.5)),
            (
                "AD103",
                "unknown",
                "only in the reference: Dropout: the candidate calls functions that may do the same, as traced",
            ),
            id="another dropout",
        ),
        pytest.param(
            Ordered("conv bn relu", "conv relu bn"),
            printed(Ordered("conv relu bn", "")),
            (
                "AD101",
                "init",
                "Ordered declares bn in another order: Ordered runs them in this order and does nothing else, as "
                "traced: if Ordered runs its children in printed order",
            ),
            id="run as the other one is printed",
        ),
        pytest.param(
            Ordered("conv bn relu", "conv bn relu"),
            printed(Ordered("conv relu bn", "")),
            (
                "AD101",
                "unknown",
                "Ordered declares bn in another order: Ordered of the candidate runs them as it prints them, as "
                "traced; function if Ordered runs in printed order, which no print shows",
            ),
            id="run as printed",
        ),
        pytest.param(
            Around(Chain()),
            printed(Around(SEQUENTIAL)),
            (
                "AD108",
                "equivalent",
                "Chain around these layers, not Sequential: Chain runs them in this order and does nothing else, as "
                "traced",
            ),
            id="a class that runs in order",
        ),
        pytest.param(
            Around(Shortcut()),
            printed(Around(SEQUENTIAL)),
            (
                "AD108",
                "function",
                "Shortcut around these layers, not Sequential: Shortcut does something else as well, as traced",
            ),
            id="a class with a shortcut",
        ),
    ],
)
def test_what_one_forward_answers(module: nn.Module, text: str, expected: tuple[str, str, str]) -> None:
    text = text.replace("Rows(", "Dropping(") if isinstance(module, Dropping) else text
    expected = (*expected[:2], expected[2].replace("Rows", "Dropping" if isinstance(module, Dropping) else "Rows"))
    assert told(archdiff.compare(module, text)) == [expected]


@pytest.mark.parametrize(
    ("module", "text", "expected"),
    [
        pytest.param(
            Ordered("conv relu bn", "conv bn"),
            "Ordered(\n  (conv): Conv2d(3, 8, kernel_size=(3, 3))\n  (bn): BatchNorm2d(8)\n)\n",
            "only in the candidate: ReLU: the candidate never runs it, as traced",
            id="never run",
        ),
        pytest.param(
            Ordered("conv relu bn", "conv relu bn"),
            "Ordered(\n  (conv): Conv2d(3, 8, kernel_size=(3, 3))\n  (bn): BatchNorm2d(8)\n)\n",
            "only in the candidate: ReLU: the candidate runs it behind conv, as traced; the other forward must call it "
            "as a function there, which no print shows",
            id="run",
        ),
    ],
)
def test_a_layer_that_the_print_lacks(module: nn.Module, text: str, expected: str) -> None:
    assert [message for _, _, message in told(archdiff.compare(module, text))] == [expected]


class Unused(Chain):
    """The activation is there, and is called by nobody."""

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.behind(self.last(self.first(x)))
        return y


class Dropped(Chain):
    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.behind(functional.dropout(self.last(self.between(self.first(x))), 0.1, self.training))
        return y


@pytest.mark.parametrize(
    ("module", "effect", "why"),
    [
        pytest.param(Chain, "equivalent", "runs them in this order and does nothing else, as traced", id="in order"),
        pytest.param(Shortcut, "function", "does something else as well, as traced", id="a shortcut"),
        pytest.param(Dropped, "training", "does something else as well, as traced", id="a dropout"),
        pytest.param(Unused, "unknown", "does not run its layers as it prints them, as traced", id="one is not called"),
    ],
)
def test_a_network_whose_print_is_a_sequential(module: type[nn.Module], effect: str, why: str) -> None:
    """That a root runs in printed order is taken for granted of prints; of a live module it is known."""
    outcome = archdiff.compare(module(), f"{SEQUENTIAL!r}\n")
    [finding] = [each for each in outcome.findings if each.rule == "AD108"]
    assert (finding.effect.word, finding.assumes) == (effect, "")
    assert finding.message == f"{module.__name__} around these layers, not Sequential: {module.__name__} {why}"
    assert outcome.verdict == effect


class Short(nn.Module):
    """A layer and a function: all shapes agree with the printed order, in which the root is taken to run."""

    def __init__(self, function: Callable[[Tensor], Tensor], *more: nn.Module) -> None:
        super().__init__()
        self.fc = nn.Linear(8, 8)
        for number, each in enumerate(more):
            self.add_module(f"act{number}", each)
        vars(self)["function"] = function

    def forward(self, x: Tensor) -> Tensor:
        function: Callable[[Tensor], Tensor] = vars(self)["function"]
        return function(self.fc(x))


@pytest.mark.parametrize(
    ("function", "layer", "effect"),
    [
        pytest.param(functional.relu, nn.ReLU(), "equivalent", id="called"),
        pytest.param(nn.Identity(), nn.ReLU(), "function", id="not called"),
        pytest.param(lambda x: functional.avg_pool1d(x, 1), nn.ReLU(), "function", id="a pool is called"),
        pytest.param(torch.tanh, nn.ReLU(), "function", id="another is called"),
        pytest.param(nets.relu_by_hand, nn.ReLU(), "unknown", id="by hand"),
        pytest.param(lambda x: functional.softmax(x, 1), nn.Softmax(dim=1), "equivalent", id="a softmax"),
    ],
)
def test_a_root_that_is_taken_to_run_in_order(
    function: Callable[[Tensor], Tensor], layer: nn.Module, effect: str
) -> None:
    text = f"{Short(function, layer)!r}\n"
    assert archdiff.compare(Short(function), text).verdict == effect
    assert archdiff.compare(text, Short(function)).verdict == effect


class PooledFirst(nn.Module):
    """A pool and an activation, printed in one order and run in any."""

    def __init__(self, *, as_printed: bool) -> None:
        super().__init__()
        self.conv1, self.pool, self.relu = nn.Conv2d(3, 8, 3), nn.MaxPool2d(2), nn.ReLU()
        self.conv2, self.conv3 = nn.Conv2d(8, 8, 3), nn.Conv2d(8, 8, 3)
        self._as_printed = as_printed

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(x)
        x = self.relu(self.pool(x)) if self._as_printed else self.pool(self.relu(x))
        y: Tensor = self.conv3(self.conv2(x))
        return y


@pytest.mark.parametrize(("as_printed", "effect"), [(True, "equivalent"), (False, "init")])
def test_an_order_that_is_known_on_both_sides(*, as_printed: bool, effect: str) -> None:
    layers = nn.Conv2d(3, 8, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 8, 3), nn.Conv2d(8, 8, 3)
    outcome = archdiff.compare(PooledFirst(as_printed=as_printed), f"{nn.Sequential(*layers)!r}\n")
    assert [each.effect.word for each in outcome.findings if each.rule == "AD101"] == [effect]
    assert outcome.verdict == effect


class Deciding(Called):
    """With other numbers it may run otherwise."""

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu(self.conv1(x))
        return self.conv2(y) if y.sum() > 0 else y


def test_a_forward_that_hangs_on_numbers_answers_nothing() -> None:
    outcome = archdiff.compare(Deciding(), printed(Deciding(), relu=nn.ReLU()))
    assert [(rule, effect) for rule, effect, _ in told(outcome)] == [("AD103", "unknown")]


def test_a_function_that_is_called_elsewhere() -> None:
    """A print that declares its one relu last shows nothing of where it runs."""

    class Last(Rows):
        pass

    text = repr(Last()).replace("\n)", "\n  (relu): ReLU()\n)\n")
    [finding] = told(archdiff.compare(Last(), text))
    why = "the candidate calls it as a function behind fc1, as traced, and not there"
    assert finding == ("AD103", "unknown", f"only in the reference: ReLU: {why}")


def test_two_functions_in_the_order_of_the_print() -> None:
    """A pool behind a GELU is no GELU behind a pool."""
    ours = Called(lambda x: functional.gelu(functional.avg_pool2d(x, 2)))
    in_order = archdiff.compare(ours, printed(Called(), pool=nn.AvgPool2d(2), act=nn.GELU()))
    assert {effect for _, effect, _ in told(in_order)} == {"equivalent"}
    exchanged = archdiff.compare(ours, printed(Called(), act=nn.GELU(), pool=nn.AvgPool2d(2)))
    assert "unknown" in {effect for _, effect, _ in told(exchanged)}


@pytest.mark.parametrize(
    ("module", "note"),
    [
        pytest.param(Called(), "taken to run in printed order (no print shows a forward method): Called", id="not"),
        pytest.param(
            Residual(),
            "taken to run as in the candidate, which as traced is not the printed order alone: Residual",
            id="a shortcut",
        ),
    ],
)
def test_what_is_taken_of_the_print(module: nn.Module, note: str) -> None:
    text = printed(type(module)(), relu=nn.ReLU())
    assert archdiff.compare(module, text).notes[0] == note


class Projected(nn.Module):
    """A projection is printed behind the convolution beside which it runs; rows of the map are made by a function."""

    def __init__(self, width: int = 8, rows: int = 8, *, act: bool = False) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, width, 3, padding=1)
        self.down = nn.Conv2d(3, width, 1)
        pool = nn.AdaptiveAvgPool2d(1)
        self.pool = nn.Sequential(pool, nn.Hardswish()) if act else pool
        self.fc = nn.Sequential(nn.Dropout(), nn.Linear(rows, 4))

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.fc(self.pool(self.conv(x) + self.down(x)).flatten(1))
        return y


class Head(nn.Module):
    """Runs otherwise than it is printed, and nothing tells how."""

    def __init__(self) -> None:
        super().__init__()
        self.wide, self.narrow = nn.Conv2d(3, 5, 1), nn.Conv2d(3, 5, 1)


class WithHead(Projected):
    def __init__(self) -> None:
        super().__init__()
        self.head = Head()


WithHead.__name__ = "Projected"
MORE = "more runs than is printed, so shapes behind are unknown: "


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(Projected(), [], id="the same layers"),
        pytest.param(Projected(width=16, rows=16), [], id="others of another width"),
        pytest.param(
            WithHead(),
            [f"{MORE}Head (head.wide and head.narrow with nothing between them would be one map)"],
            id="a part that the traced network has not",
        ),
    ],
)
def test_shapes_of_a_print_that_is_taken_to_run_as_traced(text: nn.Module, told: list[str]) -> None:
    """Where printed order is not what runs, what the trace shows is no question any more."""
    for pair in ((Projected(), f"{text!r}\n"), (f"{text!r}\n", Projected())):
        notes = archdiff.compare(*pair).notes
        assert [each for each in notes if each.startswith(MORE)] == told
        assert any("which as traced is not the printed order alone: Projected" in each for each in notes)
    alone = archdiff.compare(*[f"{text!r}\n"] * 2).notes
    assert any(each.startswith(f"{MORE}Projected") for each in alone)


class Added(nn.Module):
    """Runs as it is printed but for a shortcut."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.act = nn.Linear(8, 8), nn.GELU()
        self.second, self.last_act = nn.Linear(8, 8), nn.GELU()

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = x + self.last_act(self.second(self.act(self.first(x))))
        return y


def test_a_layer_that_does_not_take_what_the_trace_gives() -> None:
    """Nothing that the traced network does explains it."""
    text = repr(Added()).replace("(second): Linear(in_features=8", "(second): Linear(in_features=6")
    notes = archdiff.compare(Added(), f"{text}\n").notes
    assert f"{MORE}Added (second takes in_features 6, but act gives 8)" in notes


def test_how_both_ran_is_known_where_they_are_not_compared() -> None:
    """Two texts of other inputs are no prints whose shapes would be a question."""
    texts = [archdiff.snapshot(Projected(), input_shape=(3, size, size)) for size in (8, 9)]
    assert not [each for each in archdiff.compare(*texts).notes if each.startswith(MORE)]


def test_a_container_that_the_print_alone_has() -> None:
    """A Sequential around the one layer that the traced network has there, and another one."""
    there = "only in the {}: Hardswish: the {} calls no such function, as traced"
    here = (
        "only in the {}: Hardswish: the {} runs it behind 0, as traced; "
        "the other forward must call it as a function there, which no print shows"
    )
    for module, text, effect, message in (
        (Projected(), Projected(act=True), "function", there),
        (Projected(act=True), Projected(), "unknown", here),
    ):
        for sides in (("candidate", "reference"), ("reference", "candidate")):
            pair = (module, f"{text!r}\n") if sides[0] == "candidate" else (f"{text!r}\n", module)
            has_it = sides[1] if effect == "function" else sides[0]
            [(_, *found)] = told(archdiff.compare(*pair))
            assert found == [effect, message.format(has_it, sides[0])]
