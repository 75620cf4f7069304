"""Whether two sequences of operations in the common form compute the same, for the numbers that may come in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import exp, inf, log
from typing import Final, NamedTuple, TypeAlias

from archdiff.model.effects import Effect
from archdiff.model.network import UNKNOWN, Value
from archdiff.semantics.kinds import NotKnown, Settings, Trait, added_to, by_name
from archdiff.semantics.pointwise import FAR, Domain, Piecewise, equal, image, is_affine, rises
from archdiff.semantics.runs import Op, Ops, operation, sizes_behind
from archdiff.semantics.runs.constants import competitors, keeps_statistics
from archdiff.semantics.runs.power_of_one import gives_powers_of_one

#: how often learned or drawn slopes are chosen: all combinations of signs of three of them
_DRAWS: Final = 8
_CACHED: Final = 4096  # functions on a domain, and pairs of chains
_WIDE: Final = 50.0  # of numbers so far apart one has all, as far as rounding shows
_SLACK: Final = 1e-9  # for rounding
_LARGE: Final = FAR / 100  # larger numbers are too near to what stands for no bound
_KEEPS: Final = (Trait.IDENTITY, Trait.RESHAPES, Trait.COPIES, Trait.PICKS_MAX, Trait.AVERAGES)
_BETWEEN_0_AND_1: Final = ("softmax", "softmax_2d", "softmin")
_CONVEX: Final = ("linear", "bilinear", "trilinear")

#: functions of one number, and the operation behind them; None behind the last
_Segment: TypeAlias = tuple[tuple[Op, ...], Op | None]


#: learned slopes are looked at between these bounds
ANY_SLOPE: Final = (-2.0, 2.0)
_Slopes: TypeAlias = tuple[float, float]


def same(first: Ops, second: Ops, domain: Domain, training: bool, slopes: _Slopes = ANY_SLOPE) -> bool:
    """Whether two sequences of operations are one function.

    Args:
        first: in the common form.
        second: the same.
        domain: the numbers that may come in.
        training: in training mode; otherwise in inference.
        slopes: between which all learned slopes lie.

    Returns:
        False also where that cannot be evaluated.
    """
    both = [_functions_first(ops, domain, training) for ops in (first, second)]
    drawing = [(op, at) for at, ops in enumerate(both) for op in ops if op.kind.name in _OPEN]
    layers = list(dict.fromkeys(_key(op, at) for op, at in drawing))
    mode = _Conditions(layers, training, slopes)
    constants = [_constant(ops, domain, mode) for ops in both]
    if None not in constants and constants[0] == constants[1]:
        return True
    parts = [_parts(ops) for ops in both]
    if len(parts[0]) != len(parts[1]):
        return False
    for (a, op), (b, other) in zip(*parts, strict=True):
        if not (_same_chains(a, b, domain, mode) and _same_op(op, other, training)):
            return False
        for each in (*a, *([op] if op else [])):
            domain = _behind(each, domain, training, slopes)
    return True


def _functions_first(ops: Ops, domain: Domain, training: bool) -> Ops:
    """Operations with each function before a maximum or a mean that it passes, for the numbers that come in here."""
    ordered: list[Op] = []
    domains = [domain]  # before each of them, and behind the last
    for op in ops:
        at = len(ordered)
        if domains[-1].low >= 0 and _is_power_of_one(op):
            continue
        while at and _passes(op, ordered[at - 1], domains[at - 1]):
            at -= 1
        ordered.insert(at, op)
        if op.kind.name.startswith("max_pool") and at == len(ordered) - 1 and at:
            pool = _with_padding(ordered[at - 1], op, domains[at - 1])
            if pool is not None:
                at -= 1
                ordered[at:] = [pool]
        del domains[at + 1 :]
        for each in ordered[at:]:
            domains.append(_behind(each, domains[-1], training))
    return tuple(ordered)


def _passes(op: Op, before: Op, domain: Domain) -> bool:
    """Whether a function gives the same before what gives the largest of some numbers, or a mean of them."""
    picks, means = before.has(Trait.PICKS_MAX), before.has(Trait.AVERAGES) or before.settings.known("mode") in _CONVEX
    if op.kind.function is None or not (picks or means) or (op.kind.name in _OPEN and domain.low < 0):
        return False
    try:
        return _passes_on(_Activation(op.kind.name, _settings(op), 0.0), domain, picks)
    except (NotKnown, ArithmeticError):
        return False


def _is_power_of_one(op: Op) -> bool:
    try:
        return gives_powers_of_one(op)
    except NotKnown:
        return False


def _with_padding(pad: Op, pool: Op, domain: Domain) -> Op | None:
    """A max pool that pads by itself, behind a padding whose number is never larger than what comes in."""
    value = pad.settings.known("value") if pad.kind.name.startswith("constant_pad") else None
    if not isinstance(value, (int, float)) or value > domain.low or domain.low <= -FAR or pool.kind.dims is None:
        return None
    dims = pool.kind.dims
    try:
        around = pad.settings.ints("padding", 2 * pad.kind.spatial)
        kernel, padding, dilation = (pool.settings.ints(name) for name in ("kernel_size", "padding", "dilation"))
    except NotKnown:
        return None
    around = (*around, *(0,) * (2 * dims - len(around)))
    before = tuple([around[2 * at] for at in reversed(range(dims))])
    even = all(around[2 * at] == around[2 * at + 1] >= 0 for at in range(dims)) and len(around) == 2 * dims
    if any(padding) or set(dilation) != {1} or not even or any(p > k // 2 for p, k in zip(before, kernel, strict=True)):
        return None
    return operation(pool.kind, {**pool.settings.printed, "padding": before}, pad.input, pool.layer)


class _Conditions(NamedTuple):
    layers: Sequence[object]  # those that learn or draw slopes
    training: bool
    slopes: _Slopes


def _same_op(op: Op | None, other: Op | None, training: bool) -> bool:
    if op is None or other is None:
        return op is other
    return _meaning(op, training) == _meaning(other, training)


def _same_chains(a: Sequence[Op], b: Sequence[Op], domain: Domain, mode: _Conditions) -> bool:
    if not a and not b:
        return True
    try:
        draws = range(_DRAWS if mode.layers else 1)
        return all(_equal(_chain(a, 0, mode, draw), _chain(b, 1, mode, draw), domain) for draw in draws)
    except (NotKnown, ArithmeticError):
        return [_meaning(op, mode.training) for op in a] == [_meaning(op, mode.training) for op in b]


def _constant(ops: Ops, domain: Domain, mode: _Conditions) -> tuple[object, ...] | None:
    """The number at the last place at which only one can stand, the shape there, and what follows.

    None where there is no such place, or where a layer before it keeps statistics that have to be equal, too.
    """
    found: tuple[object, ...] | None = None
    for at, op in enumerate(ops):
        domain = _behind(op, domain, mode.training, mode.slopes)
        if mode.training and keeps_statistics(op):
            break
        if domain.low == domain.high:
            rest = [_meaning(each, mode.training) for each in ops[at + 1 :]]
            found = (domain.low, sizes_behind(ops[: at + 1]), *rest)
    return found


def domain_behind(ops: Sequence[Op], domain: Domain, training: bool) -> Domain:
    """The numbers that may come out of operations, from those that may come in.

    Args:
        ops: one behind the other.
        domain: what comes into the first of them.
        training: in training mode; otherwise in inference.
    """
    for op in ops:
        domain = _behind(op, domain, training)
    return domain


def _behind(op: Op, domain: Domain, training: bool, slopes: _Slopes = ANY_SLOPE) -> Domain:
    if op.kind.function is not None:
        try:
            draws = _ENDS.get(op.kind.name, (0.0,))
            draws = (slopes[0] / 2, slopes[1] / 2) if op.kind.name == "prelu" else draws
            images = [_image(_Activation(op.kind.name, _settings(op), drawn), domain) for drawn in draws]
        except (NotKnown, ArithmeticError):
            return Domain()
        return Domain(min(each.low for each in images), max(each.high for each in images))
    if op.has(Trait.DROPS):
        if not training:
            return domain
        return _scaled(domain) if op.kind.name.startswith("dropout") else Domain()
    if any(op.has(trait) for trait in _KEEPS) or op.settings.known("mode") in _CONVEX:
        return domain
    if op.kind.name.startswith("constant"):
        value = op.settings.known("value")
        constant = Domain(value, value) if isinstance(value, (int, float)) else Domain()
        return constant if op.kind.name == "constant" else domain.hull(constant)
    if op.kind.name in _BETWEEN_0_AND_1:
        low, high = _shares(op, domain)
        return Domain(low, high)
    if op.kind.name == "log_softmax":
        low, high = _shares(op, domain)
        return Domain(log(low) if low else -FAR, log(high))
    if op.has(Trait.PICKS_WINNERS) or op.has(Trait.SHRINKS):
        return domain.hull(Domain(0.0, 0.0))
    if op.kind.name.startswith("lp_pool"):
        return _of_powers(op, domain)
    if op.kind.name == "embedding":
        return _bounded(op)
    if op.kind.name == "local_response_norm" and _divides(op):
        return _scaled(domain)
    return Domain(0.0, 0.0) if _keeps_zero(op, domain) else Domain()


def _shares(op: Op, domain: Domain) -> tuple[float, float]:
    """The least and the most that one of some numbers has of the sum of their exponentials."""
    count, width = competitors(op), domain.high - domain.low
    if count is None or width > _WIDE:
        return 0.0, 1.0
    low, high = (1 / (1 + (count - 1) * exp(sign * width)) for sign in (1, -1))
    return low * (1 - _SLACK), min(high * (1 + _SLACK), 1.0)


def _of_powers(op: Op, domain: Domain) -> Domain:
    """Roots of sums of powers: of even ones nothing is negative, and of odd ones not where nothing was before."""
    power = op.settings.known("norm_type")
    never_negative = domain.low >= 0 or (isinstance(power, (int, float)) and power % 2 == 0)
    return Domain(0.0, FAR) if never_negative else Domain()


def _bounded(op: Op) -> Domain:
    """No number is larger than the norm of its vector."""
    largest, power = op.settings.known("max_norm"), op.settings.known("norm_type")
    if isinstance(largest, (int, float)) and isinstance(power, (int, float)) and power >= 1:
        return Domain(-float(largest), float(largest))
    return Domain()


def _keeps_zero(op: Op, domain: Domain) -> bool:
    """Whether it gives 0 where nothing but 0, or nothing but one number, comes in."""
    if domain.low != domain.high or op.settings.known("bias") is not False:
        return False
    if op.has(Trait.AFFINE_MAP):
        return domain.low == 0
    of_sample = op.kind.name in ("layer_norm", "group_norm") or op.kind.name.startswith("instance_norm")
    return of_sample and op.settings.known("track_running_stats") in (False, UNKNOWN)


def _divides(op: Op) -> bool:
    """Whether it divides by a number above zero: with a negative factor the sum of squares may be below it."""
    factor, constant = op.settings.known("alpha"), op.settings.known("k")
    return isinstance(factor, int | float) and isinstance(constant, int | float) and factor >= 0 < constant


def _scaled(domain: Domain) -> Domain:
    """Zeroes, and larger numbers for what is left."""
    return Domain(-FAR if domain.low < 0 else 0.0, FAR if domain.high > 0 else 0.0)


def _parts(ops: Ops) -> list[_Segment]:
    parts: list[_Segment] = []
    chain: list[Op] = []
    for op in ops:
        if op.kind.function is not None:
            chain.append(op)
        else:
            parts.append((tuple(chain), op))
            chain = []
    return [*parts, (tuple(chain), None)]


_OPEN: Final = ("prelu", "rrelu")  # what they do to a number is learned or drawn
_ENDS: Final = {"rrelu": (-1.0, 1.0)}


def _key(op: Op, sequence: int) -> object:
    return op.settings.known("num_parameters"), op.layer if op.layer is not None else (sequence, op.settings)


class _Activation(NamedTuple):
    """What an operation applies to each number; equal ones are evaluated a single time."""

    kind: str
    settings: tuple[tuple[str, Value], ...]
    drawn: float


def _settings(op: Op) -> tuple[tuple[str, Value], ...]:
    return tuple(op.settings.printed.items())


def _chain(ops: Sequence[Op], sequence: int, mode: _Conditions, draw: int) -> tuple[_Activation, ...]:
    chain = []
    for op in ops:
        drawn = 0.0
        if op.kind.name == "prelu" or (op.kind.name == "rrelu" and mode.training):
            drawn = _drawn(mode.layers.index(_key(op, sequence)), draw)
            if op.kind.name == "prelu" and mode.slopes != ANY_SLOPE:
                low, high = mode.slopes
                drawn = (low + (drawn + 1) / 2 * (high - low)) / 2
        chain.append(_Activation(op.kind.name, _settings(op), drawn))
    return tuple(chain)


@lru_cache(_CACHED)
def _image(function: _Activation, domain: Domain) -> Domain:
    return image([_piece(function)], domain)


@lru_cache(_CACHED)
def _passes_on(function: _Activation, domain: Domain, picks: bool) -> bool:
    return rises([_piece(function)], domain) if picks else is_affine([_piece(function)], domain)


@lru_cache(_CACHED)
def _equal(first: tuple[_Activation, ...], second: tuple[_Activation, ...], domain: Domain) -> bool:
    return equal([_piece(each) for each in first], [_piece(each) for each in second], domain)


def _drawn(layer: int, draw: int) -> float:
    """From -1 to 1, for a slope from -2 to 2: another size for every layer and draw, and a sign for every draw."""
    size = 0.05 + 0.9 * (((layer + 1) * 0.6180339887 + draw * 0.3819660113) % 1)
    return -size if draw >> layer % 3 & 1 else size


def _piece(each: _Activation) -> Piecewise:
    """A function, and the numbers at which it may be pieced together: those that it prints."""
    kind = by_name()[each.kind]
    assert kind.function is not None
    numbers = [float(value) for _, value in each.settings if isinstance(value, (int, float))]
    numbers += [0.0, *_PIECES.get(each.kind, ())]
    ratio = [a / b for a in numbers for b in numbers if b] if each.kind == "softplus" else []
    if any(_LARGE < abs(number) < inf for number in numbers):
        raise NotKnown(each.kind)
    breaks = {sign * number for number in (*numbers, *ratio) for sign in (-1, 1) if abs(number) < inf}
    return Piecewise(kind.function(Settings(kind, dict(each.settings)), each.drawn), tuple(sorted(breaks)))


#: where functions are pieced together by their formula, whatever is printed
_PIECES: Final = {"relu6": (6.0,), "hardsigmoid": (3.0,), "hardswish": (3.0,), "hardtanh": (1.0,), "softplus": (20.0,)}


def _meaning(op: Op, training: bool) -> tuple[object, ...]:
    """All that decides what an operation computes in this mode."""
    idle = {Effect.COSMETIC, Effect.STATE, Effect.INIT, Effect.INFERENCE if training else Effect.TRAINING}
    found: list[object] = [op.kind.name]
    for field in (*op.kind.fields, *added_to(op.settings)):
        if field.effect in idle or (field.idle and field.idle(op.settings)):
            continue
        value = op.settings.known(field.name)
        found.append((field.name, field.meaning(value, op.settings, op.input_shape) if field.meaning else value))
    found += sorted((name, str(value)) for name, value in op.settings.printed.items() if op.kind.field(name) is None)
    return tuple(found)
