"""A printed tree that can be changed, known by the paths of reports: masks left out, repeats spelled out."""

from __future__ import annotations

import pytest

from archdiff.execute.tree import Branch, Tree
from archdiff.model.network import Layer, walk
from archdiff.parse import parse

MASK = "SparseWeights(\n    sparsity=0.5\n    (module): Linear(in_features=4, out_features=2, bias=True)\n  )"
TEXT = f"Net(\n  (a): ReLU()\n  (m): {MASK}\n  (b): Sequential(\n    (0-1): 2 x Tanh()\n  )\n)"


@pytest.fixture
def tree() -> Tree:
    return Tree(parse(TEXT)[0].root)


def shown(branch: Branch) -> list[str]:
    return [f"{path}:{layer.class_name}" for path, layer in walk(branch.frozen())]


def test_paths_of_reports(tree: Tree) -> None:
    assert list(tree.outer) == ["", "a", "m", "b", "b.0", "b.1"]
    assert [(tree.outer["m"].layer.class_name), tree.inner["m"].layer.class_name] == ["SparseWeights", "Linear"]
    assert tree.outer["m"].innermost() is tree.inner["m"]
    assert tree.outer["b"].innermost() is tree.outer["b"]


def test_a_repeat_is_spelled_out(tree: Tree) -> None:
    assert shown(tree.outer["b"]) == ["b:Sequential", "b.0:Tanh", "b.1:Tanh"]


def test_what_is_put_elsewhere(tree: Tree) -> None:
    a, b, m = (tree.outer[name] for name in "abm")
    Branch.exchange(a, b)
    assert [child.name for child in tree.root.children] == ["b", "m", "a"]
    m.remove()
    assert (m.parent, [child.name for child in tree.root.children]) == (None, ["b", "a"])
    b.insert_behind(m)
    tree.root.insert(0, Branch(Layer("c", "GELU")))
    a.replace(Branch(Layer("d", "ELU")))
    assert [child.name for child in tree.root.children] == ["c", "b", "m", "d"]
    assert {child.parent for child in tree.root.children} == {tree.root}
    assert a.parent is None


def test_equal_names_get_a_number(tree: Tree) -> None:
    tree.root.insert(1, tree.outer["a"].copy())
    tree.root.insert(2, tree.outer["a"].copy())
    assert [layer.name for layer in tree.root.frozen().children] == ["a", "a_1", "a_2", "m", "b"]


@pytest.mark.parametrize(
    ("text", "trunk"),
    [
        ("Net(\n  (a): ReLU()\n)", "Net"),
        ("DataParallel(\n  (module): Net(\n    (a): ReLU()\n  )\n)", "Net"),
        ("DataParallel(\n  (module): ReLU()\n)", "ReLU"),
    ],
    ids=["no wrapper", "a wrapper", "a wrapper of a leaf"],
)
def test_what_holds_the_layers(text: str, trunk: str) -> None:
    assert Tree(parse(text)[0].root).trunk().layer.class_name == trunk
