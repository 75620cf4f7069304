"""What one setting of a kind is worth: a row of the table that `kinds` looks into. Must not know any kind."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN, Value

if TYPE_CHECKING:
    from archdiff.semantics.kinds._settings import Settings, Shape


class Required(Enum):
    """Marks a field that every print of its kind holds; where it is missing after all, its value is unknown."""

    REQUIRED = "required"


REQUIRED: Final = Required.REQUIRED

#: the setting of a layer that overwrites what comes in
IN_PLACE: Final = "inplace"

#: relative: half a unit in the last place of a float32, which is what two numbers that are one there differ by
ROUNDING: Final = 2.0**-24


class Field(NamedTuple):
    """One setting of a kind: what it is worth when not printed, and when a difference in it matters."""

    name: str
    #: REQUIRED; a Value; a function of the other settings; or UNKNOWN where prints never or not always hold it
    default: Value | Required | Callable[[Settings], Value] = REQUIRED
    effect: Effect = Effect.FUNCTION
    #: "setting", "width" (decides the output's size), "input" (must equal what comes in), "weight-density",
    #: "k-winners", "rounding" (matters only where a window is cut off)
    aspect: str = "setting"
    #: where the value is UNKNOWN: what it most probably is, used for arithmetic and never claimed as a fact
    likely: Value = UNKNOWN
    #: people do choose other values than the likely one, so where no print holds it, it is a fact to know
    varies: bool = False
    #: an int stands for a tuple of that many equal ints
    spread: int = 0
    #: two floats this close (relative) are one setting
    tolerance: float = ROUNDING
    #: added to the message of every difference in it: how large, or under which condition
    remark: str = ""
    #: added where one network has exactly this value: ((0.0, "the statistics never move"),)
    remarks: tuple[tuple[Value, str], ...] = ()
    #: for fractions: added where a = 1 - b ("drop or keep probability?")
    complement: str = ""
    #: a bias: a following layer that REMOVES_MEAN makes it irrelevant
    shift: bool = False
    #: compared by the kind's own `compare`, not one by one
    joint: bool = False
    #: printed values that stand for the default: `stride=None` is the kernel's size
    means_default: tuple[Value, ...] = ()
    #: a setting of which this one is part: where that differs too, this difference is the same one (bias of affine)
    follows: str = ""
    #: (value, settings, input shape if known) -> what it comes to: dimensions -1 and 1 of a flat input are one
    meaning: Callable[[Value, Settings, Shape | None], Value] | None = None
    #: where its value is UNKNOWN: what torch takes for so many dimensions, the batch among them
    implied: Callable[[int], Value] | None = None
    #: why no value of it changes anything beside these settings; "" where one does
    idle: Callable[[Settings], str] | None = None
    #: matters only beside a class whose name begins so: return_indices beside a MaxUnpool
    only_with: str = ""
    #: other names of it in prints: `nf` of `Conv1D(nf=768, nx=3072)` is out_features
    also: tuple[str, ...] = ()
    #: names under which prints hold it rounded, and to how many decimals: `drop_prob=0.013` of timm may be 0.0125
    rounded: tuple[tuple[str, int], ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it could be anything where no print holds it, or people do change it: a fact to know."""
        return self.varies or self.likely is UNKNOWN


# Settings that several families have

#: changes which memory is used and nothing else; before torch 1.2 printed as a bare word
OVERWRITES: Final = Field(IN_PLACE, False, Effect.COSMETIC)
#: the share of non-zero weights
DENSITY: Final = Field(
    "weight_density", 1.0, aspect="weight-density", complement="share of zeros, or share of non-zeros?"
)
#: how many bits weights have
WEIGHTS: Final = Field("weights", "full precision", remark="the same weights rounded: a small difference")
#: the `complement` of a probability to drop
DROP_OR_KEEP: Final = "drop or keep probability?"
