"""Lines that were broken at the width of a page, and lines that lost their breaks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archdiff.parse import parse

BLOCK = """\
    ({index}): Block(
      (norm): BatchNormAct2d(
        16, eps=1e-05, momentum=0.1, affine=True, bias=True, track_running_stats=True
        (drop): Identity()
        (act): ReLU(inplace=True)
      )
      (conv): Conv2d(16, 16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)
      (pool): Sequential(
        (0): AvgPool2d(kernel_size=2, stride=2, padding=0)
        (1-2): 2 x Linear(in_features=16, out_features=16, bias=True)
      )
    )
"""


def net(blocks: int) -> str:
    inside = "".join(BLOCK.format(index=index) for index in range(blocks))
    head = "  (head): Linear(in_features=16, out_features=10, bias=True)\n"
    return f"Net(\n  (layers): ModuleList(\n{inside}  )\n{head})"


@pytest.mark.parametrize("width", [60, 80, 85])
def test_broken_at_a_width(width: int) -> None:
    broken = [line[at : at + width] for line in net(2).split("\n") for at in range(0, len(line), width)]
    (network,) = parse("\n".join(broken))
    assert network.root == parse(net(2))[0].root
    assert network.complete


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("  (a): Re\nLU()", "  (a): ReLU()"),
        ("  (a): Conv\n2d(1, 2, kernel_size=(3, 3))", "  (a): Conv2d(1, 2, kernel_size=(3, 3))"),
        ("  (a): Conv\n2d(1, 2,\n kernel_size=(3, 3))", "  (a): Conv2d(1, 2, kernel_size=(3, 3))"),
        ("  (a): Seque\nntial(\n    (0): ReLU()\n  )", "  (a): Sequential(\n    (0): ReLU()\n  )"),
        ("  (0-1): 2 x Batch\nNorm1d(2)", "  (0-1): 2 x BatchNorm1d(2)"),
    ],
)
def test_broken_within_a_class(broken: str, whole: str) -> None:
    """By hand, at any width."""
    network, expected = (parse(f"Net(\n{each}\n  (b): Tanh()\n)")[0] for each in (broken, whole))
    assert network.root == expected.root
    assert network.complete


@pytest.mark.parametrize(
    "text",
    [
        "Net(\n  (a): Re\n  LU()\n)",  # indented: a child that lost its name
        "Net(\n  (a): Flatten\nNet(\n  (b): ReLU()\n)",  # cut off, and another print behind it
        "Net(\n  (a): Flatten\nNote (1) of it\n)",
    ],
)
def test_a_class_without_brackets_is_whole(text: str) -> None:
    assert parse(text)[0].root.children[0].class_name in ("Re", "Flatten")


def test_all_breaks_lost() -> None:
    """Few children may stand on the line of their parent, and none behind settings: that is told, not guessed."""
    (many,), (few,) = (parse(" ".join(line.strip() for line in net(blocks).split("\n"))) for blocks in (40, 1))
    assert many.root == parse(net(40))[0].root
    assert (many.complete, few.complete) == (True, False)


@given(st.sets(st.integers(1, len(net(2).split("\n")) - 1)))
def test_some_breaks_lost(lost: set[int]) -> None:
    """All is read, or it is told that it is not."""
    lines = net(2).split("\n")
    text = lines[0] + "".join(f" {line.strip()}" if at in lost else f"\n{line}" for at, line in enumerate(lines) if at)
    first, *_ = parse(text)
    assert not first.complete or first.root == parse(net(2))[0].root


def test_children_keep_their_places() -> None:
    (network,) = parse("Net(\n  (a): ReLU() (b): Tanh()\n)")
    assert [(child.span.line, child.span.column) for child in network.root.children] == [(2, 3), (2, 15)]


def test_text_is_no_child() -> None:
    parameters = "ParameterList(  (0): Parameter containing: [torch.FloatTensor of size 4]\n  )"
    text = f"Net(\n  (a): Foo(kernel=(3), x=1)\n  (b): {parameters}\n)"
    (network,) = parse(text)
    assert [child.name for child in network.root.children] == ["a", "b"]


@pytest.mark.parametrize("mode", ["'nearest(exact'", '"it\'s (open"', "')'", "'(' ')'"])
def test_a_bracket_in_quotes_breaks_no_line(mode: str) -> None:
    """The longest line of a print, which is whole."""
    (network,) = parse(f"Net(\n  (a): Upsample(scale_factor=2.0, mode={mode})\n)\n")
    (child,) = network.root.children
    assert child.settings[-1].text == f"mode={mode}"
    assert network.complete


@pytest.mark.parametrize("width", [60, 80, 85])
def test_broken_at_a_width_and_quoted(width: int) -> None:
    """The quote stands before the rest of a line, too; what is not quoted has a width of its own."""
    broken = [line[at : at + width] for line in net(2).split("\n") for at in range(0, len(line), width)]
    text = f"{'Somebody wrote a line that is longer than all of these. ' * 3}\n" + "\n".join(
        f"> {each}" for each in broken
    )
    (network,) = parse(text)
    assert network.root == parse(net(2))[0].root
    assert network.complete


WHOLE = """\
Net(
  (conv): Conv2d(3, 64, kernel_size=(7, 7), stride=(2, 2), padding=(3, 3), bias=False)
  (pool): MaxPool2d(kernel_size=3, stride=2, padding=1, dilation=1, ceil_mode=False)
)
"""


@pytest.mark.parametrize("quote", ["", "> ", "# "])
@pytest.mark.parametrize(
    "broken",
    [
        WHOLE,
        WHOLE.replace("(2, 2)", "(2,\n2)"),
        WHOLE.replace("(2, 2)", "(2,\n    2)"),
        WHOLE.replace("(7, 7)", "(7, \n7)"),
        WHOLE.replace("(2, 2), padding=(3, 3)", "(2,\n2), padding=(3,\n3)"),
        WHOLE.replace("(3, 3), bias", "(\n3, 3), bias"),
        WHOLE.replace("ceil_mode=", "ceil_mode=\n"),
        WHOLE.replace("ceil_mode=", "ceil_mode=\n      "),
    ],
    ids=["whole", "tuple", "indented", "blank", "two-tuples", "bracket", "value", "value-indented"],
)
def test_broken_in_a_value(broken: str, quote: str) -> None:
    (network,) = parse("".join(f"{quote}{line}\n" for line in broken.splitlines()))
    assert network.root == parse(WHOLE)[0].root
    assert network.complete
