"""Dropouts: nothing in inference, random zeros (or, for the alpha ones, random floors) while training.

torch has no class that drops whole samples: `DropPath` is timm's, `StochasticDepth` torchvision's, and transformers
has one for each model (`BeitDropPath`). Classes of other libraries are known by their names.
"""

from __future__ import annotations

from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN
from archdiff.semantics.kinds import (
    Field,
    Kind,
    NotKnown,
    Partial,
    Settings,
    Trait,
    of_rank,
    same_shape,
)
from archdiff.semantics.kinds._field import DROP_OR_KEEP, OVERWRITES

#: the share that is dropped, as other libraries call it
_SHARES = ("drop_prob", "dropout_prob", "drop_rate", "dropout_rate", "rate", "prob", "dropout")


def _drops_nothing(settings: Settings, _x: Partial | None) -> bool:
    p = settings.known("p")
    if not isinstance(p, (int, float)):
        raise NotKnown("p")
    return p == 0


def _dropout(name: str, class_name: str) -> Kind:
    return Kind(
        name=name,
        classes={class_name: {}},
        positional=("p",),
        fields=(Field("p", 0.5, Effect.TRAINING, complement=DROP_OR_KEEP), OVERWRITES),
        shape=of_rank(1, 2) if class_name == "Dropout1d" else same_shape,  # (channels, length): torch refuses more
        traits=frozenset({Trait.DROPS, Trait.FUNCTIONAL}),
        idle=_drops_nothing,
        constructor=f"torch.nn.{class_name}",
    )


KINDS = (
    _dropout("dropout", "Dropout"),
    *(_dropout(f"dropout_{dims}d", f"Dropout{dims}d") for dims in (1, 2, 3)),
    _dropout("alpha_dropout", "AlphaDropout"),
    _dropout("feature_alpha_dropout", "FeatureAlphaDropout"),
    Kind(
        name="drop_path",
        classes={"DropPath": {}, "StochasticDepth": {}, "*DropPath*": {}, "*StochasticDepth*": {}},
        positional=("p",),
        fields=(
            Field(
                "p", UNKNOWN, Effect.TRAINING, also=("drop_prob",), rounded=(("drop_prob", 3),), complement=DROP_OR_KEEP
            ),
            Field("mode", "row", Effect.TRAINING),
            Field("scale_by_keep", True, Effect.TRAINING),
        ),
        traits=frozenset({Trait.DROPS, Trait.FUNCTIONAL}),
        idle=_drops_nothing,
        constructor="archdiff.execute.library.DropSamples",
    ),
    Kind(  # of other libraries: what they drop is not known, only that they drop nothing in eval mode
        name="other_dropout",
        classes={"*Dropout*": {}, "*DropBlock*": {}},
        positional=("p",),
        fields=(
            Field("p", UNKNOWN, Effect.TRAINING, also=_SHARES, complement=DROP_OR_KEEP),
            Field("block_size", 1, Effect.TRAINING),
            OVERWRITES,
        ),
        traits=frozenset({Trait.DROPS, Trait.FUNCTIONAL}),
    ),
)
