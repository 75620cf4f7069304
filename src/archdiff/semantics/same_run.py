"""Whether two runs in the common form compute the same, for the numbers that may come in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from archdiff.model.effects import Effect
from archdiff.semantics.kinds import NotKnown, Trait
from archdiff.semantics.pointwise import FAR, Domain, Piecewise, equal, image
from archdiff.semantics.runs import Op, Run

#: what may be learned or drawn, of -1 to 1; of two layers each goes through all of them, never both with the same one
_DRAWN: Final = (-0.83, 0.37, 0.91, -0.29)
_KEEPS: Final = (Trait.IDENTITY, Trait.RESHAPES, Trait.COPIES, Trait.PICKS_MAX, Trait.AVERAGES)
_BETWEEN_0_AND_1: Final = ("softmax", "softmax_2d", "softmin")
_CONVEX: Final = ("linear", "bilinear", "trilinear")

#: functions of one number, and the operation behind them; None behind the last
_Part: TypeAlias = tuple[tuple[Op, ...], Op | None]


def same(ours: Run, theirs: Run, domain: Domain, training: bool) -> bool:
    """Whether two runs are one function in this mode; what cannot be evaluated is not."""
    first, second = _parts(ours), _parts(theirs)
    if len(first) != len(second):
        return False
    layers = list(dict.fromkeys(_key(op, side) for side, run in enumerate((ours, theirs)) for op in run))
    for (a, op), (b, other) in zip(first, second, strict=True):
        if (op is None) is not (other is None) or (
            op and other and _meaning(op, training) != _meaning(other, training)
        ):
            return False
        if a or b:
            try:
                for draw in range(len(_DRAWN)):
                    first_chain, second_chain = (
                        _chain(each, side, layers, draw, training) for side, each in enumerate((a, b))
                    )
                    if not equal(first_chain, second_chain, domain):
                        return False
            except (NotKnown, ArithmeticError):
                if [_meaning(each, training) for each in a] != [_meaning(each, training) for each in b]:
                    return False
        domain = domain_behind((*a, *([op] if op else [])), domain, training)
    return True


def domain_behind(run: Sequence[Op], domain: Domain, training: bool) -> Domain:
    """What numbers may come out of a run."""
    for op in run:
        domain = _behind(op, domain, training)
    return domain


def _behind(op: Op, domain: Domain, training: bool) -> Domain:
    if op.kind.function is not None:
        try:
            draws = (-1.0, 0.0, 1.0) if op.kind.name in _OPEN else (0.0,)
            images = [image([_piece(op, drawn)], domain) for drawn in draws]
        except (NotKnown, ArithmeticError):
            return Domain()
        return Domain(min(each.low for each in images), max(each.high for each in images))
    if op.has(Trait.DROPS):
        if not training:
            return domain
        return _scaled(domain) if op.kind.name.startswith("dropout") else Domain()
    if any(op.has(trait) for trait in _KEEPS) or op.settings.known("mode") in _CONVEX:
        return domain
    if op.kind.name.startswith("constant_pad"):
        value = op.settings.known("value")
        return domain.hull(Domain(value, value)) if isinstance(value, (int, float)) else Domain()
    if op.kind.name in _BETWEEN_0_AND_1:
        return Domain(0.0, 1.0)
    if op.kind.name == "log_softmax":
        return Domain(-FAR, 0.0)
    return domain.hull(Domain(0.0, 0.0)) if op.has(Trait.PICKS_WINNERS) else Domain()


def _scaled(domain: Domain) -> Domain:
    """Zeroes, and larger numbers for what is left."""
    return Domain(-FAR if domain.low < 0 else 0.0, FAR if domain.high > 0 else 0.0)


def _parts(run: Run) -> list[_Part]:
    parts: list[_Part] = []
    chain: list[Op] = []
    for op in run:
        if op.kind.function is not None:
            chain.append(op)
        else:
            parts.append((tuple(chain), op))
            chain = []
    return [*parts, (tuple(chain), None)]


_OPEN: Final = ("prelu", "rrelu")  # what they do to a number is learned or drawn


def _key(op: Op, side: int) -> object:
    return op.settings.known("num_parameters"), op.layer if op.layer is not None else (side, id(op.settings))


def _chain(run: Sequence[Op], side: int, layers: Sequence[object], draw: int, training: bool) -> list[Piecewise]:
    chain = []
    for op in run:
        fixed = op.kind.name not in _OPEN or (op.kind.name == "rrelu" and not training)
        drawn = 0.0 if fixed else _DRAWN[(layers.index(_key(op, side)) + draw) % len(_DRAWN)]
        chain.append(_piece(op, drawn))
    return chain


def _piece(op: Op, drawn: float) -> Piecewise:
    """The function of an operation, and the numbers at which it may be pieced together: those that it prints."""
    assert op.kind.function is not None
    numbers = [float(value) for value in op.settings.printed.values() if isinstance(value, (int, float))]
    numbers += [0.0, *_PIECES.get(op.kind.name, ())]
    ratio = [a / b for a in numbers for b in numbers if b] if op.kind.name == "softplus" else []
    breaks = {sign * each for each in (*numbers, *ratio) for sign in (-1, 1) if abs(each) < FAR}
    return Piecewise(op.kind.function(op.settings, drawn), tuple(sorted(breaks)))


#: where functions are pieced together by their formula, whatever is printed
_PIECES: Final = {"relu6": (6.0,), "hardsigmoid": (3.0,), "hardswish": (3.0,), "hardtanh": (1.0,), "softplus": (20.0,)}


def _meaning(op: Op, training: bool) -> tuple[object, ...]:
    """All that decides what an operation computes in this mode."""
    idle = {Effect.COSMETIC, Effect.STATE, Effect.INIT, Effect.INFERENCE if training else Effect.TRAINING}
    found: list[object] = [op.kind.name]
    for field in op.kind.fields:
        if field.effect in idle or (field.idle and field.idle(op.settings)):
            continue
        value = op.settings.known(field.name)
        found.append((field.name, field.meaning(value, op.settings, op.input_shape) if field.meaning else value))
    found += sorted((name, str(value)) for name, value in op.settings.printed.items() if op.kind.field(name) is None)
    return tuple(found)
