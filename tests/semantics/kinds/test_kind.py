"""What declares a kind: its fields with those that rules add, its traits, its state, and the shapes that it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.kinds import (
    ADDED,
    Field,
    Kind,
    Misfit,
    NotKnown,
    Settings,
    Shape,
    StateTensor,
    Trait,
    added_to,
    matrix,
    not_printed,
    of_rank,
    same_shape,
)

RANK = Field("lora_rank", 3)
PLAIN = Kind(name="plain", classes={"Plain": {}})
MAP = Kind(
    name="map",
    classes={"Map": {}},
    fields=(Field("outputs"), Field("inputs"), Field("bias", True), RANK),
    state=matrix("outputs", "inputs"),
    traits=frozenset({Trait.AFFINE_MAP}),
    traits_if={
        Trait.FUNCTIONAL: lambda settings: settings.known("bias") is False,
        Trait.RISES: lambda settings: settings.known("inputs") == 1,
    },
    dims=2,
)
WITHOUT_BIAS = Kind(name="table", classes={}, fields=(Field("rows"), Field("width")), state=matrix("rows", "width"))


def buffers(settings: Settings) -> Iterator[StateTensor]:
    yield StateTensor("weight", (settings.int("outputs"),))
    yield StateTensor("mean", (1000,), buffer=True)
    yield StateTensor("batches", (), buffer=True, counts=True)
    yield StateTensor("odd", None, buffer=True)
    yield StateTensor("scale", ())


def of_nobody(_settings: Settings) -> Iterator[StateTensor]:
    yield StateTensor("weight", (2,))
    yield StateTensor("more", None)


def of(kind: Kind, **printed: Value) -> Settings:
    return Settings(kind, printed)


def test_a_kind_equals_itself_alone() -> None:
    again = Kind(name="plain", classes=PLAIN.classes)
    assert again != PLAIN
    assert len({PLAIN, again}) == 2


def test_fields() -> None:
    assert MAP.field("odd") is None
    assert MAP.field("outputs") is MAP.fields[0]
    assert MAP.field("trained_copies") is ADDED["trained_copies"]
    assert MAP.field("lora_rank") is RANK, "its own comes before one that rules add"
    assert PLAIN.field("lora_rank") is ADDED["lora_rank"]


@pytest.mark.parametrize(
    ("layers", "names"),
    [
        ([], []),
        ([of(MAP, bias=False)], []),
        ([of(PLAIN), of(MAP, outputs=2)], []),
        ([of(MAP, scaling=2)], ["scaling"]),
        ([of(MAP, scaling=2), of(MAP)], ["scaling"]),
        ([of(MAP), of(MAP, weight_dtype="torch.int8", adapter="LoRA"), of(MAP, scaling=1)],
         ["adapter", "scaling", "weight_dtype"]),
    ],
    ids=["no-layer", "nothing-added", "to-none-of-two", "to-one", "to-the-first", "to-some-in-the-order-of-the-table"],
)  # fmt: skip
def test_added_to(layers: list[Settings], names: list[str]) -> None:
    assert added_to(*layers) == tuple(ADDED[name] for name in names)


@pytest.mark.parametrize(
    ("settings", "traits"),
    [
        (of(PLAIN), set()),
        (of(MAP), {Trait.AFFINE_MAP}),
        (of(MAP, bias=False), {Trait.AFFINE_MAP, Trait.FUNCTIONAL}),
        (of(MAP, bias=False, inputs=1), {Trait.AFFINE_MAP, Trait.FUNCTIONAL, Trait.RISES}),
        (of(MAP, inputs=1), {Trait.AFFINE_MAP, Trait.RISES}),
    ],
)
def test_traits(settings: Settings, traits: set[Trait]) -> None:
    assert settings.kind.traits_of(settings) == traits
    assert {trait for trait in Trait if settings.kind.has(trait, settings)} == traits


def test_spatial_dimensions() -> None:
    assert (MAP.spatial, PLAIN.spatial) == (2, 0)


#: id, settings, the tensors that it keeps
STATES: list[tuple[str, Settings, list[tuple[str, Shape | None, bool, bool]]]] = [
    ("nothing", of(PLAIN), []),
    ("weight-alone", of(MAP, outputs=4, inputs=8, bias=False), [("weight", (4, 8), False, False)]),
    ("bias-by-default", of(MAP, outputs=4, inputs=8), [("weight", (4, 8), False, False), ("bias", (4,), False, False)]),
    ("no-such-setting", of(WITHOUT_BIAS, rows=10, width=3), [("weight", (10, 3), False, False)]),
    ("size-not-printed", of(MAP, outputs=4), [("weight", None, False, False), ("bias", (4,), False, False)]),
    ("outputs-not-printed", of(MAP, inputs=8), [("weight", None, False, False), ("bias", None, False, False)]),
]


@pytest.mark.parametrize(("settings", "state"), [case[1:] for case in STATES], ids=[case[0] for case in STATES])
def test_state_of_a_matrix(settings: Settings, state: list[tuple[str, Shape | None, bool, bool]]) -> None:
    assert settings.kind.state is not None
    assert list(settings.kind.state(settings)) == state


def test_whether_there_is_a_bias_has_to_be_known() -> None:
    with pytest.raises(NotKnown, match="bias"):
        list(matrix("outputs", "inputs")(of(MAP, outputs=4, inputs=8, bias=UNKNOWN)))


@pytest.mark.parametrize(
    ("settings", "numbers"),
    [
        (of(PLAIN), 0),
        (of(MAP, outputs=4, inputs=8), 36),
        (of(MAP, outputs=4, inputs=8, bias=False), 32),
        (of(WITHOUT_BIAS, rows=10, width=3), 30),
        (of(Kind(name="kept", classes={}, fields=MAP.fields, state=buffers), outputs=5), 6),
        (of(Kind(name="not-known", classes={}, state=None)), 0),
    ],
    ids=["nothing", "matrix", "no-bias", "no-such-setting", "what-is-trained-alone", "state-that-no-print-holds"],
)
def test_parameters(settings: Settings, numbers: int) -> None:
    assert settings.kind.parameters(settings) == numbers


@pytest.mark.parametrize("settings", [of(MAP, outputs=4), of(Kind(name="odd", classes={}, state=of_nobody))])
def test_parameters_of_a_tensor_without_a_size(settings: Settings) -> None:
    with pytest.raises(NotKnown, match="state"):
        settings.kind.parameters(settings)


def test_parameters_that_no_print_holds() -> None:
    with pytest.raises(NotKnown, match="embed_dim"):
        not_printed("embed_dim")(of(PLAIN))


@pytest.mark.parametrize(
    ("kind", "has_parameters"),
    [
        (PLAIN, False),
        (Kind(name="a", classes={}, state=None), False),
        (MAP, True),
        (Kind(name="b", classes={}, parameters=not_printed("x")), True),
        (Kind(name="c", classes={}, parameters=not_printed("x"), state=None), True),
    ],
    ids=["no-state", "state-that-no-print-holds", "a-matrix", "not-printed", "not-printed-nor-its-state"],
)
def test_has_parameters(kind: Kind, has_parameters: bool) -> None:
    assert kind.has_parameters is has_parameters


def test_costs_nothing_unless_it_says_so() -> None:
    assert PLAIN.macs(of(PLAIN), (3, 8), (3, 8)) == 0


@pytest.mark.parametrize(
    ("shape", "x", "y"),
    [
        (same_shape, (), ()),
        (same_shape, (4, 8, 8), (4, 8, 8)),
        (of_rank(3), (4, 8, 8), (4, 8, 8)),
        (of_rank(1, 2), (4,), (4,)),
        (of_rank(1, 2), (4, 8), (4, 8)),
    ],
)
def test_shape(shape: Callable[[Settings, Shape], Shape], x: Shape, y: Shape) -> None:
    assert shape(of(PLAIN), x) == y


@pytest.mark.parametrize(
    ("shape", "x", "wants"), [(of_rank(3), (4, 8), 3), (of_rank(1, 2), (4, 8, 8), 2), (of_rank(2, 1), (), 2)]
)
def test_another_number_of_dimensions(shape: Callable[[Settings, Shape], Shape], x: Shape, wants: int) -> None:
    with pytest.raises(Misfit) as raised:
        shape(of(PLAIN), x)
    assert (raised.value.field, raised.value.wants, raised.value.gets) == ("dimensions", wants, x)
