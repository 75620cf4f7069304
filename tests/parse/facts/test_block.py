"""Facts behind a print: where they stand, which print they belong to, what of them fits a print that was edited."""

from __future__ import annotations

import pytest

from archdiff import parse
from archdiff.model.errors import ReadError
from archdiff.model.facts import (
    ATTRIBUTES,
    CALLED,
    EDITED,
    LEFT_OUT,
    MODE,
    NOT_TRACED,
    PACKED,
    SHARED,
    TENSORS,
    TRACES,
    Fact,
    HeldTensor,
    HowCalled,
    PackedTraces,
    Provenance,
)
from archdiff.model.network import Network
from archdiff.model.trace import INPUT, ForwardTrace, Operation, Ref
from archdiff.parse.facts import block, packing
from archdiff.parse.unparse import snapshot

PRINT = """\
Net(
  (attn): Attention(
    (qkv): Linear(in_features=8, out_features=24, bias=True)
  )
  (mlps): ModuleList(
    (0-1): 2 x Linear(in_features=8, out_features=8, bias=True)
  )
)
"""
LIVE = Provenance.LIVE
WEIGHT = HeldTensor("weight", "parameter", "float32", True, (8, 8), bare=False)
FACTS = (
    Fact(SHARED, (("mlps.0.weight", "mlps.1.weight"), ("attn.a", "gone.a")), LIVE),
    Fact(MODE, "train", LIVE),
    Fact(ATTRIBUTES, (("num_heads", 2),), LIVE, "attn"),
    Fact(ATTRIBUTES, (("class", "Inner"), ("scale", 0.5)), LIVE, "attn.inner"),
    Fact("weight_density", 0.4, LIVE, "mlps.1"),
    Fact(TENSORS, (WEIGHT,), LIVE, "mlps.1"),
)
TRACE = ForwardTrace(
    (Operation(INPUT, (("number", 0),), ((2, 8),), "", "", "float32"),),
    (),
    (Ref(0),),
    ("x:float32[2,8]", "flag=True"),
    "traced",
)
CALL = HowCalled("by position", "2.9.1+cpu", (("flag", True),))
TRACED = (Fact(TRACES, (TRACE,), Provenance.TRACED), Fact(CALLED, CALL, Provenance.TRACED))


def live() -> Network:
    return parse.read_string(PRINT)[0]._replace(facts=(*FACTS, *TRACED))


TEXT = snapshot(live())
LINES = TEXT.removeprefix(PRINT)
DATA = packing.pack((TRACE,))


def facts_of(text: str) -> tuple[Fact, ...]:
    return parse.read_string(text)[0].facts


def test_a_print_alone_stays_as_it_is() -> None:
    assert snapshot(parse.read_string(PRINT)[0]) == PRINT
    assert facts_of(PRINT) == ()
    assert block.taken_out("# archdiff facts are lines\n# archdiff facts end\n") == (
        "# archdiff facts are lines\n# archdiff facts end\n",
        [],
    )


def test_the_text() -> None:
    digest = packing.digest("by position", "x:float32[2,8] flag=true", DATA)
    wrapped = [DATA[at : at + 100] for at in range(0, len(DATA), 100)]
    assert LINES.splitlines() == [
        f"# archdiff facts 1, print {block.digest_of(live().root)}: what this module holds and does beside its print",
        '# . Net shared: ["mlps.0.weight", "mlps.1.weight"] ["attn.a", "gone.a"]',
        "# . Net mode: train",
        "# attn Attention attributes: num_heads=2",
        '# attn.inner - attributes: class="Inner" scale=0.5',
        "# mlps.1 Linear: weight_density=0.4",
        "# mlps.1 Linear tensors: weight=float32[8,8]",
        f"# traces, torch 2.9.1+cpu, called by position: x:float32[2,8] flag=true, digest {digest}",
        *(f"# {each}" for each in wrapped),
        "# archdiff facts end",
    ]


def test_it_reads_back() -> None:
    (network,) = parse.read_string(TEXT)
    packed = Fact(PACKED, PackedTraces(TRACE.inputs, CALL, DATA), Provenance.TRACED)
    assert network.facts == (*FACTS, packed)
    assert (network.root, network.first_line, network.last_line) == (live().root, 1, 8)
    assert block.unpacked(network).facts == (*FACTS, *TRACED)
    assert snapshot(network) == TEXT
    assert block.unpacked(live()) == live()


@pytest.mark.parametrize(
    "around",
    [
        "{}", "# Mine\n\n```\n{}```\n\nWords.\n", "Adam (\nParameter Group 0\n    lr: 0.1\n)\n{}", "\n\n{}\n\nEnd.",
    ],
    ids=["nothing", "a fence", "a recipe", "blank lines"],
)  # fmt: skip
def test_what_stands_around_it(around: str) -> None:
    expected = facts_of(TEXT)
    assert facts_of(around.format(TEXT)) == expected
    assert facts_of(around.format(TEXT).replace("\n", "\r\n")) == expected
    quoted = "".join(f"> {line}\n" for line in around.format(TEXT).splitlines())
    assert facts_of(quoted) == expected
    commented = "".join(f"# {line}\n" for line in TEXT.splitlines())
    assert facts_of(commented) == expected


def test_each_network_has_the_facts_behind_it() -> None:
    text = f"# One\n\n{PRINT}\n# Two\n\n{TEXT}\n# Three\n\n{PRINT}"
    found = parse.read_string(text)
    assert [each.label for each in found] == ["One", "Two", "Three"]
    assert [each.facts for each in found] == [(), facts_of(TEXT), ()]


def test_a_layer_alone_has_facts_too() -> None:
    network = parse.read_string("LSTM(4, 5)\n")[0]
    held = network._replace(facts=(Fact(SHARED, (), LIVE), Fact("proj_size", 0, LIVE)))
    assert parse.read_string(snapshot(held))[0].facts == held.facts


# Prints that were edited

GONE = "lines of facts and the traced forwards"


@pytest.mark.parametrize(
    ("before", "after", "kept", "left_out"),
    [
        ("bias=True", "bias = True", FACTS, ""),
        ("out_features=24", "out_features=16", FACTS, "the traced forwards"),
        ("(qkv)", "(query)", FACTS, "the traced forwards"),
        ("Attention(", "Heads(", tuple(FACTS[each] for each in (0, 1, 3, 4, 5)), f"1 of 6 {GONE}"),
        ("(attn)", "(heads)", tuple(FACTS[each] for each in (0, 1, 4, 5)), f"2 of 6 {GONE}"),
        ("  (mlps)", "  (mlps2)", FACTS[:4], f"2 of 6 {GONE}"),
        ("Net(", "Other(", FACTS[2:], f"2 of 6 {GONE}"),
        ("(0-1): 2 x Linear(in_features=8,", "(0-1): 2 x Linear(in_features=8, weight_density=0.5,",
         (*FACTS[:4], FACTS[5]), "the traced forwards"),
    ],
    ids=["spelling", "a width", "a child", "a class", "a path", "a holder", "the class of all",
         "it prints a setting now"],
)  # fmt: skip
def test_an_edited_print_keeps_the_facts_that_fit(
    before: str, after: str, kept: tuple[Fact, ...], left_out: str
) -> None:
    assert before in PRINT
    found = facts_of(PRINT.replace(before, after) + LINES)
    shared = tuple(each for each in found if each.name == SHARED)
    note = (Fact(LEFT_OUT, left_out, Provenance.PRINTED),) if left_out else ()
    packed = tuple(each for each in facts_of(TEXT) if each.name == PACKED and not left_out)
    if left_out and shared:  # names of weights that it has no more
        names = FACTS[0].value
        assert isinstance(names, tuple)
        kept = (FACTS[0]._replace(value=() if "mlps2" in after else names[:1]), *kept[1:])
    edited = (Fact(EDITED, packing.digest(DATA), Provenance.TRACED),) if "forwards" in left_out else ()
    assert found == (*kept, *packed, *edited, *note)


# What cannot be read

TRACE_LINE = next(line for line in LINES.splitlines() if line.startswith("# traces"))


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (TEXT.replace("# archdiff facts end\n", ""), 18, "the facts behind the print are cut off: no line # archdiff "),
        (TEXT.replace("# . Net mode: train\n", "<<<<<<< HEAD\n"), 10, "the facts behind the print are cut off"),
        (TEXT.replace("facts 1,", "facts 2,"), 9, "facts of version 2, and this archdiff reads 1"),
        (TEXT.replace("num_heads=2", "num_heads=two"), 12, "the facts behind the print cannot be read: 'two' is no "),
        (TEXT.replace("[2,8] flag", "[2,9] flag"), 19, "the traces are not as they were written"),
        (TEXT.replace(f"# {DATA[:9]}", f"# {DATA[1:9]}"), 19, "the traces are not as they were written"),
        (TEXT.replace("# traces, torch", "# traces, of torch"), 16, "cannot be read: no traces"),
        (f"{TEXT}\n{LINES}", 21, "facts, and others stand behind the same print"),
        (f"{LINES}\n{PRINT}", 1, "facts, and no print stands before them"),
    ],
    ids=["cut off", "a conflict of git", "a newer version", "a value", "other inputs", "other data", "no traces",
         "twice", "before the print"],
)  # fmt: skip
def test_what_cannot_be_read_is_one_error(text: str, line: int, message: str) -> None:
    with pytest.raises(ReadError) as raised:
        parse.read_string(text)
    assert message in raised.value.message
    assert (raised.value.source, raised.value.line, bool(raised.value.way_out)) == ("<text>", line, True)


@pytest.mark.parametrize("data", ["AAAA", packing.pack(()), packing.pack((TRACE._replace(inputs=("y",)),))])
def test_traces_that_are_none_are_an_error_where_they_are_asked_for(data: str) -> None:
    network = live()._replace(facts=(Fact(PACKED, PackedTraces(TRACE.inputs, CALL, data), Provenance.TRACED),))
    (again,) = parse.read_string(snapshot(network))
    with pytest.raises(ReadError, match="the traces behind the print cannot be read"):
        block.unpacked(again)


def test_traces_that_are_too_large_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MOST", 100)
    too_large = Fact(NOT_TRACED, "its trace is too large for a text", Provenance.TRACED)
    assert facts_of(snapshot(live())) == (*FACTS, too_large)
