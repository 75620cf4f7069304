"""A MultiheadAttention holds the projections of its inputs as one, which it never prints.

Its output projection shows how wide that is. Only where the other network prints such projections in its place, which
then have something to stand for.
"""

from __future__ import annotations

from collections.abc import Sequence

from archdiff.model.effects import Effect
from archdiff.model.message import Message, message
from archdiff.model.network import Layer, Setting
from archdiff.semantics.inputs import may_cross
from archdiff.semantics.projections import ATTENTION, NOT_PRINTED, ProjectionLayer, form_of, may_differ, widths
from archdiff.semantics.rules import Rule
from archdiff.semantics.rules._fused import assumption, has_bias, members_of, needed
from archdiff.semantics.sites import Beside, Replacement, Site


def _rewrite(site: Site, other: Site) -> Replacement | None:
    layer = site.layer
    output = next((child for child in layer.children if child.name == "out_proj"), None)
    width = widths(output)[0] if output else 0
    if site.form != NOT_PRINTED or output is None or not width:
        return None
    bias = next((setting.value for setting in output.settings if setting.name == "bias"), True)
    others = members_of(other, ATTENTION)
    own = _apart(output, others, width, bias is True) or (_linear(output, "in_proj", width, 3 * width, bias is True),)
    needs = (*_of_other_inputs(own, others), *needed(site, other, ATTENTION))
    rewritten = layer._replace(kind="", settings=(), children=(*own, *layer.children))
    return Replacement(rewritten, layer.class_name, needs, assumption(site, other, ATTENTION))


def _linear(output: Layer, name: str, inputs: int, outputs: int, bias: bool) -> Layer:
    settings = (
        Setting("in_features", inputs, "out_proj"),
        Setting("out_features", outputs, "out_proj"),
        Setting("bias", bias, "out_proj"),
    )
    return output._replace(name=name, class_name="Linear", settings=settings, children=())


def _apart(output: Layer, others: Sequence[ProjectionLayer], width: int, bias: bool) -> tuple[Layer, ...]:
    """One layer for each of its inputs where those of keys or values have another width, which no print holds."""
    inputs = [widths(each.layer)[0] for each in others]
    if [each.parts for each in others] != [(part,) for part in ATTENTION] or inputs[0] != width or {*inputs} == {width}:
        return ()
    if any(each.width != width or has_bias(each.layer) is not bias for each in others):
        return ()
    declared = sorted(others, key=lambda each: each.place)
    return tuple([each.layer._replace(span=output.span, layout=None, shift=output.shift) for each in declared])


def _of_other_inputs(own: Sequence[Layer], others: Sequence[ProjectionLayer]) -> list[Message]:
    if len(own) != len(ATTENTION):
        return []
    _, kdim, vdim = (widths(each.layer)[0] for each in others)
    return [message("set-to", what=f"kdim {kdim} and vdim {vdim}")]


RULE = Rule(
    name="input_projections",
    effect=Effect.EQUIVALENT,
    because="it holds its input projections, which it does not print, as one",
    beside=Beside(lambda own, other: may_differ(own, other, ATTENTION), form_of(ATTENTION), may_cross, _rewrite),
)
