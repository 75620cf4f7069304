"""Losses: printed where a network keeps its criterion as a child. They belong to training and to no forward.

torch prints none of their settings, so each is unknown and only its default is likely. `size_average` and `reduce` are
older words for `reduction` and have no field. Two of them hold a last layer of the network, and then they are one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.kinds import Field, Kind, Trait

_TRAINING = "used in training, not part of the forward pass"


def _loss(name: str, class_name: str, settings: Mapping[str, Value], *others: str, parts: Sequence[str] = ()) -> Kind:
    """It stands beside the forward, so what is printed behind it gets what came before it: the shape passes."""
    return Kind(
        name=name,
        classes={class_name: {}} | {other: {} for other in others},
        fields=tuple(
            Field(setting, UNKNOWN, Effect.TRAINING, likely=default)
            for setting, default in {**settings, "reduction": "mean"}.items()
        ),
        traits=frozenset({Trait.LOSS, Trait.FUNCTIONAL}),
        constructor=f"torch.nn.{class_name}",
        remark=_TRAINING,
        parts=frozenset(parts),
    )


_WEIGHT: Mapping[str, Value] = {"weight": None}
_IGNORE: Mapping[str, Value] = {"ignore_index": -100}

KINDS = (
    Kind(
        name="loss",
        classes={"*Loss": {}, "*Criterion": {}},
        traits=frozenset({Trait.LOSS, Trait.FUNCTIONAL}),
        remark=_TRAINING,
    ),
    _loss("l1_loss", "L1Loss", {}),
    _loss("mse_loss", "MSELoss", {}),
    _loss("smooth_l1_loss", "SmoothL1Loss", {"beta": 1.0}),
    _loss("huber_loss", "HuberLoss", {"delta": 1.0}),
    _loss("cross_entropy_loss", "CrossEntropyLoss", {**_WEIGHT, **_IGNORE, "label_smoothing": 0.0}),
    _loss("nll_loss", "NLLLoss", {**_WEIGHT, **_IGNORE}, "NLLLoss2d"),
    _loss("poisson_nll_loss", "PoissonNLLLoss", {"log_input": True, "full": False, "eps": 1e-8}),
    _loss("gaussian_nll_loss", "GaussianNLLLoss", {"full": False, "eps": 1e-6}),
    _loss("kl_div_loss", "KLDivLoss", {"log_target": False}),
    _loss("bce_loss", "BCELoss", _WEIGHT),
    _loss("bce_with_logits_loss", "BCEWithLogitsLoss", {**_WEIGHT, "pos_weight": None}),
    _loss("ctc_loss", "CTCLoss", {"blank": 0, "zero_infinity": False}),
    _loss("hinge_embedding_loss", "HingeEmbeddingLoss", {"margin": 1.0}),
    _loss("cosine_embedding_loss", "CosineEmbeddingLoss", {"margin": 0.0}),
    _loss("margin_ranking_loss", "MarginRankingLoss", {"margin": 0.0}),
    _loss("soft_margin_loss", "SoftMarginLoss", {}),
    _loss("multi_margin_loss", "MultiMarginLoss", {"p": 1, "margin": 1.0, **_WEIGHT}),
    _loss("multi_label_margin_loss", "MultiLabelMarginLoss", {}),
    _loss("multi_label_soft_margin_loss", "MultiLabelSoftMarginLoss", _WEIGHT),
    _loss("triplet_margin_loss", "TripletMarginLoss", {"margin": 1.0, "p": 2.0, "eps": 1e-6, "swap": False}),
    _loss(  # its distance is a child, if it is a module
        "triplet_margin_with_distance_loss",
        "TripletMarginWithDistanceLoss",
        {"margin": 1.0, "swap": False},
        parts=("distance_function",),
    ),
    Kind(
        name="adaptive_log_softmax_with_loss",
        classes={"AdaptiveLogSoftmaxWithLoss": {}},
        shape=None,  # of an input and a target; all settings are those of the printed parts
        constructor="torch.nn.AdaptiveLogSoftmaxWithLoss",
        parts=frozenset({"head", "tail"}),
    ),
    Kind(
        name="linear_cross_entropy_loss",
        classes={"LinearCrossEntropyLoss": {}},
        fields=(
            Field("in_features", aspect="input"),
            Field("num_classes", aspect="width"),
            Field("out_features", (), aspect="width"),
            Field("bias", False),
            Field("reduction", "mean", Effect.TRAINING),
            Field("weight", UNKNOWN, Effect.TRAINING, likely=None),
            Field("ignore_index", None, Effect.TRAINING),
            Field("label_smoothing", 0.0, Effect.TRAINING),
            Field("options", None, Effect.COSMETIC, remark="how it is computed, not what"),
        ),
        shape=None,  # of an input and a target; its Linear is a child with a count of its own
        constructor="torch.nn.LinearCrossEntropyLoss",
    ),
)
