"""Layers that two networks print in other parts: where they are, which stand in one place, a network with others."""

from __future__ import annotations

from collections.abc import Hashable

import pytest

from answers import holding
from archdiff import parse
from archdiff.model.network import Layer, walk
from archdiff.semantics.sites import Site, counterparts, rebuilt, sites

A = holding("Apart", x="ReLU()", y="Tanh()")
B = holding("Both", xy="ReLU()")


def form_of(layer: Layer) -> Hashable:
    return {"Apart": ("x", "y"), "Both": ("xy",)}.get(layer.class_name)


def root_of(text: str) -> Layer:
    return parse.parse(text)[0].root


def net(**children: str) -> str:
    return holding("Net", **children)


BLOCKS = holding("ModuleList", *[holding("Block", attn=A)] * 3)

#: id, a network, its sites: path, line, place in what is around it, classes around it, form
FOUND: list[tuple[str, str, list[tuple[str, int, tuple[int, ...], list[str], Hashable]]]] = [
    ("nothing", "ReLU()", []),
    ("no-site", net(a="ReLU()", b=holding("Other", x="Tanh()")), []),
    ("site-without-children", net(a="Apart()", b="Tanh()"), []),
    ("root", A, [("", 1, (), [], ("x", "y"))]),
    ("one", net(a="ReLU()", b=A), [("b", 3, (1,), ["Net"], ("x", "y"))]),
    ("in-printed-order", net(b=B, a=A), [("b", 2, (0,), ["Net"], ("xy",)), ("a", 5, (1,), ["Net"], ("x", "y"))]),
    (
        "deeper",
        net(a="ReLU()", b=holding("Block", c="ReLU()", d=holding("Inner", e=B)), f=A),
        [
            ("b.d.e", 6, (1, 1, 0), ["Net", "Block", "Inner"], ("xy",)),
            ("f", 11, (2,), ["Net"], ("x", "y")),
        ],
    ),
    ("none-in-another", net(a=holding("Apart", x=B)), [("a", 2, (0,), ["Net"], ("x", "y"))]),
    (
        "blocks-that-are-equal",
        net(layers=BLOCKS),
        [(f"layers.{at}.attn", 4 + 6 * at, (0, at, 0), ["Net", "ModuleList", "Block"], ("x", "y")) for at in range(3)],
    ),
]


@pytest.mark.parametrize(("text", "found"), [case[1:] for case in FOUND], ids=[case[0] for case in FOUND])
def test_found(text: str, found: list[tuple[str, int, tuple[int, ...], list[str], Hashable]]) -> None:
    root = root_of(text)
    every = sites(root, form_of)
    assert [
        (each.path, each.line, each.at, [layer.class_name for layer in each.around], each.form) for each in every
    ] == found
    paths = dict(walk(root))
    for each in every:
        assert each.layer is paths[each.path]
        assert text.splitlines()[each.line - 1].strip().endswith(f"{each.layer.class_name}(")


def test_blocks_that_share_their_children_are_looked_at_once() -> None:
    block = Layer("attn", "Apart", children=(Layer("x", "ReLU"),))
    holder = (block,)
    root = Layer("", "Net", children=tuple(Layer(str(at), "Block", children=holder) for at in range(50)))
    looked_at: list[str] = []

    def form(layer: Layer) -> Hashable:
        looked_at.append(layer.class_name)
        return form_of(layer)

    assert [each.path for each in sites(root, form)] == [f"{at}.attn" for at in range(50)]
    assert sorted(looked_at) == ["Apart", "Block", "Net"]


def site(path: str, class_name: str = "Apart") -> Site:
    return Site(Layer(path.rpartition(".")[2], class_name), path, 1, (), (), ("x",))


def role(each: Site) -> Hashable:
    """`cross` or `self`, by its name."""
    return each.layer.name.rstrip("0123456789")


#: id, paths in one network, those in the other, for each of the first the one that stands for it
PAIRS = [
    ("same-paths", ["a", "b"], ["a", "b"], ["a", "b"]),
    ("same-paths-in-another-order", ["a", "b"], ["b", "a"], ["a", "b"]),
    ("of-several-the-same", ["b"], ["a", "b", "c"], ["b"]),
    ("one-after-the-other", ["x.self", "y.self"], ["u.self", "v.self"], ["u.self", "v.self"]),
    ("by-role", ["x.self", "x.cross"], ["y.cross", "y.self"], ["y.self", "y.cross"]),
    ("by-role-and-order", ["x.self", "y.self", "y.cross"], ["u.cross", "u.self", "v.cross", "v.self"],
     ["u.self", "v.self", "u.cross"]),
    ("path-before-role", ["x.self", "y.self"], ["y.self", "z.self"], ["z.self", "y.self"]),
    ("claimed-by-none-but-its-path", ["x.self", "y.self", "z.self"], ["y.self", "u.self"],
     ["u.self", "y.self", "u.self"]),
    ("more-than-there-are", ["x.self", "y.self", "z.self"], ["u.self", "v.self"], ["u.self", "v.self", "v.self"]),
    ("none-of-its-role", ["x.self"], ["u.cross", "v.cross"], ["v.cross"]),
    ("all-of-its-role-claimed", ["x.self", "y.self"], ["y.self"], ["y.self", "y.self"]),
    ("no-site", [], ["a"], []),
]  # fmt: skip


@pytest.mark.parametrize(("own", "others", "expected"), [case[1:] for case in PAIRS], ids=[case[0] for case in PAIRS])
def test_counterparts(own: list[str], others: list[str], expected: list[str]) -> None:
    found = counterparts([site(path) for path in own], [site(path) for path in others], role)
    assert [each.path for each in found] == expected


def put(text: str, *paths: str, new: str = B) -> Layer:
    """The network with another print at these paths."""
    root = root_of(text)
    every = [each for each in sites(root, form_of) if each.path in paths]
    assert len(every) == len(paths)
    children = root_of(new).children
    return rebuilt(root, [(each, each.layer._replace(class_name="Both", children=children)) for each in every])


#: id, a network, where something else is put, what it is then
REBUILT = [
    ("root", A, [""], B),
    ("one", net(a="ReLU()", b=A, c=A), ["b"], net(a="ReLU()", b=B, c=A)),
    ("two", net(a="ReLU()", b=A, c=A), ["b", "c"], net(a="ReLU()", b=B, c=B)),
    ("deeper", net(a=holding("Block", b=holding("Block", c=A, d="ReLU()"), e=A)), ["a.b.c"],
     net(a=holding("Block", b=holding("Block", c=B, d="ReLU()"), e=A))),
    ("two-depths", net(a=holding("Block", b=A, c=holding("Block", d=A))), ["a.b", "a.c.d"],
     net(a=holding("Block", b=B, c=holding("Block", d=B)))),
    ("one-of-equal-blocks", net(layers=BLOCKS), ["layers.1.attn"],
     net(layers=holding("ModuleList", holding("Block", attn=A), holding("Block", attn=B), holding("Block", attn=A)))),
    ("all-of-equal-blocks", net(layers=BLOCKS), [f"layers.{at}.attn" for at in range(3)],
     net(layers=holding("ModuleList", *[holding("Block", attn=B)] * 3))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "paths", "expected"), [case[1:] for case in REBUILT], ids=[case[0] for case in REBUILT]
)
def test_rebuilt(text: str, paths: list[str], expected: str) -> None:
    assert put(text, *paths) == root_of(expected)


def test_blocks_that_share_their_children_still_do() -> None:
    """Where what takes the place is one object, too; else each has its own."""
    holder = (Layer("attn", "Apart", children=(Layer("x", "ReLU"),)),)
    root = Layer("", "Net", children=tuple(Layer(str(at), "Block", children=holder) for at in range(3)))
    parts, others = (Layer("xy", "ReLU"),), (Layer("xy", "ReLU"),)
    every = sites(root, form_of)
    new = [each.layer._replace(children=children) for each, children in zip(every, (parts, parts, others), strict=True)]
    first, second, third = rebuilt(root, zip(every, new, strict=True)).children
    assert first.children is second.children
    assert first.children is not third.children
    assert [each.name for each in (first, second, third)] == ["0", "1", "2"]
    assert first.children[0].children is parts
    assert third.children[0].children is others


@pytest.mark.parametrize("change", [{"kind": "other"}, {"settings": ()}], ids=["kind", "settings"])
def test_what_is_put_there_differs_in_more_than_children(change: dict[str, object]) -> None:
    holder = (Layer("attn", "Apart", root_of("ReLU(inplace=True)").settings, (Layer("x", "ReLU"),)),)
    root = Layer("", "Net", children=(Layer("0", "Block", children=holder), Layer("1", "Block", children=holder)))
    first, second = sites(root, form_of)
    other = second.layer._replace(**change)  # type: ignore[arg-type]  # a table of two fields of two types
    new = rebuilt(root, [(first, first.layer), (second, other)])
    assert [block.children[0] for block in new.children] == [first.layer, other]
