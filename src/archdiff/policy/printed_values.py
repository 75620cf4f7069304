"""Values as papers print them: `25.6M`, `3.8e9`, `9.5 %`, `7x7`, `ReLU`, `< 25 million`. The digits are the precision.

Must not know what a value is about.
"""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Final, NamedTuple, TypeAlias

#: a number, sizes along each side, or a word: a class, `true`, `pre`
PaperValue: TypeAlias = "Fraction | tuple[int, ...] | str"

#: what a value is multiplied with to be in a unit
_UNITS: Final[dict[str, Fraction]] = {
    "": Fraction(1),
    "%": Fraction(100),
    **dict.fromkeys(("k", "K", "thousand"), Fraction(1, 10**3)),
    **dict.fromkeys(("M", "million"), Fraction(1, 10**6)),
    **dict.fromkeys(("G", "B", "billion"), Fraction(1, 10**9)),
    "Ki": Fraction(1, 2**10),
    "Mi": Fraction(1, 2**20),
}
_NUMBER = re.compile(
    r"(?P<bound>[<>] ?)?(?P<number>[-+]?(?:\d{1,3}(?:,\d{3})+|\d{1,18})(?:\.\d{1,12})?(?:e[-+]?\d{1,2})?)"
    rf" ?(?P<unit>{'|'.join(filter(None, _UNITS))})?$"
)
_SIZES = re.compile(r"\d+(?:x\d+)+$")
_WORD = re.compile(r"[A-Za-z][\w-]*$")

#: how a paper leaves digits out; either way to round a half will do
ROUNDED: Final[dict[str, tuple[str, ...]]] = {"": (ROUND_HALF_UP, ROUND_HALF_EVEN), "down": (ROUND_DOWN,)}


class ClaimedValue(NamedTuple):
    """A value in the digits and the unit of a paper.

    Attributes:
        text: As it stands there.
        value: A number in its unit, sizes, or a word.
        unit: "%", "M"; "" for none.
        bound: "<" or ">" where it is one; else "".
    """

    text: str
    value: Decimal | tuple[int, ...] | str
    unit: str = ""
    bound: str = ""


def read(text: str) -> ClaimedValue | None:
    """A value as a paper prints it; None where it is none."""
    if match := _NUMBER.match(text):
        number = Decimal(match["number"].replace(",", ""))
        return ClaimedValue(text, number, match["unit"] or "", (match["bound"] or "").strip())
    if _SIZES.match(text):
        return ClaimedValue(text, tuple(map(int, text.split("x"))))
    return ClaimedValue(text, text) if _WORD.match(text) else None


def meets(printed: ClaimedValue, value: PaperValue | None, rounded: str = "", exact: bool = False) -> bool:
    """Whether a value prints as a paper prints it.

    Args:
        printed: What the paper has.
        value: What a network has; None where that is not known, which meets nothing. Sizes that are all equal are one
            number as well.
        rounded: How the paper rounds: a key of `ROUNDED`.
        exact: Whether it is printed whole: what somebody has set.
    """
    match printed.value, value:
        case tuple() | str(), _:
            return _folded(printed.value) == _folded(value) and value is not None
        case Decimal(), tuple():
            return len({*value}) == 1 and meets(printed, Fraction(value[0]), rounded, exact)
        case Decimal(), Fraction():
            scaled, number = value * _UNITS[printed.unit], printed.value
            if printed.bound:
                return scaled < Fraction(number) if printed.bound == "<" else scaled > Fraction(number)
            if exact:
                return scaled == Fraction(number)
            return any(_quantized(scaled, _exponent(number), way) == number for way in ROUNDED[rounded])
    return False


def in_its_unit(printed: ClaimedValue, value: PaperValue) -> str:
    """A value as the paper would print it, with as many digits more as show the difference: 9.566 %."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        is_one = isinstance(printed.value, Decimal) and len({*value}) == 1
        return str(value[0]) if is_one else "x".join(map(str, value))
    number = printed.value if isinstance(printed.value, Decimal) else Decimal(1)
    scaled = value * _UNITS[printed.unit]
    if scaled.denominator == 1 and not printed.unit:
        return f"{scaled.numerator:,}"
    digits = max(-_exponent(number), 0)
    text = f"{_quantized(scaled, -digits - 2, ROUND_HALF_EVEN):,f}"
    if not float(text.replace(",", "")):
        text = f"{float(scaled):.3g}"
    shown = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{shown}{' ' if printed.unit else ''}{printed.unit}"


def is_cut_off(printed: ClaimedValue, value: PaperValue | None) -> bool:
    """Whether it would meet a value if the paper had cut digits off."""
    return isinstance(value, Fraction) and not printed.bound and meets(printed, value, "down")


def _folded(value: PaperValue | Decimal | None) -> object:
    return value.lower() if isinstance(value, str) else value


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _quantized(value: Fraction, exponent: int, way: str) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(1).scaleb(exponent), way)
