"""A map that says it is complete: tensors of the reference that have two keys, and what --verify does with the rest."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from archdiff.execute.keys.transfer import KeyTransfer
from archdiff.report import _keys
from execute.keys.asked_of import asked, made

pytestmark = pytest.mark.usefixtures("one_thread")


def outcome(answer: KeyTransfer) -> str:
    """The lines behind the last list."""
    return _keys.text(answer).rpartition("\n\n")[2]


@pytest.mark.parametrize(
    ("candidate", "reference", "clashes"),
    [
        pytest.param("shared", "not_shared", [], id="1-one-into-two"),
        pytest.param("tied", "not_tied", [], id="2-one-into-two-tied"),
        pytest.param("shared", "shared", [], id="3-one-into-one"),
        pytest.param("not_shared", "shared", ["2.weight", "2.bias"], id="4-two-into-one"),
        pytest.param("not_tied", "tied", ["head.weight"], id="5-two-into-one-tied"),
        pytest.param("words_adapted", "tied", ["head.weight"], id="6-an-adapter-unties"),
    ],
)
def test_two_tensors_are_not_made_into_one(candidate: str, reference: str, clashes: list[str]) -> None:
    answer = asked(candidate, reference)
    assert [left.key for left in answer.clashes] == clashes
    assert answer.complete == (not clashes)


@pytest.mark.parametrize("equal", [False, True], ids=["1-different", "2-equal"])
def test_a_checkpoint_in_which_they_are_equal(tmp_path: Path, equal: bool) -> None:
    state = made("not_shared").state_dict()
    if equal:
        state |= {"2.weight": state["0.weight"].clone(), "2.bias": state["0.bias"].clone()}
    torch.save(state, tmp_path / "in.pt")
    files = str(tmp_path / "in.pt"), str(tmp_path / "out.pt")
    answer = asked("not_shared", "shared", (4,), files=files, verify=True)
    assert (answer.complete, answer.verified, answer.written) == (equal, True, 4 if equal else None)
    assert (tmp_path / "out.pt").exists() == equal
    wanted = "is equal in" if equal else "not written, since one tensor of the reference would hold several"
    assert wanted in outcome(answer)


@pytest.mark.parametrize(
    ("candidate", "reference", "shape", "shown"),
    [
        pytest.param("biased", "not_biased", (3, 6, 6), "outputs in eval are not equal", id="1-a-bias-is-lost"),
        pytest.param("idle_slope", "no_slope", (4,), "outputs in eval are equal", id="2-nothing-is-lost"),
        pytest.param("shallow", "deep", (4,), "--verify: not run, since keys of the reference have no", id="3-missing"),
        pytest.param("not_shared", "shared", (4,), "that is with equal tensors where the reference", id="4-shared"),
        pytest.param("close_norms", "other_norms", (4,), "they differ from 1 of the candidate on, 1 of", id="5-where"),
        pytest.param("one_output", "two_outputs", (4,), "first outputs (the candidate gives 1, the ", id="7-outputs"),
        pytest.param("two_outputs", "two_outputs", (4,), "all 2 outputs in eval are equal", id="8-all-outputs"),
        pytest.param("Unused", "Unused", (4,), "no output depends on it: aside.weight, aside.bias", id="6-untested"),
    ],
)
def test_verify_says_what_it_did(candidate: str, reference: str, shape: tuple[int, ...], shown: str) -> None:
    answer = asked(candidate, reference, shape, verify=True)
    assert shown in outcome(answer)
    assert answer.complete == (candidate in ("Unused", "one_output", "two_outputs"))


def test_differences_are_not_counted_where_outputs_are_equal() -> None:
    assert "1 difference in the function" in _keys.text(asked("close_norms", "other_norms", (4,), verify=True))
    equal = _keys.text(asked("idle_slope", "no_slope", (4,), verify=True))
    assert "in the function" not in equal


@pytest.mark.parametrize(
    ("candidate", "reference", "key", "why"),
    [
        pytest.param(
            "transposed",
            "not_transposed",
            "0.weight",
            "0.weight is kept as (inputs, outputs, ...), as a transposed convolution has it, "
            "0.weight as (outputs, inputs, ...)",
            id="1-transposed-convolution",
        ),
        pytest.param("shallow", "deep", "2.weight", "no counterpart", id="2-one-layer-more"),
    ],
)
def test_why_a_key_is_missing(candidate: str, reference: str, key: str, why: str) -> None:
    assert {left.key: left.why for left in asked(candidate, reference).key_map.missing}[key] == why


def test_one_is_not_many() -> None:
    text = _keys.text(asked("idle_slope", "no_slope"))
    assert "1 key of the candidate without a counterpart:" in text
    assert "1 keys" not in text
