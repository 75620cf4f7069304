"""Summary tables against prints and against each other: what can be compared is, and nothing else is claimed."""

from __future__ import annotations

import pytest

from archdiff import api, diff, infer
from archdiff.infer.folding import folded
from archdiff.model.effects import Effect
from archdiff.model.finding import Finding
from archdiff.parse import parse
from archdiff.semantics import rules

RULE = "=" * 80


def table(*rows: tuple[str, str, str, str], root: str = "Net") -> str:
    """A table of (tree, class, output shape, parameters)."""
    head = [RULE, f"{'Layer (type:depth-idx)':<40} {'Output Shape':<25} {'Param #':<25}", RULE]
    lines = [
        f"{tree + name:<40} {shape:<25} {count:<25}" for tree, name, shape, count in (("", root, "--", "--"), *rows)
    ]
    return "\n".join([*head, *lines, RULE, "Total params: 1", RULE, ""])


def numbered(*rows: tuple[str, str, str]) -> str:
    lines = [f"{f'{name}-{n}':>20}  {shape:>25} {count:>15}" for n, (name, shape, count) in enumerate(rows, 1)]
    return "\n".join(
        ["-" * 64, f"{'Layer (type)':>20}  {'Output Shape':>25} {'Param #':>15}", "=" * 64, *lines, "=" * 64]
    )


CONV = ("├─", "Conv2d: 1-1", "[2, 8, 28, 28]", "208")
POOL = ("├─", "MaxPool2d: 1-2", "[2, 8, 14, 14]", "--")
RELU = ("├─", "ReLU: 1-3", "[2, 8, 14, 14]", "--")
FLAT = ("├─", "Flatten: 1-4", "[2, 1568]", "--")
LINEAR = ("├─", "Linear: 1-5", "[2, 10]", "15,690")
TABLE = table(CONV, POOL, RELU, FLAT, LINEAR)
NUMBERED = numbered(
    ("Conv2d", "[-1, 8, 28, 28]", "208"),
    ("MaxPool2d", "[-1, 8, 14, 14]", "0"),
    ("ReLU", "[-1, 8, 14, 14]", "0"),
    ("Flatten", "[-1, 1568]", "0"),
    ("Linear", "[-1, 10]", "15,690"),
)
PRINT = """\
Net(
  (conv): Conv2d(1, 8, kernel_size=(5, 5), stride=(1, 1))
  (pool): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
  (act): ReLU()
  (flat): Flatten(start_dim=1, end_dim=-1)
  (fc): Linear(in_features=1568, out_features=10, bias=True)
)
"""
SWAPPED = table(CONV, (*RELU[:2], "[2, 8, 28, 28]", "--"), POOL, FLAT, LINEAR)
WIDE = table(
    (*CONV[:2], "[2, 16, 28, 28]", "416"),
    (*POOL[:2], "[2, 16, 14, 14]", "--"),
    (*RELU[:2], "[2, 16, 14, 14]", "--"),
    (*FLAT[:2], "[2, 3136]", "--"),
    (*LINEAR[:3], "31,370"),
)


def compared(candidate: str, reference: str) -> tuple[Finding, ...]:
    both = folded(parse(candidate)[0], parse(reference)[0])
    ours, theirs = infer.infer([rules.normalize(network) for network in both])
    return diff.compare(ours, theirs).findings


def graver(candidate: str, reference: str) -> list[Finding]:
    return [finding for finding in compared(candidate, reference) if finding.effect is not Effect.UNKNOWN]


SAME = [
    ("print", TABLE, PRINT),
    ("numbered", NUMBERED, PRINT),
    ("two tables", NUMBERED, TABLE),
    ("itself", TABLE, TABLE),
]


@pytest.mark.parametrize(("table", "other"), [row[1:] for row in SAME], ids=[row[0] for row in SAME])
def test_nothing_is_claimed_and_what_is_not_told_is_said_once(table: str, other: str) -> None:
    for pair in ((table, other), (other, table)):
        (finding,) = compared(*pair)
        assert (finding.rule, finding.effect, finding.count) == ("AD701", Effect.UNKNOWN, 5)


@pytest.mark.parametrize("other", [PRINT, TABLE, NUMBERED])
def test_another_order(other: str) -> None:
    (finding,) = graver(SWAPPED, other)
    assert (finding.rule, finding.effect) == ("AD101", Effect.EQUIVALENT)


@pytest.mark.parametrize("other", [PRINT, TABLE, NUMBERED])
def test_another_width_is_one_cause(other: str) -> None:
    (finding,) = graver(WIDE, other)
    assert (finding.rule, finding.effect, finding.setting) == ("AD301", Effect.FUNCTION, "parameters")
    assert finding.message == "416 parameters, not 208; output 16x28x28, not 8x28x28"
    assert [inner.message for inner in finding.consequences] == ["31,370 parameters, not 15,690"]


def test_another_kernel_of_the_same_output() -> None:
    (finding,) = graver(table((*CONV[:3], "80"), POOL, RELU, FLAT, LINEAR), PRINT)
    assert finding.message == "80 parameters, not 208"


TANH = (RELU[0], "Tanh: 1-3", *RELU[2:])
ONE_SIDED = [
    ("a forward may call a function", (CONV, POOL, FLAT, LINEAR), "AD103", "unknown"),
    ("twice does the same", (CONV, POOL, RELU, RELU, FLAT, LINEAR), "AD104", "equivalent"),
    ("one module may be called twice", (CONV, POOL, TANH, TANH, FLAT, LINEAR), "AD104", "unknown"),
    ("a Linear more", (CONV, POOL, RELU, FLAT, LINEAR, LINEAR), "AD104", "function"),
]


@pytest.mark.parametrize(("rows", "rule", "effect"), [row[1:] for row in ONE_SIDED], ids=[row[0] for row in ONE_SIDED])
def test_missing_and_extra(rows: tuple[tuple[str, str, str, str], ...], rule: str, effect: str) -> None:
    other = PRINT.replace("ReLU", "Tanh") if TANH in rows else PRINT
    (finding,) = (each for each in compared(table(*rows), other) if each.rule != "AD701")
    assert (finding.rule, finding.effect.word) == (rule, effect)
    (mirrored,) = (each for each in compared(other, table(*rows)) if each.rule != "AD701")
    assert ({rule, mirrored.rule}, mirrored.effect.word) == ({"AD103", "AD104"}, effect)


def test_a_block_behind_what_is_in_it() -> None:
    rows = ("Conv2d", "[-1, 8, 28, 28]", "208"), ("ReLU", "[-1, 8, 28, 28]", "0"), ("Block", "[-1, 8, 28, 28]", "0")
    block = "Net(\n  (b): Block(\n    (c): Conv2d(1, 8, kernel_size=(5, 5), stride=(1, 1))\n    (r): ReLU()\n  )\n)"
    for ours, theirs in ((numbered(*rows), block), (block, numbered(*rows))):
        (taken,) = graver(ours, theirs)
        assert (taken.rule, taken.effect) == ("AD108", Effect.COSMETIC)
        assert "if Block runs its children in printed order" in taken.message


BLOCKS = """\
Net(
  (stem): Sequential(
    (0): Linear(in_features=4, out_features=8, bias=True)
    (1): ReLU()
  )
  (h): ModuleList(
    (0-1): 2 x Block(
      (fc): Linear(in_features=8, out_features=8, bias=True)
    )
  )
)
"""
SHUT = table(
    ("├─", "Sequential: 1-1", "[2, 8]", "40"),
    ("├─", "ModuleList: 1-2", "--", "--"),
    ("│    └─", "Block: 2-1", "[2, 8]", "72"),
    ("│    └─", "Block: 2-2", "[2, 8]", "72"),
)


def test_blocks_that_are_not_opened() -> None:
    def functions(candidate: str, reference: str) -> list[str]:
        return [finding.message for finding in graver(candidate, reference) if finding.effect is Effect.FUNCTION]

    assert functions(SHUT, BLOCKS) == functions(BLOCKS, SHUT) == []
    assert functions(SHUT.replace(" 40 ", " 50 "), BLOCKS) == ["50 parameters, not 40"]
    assert functions(SHUT.replace(" 72 ", " 64 "), BLOCKS) == ["64 parameters, not 72"]


def test_what_a_table_does_not_tell_is_not_taken_for_the_default() -> None:
    (sized,) = infer.infer([rules.normalize(parse(TABLE)[0])])
    conv = sized.leaves[0]
    assert (conv.cost().parameters, conv.output_shape) == (208, (8, 28, 28))
    assert str(conv.settings.known("padding")) == "unknown"


def test_input_size_of_a_table() -> None:
    text = TABLE.replace("Output Shape ", "Input Shape  Output Shape ").replace("[2, ", "[2, 1, 32, 32]  [2, ")
    text = text.replace("Net  ", "Net  [2, 1, 32, 32]  ")
    (sized,) = infer.infer([rules.normalize(parse(text)[0])])
    assert (sized.input_shape, sized.input_shape_from) == ((1, 32, 32), "printed")


def test_prints_are_left_alone() -> None:
    first, second = parse(BLOCKS)[0], parse(PRINT)[0]
    assert folded(first, second)[0] is first


@pytest.mark.parametrize("activation", ["ReLU()", "Tanh()"])
@pytest.mark.parametrize("mirrored", [False, True])
def test_what_a_table_does_not_show_is_compared_with_nothing(activation: str, mirrored: bool) -> None:
    """A table that stops at a depth beside a print of all: nothing shows that the same stands in the block."""
    cut = "\n".join(
        [
            *("=" * 80, f"{'Layer (type:depth-idx)':<40} {'Output Shape':<25} Param #", "=" * 80),
            *(f"{'Sequential':<40} {'[1, 2]':<25} --", f"{'├─Sequential: 1-1':<40} {'[1, 4]':<25} 20"),
            *(f"{'├─Linear: 1-2':<40} {'[1, 2]':<25} 10", "=" * 80),
        ]
    )
    block = f"  (0): Sequential(\n    (0): Linear(4, 4)\n    (1): {activation}\n  )\n"
    ours, theirs = (parse(text)[0] for text in (cut, f"Sequential(\n{block}  (1): Linear(4, 2)\n)\n"))
    sides = (ours, theirs)
    outcome = api.compare_networks(*(sides[::-1] if mirrored else sides))
    (finding,) = (each for each in outcome.findings if each.effect.word == "unknown" and not each.not_printed)
    assert outcome.verdict == "unknown"
    assert finding.message.startswith(f"not compared: layers of the {'candidate' if mirrored else 'reference'} (2) in")
    assert api.compare_networks(sides[0], sides[0]).verdict == "identical"


AGAIN = ("├─", "Linear: 1-2", "[2, 10]", "(recursive)")
FIRST = ("├─", "Linear: 1-1", "[2, 10]", "110")
ACTIVE = ("├─", "ReLU: 1-2", "[2, 10]", "--")
BLOCK = [("├─", "Block: 1-1", "[2, 10]", "--"), ("│    └─", "Linear: 2-1", "[2, 10]", "110")]
BLOCK_AGAIN = [("├─", "Block: 1-2", "[2, 10]", "(recursive)"), ("│    └─", "Linear: 2-2", "[2, 10]", "(recursive)")]


@pytest.mark.parametrize(
    ("candidate", "reference", "told"),
    [
        ([FIRST, AGAIN], [FIRST, AGAIN], []),
        ([FIRST, AGAIN, AGAIN], [FIRST, AGAIN], ["AD108 function repeated calls of Linear: 2, not 1"]),
        ([FIRST], [FIRST, AGAIN], ["AD108 function repeated calls of Linear: 0, not 1"]),
        ([*BLOCK, *BLOCK_AGAIN], BLOCK, ["AD108 function repeated calls of Block: 1, not 0"]),
        (
            [FIRST, AGAIN, ACTIVE],
            [FIRST, ACTIVE, AGAIN],
            ["AD108 unknown called again: Linear behind Linear, not Linear behind ReLU"],
        ),
        ([*BLOCK, *BLOCK_AGAIN], [("├─", "Block: 1-1", "[2, 10]", "110")], []),
    ],
    ids=["as-often", "more-often", "never", "a-block", "elsewhere", "another-depth"],
)
def test_what_a_table_shows_to_run_again(
    candidate: list[tuple[str, str, str, str]], reference: list[tuple[str, str, str, str]], told: list[str]
) -> None:
    """Torchinfo has a row a call, and marks those of a layer that ran before; a print holds it once."""
    ours, theirs = (parse(table(*rows))[0] for rows in (candidate, reference))
    sides = (ours, theirs)
    outcome = api.compare_networks(*sides)
    found = [f"{each.rule} {each.effect.word} {each.message}" for each in outcome.findings if each.rule == "AD108"]
    assert (found, api.compare_networks(*sides[::-1]).verdict) == (told, outcome.verdict)
    assert (outcome.verdict == "identical") is (candidate == reference)


def test_a_print_does_not_tell_what_runs_again() -> None:
    printed = "Net(\n  (0): Linear(in_features=10, out_features=10, bias=True)\n)\n"
    outcome = api.compare_networks(parse(printed)[0], parse(table(FIRST, AGAIN))[0])
    assert not [each for each in outcome.findings if each.is_difference]


def test_a_block_of_one_layer_is_closed_too() -> None:
    shown, closed = (parse(table(*rows))[0] for rows in (BLOCK, [("├─", "Block: 1-1", "[2, 10]", "110")]))
    outcomes = [api.compare_networks(*sides) for sides in ((shown, closed), (closed, shown))]
    assert [outcome.verdict for outcome in outcomes] == ["unknown", "unknown"]
    assert api.compare_networks(closed, closed).verdict == "identical"


def named(*rows: tuple[str, str, str, str], total: str = "23.5 M") -> str:
    """A table of Lightning: name, class, parameters and mode."""
    lines = [f"{number} | {' | '.join(row)}" for number, row in enumerate(rows)]
    return "\n".join(["  | Name | Type | Params | Mode", "-" * 40, *lines, "-" * 40, f"{total}    Total params", ""])


ENCODER, HEAD = ("encoder", "ResNet", "23.5 M", "train"), ("fc", "Linear", "650", "train")
NUMBERS = [
    ("rounded", named((*ENCODER[:2], "11.2 M", "train"), HEAD), "function", "11.2 M parameters, not 23.5 M"),
    ("exact-in-it", named((*ENCODER[:2], "23,512,130", "train"), HEAD), "identical", ""),
    ("exact-beside-it", named((*ENCODER[:2], "23,562,130", "train"), HEAD), "function",
     "23,562,130 parameters, not 23.5 M"),
    ("mode", named((*ENCODER[:3], "eval"), HEAD), "training", "mode eval, not train"),
    ("total", named(ENCODER, HEAD, total="23.6 M"), "function", "Total params 23.6 M, not 23.5 M"),
    ("exact-total", named(ENCODER, HEAD, total="23,500,650"), "identical", ""),
    ("name", named(ENCODER, ("head", *HEAD[1:])), "cosmetic", "names or nesting differ, so checkpoint keys change: "
     "head is fc: if the network calls head where the reference calls fc"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "verdict", "told"), [case[1:] for case in NUMBERS], ids=[case[0] for case in NUMBERS])
def test_what_tables_count(text: str, verdict: str, told: str) -> None:
    ours, theirs = (parse(each)[0] for each in (text, named(ENCODER, HEAD)))
    sides = (ours, theirs)
    outcome = api.compare_networks(*sides)
    found = [each.message for each in outcome.findings if not each.not_printed]
    assert (outcome.verdict, found) == (verdict, [told] if told else [])
    assert api.compare_networks(*sides[::-1]).verdict == verdict


def test_what_is_frozen_trains_otherwise() -> None:
    ours, theirs = (parse(text)[0] for text in (TABLE, TABLE.replace(" 208 ", " (208) ")))
    outcome = api.compare_networks(ours, theirs)
    assert [each.message for each in outcome.findings if not each.not_printed] == ["frozen False, not True"]
    assert outcome.verdict == "training"


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_print_does_not_tell_what_is_frozen(mirrored: bool) -> None:
    ours, theirs = (parse(text)[0] for text in (PRINT, TABLE.replace(" 208 ", " (208) ")))
    sides = (ours, theirs)
    outcome = api.compare_networks(*(sides[::-1] if mirrored else sides))
    assert [each.message for each in outcome.findings if each.is_difference and each.effect is Effect.TRAINING] == []


def test_the_shape_of_a_block_tells_what_no_row_does() -> None:
    """What a forward does behind its layers shows in the row of the block, and in that of the network."""
    block = [("├─", "Block: 1-1", "[2, {}]", "--"), ("│    └─", "Linear: 2-1", "[2, 10]", "110"), ("├─", *ACTIVE[1:])]

    def printed(width: int, batch: int = 2) -> str:
        return table(*((a, b, c.format(width).replace("[2,", f"[{batch},"), d) for a, b, c, d in block))

    ours, theirs = (parse(printed(width))[0] for width in (10, 20))
    sides = (ours, theirs)
    outcome = api.compare_networks(*sides)
    found = [f"{each.rule} {each.message}" for each in outcome.findings if each.is_difference]
    assert found == ["AD201 Block: shape *x10, not *x20, and no row shows why"]
    assert [api.compare_networks(*both).verdict for both in (sides, sides[::-1])] == ["function", "function"]
    assert api.compare_networks(parse(printed(10))[0], parse(printed(10, batch=7))[0]).verdict == "identical"


def test_another_input_is_no_other_network() -> None:
    rows = [("├─", "Conv2d: 1-1", "[2, 8, {0}, {0}]", "208"), ("├─", "ReLU: 1-2", "[2, 8, {0}, {0}]", "--")]
    ours, theirs = (parse(table(*((a, b, c.format(n), d) for a, b, c, d in rows)))[0] for n in (28, 60))
    assert not [each for each in api.compare_networks(ours, theirs).findings if "no row tells why" in each.message]


def ordered(*layers: str) -> str:
    return "\n".join(["Sequential(", *(f"  ({number}): {layer}" for number, layer in enumerate(layers)), ")", ""])


def max_pool(size: int, stride: int, more: str = "ceil_mode=False") -> str:
    return f"MaxPool2d(kernel_size={size}, stride={stride}, padding=0, dilation=1, {more})"


def size(shape: tuple[int, ...]) -> str:
    return f"[{', '.join(map(str, (2, *shape)))}]"


#: id, class of a row, what the row before it gives, its own output, a printed layer, what that gives ("": it may be)
OUTPUTS = [
    ("same-windows", "MaxPool2d", (8, 28, 28), (8, 14, 14), max_pool(2, 2), ""),
    ("ceil-mode-is-not-printed", "AvgPool2d", (8, 7, 7), (8, 4, 4),
     "AvgPool2d(kernel_size=2, stride=2, padding=0)", ""),
    ("zeros-are-a-constant", "ConstantPad2d", (8, 7, 7), (8, 9, 9), "ZeroPad2d((1, 1, 1, 1))", ""),
    ("an-input-without-batch", "Conv2d", (28, 28), (28, 28),
     "Conv2d(8, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))", ""),
    ("a-convolution-of-the-same-output", "Conv2d", (8, 28, 28), (8, 14, 14),
     "Conv2d(8, 8, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1))", ""),
    ("a-window-cut-off", "MaxPool2d", (8, 7, 7), (8, 4, 4), max_pool(2, 2), "8x3x3"),
    ("stride", "MaxPool2d", (8, 28, 28), (8, 14, 14), max_pool(2, 1), "8x27x27"),
    ("windows-that-do-not-fit", "MaxPool2d", (8, 3, 3), (8, 1, 1), max_pool(5, 1), "none"),
    ("means", "AvgPool2d", (8, 28, 28), (8, 14, 14), "AvgPool2d(kernel_size=2, stride=1, padding=0)", "8x27x27"),
    ("stride-of-a-convolution", "Conv2d", (8, 28, 28), (8, 28, 28),
     "Conv2d(8, 8, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1))", "8x14x14"),
    ("channels-to-places", "PixelShuffle", (8, 7, 7), (2, 14, 14), "PixelShuffle(upscale_factor=1)", "8x7x7"),
    ("adaptive", "AdaptiveAvgPool2d", (8, 7, 7), (8, 1, 1), "AdaptiveAvgPool2d(output_size=(2, 2))", "8x2x2"),
    ("upsampled", "Upsample", (8, 7, 7), (8, 14, 14), "Upsample(scale_factor=3.0, mode='nearest')", "8x21x21"),
    ("padded-by-zeros", "ConstantPad2d", (8, 7, 7), (8, 9, 9), "ZeroPad2d((2, 2, 2, 2))", "8x11x11"),
    ("padded-by-a-number", "ZeroPad2d", (8, 7, 7), (8, 9, 9),
     "ConstantPad2d(padding=(2, 1, 1, 1), value=0.0)", "8x9x10"),
]  # fmt: skip


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize(
    ("name", "x", "y", "layer", "gives"), [case[1:] for case in OUTPUTS], ids=[case[0] for case in OUTPUTS]
)
def test_what_a_printed_layer_makes_of_the_input_of_its_row(
    name: str, x: tuple[int, ...], y: tuple[int, ...], layer: str, gives: str, listed: bool, mirrored: bool
) -> None:
    """By a table that shows a Sequential, or by a print of one beside a list of rows."""
    if listed:
        text = numbered(("ReLU", size(x), "0"), (name, size(y), "0"))
    else:
        text = table(("├─", "ReLU: 1-1", size(x), "--"), ("├─", f"{name}: 1-2", size(y), "?"), root="Sequential")
    ours, theirs = (parse(each)[0] for each in (text, ordered("ReLU()", layer)))
    outcome = api.compare_networks(theirs, ours) if mirrored else api.compare_networks(ours, theirs)
    shapes = "x".join(map(str, y)), gives
    told = f"AD201 function output shape {shapes[mirrored]}, not {shapes[not mirrored]}, for an input of "
    told += f"{'x'.join(map(str, x))}, which the table shows"
    found = [f"{each.rule} {each.effect.word} {each.message}" for each in outcome.findings if each.is_difference]
    assert found == ([told] if gives else [])
    assert outcome.verdict == ("function" if gives else "identical")


NET = "Net(\n  (a): ReLU()\n  (b): {}\n)\n"


@pytest.mark.parametrize(
    ("rows", "printed", "verdict"),
    [
        ([("├─", "ReLU: 1-1", "[2, 4, 9, 9]", "--"), POOL], NET.format(max_pool(2, 2)), "identical"),
        ([("├─", "ReLU: 1-1", "[2, 8, 28, 28]", "--"), POOL], NET.format(max_pool(2, 1)), "unknown"),
        (
            [("├─", "ReLU: 1-1", "[2, 8, 14, 14]", "--"), ("├─", "Identity: 1-2", "[2, 196, 8]", "--")],
            NET.format("Identity()"),
            "identical",
        ),
    ],
    ids=["of-another-branch", "taken-to-run-in-order", "a-function-between"],
)
def test_a_row_whose_input_is_not_certain(rows: list[tuple[str, str, str, str]], printed: str, verdict: str) -> None:
    ours, theirs = (parse(each)[0] for each in (table(*rows), printed))
    sides = (ours, theirs)
    assert [api.compare_networks(*both).verdict for both in (sides, sides[::-1])] == [verdict, verdict]


def test_the_input_that_a_row_shows_itself() -> None:
    """It comes before the output of the row before it, which another branch may have given."""
    text = table(
        ("├─", "Tanh: 1-1", "[2, 8, 9, 9]  [2, 8, 9, 9]", "--"), (*POOL[:2], "[2, 8, 28, 28]  [2, 8, 14, 14]", "--")
    )
    text = text.replace("Output Shape ", "Input Shape  Output Shape ").replace("--  ", "--  --  ", 1)
    printed = NET.replace("ReLU", "Tanh")
    outcomes = [
        api.compare_networks(parse(text)[0], parse(printed.format(max_pool(2, stride)))[0]) for stride in (1, 2)
    ]
    assert [outcome.verdict for outcome in outcomes] == ["function", "identical"]


def test_what_runs_again_may_stand_before_a_row() -> None:
    pool = "AvgPool2d: 1-1"
    rows = (
        ("├─", pool, "[2, 8, 14, 14]", "--"),
        ("├─", pool, "[2, 8, 7, 7]", "(recursive)"),
        ("├─", "MaxPool2d: 1-2", "[2, 8, 3, 3]", "--"),
    )
    printed = ordered("AvgPool2d(kernel_size=2, stride=2, padding=0)", max_pool(2, 2))
    again, once = (parse(table(*each, root="Sequential"))[0] for each in (rows, (rows[0], rows[2])))
    verdicts = [api.compare_networks(each, parse(printed)[0]).verdict for each in (again, once)]
    assert verdicts == ["identical", "function"]


@pytest.mark.parametrize(
    ("row", "printed", "verdict"),
    [
        ("Softmax", "Softmax(dim=1)", "identical"),
        ("LogSoftmax", "Softmax2d()", "function"),
        ("Softmax2d", "Softmax(dim=2)", "function"),
        ("Softmax", "Softmax2d()", "unknown"),
        ("Softmax2d", "Softmax(dim=1)", "unknown"),
    ],
)
def test_a_softmax_over_channels_has_two_names(row: str, printed: str, verdict: str) -> None:
    text = numbered(("ReLU", "[-1, 8, 5, 5]", "0"), (row, "[-1, 8, 5, 5]", "0"))
    ours, theirs = (parse(each)[0] for each in (text, ordered("ReLU()", printed)))
    sides = (ours, theirs)
    assert [api.compare_networks(*both).verdict for both in (sides, sides[::-1])] == [verdict, verdict]
