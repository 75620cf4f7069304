"""Names that stand twice: one of the two would be compared with nothing."""

from __future__ import annotations

import pytest

from archdiff.model.errors import ReadError
from archdiff.parse import check_names, parse

LINEAR = "Linear(in_features=8, out_features=8, bias=True)"
WRONG = [
    ("children", f"(a): {LINEAR}", f"(a): {LINEAR}", "(a): Linear: another child has its name"),
    ("ranges", f"(0-1): 2 x {LINEAR}", f"(1-2): 2 x {LINEAR}", "(1-2): Linear: another child has its name 1"),
    ("one-of-a-range", f"(0-1): 2 x {LINEAR}", f"(1): {LINEAR}", "(1): Linear: another child has its name"),
    ("settings", f"(a): {LINEAR}", "(b): ReLU(inplace=True, inplace=True)", "(b): ReLU: inplace stands twice in it"),
]


@pytest.mark.parametrize(("first", "second", "told"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_a_name_twice(first: str, second: str, told: str) -> None:
    with pytest.raises(ReadError) as caught:
        check_names(parse(f"Net(\n  {first}\n  {second}\n)\n"))
    assert str(caught.value).splitlines()[0].endswith(f"3: {told}")


@pytest.mark.parametrize(
    "lines",
    [
        (f"(0-1): 2 x {LINEAR}", f"(2): {LINEAR}"),
        (f"(0, 2): 2 x {LINEAR}", "(1): ReLU()"),
        ("(a): Sequential(", f"  (0): {LINEAR}", ")", "(b): Sequential(", f"  (0): {LINEAR}", ")"),
        ("(a): PReLU(3, 3)",),
        (f"(conv1_1-layer3): 3 x {LINEAR}",),
    ],
    ids=["behind-a-range", "in-a-gap-of-it", "in-two-blocks", "by-position", "numbers-in-a-name"],
)
def test_names_that_are_none_twice(lines: tuple[str, ...]) -> None:
    check_names(parse("\n  ".join(("Net(", *lines)) + "\n)\n"))


def test_a_setting_of_the_network_itself_that_stands_twice() -> None:
    with pytest.raises(ReadError, match="in_features stands twice in it"):
        check_names(parse("Linear(in_features=4, in_features=5, out_features=4, bias=True)\n"))
