"""Metrics, printed where a network keeps them as children (torchmetrics): they measure outputs, part of no forward.

A print holds nothing of them but their class.
"""

from __future__ import annotations

from archdiff.semantics.kinds import Kind, Trait

_NAMES = (
    *("Accuracy", "AUROC", "AveragePrecision", "CalibrationError", "CohenKappa", "ConfusionMatrix", "ErrorRate"),
    *("F1Score", "FBetaScore", "HammingDistance", "JaccardIndex", "MatthewsCorrCoef", "MeanAbsoluteError"),
    *("MeanAveragePrecision", "MeanMetric", "MeanSquaredError", "PeakSignalNoiseRatio", "Perplexity", "Precision"),
    *("R2Score", "Recall", "Specificity", "StatScores", "StructuralSimilarityIndexMeasure", "SumMetric"),
)

KINDS = (
    Kind(
        name="metric",
        classes={f"*{name}": {} for name in _NAMES},
        traits=frozenset({Trait.METRIC, Trait.FUNCTIONAL}),
        remark="measures outputs, not part of the forward pass",
    ),
    Kind(
        name="metric_collection",
        classes={"MetricCollection": {}},
        traits=frozenset({Trait.LISTS}),
    ),
)
