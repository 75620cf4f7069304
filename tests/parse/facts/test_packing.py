"""Traces as text, and back; what is no such text, whatever it asks for."""

from __future__ import annotations

import base64
import json
import zlib
from math import inf
from typing import Any

import pytest

from archdiff.model.network import UNKNOWN
from archdiff.model.trace import INPUT, ForwardTrace, ModuleCall, Operation, Ref
from archdiff.parse.facts import packing

TRACE = ForwardTrace(
    (
        Operation(INPUT, (("number", 0),), ((2, 3),), "", "", "float32"),
        Operation("parameter", (("name", "fc.weight"),), ((4, 3),), "fc", "", "float32"),
        Operation("mm", (("self", Ref(0)), ("mat2", (Ref(1), -1, True, None, "mean"))), ((2, 4),), "fc", "", "float32"),
        Operation("max", (("self", Ref(2)), ("fill", -inf), ("odd", UNKNOWN)), ((2,), (2,)), "", "", "float32", True),
        Operation("detach", (("self", Ref(3, 1)),), ((),), "", "", ""),
    ),
    (ModuleCall("fc", "Linear", (Ref(0),), (Ref(2),), 1, 3, True), ModuleCall("", "Net", (Ref(0),), (Ref(4),), 1, 5)),
    (Ref(3), Ref(3, 1)),
    ("x:float32[2,3]", "flag=True"),
    "traced",
    (("fc", "skip"),),
    (Ref(4),),
)


def packed(held: object) -> str:
    return base64.b64encode(zlib.compress(json.dumps(held).encode())).decode()


def taken_apart(trace: ForwardTrace = TRACE) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(packing.pack((trace,)))))


def test_traces_are_text_and_back() -> None:
    other = TRACE._replace(way="run once", states=())
    text = packing.pack((TRACE, other))
    assert text.isascii()
    assert packing.unpack(text) == (TRACE, other)
    assert packing.unpack(packing.pack(())) == ()


def test_where_the_code_stands_is_left_out() -> None:
    placed = TRACE._replace(operations=tuple(each._replace(place="/home/me/nets.py:3") for each in TRACE.operations))
    assert packing.pack((placed,)) == packing.pack((TRACE,))


def test_what_no_text_holds() -> None:
    odd = TRACE.operations[0]._replace(arguments=(("x", object()),))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="not JSON serializable"):
        packing.pack((TRACE._replace(operations=(odd,)),))


def test_a_trace_that_is_too_large_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MOST", 100)
    with pytest.raises(ValueError, match="more than 100"):
        packing.pack((TRACE,))


def changed(*keys: object, to: object) -> str:
    held = [taken_apart()[0]]
    inner: Any = held[0]
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = to
    return packed(held)


BOMB = base64.b64encode(zlib.compress(b"[" * (packing.MOST + 2))).decode()


@pytest.mark.parametrize(
    "text",
    [
        "", "no text!", base64.b64encode(b"no zlib").decode(), packing.pack((TRACE,))[:-8], BOMB,
        base64.b64encode(zlib.compress(b"{")).decode(), base64.b64encode(zlib.compress(b"\xff")).decode(),
        base64.b64encode(zlib.compress(b"[" * 100_000)).decode(),
        packed({}), packed([1]), packed([{}]),
        changed("operations", to=None), changed("operations", 0, to=["mm"]), changed("operations", 0, 0, to=1),
        changed("operations", 0, 2, to=[[-1]]), changed("operations", 0, 2, to=[[1.5]]),
        changed("operations", 0, 5, to=1), changed("operations", 0, 1, to=[["x", {"r": 1}]]),
        changed("operations", 2, 1, to=[["x", {"r": 0}]]), changed("operations", 2, 1, to=[["x", {"r": 3}]]),
        changed("operations", 2, 1, to=[["x", {"r": [1, -1]}]]), changed("operations", 2, 1, to=[["x", {"a": 1}]]),
        changed("operations", 2, 1, to=[["x"]]), changed("calls", 0, 4, to=9), changed("calls", 0, 5, to=0),
        changed("calls", 0, 2, to=[[9, 0]]), changed("calls", 0, 2, to=[[0, 0, 0]]), changed("outputs", to=[[0, -1]]),
        changed("inputs", to=[1]), changed("way", to=1), changed("reads", to=[["a"]]), changed("states", to=[[7, 0]]),
        changed("more", to=1),
    ],
)  # fmt: skip
def test_what_is_no_trace(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011, one error for whatever it is
        packing.unpack(text)
