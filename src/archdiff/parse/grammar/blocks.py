"""Blocks of which the text alone decides how they are read: at one go, and a single time where they are equal.

A block ends at the line that closes it as far in as it was opened. Must not read one that holds settings, words or
blanks, nor what stands on one line with others: `tree` does, line by line.
"""

from __future__ import annotations

from typing import Final

from archdiff.model.network import Layer, Span
from archdiff.parse.blocks import BlockText, InternedBlock
from archdiff.parse.grammar.layout import LayerLayout
from archdiff.parse.grammar.line import LineKind, ParsedLine, read_leaf, read_line
from archdiff.parse.lines import MAX_DEPTH, Lines
from archdiff.parse.tokens import indent

#: lines in which the end of a block is looked for; what is longer is shared in parts
LONGEST: Final = 1_000


def block_text(lines: Lines, entry: ParsedLine, index: int, stop: int, depth: int, repeat: int = 1) -> BlockText | None:
    """The block below a line, up to the line that should close it: as far in, and `)`.

    Args:
        lines: Cleaned lines.
        entry: What the line says that opens the block.
        index: That line, counted from 0.
        stop: The first line that cannot belong to it.
        depth: How many layers are open around it.
        repeat: That it stands in.

    Returns:
        None where more decides than its text: a place that numbers of lines alone do not give, settings on the line.
    """
    if entry.settings or entry.inner or entry.unclosed != 1:
        return None
    text = lines.texts[index]
    closing = f"{text[: indent(text)]}){text[len(text.rstrip()) :]}"
    try:
        end = lines.texts.index(closing, index, min(index + LONGEST, stop))
    except ValueError:
        return None
    if any(lines.columns[index : end + 1]) or lines.numbers[end] - lines.numbers[index] != end - index:
        return None
    inside = "\n".join(lines.texts[index + 1 : end])
    return BlockText((entry.class_name, entry.repeat * repeat, depth, inside), end)


def read_block(lines: Lines, index: int, block: BlockText) -> InternedBlock | int:
    """A block that holds nothing but leaves and such blocks, as most do.

    Args:
        lines: Cleaned lines, which remember what was read.
        index: The line that opens it, counted from 0.
        block: Its text.

    Returns:
        What stands in it; the first line that is to be read by itself where it holds one.
    """
    _, repeat, depth, _ = block.key
    source, texts, numbers = lines.source, lines.texts, lines.numbers
    outside = indent(texts[index])
    children: list[Layer] = []
    at = index + 1
    while at < block.end:
        text = texts[at]
        stripped = text.strip()
        if found := read_leaf(stripped):
            if found[3] != 1:
                return at
            name, class_name, settings, once = found
            span = Span(source, numbers[at], text.index("(") + 1, len(stripped))
            children.append(Layer(name, class_name, settings, (), once, "", span, text))
            at += 1
            continue
        entry = read_line(stripped)
        if entry.shape is not LineKind.OPEN or entry.repeat != 1 or entry.elided or depth + 1 >= MAX_DEPTH:
            return at
        inner = block_text(lines, entry, at, block.end, depth + 1, repeat)
        if inner is None or indent(text) <= outside:
            return at
        known = lines.blocks.get(inner.key) or read_block(lines, at, inner)  # the depth of a print is bounded
        if isinstance(known, int):
            return known
        children.append(placed(lines, entry, at, inner.end, known))
        at = inner.end + 1
    done = lines.blocks[block.key] = InternedBlock((), tuple(children), None, numbers[index])
    return done


def placed(lines: Lines, entry: ParsedLine, index: int, end: int, block: InternedBlock) -> Layer:
    """A layer whose block was read before; all below it stands as far from there as the layer does.

    Args:
        lines: Cleaned lines.
        entry: What the line says that opens it.
        index: That line, counted from 0.
        end: The line that closes it.
        block: What stands in it.
    """
    text = lines.texts[index]
    number = lines.numbers[index]
    layout = LayerLayout(text, block.body, lines.texts[end], False, 0, block.settings, len(block.children))
    span = Span(lines.source, number, indent(text) + 1, len(text.strip()))
    shift = number - block.line
    return Layer(entry.name, entry.class_name, block.settings, block.children, entry.repeat, "", span, layout, shift)
