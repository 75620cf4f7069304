"""A setting that one print holds rounded, as `drop_prob=0.013` of timm: to these decimals the other value may be it.

Two prints that round alike show a difference where there is one.
"""

from __future__ import annotations

from typing import Final

from archdiff.model.message import Message, message
from archdiff.model.network import Value
from archdiff.semantics.kinds import Field


def side(field: Field, texts: tuple[str, str], values: tuple[Value, Value]) -> str:
    """The side whose print is rounded and may hold the value of the other one; "" where neither does.

    Args:
        field: The setting.
        texts: How both are printed, `drop_prob=0.013`; the candidate's first.
        values: Both values.
    """
    decimals = [dict(field.rounded).get(text.partition("=")[0]) for text in texts]
    ours, theirs = values
    if not (isinstance(ours, float) and isinstance(theirs, float)) or decimals.count(None) != 1:
        return ""
    of, printed, digits = (
        ("reference", theirs, decimals[1]) if decimals[0] is None else ("candidate", ours, decimals[0])
    )
    if digits is None or round(printed, digits) != printed or abs(ours - theirs) > _HALF / 10**digits:
        return ""
    return of


_HALF: Final = 0.5 + 1e-6  # of the last decimal; 0.0125 may be rounded up or down, as it is no half in binary


def what(field: Field, of: str) -> Message:
    """The words for a value that is known to some decimals alone.

    Args:
        field: The setting.
        of: The side that prints it so.
    """
    (_, decimals), *_ = field.rounded
    return message("rounded-in-print", name=field.name, side=of, decimals=decimals)
