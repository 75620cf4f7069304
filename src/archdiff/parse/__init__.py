"""Bytes to networks: opens a source once, finds what is printed in it, and picks the network that an address names.

    sources/   file, standard input, ref:NAME, git:REVISION:FILE -> text
    cleaners/  what stands round printed text and is none of it: lines -> lines, one file each
    grammar/   how torch prints settings, layers, trees and recipes, and back
    readers/   one file a format, each exporting `FORMAT`: text -> `Document`

What was read prints back as it was. Must not judge what a layer means.
"""

from __future__ import annotations

from archdiff.parse.blocks import Blocks
from archdiff.parse.checks import check_names
from archdiff.parse.document import Document
from archdiff.parse.facts import packed_traces, unpacked
from archdiff.parse.readers import Format
from archdiff.parse.reading import formats, parse, read, read_config, read_source, read_string
from archdiff.parse.selection import pick, whole
from archdiff.parse.sources import SourceText, open_source, spec_beside
from archdiff.parse.sources.address import SHIPPED, from_folder, is_elsewhere, is_live, is_text, split_address
from archdiff.parse.sources.shipped import names as shipped

__all__ = [
    "SHIPPED",
    "Blocks",
    "Document",
    "Format",
    "SourceText",
    "check_names",
    "formats",
    "from_folder",
    "is_elsewhere",
    "is_live",
    "is_text",
    "open_source",
    "packed_traces",
    "parse",
    "pick",
    "read",
    "read_config",
    "read_source",
    "read_string",
    "shipped",
    "spec_beside",
    "split_address",
    "unpacked",
    "whole",
]
