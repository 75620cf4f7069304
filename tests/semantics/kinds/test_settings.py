"""The settings of one layer: what is printed, a default, likely, cut off or unknown, and what its numbers come to."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Mapping

import pytest

from archdiff.model.network import PARAMETERS, UNKNOWN, Value
from archdiff.semantics.kinds import CUT, Field, Kind, Misfit, NotKnown, Settings, Shape, axis, axis_of, share_of, sizes
from archdiff.semantics.kinds._settings import spread


def _kernel(settings: Settings) -> Value:
    return settings.known("kernel_size")


KIND = Kind(
    name="made",
    classes={"Made": {}},
    fields=(
        Field("width"),
        Field("bias", True),
        Field("kernel_size", spread=2),
        Field("stride", _kernel, spread=2, means_default=(None, 0)),
        Field("padding", 0, spread=2),
        Field("ceil_mode", UNKNOWN, likely=False),
        Field("steps", UNKNOWN, likely=3, spread=2),
        Field("heads", UNKNOWN),
        Field("weight_density", 1.0),
    ),
    dims=2,
)


def settings(**printed: Value) -> Settings:
    return Settings(KIND, printed)


def cut(**printed: Value) -> Settings:
    """The same of a print of which somebody cut the rest."""
    return Settings(KIND, {**printed, CUT: UNKNOWN})


def row(**printed: Value) -> Settings:
    """The same of a row of a summary table."""
    return Settings(KIND, {PARAMETERS: 4, **printed})


#: id, settings, name, what `known` gives, what [] gives (UNKNOWN: it raises NotKnown)
VALUES: list[tuple[str, Settings, str, Value, Value]] = [
    ("printed", settings(width=8), "width", 8, 8),
    ("printed-beside-a-default", settings(bias=False), "bias", False, False),
    ("printed-is-not-spread", settings(kernel_size=3), "kernel_size", 3, 3),
    ("printed-of-no-field", settings(odd="x"), "odd", "x", "x"),
    ("printed-none-is-a-value", settings(padding=None), "padding", None, None),
    ("printed-unknown", settings(width=UNKNOWN), "width", UNKNOWN, UNKNOWN),
    ("printed-unknown-with-a-default", settings(bias=UNKNOWN), "bias", UNKNOWN, UNKNOWN),
    ("printed-beside-likely", settings(ceil_mode=True), "ceil_mode", True, True),
    ("printed-unknown-but-likely", settings(ceil_mode=UNKNOWN), "ceil_mode", UNKNOWN, False),
    ("required", settings(), "width", UNKNOWN, UNKNOWN),
    ("of-no-field", settings(), "odd", UNKNOWN, UNKNOWN),
    ("default", settings(), "bias", True, True),
    ("default-is-spread", settings(), "padding", (0, 0), (0, 0)),
    ("default-of-another", settings(kernel_size=(3, 5)), "stride", (3, 5), (3, 5)),
    ("default-of-another-is-spread", settings(kernel_size=3), "stride", (3, 3), (3, 3)),
    ("default-of-another-that-is-missing", settings(), "stride", UNKNOWN, UNKNOWN),
    ("stands-for-the-default", settings(kernel_size=(3, 5), stride=None), "stride", (3, 5), (3, 5)),
    ("0-stands-for-the-default", settings(kernel_size=(3, 5), stride=0), "stride", (3, 5), (3, 5)),
    ("another-number-does-not", settings(kernel_size=(3, 5), stride=2), "stride", 2, 2),
    ("false-is-not-0", settings(kernel_size=(3, 5), stride=False), "stride", False, False),
    ("a-float-is-no-int", settings(kernel_size=(3, 5), stride=0.0), "stride", 0.0, 0.0),
    ("likely", settings(), "ceil_mode", UNKNOWN, False),
    ("likely-is-spread", settings(), "steps", UNKNOWN, (3, 3)),
    ("not-even-likely", settings(), "heads", UNKNOWN, UNKNOWN),
    ("cut-default", cut(width=8), "bias", UNKNOWN, UNKNOWN),
    ("cut-but-likely", cut(width=8), "ceil_mode", UNKNOWN, False),
    ("cut-behind-what-is-printed", cut(width=8), "width", 8, 8),
    ("cut-behind-what-stands-for-the-default", cut(kernel_size=3, stride=None), "stride", UNKNOWN, UNKNOWN),
    ("row-has-no-default", row(), "bias", UNKNOWN, UNKNOWN),
    ("row-but-likely", row(), "ceil_mode", UNKNOWN, False),
    ("row-that-tells-it", row(bias=False), "bias", False, False),
    ("row-of-dense-weights", row(), "weight_density", 1.0, 1.0),
    ("added-by-a-rule", settings(), "trained_copies", 0, 0),
]


@pytest.mark.parametrize(
    ("view", "name", "known", "value"), [case[1:] for case in VALUES], ids=[case[0] for case in VALUES]
)
def test_value(view: Settings, name: str, known: Value, value: Value) -> None:
    found = view.known(name)
    assert (found, type(found)) == (known, type(known))
    if value is UNKNOWN:
        with pytest.raises(NotKnown) as raised:
            view[name]
        assert raised.value.args == (name,)
        assert name not in view
        assert view.get(name, "nothing") == "nothing"
    else:
        assert (view[name], type(view[name])) == (value, type(value))
        assert name in view


def test_what_it_holds_is_what_is_printed() -> None:
    view = settings(width=8, bias=False)
    assert (list(view), len(view)) == (["width", "bias"], 2)
    assert (list(settings()), len(settings())) == ([], 0)


def test_it_is_known_by_its_identity() -> None:
    """Equal prints share one, and a dictionary must not compare them."""
    first, second = settings(width=8), settings(width=8)
    assert first == first
    assert first != second
    assert len({first, second, first}) == 2


#: how a setting is read, with what it is worth -> what comes of it; None: NotKnown
READ: list[tuple[str, Callable[[Settings], object], Mapping[str, Value], object]] = [
    ("number-of-an-int", lambda s: s.number("width"), {"width": 8}, 8.0),
    ("number-of-a-float", lambda s: s.number("width"), {"width": 0.5}, 0.5),
    ("number-without-end", lambda s: s.number("width"), {"width": -math.inf}, -math.inf),
    ("number-of-a-bool", lambda s: s.number("width"), {"width": True}, None),
    ("number-of-a-word", lambda s: s.number("width"), {"width": "8"}, None),
    ("number-of-none", lambda s: s.number("width"), {"width": None}, None),
    ("number-of-a-tuple", lambda s: s.number("width"), {"width": (8,)}, None),
    ("number-that-is-not-printed", lambda s: s.number("width"), {}, None),
    ("int", lambda s: s.int("width"), {"width": -8}, -8),
    ("int-of-a-float", lambda s: s.int("width"), {"width": 8.0}, None),
    ("int-of-a-bool", lambda s: s.int("width"), {"width": False}, None),
    ("int-that-is-not-printed", lambda s: s.int("width"), {}, None),
    ("ints", lambda s: s.ints("kernel_size"), {"kernel_size": (3, 5)}, (3, 5)),
    ("ints-of-one", lambda s: s.ints("kernel_size"), {"kernel_size": 3}, (3, 3)),
    ("ints-of-a-default", lambda s: s.ints("padding"), {}, (0, 0)),
    ("ints-of-what-is-likely", lambda s: s.ints("steps"), {}, (3, 3)),
    ("ints-too-many", lambda s: s.ints("kernel_size"), {"kernel_size": (3, 5, 7)}, None),
    ("ints-too-few", lambda s: s.ints("kernel_size"), {"kernel_size": (3,)}, None),
    ("ints-with-a-float", lambda s: s.ints("kernel_size"), {"kernel_size": (3, 5.0)}, None),
    ("ints-with-a-bool", lambda s: s.ints("kernel_size"), {"kernel_size": (3, True)}, None),
    ("ints-with-one-too-many-that-is-no-int", lambda s: s.ints("kernel_size"), {"kernel_size": (3, 5, None)}, None),
    ("ints-of-a-word", lambda s: s.ints("padding"), {"padding": "same"}, None),
    ("ints-of-a-bool", lambda s: s.ints("padding"), {"padding": True}, None),
    ("ints-counted", lambda s: s.ints("padding", 4), {"padding": (1, 2, 3, 4)}, (1, 2, 3, 4)),
    ("ints-counted-of-one", lambda s: s.ints("padding", 3), {"padding": 2}, (2, 2, 2)),
    ("ints-counted-of-another-count", lambda s: s.ints("padding", 4), {"padding": (1, 2)}, None),
    ("no-ints", lambda s: s.ints("padding", 0), {"padding": ()}, ()),
    ("all-ints", lambda s: s.all_ints("width"), {"width": (8, 4, 2)}, (8, 4, 2)),
    ("all-ints-of-one", lambda s: s.all_ints("width"), {"width": 8}, (8,)),
    ("all-ints-of-none", lambda s: s.all_ints("width"), {"width": ()}, ()),
    ("all-ints-with-a-word", lambda s: s.all_ints("width"), {"width": (8, "x")}, None),
    ("all-ints-that-are-not-printed", lambda s: s.all_ints("width"), {}, None),
]


@pytest.mark.parametrize(("read", "printed", "expected"), [case[1:] for case in READ], ids=[case[0] for case in READ])
def test_read(read: Callable[[Settings], object], printed: Mapping[str, Value], expected: object) -> None:
    view = Settings(KIND, printed)
    if expected is None:
        with pytest.raises(NotKnown) as raised:
            read(view)
        assert raised.value.args == (next(iter(printed), "width"),)
    else:
        assert (read(view), type(read(view))) == (expected, type(expected))


#: value, as a part of a whole
SHARES: list[tuple[Value, float | None]] = [
    (0.5, 0.5),
    (0, 0.0),
    (1, 1.0),
    (1.0, 1.0),
    (-0.0, 0.0),
    (-1e-9, None),
    (1 + 1e-9, None),
    (2, None),
    (-math.inf, None),
    (math.nan, None),
    (True, None),
    (False, None),
    ("0.5", None),
    ((0.5,), None),
    (None, None),
    (UNKNOWN, None),
]


@pytest.mark.parametrize(("value", "share"), SHARES, ids=[repr(case[0]) for case in SHARES])
def test_share(value: Value, share: float | None) -> None:
    for found in (share_of(value), settings(width=value).share("width")):
        assert (found, type(found)) == (share, type(share))


def test_nothing_likely_is_taken_for_a_share() -> None:
    kind = Kind(name="drops", classes={}, fields=(Field("p", UNKNOWN, likely=0.5), Field("q", 0.25)))
    assert Settings(kind, {}).share("p") is None
    assert Settings(kind, {}).share("q") == 0.25


@pytest.mark.parametrize(
    ("value", "count", "expected"),
    [
        (3, 0, 3),
        ((3, 3), 2, (3, 3)),
        (True, 2, True),
        (1.0, 2, 1.0),
        ("same", 2, "same"),
        (None, 2, None),
        (UNKNOWN, 2, UNKNOWN),
        (3, 1, (3,)),
        (3, 3, (3, 3, 3)),
        (0, 2, (0, 0)),
    ],
)
def test_spread(value: Value, count: int, expected: Value) -> None:
    assert spread(value, count) == expected
    assert type(spread(value, count)) is type(expected)


@pytest.mark.parametrize(
    ("view", "names", "expected"),
    [
        (settings(width=8, heads=2), ("width", "heads"), (8, 2)),
        (settings(width=8, heads=2), ("heads", "width"), (2, 8)),
        (settings(width=8), (), ()),
        (settings(width=8), ("width", "heads"), None),
        (settings(width=8, heads=2.0), ("width", "heads"), None),
    ],
)
def test_sizes(view: Settings, names: tuple[str, ...], expected: Shape | None) -> None:
    assert sizes(view, *names) == expected


#: printed dimension, shape without the batch, its place there, the dimension counted from the front
PLACES: list[tuple[int, Shape, int, int]] = [
    (1, (4, 8, 9), 0, 1),
    (3, (4, 8, 9), 2, 3),
    (-1, (4, 8, 9), 2, 3),
    (-3, (4, 8, 9), 0, 1),
    (1, (4,), 0, 1),
    (-1, (4,), 0, 1),
]


@pytest.mark.parametrize(("dim", "x", "place", "counted"), PLACES)
def test_axis(dim: int, x: Shape, place: int, counted: int) -> None:
    assert axis(dim, x, "dim") == place
    assert axis_of(dim, settings(), x) == counted


@pytest.mark.parametrize(("dim", "x"), [(0, (4, 8)), (-3, (4, 8)), (0, ()), (-1, ())])
def test_the_batch_has_no_place(dim: int, x: Shape) -> None:
    with pytest.raises(NotKnown, match="'dim'"):
        axis(dim, x, "dim")
    assert axis_of(dim, settings(), x) == 0


@pytest.mark.parametrize(("dim", "x"), [(3, (4, 8)), (-4, (4, 8)), (1, ())])
def test_there_is_no_such_dimension(dim: int, x: Shape) -> None:
    with pytest.raises(Misfit) as raised:
        axis(dim, x, "start_dim")
    assert (raised.value.field, raised.value.wants, raised.value.gets) == ("start_dim", dim, x)
    assert axis_of(dim, settings(), x) == dim


@pytest.mark.parametrize("value", ["x", None, 1.0, (1,), UNKNOWN], ids=repr)
def test_what_is_no_dimension_is_left_as_it_is(value: Value) -> None:
    assert axis_of(value, settings(), (4, 8)) == value


@pytest.mark.parametrize("dim", [1, -1, 7])
def test_a_dimension_of_an_unknown_shape_is_left_as_it_is(dim: int) -> None:
    assert axis_of(dim, settings(), None) == dim


def test_a_misfit_survives_another_process() -> None:
    again = pickle.loads(pickle.dumps(Misfit("padding", (2, 2), (3, 3))))
    assert (again.field, again.wants, again.gets) == ("padding", (2, 2), (3, 3))
