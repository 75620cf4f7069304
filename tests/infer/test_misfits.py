"""What cannot run wherever it stands: neighbours of two widths, groups that do not divide; never a false claim."""

from __future__ import annotations

import pytest

from archdiff.infer import impossible
from infer.prints import linear, net, sequential, sized

RELU = "ReLU()"
POOL = "AdaptiveAvgPool2d(output_size=(1, 1))"
FLATTEN = "Flatten(start_dim=1, end_dim=-1)"


def conv(taken: int, given: int, groups: int = 1) -> str:
    of_groups = f", groups={groups}" if groups > 1 else ""
    return f"Conv2d({taken}, {given}, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1){of_groups})"


def norm(width: int, affine: bool = True) -> str:
    return f"BatchNorm2d({width}, eps=1e-05, momentum=0.1, affine={affine}, track_running_stats={affine})"


def inside(text: str, before: str = "Mystery()") -> str:
    """In a class of somebody, behind what nobody knows."""
    return net(first=before, held=text.rstrip(), last="Mystery()")


#: id, text: nothing is claimed
RUNS: list[tuple[str, str]] = [
    ("widths that fit", sequential(linear(8, 16), RELU, linear(16))),
    ("a class of somebody", net(a=linear(8, 16), b=linear(4))),
    ("a layer of somebody between", inside(sequential(linear(8, 16), "Mystery()", linear(4)))),
    ("a block of somebody before", sequential(net(fc=linear(8, 16)).rstrip(), linear(4))),
    ("a block of somebody behind", sequential(linear(8, 16), net(fc=linear(4)).rstrip())),
    ("a list runs nothing in order", inside(f"ModuleList(\n  (0): {linear(8, 16)}\n  (1): {linear(4)}\n)")),
    ("a Linear takes the last side of an image", inside(sequential(conv(3, 8), RELU, linear(30)))),
    ("a flattened image of any size", inside(sequential(conv(3, 8), RELU, FLATTEN, linear(72)))),
    ("a norm over channels behind a Linear, of rows", sequential(linear(8, 16), norm(4).replace("2d", "1d"))),
    ("a norm that has nothing to count channels by", inside(sequential(conv(3, 8), norm(4, affine=False), RELU))),
    ("a reshape that nobody printed the shape of", inside(sequential(linear(8, 16), "Unflatten()", linear(4)))),
    ("channels of groups of one", inside(sequential(conv(8, 8, 8), conv(8, 4)))),
    ("groups that divide", sequential(conv(30, 60, 3))),
]


@pytest.mark.parametrize("text", [text for _, text in RUNS], ids=[name for name, _ in RUNS])
def test_what_may_run_is_left_alone(text: str) -> None:
    (only,) = sized(text)
    assert impossible(only.contradictions) == {}


#: id, text, what cannot run and why, with both lines
CANNOT: list[tuple[str, str, dict[str, tuple[int, int]]]] = [
    (
        "neighbours",
        sequential(linear(64, 128), linear(64, 10)),
        {"1 takes in_features 64, but 0 gives 128": (2, 3)},
    ),
    (
        "with an activation between them",
        inside(sequential(linear(8, 16), RELU, linear(4))),
        {"held.2 takes in_features 4, but held.1 gives 16": (5, 6)},
    ),
    (
        "a norm",
        inside(sequential(conv(3, 64), norm(32), RELU)),
        {"held.1 takes num_features 32, but held.0 gives 64": (4, 5)},
    ),
    (
        "a convolution behind a norm",
        inside(sequential(norm(32), RELU, conv(64, 8))),
        {"held.2 takes in_channels 64, but held.1 gives 32": (5, 6)},
    ),
    (
        "a Linear behind a norm over features",
        inside(sequential("LayerNorm((8,), eps=1e-05)", linear(16))),
        {"held.1 takes in_features 16, but held.0 gives 8": (4, 5)},
    ),
    (
        "a head behind a global pool",
        inside(sequential(conv(3, 64), RELU, POOL, FLATTEN, linear(128))),
        {"held.4 takes in_features 128, but held.3 gives 64": (7, 8)},
    ),
    (
        "one Sequential in the other",
        inside(sequential(sequential(conv(3, 8), RELU).rstrip(), sequential(norm(8), conv(16, 4)).rstrip())),
        {"held.1.1 takes in_channels 16, but held.1.0 gives 8": (9, 10)},
    ),
    (
        "of places that are alike the first",
        net(blocks=f"ModuleList(\n(0-3): 4 x {net(mlp=sequential(linear(8, 16), RELU, linear(4)).rstrip())})"),
        {"blocks.0.mlp.2 takes in_features 4, but blocks.0.mlp.1 gives 16": (6, 7)},
    ),
    (
        "groups of what comes in",
        net(a=conv(30, 60, 4)),
        {"a has in_channels 30, which is no multiple of groups 4": (0, 2)},
    ),
    (
        "groups of what goes out",
        net(a=conv(32, 30, 4)),
        {"a has out_channels 30, which is no multiple of groups 4": (0, 2)},
    ),
    (
        "groups of a norm",
        net(a="GroupNorm(4, 30, eps=1e-05, affine=True)"),
        {"a has num_channels 30, which is no multiple of num_groups 4": (0, 2)},
    ),
    (
        "the first place first, wherever it is found",
        sequential(linear(8, 16), RELU, net(fc=conv(3, 4, 3)).rstrip(), linear(8, 4), linear(5)),
        {
            "2.fc has out_channels 4, which is no multiple of groups 3": (0, 5),
            "4 takes in_features 5, but 3 gives 4": (7, 8),
        },
    ),
]


def cut(text: str, line: int, instead: str = "") -> str:
    """Without one of its lines, counted from 1."""
    lines = text.splitlines(keepends=True)
    return "".join([*lines[: line - 1], instead, *lines[line:]])


WHOLE = sequential(linear(8, 16), RELU, linear(16, 4), RELU, linear(4))
IMAGES = sequential(conv(3, 8), "MaxPool2d(kernel_size=2, stride=2)", conv(8, 4), FLATTEN, linear(4 * 16 * 16))

#: id, text of which something was cut out: the layers round it do not contradict each other, and no input is solved
CUT: list[tuple[str, str]] = [
    ("a line that says so", cut(WHOLE, 4, "  ...\n")),
    ("a line that says so, in a class of somebody", cut(inside(WHOLE), 6, "    ...\n")),
    ("no line that says so, but the numbers do", cut(WHOLE, 4)),
    ("in a class of somebody", cut(inside(WHOLE), 6)),
    ("its last lines", WHOLE.removesuffix(")\n")),
    ("sizes that do not meet", cut(IMAGES, 3, "  ...\n")),
    ("sizes and widths that do not meet", cut(cut(IMAGES, 4), 3)),
    ("before a folded line", f"Sequential(\n  (0): {linear(8, 16)}\n  (2-4): 3 x ReLU()\n  (5): {linear(4)}\n)\n"),
]


@pytest.mark.parametrize("text", [text for _, text in CUT], ids=[name for name, _ in CUT])
def test_where_lines_were_cut_out_nothing_contradicts(text: str) -> None:
    (only,) = sized(text)
    assert (only.contradictions, only.input_shape, only.other_input_shapes) == ((), None, ())


def test_of_a_print_that_is_not_whole_one_layer_is_wrong_for_itself() -> None:
    (only,) = sized(sequential(conv(3, 8), conv(4, 6, 4)).replace(")\n  (1)", ")\n  ...\n  (1)"))
    assert [each.because for each in only.contradictions] == ["1 has out_channels 6, which is no multiple of groups 4"]


def test_a_given_input_is_not_refused_where_lines_were_cut_out() -> None:
    (only,) = sized(cut(IMAGES, 3, "  ...\n"), given=(3, 64, 64))
    assert (only.contradictions, only.input_shape_from) == ((), "given")


@pytest.mark.parametrize(("text", "told"), [case[1:] for case in CANNOT], ids=[case[0] for case in CANNOT])
def test_what_cannot_run(text: str, told: dict[str, tuple[int, int]]) -> None:
    (only,) = sized(text)
    found = impossible(only.contradictions)
    assert {why: (each.line_before, each.line) for why, each in found.items()} == told
    assert list(found) == list(told)
