"""Values in the digits of papers: what they say, what meets them, and how a value stands in a paper's unit."""

from __future__ import annotations

from fractions import Fraction

import pytest

from archdiff.policy import printed_values
from archdiff.policy.printed_values import PaperValue
from known import known


@pytest.mark.parametrize(
    "text",
    [
        "",
        "about 5",
        "5M parameters",
        "7x",
        "7 x 7",
        "1.5.2",
        "1e",
        "81,,213",
        "8,12,13",
        "1e999",
        "0." + "0" * 60,
        "< ReLU",
        "5 m",
        "-",
    ],
)
def test_what_is_no_value(text: str) -> None:
    assert printed_values.read(text) is None


@pytest.mark.parametrize(
    ("text", "rounded", "value", "meets"),
    [
        pytest.param("25,557,032", "", 25_557_032, True, id="whole"),
        pytest.param("25,557,032", "", 25_557_033, False, id="whole, one more"),
        pytest.param("25.6M", "", 25_557_032, True, id="rounded"),
        pytest.param("25.6 M", "", 25_549_999, False, id="rounds to another digit"),
        pytest.param("25.6 million", "", 25_557_032, True, id="in words"),
        pytest.param("1.5 billion", "", 1_497_000_000, True, id="billion"),
        pytest.param("0.39B", "", 385_800_000, True, id="B"),
        pytest.param("3.8G", "", 3_857_973_248, False, id="does not round to it"),
        pytest.param("3.8G", "down", 3_857_973_248, True, id="cut off"),
        pytest.param("3.9G", "down", 3_857_973_248, False, id="cut off, and not rounded"),
        pytest.param("3.8e9", "down", 3_857_973_248, True, id="digits of a power of ten"),
        pytest.param("3.8e9", "", 3_800_000_001, True, id="the power is no precision"),
        pytest.param("11e9", "", 11_282_415_616, True, id="two digits"),
        pytest.param("60e4", "", 600_000, True, id="a power of a whole number"),
        pytest.param("1e-5", "", "1/100000", True, id="a negative power"),
        pytest.param("1e-5", "", "1/1000", False, id="another power"),
        pytest.param("159 Ki", "", 163_328, False, id="of 1024, rounds up"),
        pytest.param("159 Ki", "down", 163_328, True, id="of 1024, cut off"),
        pytest.param("9.5 %", "", "1200/12544", False, id="a share"),
        pytest.param("9.5 %", "down", "1200/12544", True, id="a share, cut off"),
        pytest.param("12.5%", "", "1/8", True, id="without a space"),
        pytest.param("2", "", "5/2", True, id="a half rounds to the even one"),
        pytest.param("3", "", "5/2", True, id="a half rounds up"),
        pytest.param("< 25M", "", 24_999_999, True, id="below"),
        pytest.param("<25 million", "", 25_000_000, False, id="not below"),
        pytest.param("> 2", "", 3, True, id="above"),
        pytest.param("> 2", "", 2, False, id="not above"),
        pytest.param("-1", "", -1, True, id="negative"),
        pytest.param("7x7", "", (7, 7), True, id="sizes"),
        pytest.param("7x7", "", (7, 5), False, id="other sizes"),
        pytest.param("7", "", (7, 7), True, id="equal sizes as one number"),
        pytest.param("7", "", (7, 5), False, id="of sizes that differ none"),
        pytest.param("7x7", "", 7, False, id="one number is no sizes"),
        pytest.param("ReLU", "", "ReLU", True, id="a word"),
        pytest.param("relu", "", "ReLU", True, id="in any case"),
        pytest.param("ReLU6", "", "ReLU", False, id="another word"),
        pytest.param("true", "", "false", False, id="the other truth"),
        pytest.param("3", "", "ReLU", False, id="a number against a word"),
        pytest.param("ReLU", "", 3, False, id="a word against a number"),
        pytest.param("0", "", None, False, id="what is not known meets no number"),
        pytest.param("None", "", None, False, id="nor a word"),
        pytest.param("> 0", "", None, False, id="nor a bound"),
    ],
)  # fmt: skip
def test_what_meets_it(text: str, rounded: str, value: int | str | tuple[int, ...] | None, meets: bool) -> None:
    printed = known(printed_values.read(text))
    assert printed_values.meets(printed, _value(value), rounded) is meets


def test_what_is_set_is_printed_whole() -> None:
    printed = known(printed_values.read("0.1"))
    assert printed_values.meets(printed, Fraction("0.1"), exact=True)
    assert not printed_values.meets(printed, Fraction("0.09"), exact=True)
    assert printed_values.meets(printed, Fraction("0.09"))


@pytest.mark.parametrize(
    ("text", "value", "shown"),
    [
        ("64", 30, "30"),
        ("25.6M", 25_557_032, "25.557 M"),
        ("3.8e9", 3_857_973_248, "3,857,973,248"),
        ("37B", 37_750_000_000, "37.75 B"),
        ("10.0 %", "1/3", "33.333 %"),
        ("1 %", "1/100000", "0.001 %"),
        ("0.1", "1/3", "0.333"),
        ("1e-5", "1/1000", "0.001"),
        ("7x7", (3, 5), "3x5"),
        ("7", (3, 5), "3x5"),
        ("7", (5, 5), "5"),
        ("7x7", (5, 5), "5x5"),
        ("ReLU", "GELU", "GELU"),
        ("ReLU", 3, "3"),
    ],
)
def test_how_a_value_stands_there(text: str, value: int | str | tuple[int, ...], shown: str) -> None:
    made = _value(value)
    assert made is not None
    assert printed_values.in_its_unit(known(printed_values.read(text)), made) == shown


def test_cut_off() -> None:
    printed = known(printed_values.read("3.8G"))
    assert printed_values.is_cut_off(printed, Fraction(3_857_973_248))
    assert not printed_values.is_cut_off(printed, Fraction(3_957_973_248))
    assert not printed_values.is_cut_off(printed, (3, 8))
    assert not printed_values.is_cut_off(known(printed_values.read("< 4G")), Fraction(3_857_973_248))


def _value(value: int | str | tuple[int, ...] | None) -> PaperValue | None:
    """Numbers and shares as fractions."""
    if isinstance(value, str) and not value[0].isdecimal():
        return value
    return Fraction(value) if isinstance(value, (int, str)) else value
