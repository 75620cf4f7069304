"""What a text holds of a live module behind its print: attributes, tensors, hooks and traced forwards.

rows      one fact as a line, and back
packing   traces as text, and back
block     where such lines stand, which print they belong to, and what of them still fits it
"""

from __future__ import annotations

from archdiff.parse.facts.block import MARK, last_line, lines_of, packed_traces, taken_out, unpacked, with_facts

__all__ = ["MARK", "last_line", "lines_of", "packed_traces", "taken_out", "unpacked", "with_facts"]
