"""Plans as values: whether what they make runs, and settings as they stand in a print."""

from __future__ import annotations

import pytest

from archdiff.execute.building.classes import NO_FORWARD, PRINTED
from archdiff.execute.building.plans import Call, as_printed
from archdiff.model.network import Layer, Setting
from archdiff.parse import parse


def test_what_has_a_forward() -> None:
    assert Call("torch.nn.ReLU").has_forward
    assert Call("torch.nn.ReLU", alias="Act", base=PRINTED).has_forward
    assert not Call("torch.nn.Module", alias="Block", base=NO_FORWARD).has_forward


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("Foo()", ""),
        ("Foo(a=1, 2)", "a=1, 2"),
        ("Foo(a = 1,  b=(1,2))", "a = 1, b=(1,2)"),
        ("Foo(\n  a=1, b=2\n  c=3\n  (0): ReLU()\n)", "a=1, b=2\nc=3"),
        ("Foo(\n  a=1,\n    b=2\n)", "a=1,\n  b=2"),
    ],
    ids=["none", "on its line", "as they are written", "above children", "on their own lines"],
)
def test_settings_as_they_stand(text: str, settings: str) -> None:
    assert as_printed(parse(text)[0].root) == settings


def test_settings_that_were_changed_are_written_anew() -> None:
    root = parse("Foo(\n  a=1\n  (0): ReLU()\n)")[0].root
    assert as_printed(root._replace(settings=(Setting("a", 2), Setting(None, 3)))) == "a=2, 3"
    assert as_printed(Layer("", "Foo", (Setting("p", "x"),))) == "p=x"
