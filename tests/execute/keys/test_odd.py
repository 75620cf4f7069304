"""State that is no parameter of a size, and orders of gates that no size shows."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from archdiff.execute.keys.transfer import KeyTransfer
from archdiff.model.errors import UsageError
from archdiff.report import _keys
from execute.keys import odd_networks
from execute.keys.asked_of import asked as _asked
from execute.keys.asked_of import ported

pytestmark = pytest.mark.usefixtures("one_thread")


def asked(candidate: str, reference: str, shape: tuple[int, ...] | None = None, **more: Any) -> KeyTransfer:
    networks = "execute.keys.odd_networks"
    return _asked(f"{networks}:{candidate}", f"{networks}:{reference}", shape, **more)


@pytest.mark.parametrize(
    ("candidate", "reference", "complete"),
    [
        pytest.param("lazy", "plain", True, id="1-sizes-not-known-yet"),
        pytest.param("plain", "lazy", True, id="2-the-other-way-round"),
        pytest.param("kept", "without_numbers", True, id="3-meta-device"),
        pytest.param("kept", "computed", True, id="4-a-constant"),
        pytest.param("without_numbers", "computed", False, id="5-a-constant-that-is-not-known"),
        pytest.param("Extra", "Extra", True, id="6-extra-state"),
        pytest.param("plain", "plain", True, id="9-nothing-odd"),
        pytest.param("one_place", "two_places", True, id="7-one-place-into-two"),
        pytest.param("two_places", "one_place", False, id="8-two-places-into-one"),
    ],
)
def test_complete(candidate: str, reference: str, complete: bool) -> None:
    answer = asked(candidate, reference)
    assert answer.complete == complete
    assert len(answer.key_map.mapped) + len(answer.key_map.kept) == len(answer.key_map.reference.stored)


def test_another_extra_state_is_named() -> None:
    answer = asked("Extra", "OtherExtra")
    assert [left.key for left in answer.key_map.missing] == ["_extra_state"]
    assert [left.key for left in answer.key_map.unused] == ["_extra_state"]


@pytest.mark.parametrize("name", ["lazy", "without_numbers"])
def test_what_has_no_numbers_is_not_run(name: str) -> None:
    with pytest.raises(UsageError, match="has tensors without values"):
        asked(name, name, (4,), verify=True)


def test_a_constant_keeps_its_numbers() -> None:
    """What the reference computes by itself is not drawn at random."""
    for both in (("kept", "computed"), ("computed", "kept")):
        assert asked(*both, (4,), verify=True).verified


def test_extra_state_is_run_with() -> None:
    answer = asked("Extra", "Extra", (4,), verify=True)
    assert answer.verified
    assert [left.key for left in answer.key_map.kept] == ["_extra_state"]


@pytest.mark.parametrize(
    ("candidate", "reference", "found"),
    [
        pytest.param("of_torch", "by_hand", (), id="1-one-order"),
        pytest.param(
            "of_torch",
            "by_hand_in_another_order",
            ("the gates of the reference are 1, 2, 4, 3 of the candidate's",),
            id="2-another-order",
        ),
        pytest.param(
            "by_hand_in_another_order",
            "of_torch",
            ("the gates of the reference are 1, 2, 4, 3 of the candidate's",),
            id="3-back",
        ),
    ],
)
def test_gates(candidate: str, reference: str, found: tuple[str, ...]) -> None:
    granted = _keys.text(asked(candidate, reference))
    assert "taken for granted: both have one order of gates in rnn.weight_ih" in granted
    answer = asked(candidate, reference, (6, 5), verify=True)
    assert answer.verified
    assert answer.tested is not None
    assert answer.tested.found_by == found
    ours, theirs = (getattr(odd_networks, name)() for name in (candidate, reference))
    assert ported(answer, ours, theirs, torch.randn(2, 6, 5)) < 1e-5
