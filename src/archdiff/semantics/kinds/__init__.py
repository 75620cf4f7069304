"""What a layer is, as data: a `Kind` says what a class means, a `Field` what one of its settings is worth.

One file a family, each exporting `KINDS`, a tuple of `Kind`; a new class is a row there and nothing else. Rules for
shape and cost are plain functions of a `Settings` view; whatever was printed, they raise Misfit or NotKnown and nothing
else. Shapes never include the batch. Must not import torch.
"""

from archdiff.semantics.kinds._added import ADDED
from archdiff.semantics.kinds._field import IN_PLACE, REQUIRED, ROUNDING, Field
from archdiff.semantics.kinds._kind import (
    CONTAINERS,
    Kind,
    ScalarFunction,
    State,
    StateTensor,
    Trait,
    TraitsIf,
    added_to,
    matrix,
    not_printed,
    of_rank,
    same_shape,
)
from archdiff.semantics.kinds._resolve import has, resolve, resolved, settings_of
from archdiff.semantics.kinds._settings import (
    CUT,
    Misfit,
    NotKnown,
    Partial,
    Settings,
    Shape,
    axis,
    axis_of,
    counts_channels,
    share_of,
    sizes,
)
from archdiff.semantics.kinds._table import (
    bare,
    by_ending,
    by_name,
    find,
    keeps_columns,
    may_have,
    of_layer,
    of_leaf,
    table,
)

# to declare a kind
__all__ = ["Kind", "Field", "Trait", "TraitsIf", "State", "StateTensor", "ScalarFunction", "REQUIRED", "ROUNDING"]
__all__ += ["IN_PLACE", "matrix", "not_printed", "of_rank", "same_shape", "sizes"]
# the settings of a layer, and shapes
__all__ += ["Settings", "Shape", "Partial", "Misfit", "NotKnown", "ADDED", "CUT", "added_to", "axis", "axis_of"]
__all__ += ["counts_channels", "share_of"]
# which kind a layer is
__all__ += ["CONTAINERS", "table", "by_name", "find", "of_leaf", "of_layer", "bare", "by_ending", "keeps_columns"]
__all__ += ["may_have"]
# what it prints
__all__ += ["resolve", "resolved", "settings_of", "has"]
