"""Keys of somebody's checkpoint in the reports of `archdiff keys`: nothing acts, and the function maps these keys."""

from __future__ import annotations

import ast
import json

from archdiff.execute.keys.keymap import KeyMap, Leftover, LowRank, MappedTensor, NetworkKeys, StoredTensor, TensorPart
from archdiff.execute.keys.program import program
from archdiff.execute.keys.transfer import KeyTransfer
from archdiff.report import _json
from archdiff.report._keys import text
from injections import WORDS, acts


def _answer(word: str) -> KeyTransfer:
    """The word as every key, name, class and reason."""
    side = NetworkKeys(word, word, False, (StoredTensor(word, (2, 3)),), unknown_classes=(word,))
    rows = tuple(TensorPart(word, rows=rows) for rows in ((0, 1), (1, 2)))
    merged = TensorPart(word, added=(LowRank(word, word, 0.5),))
    left = (Leftover(word, word),)
    mapped = (
        MappedTensor(f"{word}.other", (TensorPart(word),)),
        MappedTensor(word, rows),
        MappedTensor(f"{word}.merged", (merged,)),
    )
    return KeyTransfer(
        KeyMap(side, side, mapped, missing=left, unused=left, kept=left, clashes=left, packed=(word,), squares=(word,)),
        unknown=left,
        clashes=left,
    )


def test_nothing_acts() -> None:
    for word in WORDS:
        answer = _answer(word)
        as_json = _json.write(answer.to_dict())
        for written in (text(answer), as_json, program(answer.key_map)):
            assert acts(written) == [], word
        assert json.loads(as_json)["keys"][1]["reference"] == word


def test_keys_are_the_same_in_the_program_and_nothing_is_code() -> None:
    for word in WORDS:
        tree = ast.parse(program(_answer(word).key_map))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert "os" not in names
        (renamed,) = [node.value for node in tree.body if isinstance(node, ast.Assign)]
        assert ast.literal_eval(renamed) == {f"{word}.other": word}
