"""Two layers of one kind: which settings differ, and what effect each difference has by itself.

Whether a difference only follows from another one upstream is decided by `causes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Final, NamedTuple

from archdiff.diff import messages, rounded
from archdiff.diff.layer_effects import Reasoned
from archdiff.infer.leaf import Leaf
from archdiff.model.effects import Effect
from archdiff.model.message import Message, because, message
from archdiff.model.network import UNKNOWN, Layer, Value
from archdiff.semantics.kinds import CUT, REQUIRED, ROUNDING, Field, NotKnown, Trait, added_to, axis_of, share_of


class Difference(NamedTuple):
    """One setting that differs.

    Attributes:
        field: Its name.
        candidate: The candidate's value.
        reference: The reference's value.
        effect: What it changes; UNKNOWN where one side does not print it.
        aspect: What kind of thing differs, as in `Finding`.
        what: The message.
        hint: What it may be, or how to decide it.
        by_form: One side does not print it because prints of its form need not hold it.
    """

    field: str
    candidate: Value
    reference: Value
    effect: Effect
    aspect: str
    what: Message
    hint: str = ""
    by_form: bool = False


def differences(
    a: Leaf, b: Leaf, before_norm: Reasoned, rows: bool = False, certain_shapes: bool = False, rank: int | None = None
) -> Iterator[Difference]:
    """The settings that differ, one by one.

    Args:
        a: The candidate's layer.
        b: The reference's layer, of the same kind or class.
        before_norm: Effect of another bias: EQUIVALENT where what follows on both sides cancels any constant term, with
            what that takes for granted; UNKNOWN where an unknown forward may run something in between.
        rows: Rows of features are only the simplest input that fits, so that dimensions 1 and -1 may be two.
        certain_shapes: Shapes follow from an input that was printed or given.
        rank: How many dimensions come in, with the batch; None where that is not known.
    """
    if a.kind is None or b.kind is None:  # nothing is known of what the printed settings mean
        yield from printed_differences(a.layer, b.layer)
        return
    for field in (*a.kind.fields, *added_to(a.settings, b.settings)):
        if not field.joint:
            difference = _difference(field, a, b, before_norm, certain_shapes)
            difference = difference and _of_another_rank(difference, field, a, b, rank, rows)
            difference = difference and _chosen_by_rank(difference, field, a, rank, rows)
            difference = difference or (_of_rows(field, a, b) if rows else None)
            if difference:
                yield difference
    yield from _without_a_field(a, b)


def _difference(field: Field, a: Leaf, b: Leaf, before_norm: Reasoned, certain_shapes: bool) -> Difference | None:
    ours, theirs = a.settings.known(field.name), b.settings.known(field.name)
    if same(field, a, b) or any(a.settings.known(name) != b.settings.known(name) for name in followed(field, a)):
        return None
    if ours is UNKNOWN or theirs is UNKNOWN:
        waits = field.aspect == "input" and (field.default is not REQUIRED or _is_lazy(a) or _is_lazy(b))
        if waits or _is_cut(a) or _is_cut(b):  # follows from the layer before; one finding for all that were cut
            return None
        open_ = _leaves_it_open(field, a, b)
        both = [None if value is UNKNOWN else value for value in (ours, theirs)]
        what = messages.setting(field.name, *both) if open_ else _not_printed(field, a, ours, theirs)
        form = field.default is not REQUIRED and not open_  # what every print of its kind holds was cut away
        hint = "--input-shape decides" if open_ else ""
        return Difference(field.name, ours, theirs, Effect.UNKNOWN, field.aspect, what, hint, by_form=form)
    texts = printed_as(a, field.name), printed_as(b, field.name)
    if field.rounded and (side := rounded.side(field, texts, (ours, theirs))):
        x, y = (UNKNOWN, theirs) if side == "candidate" else (ours, UNKNOWN)
        return Difference(field.name, x, y, Effect.UNKNOWN, field.aspect, rounded.what(field, side), by_form=True)
    effect, remark = field.effect, message("remark", text=field.remark) if field.remark else None
    assumed = None
    if field.shift and before_norm[0] is not Effect.FUNCTION:
        effect, assumed = before_norm
        remark = message("bias-taken-away" if effect is Effect.EQUIVALENT else "bias-may-be-taken-away")
    elif field.aspect == "rounding":
        effect, remark = _rounding(a, b, certain_shapes)
    elif field.idle and field.idle(a.settings) and field.idle(b.settings):
        effect, remark = Effect.EQUIVALENT, message("remark", text=field.idle(a.settings))
    if field.aspect == "weight-density":
        what = message("weights", ours=_density(a, ours), theirs=_density(b, theirs))
    else:
        what = messages.setting(field.name, ours, theirs)
    what = message("remarked", what=what, remark=remark) if remark else what
    return Difference(field.name, ours, theirs, effect, field.aspect, because(what, assumed), _hint(field, a, b))


def _leaves_it_open(field: Field, a: Leaf, b: Leaf) -> bool:
    """Whether a value is printed that leaves the choice to torch: dim=None is no print of an old form."""
    return any(
        leaf.settings.printed.get(field.name, UNKNOWN) is not UNKNOWN for leaf in (a, b) if _is_open(field, leaf)
    )


def _is_open(field: Field, leaf: Leaf) -> bool:
    return leaf.settings.known(field.name) is UNKNOWN


def followed(field: Field, leaf: Leaf) -> Iterator[str]:
    """Names of the settings of which a field is part, the nearest first."""
    while field.follows and leaf.kind:
        yield field.follows
        above = leaf.kind.field(field.follows)
        if above is None:
            return
        field = above


def _of_rows(field: Field, a: Leaf, b: Leaf) -> Difference | None:
    """A difference that is none where rows of features come in."""
    if same(field, a, b, rows=True) or not same(field, a, b):
        return None
    ours, theirs = a.settings.known(field.name), b.settings.known(field.name)
    what = messages.setting(field.name, ours, theirs)
    what = message("rows-of-features", what=what)
    return Difference(field.name, ours, theirs, Effect.UNKNOWN, field.aspect, what, "--run decides")


def _of_another_rank(
    difference: Difference, field: Field, a: Leaf, b: Leaf, rank: int | None, rows: bool
) -> Difference | None:
    """A dimension counted from the end on one side is the other one where just so many dimensions come in."""
    if field.meaning is not axis_of or not (rows or a.input_shape is b.input_shape is None):
        return difference
    match sorted(value for value in (difference.candidate, difference.reference) if isinstance(value, int)):
        case [low, high] if low < 0 <= high and high - low > 1 and rank in (None, high - low):
            if rank is not None:
                return None
            what = message("same-of-rank", what=difference.what, rank=high - low)
            return difference._replace(effect=Effect.UNKNOWN, what=what, hint="--input-shape decides")
    return difference


def _chosen_by_rank(difference: Difference, field: Field, a: Leaf, rank: int | None, rows: bool) -> Difference:
    """A value that one side does not print, by what torch takes for the dimensions that come in."""
    dims = len(a.input_shape) + 1 if a.input_shape is not None else rank
    values = [difference.candidate, difference.reference]
    if field.implied is None or values.count(UNKNOWN) != 1:
        return difference
    printed = next(value for value in values if value is not UNKNOWN)
    if dims is None or rows:
        return _never_chosen(difference, field, printed)
    chosen = field.implied(dims)
    if not isinstance(printed, int) or not isinstance(chosen, int):
        return difference
    alike = printed % dims == chosen % dims
    if alike and difference.by_form:  # an old print, which says neither None nor what the code then gave
        return difference
    ours, theirs = (chosen if value is UNKNOWN else value for value in values)
    what = difference.what if alike else messages.setting(field.name, ours, theirs)
    what = message("chosen-by-rank", what=what, chosen=chosen, rank=dims)
    effect = Effect.EQUIVALENT if alike else Effect.FUNCTION
    return difference._replace(effect=effect, what=what, hint="", by_form=False)


def _never_chosen(difference: Difference, field: Field, printed: Value) -> Difference:
    """A value that one side does not print, where torch never takes the other side's value."""
    assert field.implied is not None
    ranks = [rank for rank in range(1, _MOST_DIMENSIONS) if isinstance(printed, int) and -rank <= printed < rank]
    chosen = [(field.implied(rank), rank) for rank in ranks]
    if not ranks or any(isinstance(each, int) and each % rank == printed % rank for each, rank in chosen):  # type: ignore[operator]
        return difference
    what = message("never-chosen", what=difference.what, printed=printed)
    return difference._replace(effect=Effect.FUNCTION, what=what, hint="", by_form=False)


_MOST_DIMENSIONS: Final = 7  # with the batch


def same(field: Field, a: Leaf, b: Leaf, rows: bool = False) -> bool:
    """Whether both values of a setting mean the same for the input that comes in: dim -1 and dim 1 of a flat one.

    Args:
        field: The setting.
        a: The candidate's layer.
        b: The reference's layer, of the same kind.
        rows: It is not certain that a flat input comes in.
    """
    ours, theirs = a.settings.known(field.name), b.settings.known(field.name)
    if _equal(ours, theirs, field.tolerance):
        return True
    if field.meaning is None or UNKNOWN in (ours, theirs):
        return False
    shapes = (None, None) if rows else (a.input_shape, b.input_shape)
    meanings = field.meaning(ours, a.settings, shapes[0]), field.meaning(theirs, b.settings, shapes[1])
    return _equal(*meanings, field.tolerance)


def _equal(a: Value, b: Value, tolerance: float) -> bool:
    if isinstance(a, bool) or isinstance(b, bool) or not isinstance(a, (int, float)) or not isinstance(b, (int, float)):
        return a is b or (type(a) is type(b) and a == b)
    if a == b or not (isfinite(a) and isfinite(b)) or (isinstance(a, int) and isinstance(b, int)):
        return a == b  # whole numbers are counts
    return abs(a - b) <= tolerance * max(abs(a), abs(b))


def _not_printed(field: Field, a: Leaf, ours: Value, theirs: Value) -> Message:
    side, printed = ("candidate", theirs) if ours is UNKNOWN else ("reference", ours)
    if field.aspect == "weight-density":
        return message("density-not-printed", side=side, printed=_density(a, printed))
    probably = field.likely is not UNKNOWN and _equal(field.likely, printed, field.tolerance)
    what = message("not-printed", name=field.name, side=side, printed=messages.parameter(printed))
    return message("probably-same", what=what) if probably else what


def _rounding(a: Leaf, b: Leaf, certain_shapes: bool) -> tuple[Effect, Message]:
    """ceil_mode: matters only where a window would be cut off."""
    if a.output_shape is None or a.input_shape != b.input_shape:
        return Effect.UNKNOWN, message("window-cut-off")
    if a.output_shape != b.output_shape:
        return Effect.FUNCTION, message("windows-are-cut-off")
    return (Effect.EQUIVALENT if certain_shapes else Effect.UNKNOWN), message("no-window-cut-off")


def _density(leaf: Leaf, density: Value) -> str | Message:
    """A density in the words of the layer: `40 % non-zero (640 of 1600 a unit)`."""
    part = share_of(density)
    if part is None:
        return str(density)
    if part == 1:
        return message("dense")
    try:
        inputs = leaf.kind.weight_rows(leaf.settings)[1] if leaf.kind and leaf.kind.weight_rows else None
    except NotKnown:
        inputs = None
    return message("sparse", share=f"{100 * part:.3g}", kept=inputs and round(part * inputs), inputs=inputs)


def _hint(field: Field, a: Leaf, b: Leaf) -> str:
    ours, theirs = a.settings.known(field.name), b.settings.known(field.name)
    remarks = [text for value, text in field.remarks if value in (ours, theirs)]
    numbers = isinstance(ours, float) and isinstance(theirs, float)
    if field.complement and numbers and abs(ours + theirs - 1) < 1e-9:  # type: ignore[operator]
        remarks.append(field.complement)
    if _clashes(printed_as(a, field.name), printed_as(b, field.name)):
        remarks.append(f"opposite conventions? {printed_as(a, field.name)} against {printed_as(b, field.name)}")
    return "; ".join(remarks)


def printed_as(leaf: Leaf, name: str) -> str:
    """The text that a setting came from; "" where it is a default."""
    return next((setting.text for setting in leaf.layer.settings if setting.name == name), "")


def _clashes(ours: str, theirs: str) -> bool:
    """Whether one number stands under two names: weight_sparsity=0.4 and sparsity=0.4."""
    a, b = ours.partition("="), theirs.partition("=")
    return bool(a[2]) and a[2] == b[2] and a[0] != b[0]


def printed_differences(a: Layer, b: Layer) -> Iterator[Difference]:
    """The printed settings that differ, whatever they mean."""
    if a.settings is not b.settings:
        yield from _by_name(*(dict(_numbered(layer)) for layer in (a, b)))


def _by_name(ours: Mapping[str, Value], theirs: Mapping[str, Value]) -> Iterator[Difference]:
    for name in dict.fromkeys((*ours, *theirs)):
        x, y = ours.get(name, UNKNOWN), theirs.get(name, UNKNOWN)
        if _equal(x, y, ROUNDING):
            continue
        if x is UNKNOWN or y is UNKNOWN:
            side, printed = ("candidate", y) if x is UNKNOWN else ("reference", x)
            what = message("not-printed", name=name, side=side, printed=messages.parameter(printed))
            yield Difference(name, x, y, Effect.UNKNOWN, "setting", what)
        else:
            what = messages.setting(name, x, y)
            yield Difference(name, x, y, Effect.FUNCTION, "setting", what)


def _numbered(layer: Layer) -> Iterator[tuple[str, Value]]:
    for index, setting in enumerate(layer.settings):
        yield setting.name or f"setting {index + 1}", setting.value


def _without_a_field(a: Leaf, b: Leaf) -> Iterator[Difference]:
    """Settings that the kind does not describe, such as those of a newer torch."""
    printed = [
        {name: value for name, value in leaf.settings.printed.items() if leaf.kind and leaf.kind.field(name) is None}
        for leaf in (a, b)
    ]
    cut = " and ".join(side for side, leaf in (("candidate", a), ("reference", b)) if _is_cut(leaf))
    if cut:
        yield Difference(CUT, UNKNOWN, UNKNOWN, Effect.UNKNOWN, "setting", message("settings-cut", side=cut))
    elif a.layer.kind == "other_dropout":  # such a value says how much is dropped, or what
        for each in _by_name(*printed):
            yield each._replace(effect=Effect.TRAINING) if each.effect is Effect.FUNCTION else each
    else:
        yield from _by_name(*printed)


def unreported(a: Leaf, b: Leaf, found: Sequence[Difference]) -> Iterator[Difference]:
    """Settings that are printed differently, do not mean the same, and are in no difference.

    Nothing may disappear; all are of unknown effect.

    Args:
        a: The candidate's layer.
        b: The reference's layer, of the same kind.
        found: The differences of the two.
    """
    reported = {difference.field for difference in found}
    if CUT in reported or a.kind is None:
        return
    ours, theirs = a.settings.printed, b.settings.printed
    for name in dict.fromkeys((*ours, *theirs)):
        x, y = ours.get(name, UNKNOWN), theirs.get(name, UNKNOWN)
        field = a.kind.field(name)
        if name in reported or field is None or _equal(x, y, field.tolerance) or same(field, a, b):
            continue
        if field.aspect == "input" or (field.joint and UNKNOWN not in (x, y)):
            continue  # what comes in follows from its cause; k-winners are compared by what they pick
        if not reported.isdisjoint(followed(field, a)):
            continue
        if UNKNOWN in (x, y):
            what = _not_printed(field, a, x, y)
            yield Difference(name, x, y, Effect.UNKNOWN, field.aspect, what, by_form=True)
        else:
            what = message("unaccounted", name=name, ours=messages.parameter(x), theirs=messages.parameter(y))
            yield Difference(name, x, y, Effect.UNKNOWN, field.aspect, what)


def _is_lazy(leaf: Leaf) -> bool:
    """Whether a layer waits for its first input, or is of a dialect that prints no sizes."""
    return leaf.layer.class_name.startswith("Lazy") or UNKNOWN in leaf.settings.printed.values()


def _is_cut(leaf: Leaf) -> bool:
    return CUT in leaf.settings.printed


def cancels_bias(leaf: Leaf, behind: Leaf | None) -> bool:
    """Whether the layer behind a map subtracts the mean over the batch of each of its output channels.

    The output features of a Linear are in the last dimension: they are the channels only where that is the only one.

    Args:
        leaf: A Linear or a convolution.
        behind: What runs right behind it; None where nothing does.
    """
    if behind is None:
        return False
    if behind.layer.kind in _SHARES:
        return _competes_elsewhere(leaf, behind)
    if not (behind.has(Trait.REMOVES_MEAN) or _has_groups_of_one(leaf, behind)):
        return False
    if leaf.layer.kind != "linear":
        return True
    return behind.layer.kind == "batch_norm_1d" and behind.settings.known("num_features") == leaf.settings.known(
        "out_features"
    )


def _has_groups_of_one(leaf: Leaf, norm: Leaf) -> bool:
    """Whether each channel that a convolution gives is a group of its own for a GroupNorm, weights or not."""
    groups = norm.settings.known("num_groups") if norm.layer.kind == "group_norm" else UNKNOWN
    return groups is not UNKNOWN and groups == leaf.settings.known("out_channels")


#: their output stays the same where one number is added to all inputs that compete
_SHARES = frozenset({"softmax", "log_softmax", "softmin", "softmax_2d"})


def _competes_elsewhere(leaf: Leaf, behind: Leaf) -> bool:
    """Whether the numbers that compete are those of one output of a map, at several places or in several rows."""
    dim = -3 if behind.layer.kind == "softmax_2d" else behind.settings.known("dim")
    if not isinstance(dim, int):
        return False
    if leaf.layer.kind == "linear":
        rank = len(leaf.output_shape or ()) + 1
        return dim == 0 or (dim < rank - 1 if dim > 0 else dim < -1)
    rank = leaf.kind.dims + 2 if leaf.kind and leaf.kind.dims else 0
    return dim == 0 or (-rank <= dim < rank and dim % rank > 1)
