"""A message without its words: a code and values by name."""

from __future__ import annotations

import pickle

import pytest

from archdiff.model.message import Message, message


def test_values_keep_their_order_and_none_is_left_out() -> None:
    made = message("moved", second=2, first=1, why=None, zero=0, nothing="")
    assert made == Message("moved", (("second", 2), ("first", 1), ("zero", 0), ("nothing", "")))


def test_a_value_by_its_name() -> None:
    assert message("moved", path="a.0")["path"] == "a.0"
    with pytest.raises(KeyError):
        message("moved")["path"]


def test_a_plain_value() -> None:
    made = message("moved", inner=message("order", first="A"))
    assert pickle.loads(pickle.dumps(made)) == made
    assert len({made, message("moved", inner=message("order", first="A")), message("moved")}) == 2
