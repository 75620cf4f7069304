"""What the field calls a width, where names and settings of the layers that have it tell: "hidden size".

Must not decide what belongs together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from archdiff.diff.decisions._proposal import place_of
from archdiff.model.finding import Finding
from archdiff.model.message import Message

_WORDS: Final = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+(?![a-z])|_+")
_POSITIONS: Final = re.compile(r"pos(?!t)|wpe")
_TYPES: Final = re.compile(r"type|segment")
_FEED_FORWARD: Final = re.compile(r"mlp|ffn|ff\b|feed_?forward|intermediate|DenseReluDense|\bfc1|linear1|\bwi|w[123]\b")
_KEYS_AND_VALUES: Final = re.compile(r"(^|[._])(w?[kv]|key|value|kv)(_proj|_lin)?$")
_LANGUAGE_HEAD: Final = re.compile(r"(^|\.)(lm_head|embed_out|output_projection)$")
_HEAD: Final = re.compile(r"(^|\.)(fc|heads?|classifier|logits)(\.(\d+|head|fc))?$")
_OF_ROWS: Final = {"embedding_dim", "num_embeddings"}
_STREAM: Final = ("embedding_dim", "normalized_shape")


def name_of(findings: Sequence[Finding]) -> str:
    """A name for one changed number: the field's, else the first layer's path with its setting.

    Args:
        findings: All that hold it, in the order of the reference.
    """
    path, setting = place_of(findings[0]).path, findings[0].setting
    return field_name_of(findings) or (f"{path}.{setting}" if path else str(setting))


def field_name_of(findings: Sequence[Finding]) -> str:
    """What the field calls one changed number.

    Args:
        findings: All that hold it, in the order of the reference.

    Returns:
        "vocabulary", "positions", "token types", "classes", "hidden size", "key and value width",
        "cross-attention width" (what keys and values take), "feed-forward size"; "" where names and settings tell none.
    """
    settings = set(map(setting_name, findings))
    paths = [place.path for finding in findings for pair in finding.all_places for place in pair if place]
    follow = [inner for finding in findings for inner in finding.consequences]
    if "num_embeddings" in settings:
        rows = [place_of(finding).path for finding in findings if setting_name(finding) == "num_embeddings"]
        if all(map(_POSITIONS.search, rows)):
            return "positions"
        return "token types" if all(map(_TYPES.search, rows)) else "vocabulary"
    if all(_KEYS_AND_VALUES.search(path) for path in paths):
        return "cross-attention width" if settings == {"in_features"} else "key and value width"
    follows = {inner.setting for inner in follow}
    in_blocks = any(part.isdigit() for path in paths for part in path.split("."))
    carried = settings.union(follows).difference(_OF_ROWS)  # an embedding alone is a table of something
    if in_blocks and settings.union(follows).intersection(_STREAM) and carried:
        return "hidden size"
    if in_blocks and all(_FEED_FORWARD.search(path) for path in paths):
        return "feed-forward size"
    if settings == {"out_features"} and not follow:
        if all(_LANGUAGE_HEAD.search(path) for path in paths):
            return "vocabulary"
        return "classes" if all(_HEAD.search(path) for path in paths) else ""
    return ""


def setting_name(finding: Finding) -> str:
    """The name of the setting, that of `nn.Embedding` for an embedding of somebody."""
    setting = str(finding.setting)
    if "Embedding" in place_of(finding).class_name:
        return {"setting 1": "num_embeddings", "setting 2": "embedding_dim"}.get(setting, setting)
    return setting


def classes_of(finding: Finding) -> tuple[str, str] | None:
    """The classes of a layer, or of a container, that another one stands for."""
    if finding.rule not in ("AD105", "AD108") or not (finding.candidate and finding.reference):
        return None
    what: object = finding.what
    while isinstance(what, Message) and what.code in ("because", "remarked"):
        what = what["what"]
    names = dict(what.values) if isinstance(what, Message) else {}
    return (str(names["ours"]), str(names["theirs"])) if {"ours", "theirs"} <= names.keys() else None


def family_of(ours: str, theirs: str) -> tuple[str, str] | None:
    """`Bert` and `Roberta` of BertLayer and RobertaLayer; None where two names have no end in common."""
    a, b = _WORDS.findall(ours), _WORDS.findall(theirs)
    same = 0
    while same < min(len(a), len(b)) and a[-1 - same] == b[-1 - same]:
        same += 1
    if not same or same == len(a) or same == len(b):
        return None
    return "".join(a[:-same]), "".join(b[:-same])
