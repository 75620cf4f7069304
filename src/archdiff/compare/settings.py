"""Two layers of one kind: which settings differ, and what each difference is worth by itself.

Whether a difference only follows from another one upstream is decided elsewhere (causes.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from archdiff.infer.leaf import Leaf
from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.kinds import CUT, Field, Trait


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting that differs; candidate's value first."""

    field: str
    candidate: Value
    reference: Value
    effect: Effect  # UNKNOWN where one side does not print it
    aspect: str
    message: str
    hint: str = ""


def differences(a: Leaf, b: Leaf, before_norm: bool, rows: bool = False) -> Iterator[Difference]:
    """The settings that differ, one by one.

    `before_norm`: what follows on both sides takes away any constant term. `rows`: that rows of features come in is no
    more than the simplest reading, so that dimensions 1 and -1 may be two.
    """
    if a.kind is None or b.kind is None:
        yield from _as_printed(a, b)
        return
    for field in a.kind.fields:
        if not field.joint:
            difference = _difference(field, a, b, before_norm) or (_of_rows(field, a, b) if rows else None)
            if difference:
                yield difference
    yield from _without_a_field(a, b)


def _difference(field: Field, a: Leaf, b: Leaf, before_norm: bool) -> Difference | None:
    ours, theirs = a.settings.known(field.name), b.settings.known(field.name)
    if same(field, a, b) or (field.follows and a.settings.known(field.follows) != b.settings.known(field.follows)):
        return None
    if ours is UNKNOWN or theirs is UNKNOWN:
        if field.aspect == "input" or _is_cut(a) or _is_cut(b):  # follows from the layer before; told for all together
            return None
        return Difference(field.name, ours, theirs, Effect.UNKNOWN, field.aspect, _not_printed(field, a, ours, theirs))
    effect, remark = field.effect, field.remark
    if field.shift and before_norm:
        effect, remark = (
            Effect.EQUIVALENT,
            "the normalization behind it takes any bias away; parameters differ, checkpoints do not load",
        )
    elif field.aspect == "rounding":
        effect, remark = _rounding(a, b)
    elif field.idle and field.idle(a.settings) and field.idle(b.settings):
        effect, remark = Effect.EQUIVALENT, field.idle(a.settings)
    if field.aspect == "weight-density":
        message = f"weights {_density(a, ours)}, not {_density(b, theirs)}"
    else:
        message = f"{field.name} {amount(ours)}, not {amount(theirs)}"
    return Difference(
        field.name,
        ours,
        theirs,
        effect,
        field.aspect,
        f"{message} ({remark})" if remark else message,
        _hint(field, a, b),
    )


def _of_rows(field: Field, a: Leaf, b: Leaf) -> Difference | None:
    """A difference that is none where rows of features come in."""
    if same(field, a, b, rows=True) or not same(field, a, b):
        return None
    ours, theirs = a.settings.known(field.name), b.settings.known(field.name)
    told = f"{field.name} {amount(ours)}, not {amount(theirs)} (the same where rows of features come in)"
    return Difference(field.name, ours, theirs, Effect.UNKNOWN, field.aspect, told, "--run tells")


def same(field: Field, a: Leaf, b: Leaf, rows: bool = False) -> bool:
    """Whether both values of a setting come to the same for what comes in: dim -1 and dim 1 of a flat input.

    `rows`: that a flat one comes in is not certain.
    """
    ours, theirs = a.settings.known(field.name), b.settings.known(field.name)
    if _equal(ours, theirs, field.tolerance):
        return True
    if field.meaning is None or UNKNOWN in (ours, theirs):
        return False
    shapes = (None, None) if rows else (a.input_shape, b.input_shape)
    meant = field.meaning(ours, a.settings, shapes[0]), field.meaning(theirs, b.settings, shapes[1])
    return _equal(*meant, field.tolerance)


def _equal(a: Value, b: Value, tolerance: float) -> bool:
    if isinstance(a, bool) or isinstance(b, bool) or not isinstance(a, (int, float)) or not isinstance(b, (int, float)):
        return a is b or (type(a) is type(b) and a == b)
    return a == b or abs(a - b) <= tolerance * max(abs(a), abs(b))


def _not_printed(field: Field, a: Leaf, ours: Value, theirs: Value) -> str:
    side, printed = ("candidate", theirs) if ours is UNKNOWN else ("reference", ours)
    if field.aspect == "weight-density":
        return f"the {side} does not print how many weights are zero, on the other side they are {_density(a, printed)}"
    probably = field.likely is not UNKNOWN and _equal(field.likely, printed, field.tolerance)
    told = f"{field.name} is not printed by the {side}, {amount(printed)} on the other side"
    return f"{told}; probably the same" if probably else told


def _rounding(a: Leaf, b: Leaf) -> tuple[Effect, str]:
    """ceil_mode: matters only where a window would be cut off."""
    if a.output_shape is None or a.input_shape != b.input_shape:
        return Effect.UNKNOWN, "matters where a window is cut off at the edge; --input-shape tells"
    if a.output_shape == b.output_shape:
        return Effect.EQUIVALENT, "no window is cut off at this input size"
    return Effect.FUNCTION, "windows are cut off at this input size"


def _density(leaf: Leaf, density: Value) -> str:
    """A density in the words of the layer: `40 % non-zero (640 of 1600 a unit)`."""
    if not isinstance(density, (int, float)):
        return str(density)
    inputs = leaf.kind.weight_rows(leaf.settings)[1] if leaf.kind and leaf.kind.weight_rows else 0
    return "dense" if density == 1 else f"{100 * density:.3g} % non-zero ({round(density * inputs)} of {inputs} a unit)"


def _hint(field: Field, a: Leaf, b: Leaf) -> str:
    ours, theirs = a.settings.known(field.name), b.settings.known(field.name)
    said = [text for value, text in field.remarks if value in (ours, theirs)]
    numbers = isinstance(ours, float) and isinstance(theirs, float)
    if field.complement and numbers and abs(ours + theirs - 1) < 1e-9:  # type: ignore[operator]
        said.append(field.complement)
    if _clashes(printed_as(a, field.name), printed_as(b, field.name)):
        said.append(f"opposite conventions? {printed_as(a, field.name)} against {printed_as(b, field.name)}")
    return "; ".join(said)


def printed_as(leaf: Leaf, name: str) -> str:
    """The text that a setting came from; "" where it is a default."""
    return next((setting.text for setting in leaf.layer.settings if setting.name == name), "")


def _clashes(ours: str, theirs: str) -> bool:
    """Whether one number stands under two names: weight_sparsity=0.4 and sparsity=0.4."""
    a, b = ours.partition("="), theirs.partition("=")
    return bool(a[2]) and a[2] == b[2] and a[0] != b[0]


def _as_printed(a: Leaf, b: Leaf) -> Iterator[Difference]:
    """A class that no kind describes: by its printed settings, of which nothing is known."""
    yield from _by_name(*(dict(_numbered(leaf)) for leaf in (a, b)))


def _by_name(ours: Mapping[str, Value], theirs: Mapping[str, Value]) -> Iterator[Difference]:
    for name in dict.fromkeys((*ours, *theirs)):
        x, y = ours.get(name, UNKNOWN), theirs.get(name, UNKNOWN)
        if _equal(x, y, 1e-6):
            continue
        if x is UNKNOWN or y is UNKNOWN:
            side = "candidate" if x is UNKNOWN else "reference"
            printed = amount(y if x is UNKNOWN else x)
            told = f"{name} is not printed by the {side}, {printed} on the other side"
            yield Difference(name, x, y, Effect.UNKNOWN, "setting", told)
        else:
            yield Difference(name, x, y, Effect.FUNCTION, "setting", f"{name} {amount(x)}, not {amount(y)}")


def _numbered(leaf: Leaf) -> Iterator[tuple[str, Value]]:
    for index, setting in enumerate(leaf.layer.settings):
        yield setting.name or f"setting {index + 1}", setting.value


def _without_a_field(a: Leaf, b: Leaf) -> Iterator[Difference]:
    """Settings that the kind does not describe, such as those of a newer torch."""
    printed = [
        {name: value for name, value in leaf.settings.printed.items() if leaf.kind and leaf.kind.field(name) is None}
        for leaf in (a, b)
    ]
    cut = " and ".join(side for side, leaf in (("candidate", a), ("reference", b)) if _is_cut(leaf))
    if cut:
        yield Difference(CUT, UNKNOWN, UNKNOWN, Effect.UNKNOWN, "setting", f"settings are cut in the {cut}")
    elif a.layer.class_name == b.layer.class_name:
        yield from _by_name(*printed)


def _is_cut(leaf: Leaf) -> bool:
    return CUT in leaf.settings.printed


def cancels_bias(leaf: Leaf | None) -> bool:
    """Whether this layer takes away the mean of each channel over the batch."""
    return leaf is not None and leaf.has(Trait.REMOVES_MEAN)


def amount(value: Value) -> str:
    """A value as people write it: (5, 5) as 5x5, strings bare."""
    if isinstance(value, tuple):
        return "x".join(map(str, value)) if all(isinstance(part, int) for part in value) else str(value)
    return str(value)
