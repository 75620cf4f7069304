"""What torch.nn.utils.parametrizations puts between a layer and its weights; a rule takes it out of `Parametrized...`.

They pass on whatever the layer gives: what they change is the weights. Formulas: torch.nn.utils.parametrizations.
"""

from __future__ import annotations

from archdiff.semantics.kinds import Kind, Trait, not_printed

KINDS = (
    Kind(  # a length and a direction for each output: every weight can be written so
        name="weight_norm",
        classes={"_WeightNorm": {}},
        parameters=not_printed("out_features"),  # one more number for each output of the layer
        state=None,
        traits=frozenset({Trait.REPARAMETRIZES}),
    ),
    Kind(  # weights divided by their largest singular value
        name="spectral_norm",
        classes={"_SpectralNorm": {}},
        state=None,
    ),
    Kind(name="orthogonal", classes={"_Orthogonal": {}}, state=None),
)
