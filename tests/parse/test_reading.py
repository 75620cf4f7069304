"""The way of a source: opened once, read by the first format that claims it, with what its spec and comments add."""

from __future__ import annotations

from pathlib import Path

import pytest

from archdiff.model.errors import ReadError
from archdiff.model.facts import INPUT_SHAPE, Fact, Provenance
from archdiff.parse.blocks import Blocks
from archdiff.parse.reading import formats, parse, read, read_source, read_string
from archdiff.parse.sources import SourceText
from archdiff.parse.sources.encoding import Guess

NET = "Net(\n  (a): ReLU()\n)\n"


def test_formats_are_asked_in_the_order_of_their_rank() -> None:
    assert [(each.rank, each.name) for each in formats()] == sorted((each.rank, each.name) for each in formats())
    assert formats()[-1].sniff("")  # the last takes what nobody claims


def test_what_is_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "net.txt").write_text(NET)
    document = read(f"{tmp_path}/net.txt#whatever")
    assert (document.source, document.networks[0].source) == (f"{tmp_path}/net.txt",) * 2
    assert read("-", stdin=NET).source == "<stdin>"


def test_what_stands_beside_a_source_goes_into_every_network() -> None:
    text = f"# A\n\n{NET}\n# B\n\n{NET}# archdiff: ignore[AD101] -- as agreed\n"
    document = read_source(SourceText("net.txt", text, spec=("net.toml", b"input_shape = [1, 2]")))
    shape = Fact(INPUT_SHAPE, (1, 2), Provenance.REFERENCE)
    assert document.facts == (shape,)
    assert [comment.line for comment in document.comments] == [12]
    assert document.spec is not None
    for network in document.networks:
        assert (network.facts, network.comments) == (document.facts, document.comments)


def test_without_spec_and_comments_there_is_nothing_to_add() -> None:
    document = read_source(SourceText("net.txt", NET))
    assert (document.facts, document.comments, document.spec) == ((), (), None)
    assert (document.networks[0].facts, document.networks[0].comments) == ((), ())


def test_a_guess_that_is_compared_is_refused() -> None:
    guess = Guess("Net(\n  (é): ReLU()\n)".encode("cp1252"), frozenset({"é"}))
    with pytest.raises(ReadError, match="0xe9"):
        read_source(SourceText("net.txt", "Net(\n  (é): ReLU()\n)", guess))


def test_a_comment_is_no_part_of_a_print() -> None:
    (plain,) = parse(NET)
    (commented,) = parse(NET.replace("ReLU()", "ReLU()  # archdiff: ignore[AD1]"))
    assert commented.root == plain.root


def test_texts_that_are_read_together_share_equal_blocks() -> None:
    text = "Net(\n  (a): B(\n    (0): ReLU()\n    (1): Tanh()\n  )\n)\n"
    blocks = Blocks()
    (first,), (second,) = parse(text, blocks=blocks), parse(text, blocks=blocks)
    (apart,) = parse(text)
    assert first.root.children[0].children is second.root.children[0].children
    assert first.root.children[0].children is not apart.root.children[0].children


INSTEAD = [
    ("words", "Hello.", "archdiff reads what print(model) writes: `Class(`, lines `(name): Class(settings)`, `)`"),
    ("table", "Param #", "of a summary table, give its header, rules and rows as they were printed"),
    (
        "state_dict",
        "a.weight torch.Size([1])",
        "a state_dict names tensors and no layers; archdiff reads what print(model) writes",
    ),
]


@pytest.mark.parametrize(("text", "way_out"), [row[1:] for row in INSTEAD], ids=[row[0] for row in INSTEAD])
def test_no_network_in_it(text: str, way_out: str) -> None:
    with pytest.raises(ReadError) as caught:
        parse(text, "net.txt")
    assert (caught.value.message, caught.value.way_out) == ("no printed network in it", way_out)


@pytest.mark.parametrize("text", ["", "\0", "Net(\n  (\ud800): A()\n)"], ids=["empty", "nul", "half a pair"])
def test_a_string_is_checked_like_a_file(text: str) -> None:
    with pytest.raises(ReadError) as caught:
        read_string(text)
    assert caught.value.source == "<text>"
    assert [network.source for network in read_string(NET)] == ["<text>"]


def test_folded_lines_that_stand_for_too_much() -> None:
    folded = "".join(f"  ({at}): 50000 x ReLU()\n" for at in range(6))
    with pytest.raises(ReadError, match="250,000"):
        parse(f"Net(\n{folded})")
