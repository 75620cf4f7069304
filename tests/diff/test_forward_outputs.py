"""What a caller of a forward sees beside its values: the form that holds them, its inputs, and the next call."""

from __future__ import annotations

import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn

import archdiff

Forward = Callable[[Any, Tensor], Any]


class Named(NamedTuple):
    p: Tensor
    q: Tensor


class Bunch:
    def __init__(self, **held: Any) -> None:
        self.__dict__.update(held)


def net(forward: Forward, **held: Any) -> nn.Module:
    """Layers that the forwards below call, and attributes; the class is the same for all."""

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Linear(6, 6), nn.Linear(6, 6)
            for name, value in held.items():
                if isinstance(value, Tensor):
                    self.register_buffer(name, value)
                else:
                    setattr(self, name, value)

        def forward(self, x: Tensor) -> Any:
            return forward(self, x)

    return Net()


def told(ours: archdiff.Source, theirs: archdiff.Source) -> list[str]:
    found = archdiff.compare(ours, theirs).findings
    return [f"{each.rule} {each.effect}: {each.message}" for each in found]


def one(self: Any, x: Tensor) -> Tensor:
    made: Tensor = self.b(self.a(x))
    return made


def two(self: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    return self.a(x), self.b(x)


FORMS = [
    pytest.param(two, lambda self, x: [*two(self, x)], [], id="a list for a tuple"),
    pytest.param(lambda self, x: Named(*two(self, x)), lambda self, x: Bunch(q=self.b(x), p=self.a(x)), [], id="names"),
    pytest.param(
        one,
        lambda self, x: (one(self, x),),
        ["AD110 equivalent: gives a tensor, not a tuple of one tensor"],
        id="tuple",
    ),
    pytest.param(
        two,
        lambda self, x: {"p": self.a(x), "q": self.b(x)},
        ["AD110 equivalent: gives 2 tensors, not p and q by name"],
        id="names for places",
    ),
    pytest.param(
        lambda self, x: {"q": self.a(x)},
        lambda self, x: {"p": self.a(x)},
        ["AD110 equivalent: gives q by name, not p by name"],
        id="other names",
    ),
    pytest.param(
        lambda self, x: (one(self, x), None),
        one,
        ["AD110 equivalent: gives (tensor, None), not a tensor"],
        id="nothing beside",
    ),
    pytest.param(
        lambda self, x: (one(self, x), self.a(x)), one, ["AD110 function: gives 2 tensors, not a tensor"], id="one more"
    ),
    pytest.param(
        two,
        lambda self, x: (self.b(x), self.a(x)),
        ["AD110 function: forward of Net: the same tensors come out in another order"],
        id="exchanged",
    ),
    pytest.param(
        lambda self, x: {"p": self.a(x), "q": self.b(x)},
        lambda self, x: {"p": self.b(x), "q": self.a(x)},
        ["AD110 function: forward of Net: the same tensors come out in another order"],
        id="names exchanged",
    ),
    pytest.param(
        lambda self, x: (one(self, x), 3),
        lambda self, x: (one(self, x), 4),
        ["AD110 function: gives (tensor, 3), not (tensor, 4)"],
        id="another number",
    ),
]


@pytest.mark.parametrize(("ours", "theirs", "expected"), FORMS)
def test_the_form_of_what_comes_out(ours: Forward, theirs: Forward, expected: list[str]) -> None:
    assert told(net(ours), net(theirs)) == expected


def _writes(self: Any, x: Tensor) -> Any:
    x += 1
    return one(self, x)


def _counts(self: Any, x: Tensor) -> Any:
    self.n = self.n + 1
    return one(self, x) * (1 if self.n < 2 else 2)


def _counts_idly(self: Any, x: Tensor) -> Any:
    self.n = self.n + 1
    return one(self, x)


def _goes_on(self: Any, x: Tensor) -> Any:
    self.n = self.a(x) if self.n is None else self.a(x) + self.n
    return self.b(self.n)


def _begins_anew(self: Any, x: Tensor) -> Any:
    self.n = self.a(x)
    return self.b(self.n)


def _draws(self: Any, x: Tensor) -> Any:
    return self.b(self.a(x) * 2 if random.random() < 0.5 else self.a(x))


def _made_late(self: Any, x: Tensor) -> Any:
    kept = getattr(self, "kept", None)
    y = self.a(x) if kept is None else self.a(x) + kept
    self.kept = y.detach()
    return self.b(y)


def _in_an_object(self: Any, x: Tensor) -> Any:
    self.n.count += 1
    return one(self, x) * (1 if self.n.count < 2 else 2)


def _in_a_tensor(self: Any, x: Tensor) -> Any:
    y = self.a(x) + self.n
    self.n.mul_(0.9)
    return self.b(y)


AGAIN = "AD110 function: forward of Net: b * 2 is only in the candidate when it is called again"


@pytest.mark.parametrize(
    ("ours", "theirs", "held", "expected"),
    [
        pytest.param(_writes, _writes, None, [], id="both write into the input"),
        pytest.param(
            _writes,
            lambda self, x: one(self, x + 1),
            None,
            ["AD110 cosmetic: the candidate writes into its input: if its caller does not use that again"],
            id="one writes into the input",
        ),
        pytest.param(_counts, _counts, 0, [], id="both count"),
        pytest.param(_counts_idly, one, 0, [], id="counts for nothing"),
        pytest.param(_counts, _counts_idly, 0, [AGAIN], id="a number"),
        pytest.param(_counts, _counts_idly, torch.zeros((), dtype=torch.long), [AGAIN], id="a buffer of whole numbers"),
        pytest.param(
            _goes_on,
            _begins_anew,
            None,
            [
                "AD110 function: forward of Net: a + a is only in the candidate when it is called again;"
                " b is only in the candidate when it is called again"
            ],
            id="a hidden state",
        ),
    ],
)
def test_what_is_kept_or_written(ours: Forward, theirs: Forward, held: Any, expected: list[str]) -> None:
    assert told(net(ours, n=held), net(theirs, n=held)) == expected


@pytest.mark.parametrize(
    ("ours", "theirs", "make"),
    [
        pytest.param(_made_late, one, int, id="an attribute that is made late"),
        pytest.param(_in_an_object, one, lambda: SimpleNamespace(count=0), id="an object"),
    ],
)
def test_where_something_is_kept(ours: Forward, theirs: Forward, make: Callable[[], Any]) -> None:
    assert archdiff.compare(net(ours, n=make()), net(ours, n=make())).verdict == "identical"
    found = told(net(ours, n=make()), net(theirs, n=make()))
    assert found
    assert all("when it is called again" in each for each in found)


def test_a_plain_tensor_that_is_written_into() -> None:
    def made(forward: Forward) -> nn.Module:
        module = net(forward)
        module.n = torch.ones(6)
        return module

    assert archdiff.compare(made(_in_a_tensor), made(_in_a_tensor)).verdict == "identical"
    plain = made(lambda self, x: self.b(self.a(x) + self.n))
    assert archdiff.compare(made(_in_a_tensor), plain).verdict == "function"


def _filled(part: slice) -> Forward:
    def forward(self: Any, x: Tensor) -> Any:
        self.queue[:, part] = x.mean()
        return one(self, x)

    return forward


def test_which_part_of_a_buffer_is_written() -> None:
    first, second = (net(_filled(part), queue=torch.rand(6, 6)) for part in (slice(0, 3), slice(3, 6)))
    assert told(first, second) == ["AD110 function: forward of Net: another part of queue is written into"]
    assert told(first, net(_filled(slice(0, 3)), queue=torch.rand(6, 6))) == []


def _constrained(most: float) -> Forward:
    def forward(self: Any, x: Tensor) -> Any:
        self.a.weight.data = torch.renorm(self.a.weight.data, 2, 0, maxnorm=most)
        return one(self, x)

    return forward


def _exchanged(factor: float) -> Forward:
    """The weight holds another tensor, which is then written into."""

    def forward(self: Any, x: Tensor) -> Any:
        self.a.weight.data = self.b.weight.data + 1
        self.a.weight.data.mul_(factor)
        return one(self, x)

    return forward


def _noisy(seed: int) -> Forward:
    return lambda self, x: one(self, x) + torch.randn(6, generator=torch.Generator().manual_seed(seed))


def _seeded(seed: int) -> Forward:
    def forward(self: Any, x: Tensor) -> Any:
        torch.manual_seed(seed)
        return one(self, x) + torch.randn(6)

    return forward


@pytest.mark.parametrize(
    ("make", "values"),
    [
        pytest.param(_constrained, (1.0, 0.1), id="weights by data"),
        pytest.param(_exchanged, (2.0, 3.0), id="data that is written into"),
        pytest.param(_noisy, (0, 1), id="a generator"),
        pytest.param(_seeded, (0, 1), id="a seed"),
    ],
)
def test_what_goes_past_operators(make: Callable[[Any], Forward], values: tuple[Any, Any]) -> None:
    ours, theirs = map(make, values)
    assert archdiff.compare(net(ours), net(ours)).verdict == "identical"
    assert archdiff.compare(net(ours), net(theirs)).verdict == "function"


class Merged(nn.Linear):
    """An adapter that is merged into its weight in eval mode."""

    def __init__(self, scale: float) -> None:
        super().__init__(6, 6)
        self.down, self.up = nn.Parameter(torch.rand(2, 6)), nn.Parameter(torch.rand(6, 2))
        self._scale, self.merged = scale, False

    def train(self, mode: bool = True) -> Any:
        super().train(mode)
        if mode is self.merged:
            share = self.up @ self.down * self._scale
            self.weight.data += -share if mode else share
            self.merged = not mode
        return self

    def forward(self, x: Tensor) -> Tensor:
        y = super().forward(x)
        return y if self.merged else y + x @ self.down.T @ self.up.T * 2.0


def test_what_a_mode_makes_of_weights() -> None:
    """The weights are as before, and what is merged is compared."""
    ours, theirs = nn.Sequential(Merged(2.0)), nn.Sequential(Merged(1.0))
    before = [each.detach().clone() for each in ours.parameters()]
    assert archdiff.compare(ours, theirs).verdict == "inference"
    assert all(torch.equal(a, b) for a, b in zip(before, ours.parameters(), strict=True))


def test_a_form_of_training_alone() -> None:
    ours = net(lambda self, x: (one(self, x), self.a(x)) if self.training else one(self, x))
    assert told(ours, net(one)) == ["AD110 training: gives 2 tensors, not a tensor"]


def test_numbers_of_python_decide() -> None:
    assert archdiff.compare(net(_draws), net(_draws)).verdict == "identical"
    assert archdiff.compare(net(_draws), net(one)).verdict == "unknown"


def test_buffers_of_few_numbers_are_compared_and_counters_are_not() -> None:
    assert told(net(one, mean=torch.tensor([0.5, 0.4])), net(one, mean=torch.tensor([0.5, 0.3]))) == [
        "AD301 unknown: mean holds other numbers (live attribute), which the constructor works out of its arguments"
    ]
    assert told(net(one, n=torch.tensor(3)), net(one, n=torch.tensor(4))) == []
    assert told(net(one, table=torch.rand(32)), net(one, table=torch.rand(32))) == []


class OfOne(nn.Module):
    """A module that brings a batch of one, in which mixing does nothing."""

    def __init__(self, mixes: bool) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.example_input_array = torch.zeros(1, 4)
        self._mixes = mixes

    def forward(self, x: Tensor) -> Any:
        y = self.fc(x)
        return y.mean(0, keepdim=True).expand_as(y) if self._mixes else y


def test_samples_that_are_mixed() -> None:
    given = "x:float32[1,4]"
    assert archdiff.compare(OfOne(True), OfOne(False)).verdict == "function"
    outcome = archdiff.compare(OfOne(False), OfOne(False), inputs=given)
    assert outcome.notes == ("the forwards were traced with a batch of 1, which hides what mixes samples",)


def test_what_is_kept_beside_a_text() -> None:
    """A text holds two calls where its module kept something; a live module beside it is called twice as well."""
    counting, idle = net(_counts, n=0), net(_counts_idly, n=0)
    kept, plain = (archdiff.read(archdiff.snapshot(each)) for each in (counting, net(one)))
    assert archdiff.compare(kept, counting).verdict == "identical"
    assert told(counting, kept) == []
    assert told(kept, idle) == [AGAIN]
    alone = "AD110 unknown: the candidate keeps n for its next call, of which nothing is known on the other side"
    assert told(kept, plain) == told(counting, plain) == [alone]


def test_a_part_of_a_plain_tensor() -> None:
    def made(forward: Forward) -> nn.Module:
        module = net(forward)
        module.queue = torch.zeros(6, 8)
        return module

    def queued(self: Any, x: Tensor) -> Any:
        y = self.a(x) @ self.queue
        self.queue[:, :2] = self.a(x).detach().T
        return y

    assert archdiff.compare(made(queued), made(queued)).verdict == "identical"
    assert archdiff.compare(made(queued), made(lambda self, x: self.a(x) @ self.queue)).verdict == "function"


def test_a_mode_that_a_forward_changes() -> None:
    def made(stops: bool) -> nn.Module:
        def forward(self: Any, x: Tensor) -> Any:
            y = self.drop(one(self, x))
            if stops:
                self.eval()
            return y

        return net(forward, drop=nn.Dropout(0.5))

    assert archdiff.compare(made(True), made(True)).verdict == "identical"
    assert archdiff.compare(made(True), made(False)).verdict == "training"
