"""Errors about what a print does not hold and a constructor needs: the layer, its place and the way out."""

# ruff: noqa: E501  (a table: a case a line)

from __future__ import annotations

import pytest

from archdiff.execute.building.refusals import LISTED, Missing, build_error, missing_settings_error, no_such_setting
from archdiff.model.network import Layer
from archdiff.parse import parse

ROOT = parse("Net(\n  (a): Block(p=1)\n  (b): Other()\n)", "net.txt")[0].root
BLOCK, OTHER = ROOT.children


def test_a_layer_with_its_place() -> None:
    assert str(build_error(BLOCK, "a", "is no layer", "do better")) == (
        "net.txt:2:3: a (Block) is no layer\n  2 |   (a): Block(p=1)\n    |   ^^^^^^^^^^^^^^^\n  help: do better"
    )
    whole = build_error(Layer("", ""), "", "is no layer", "")
    assert (str(whole), whole.column) == ("the network (no class) is no layer", 0)


@pytest.mark.parametrize(
    ("found", "message", "way_out"),
    [
        ([("a", BLOCK, ("p",))], "a (Block) does not print its p", "--set a.p=..."),
        ([("a", BLOCK, ("p", "q", "r"))], "a (Block) does not print its p, q and r", "--set a.p=... --set a.q=... --set a.r=..."),
        ([("a", BLOCK, ("p",)), ("c", BLOCK, ("p",))], "a (Block) does not print its p (1 more of this class)", "--set Block.p=..."),
        ([("a", BLOCK, ("p",)), ("b", OTHER, ("q",))], "a (Block) does not print its p; Other does not print its q", "--set a.p=... --set b.q=..."),
        ([("", ROOT, ("p",))], "the network (Net) does not print its p", "--set Net.p=..."),
    ],
    ids=["one", "several settings", "several layers of a class", "two classes", "the network"],
)  # fmt: skip
def test_all_that_has_to_be_given_in_one_message(
    found: list[tuple[str, Layer, tuple[str, ...]]], message: str, way_out: str
) -> None:
    error = missing_settings_error([(path, layer, Missing(settings)) for path, layer, settings in found])
    assert (error.message, error.way_out) == (message, f"give what the text cannot tell: {way_out}")


def test_of_many_classes_some_are_named() -> None:
    many = [(f"l{at}", BLOCK._replace(class_name=f"C{at}"), Missing(("p",))) for at in range(LISTED + 3)]
    error = missing_settings_error(many)
    assert error.message.endswith(f"; C{LISTED - 1} does not print its p; and 3 more")
    assert error.way_out.endswith(f" --set l{LISTED - 1}.p=... ...")


def test_a_setting_that_a_layer_does_not_take() -> None:
    error = no_such_setting("a.0", "Linear", "heads", ("bias", "device"))
    assert (error.message, error.way_out) == ("--set a.0.heads: Linear has no such setting", "one of bias, device")
    error = no_such_setting("", "ReLU", "heads", ())
    assert (error.message, error.way_out) == ("--set ReLU.heads: ReLU has no such setting", "it takes none")
