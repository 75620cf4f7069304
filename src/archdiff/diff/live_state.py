"""What two live modules hold otherwise beside settings and shapes: dtypes, what is trained, hooks, train or eval mode.

A hook that one side alone has is of unknown effect, since what it does is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from archdiff.diff.draft import Draft, root_place
from archdiff.diff.live_attributes import live
from archdiff.diff.live_modules import NONE, LiveModule, LiveNetwork, PathPair, places
from archdiff.diff.messages import setting
from archdiff.model.effects import Effect
from archdiff.model.facts import HeldTensor
from archdiff.model.message import Message, message
from archdiff.model.network import Layer, Value
from archdiff.semantics import kinds
from archdiff.semantics.containers import Forward, forward
from archdiff.semantics.kinds import Trait

MODE: Final = "training"
DTYPE: Final = "dtype"
TRAINED: Final = "requires_grad"
HOOK: Final = "hook"


class _Module(NamedTuple):
    """Two modules that correspond to each other."""

    paths: PathPair
    candidate: LiveModule
    reference: LiveModule


class _OneState(NamedTuple):
    """A difference at one place; equal ones at other places are one finding."""

    rule: str
    effect: Effect
    what: Message
    setting: str | None
    values: tuple[Value, Value]


_Compare: TypeAlias = "Callable[[_Module, LiveNetwork, LiveNetwork], Iterator[_OneState]]"


def drafts(candidate: LiveNetwork, reference: LiveNetwork, pairs: Iterable[PathPair]) -> list[Draft]:
    """A draft for each difference, with all its places.

    Args:
        candidate: One network.
        reference: The other; both are live.
        pairs: Modules that correspond to each other.
    """
    groups: dict[object, tuple[_OneState, list[PathPair]]] = {}
    for paths in pairs:
        module = _Module(paths, candidate.at(paths[0]), reference.at(paths[1]))
        for compare in _COMPARED:
            for each in compare(module, candidate, reference):
                groups.setdefault((each.rule, each.setting, each.what), (each, []))[1].append(paths)
    found = [_drafted(candidate, reference, *group) for group in groups.values()]
    return [*found, *_whole_mode(candidate, reference)]


def _drafted(candidate: LiveNetwork, reference: LiveNetwork, each: _OneState, paths: Sequence[PathPair]) -> Draft:
    found = tuple(places(candidate, reference, pair, *each.values) for pair in paths)
    several = found if len(found) > 1 else ()
    return Draft(each.rule, each.effect, each.what, "setting", *found[0], each.setting, "", len(found), several)


# Precision, and what is trained


def _dtypes(module: _Module, _ours: LiveNetwork, _theirs: LiveNetwork) -> Iterator[_OneState]:
    ours, theirs = _dtype(module.candidate), _dtype(module.reference)
    if ours and theirs and ours != theirs:
        what = message("remarked", what=setting(DTYPE, ours, theirs), remark=message("other-precision"))
        yield _OneState("AD301", Effect.FUNCTION, what, DTYPE, (ours, theirs))


def _dtype(module: LiveModule) -> str:
    """Of what a layer computes with: whole numbers count or point to places."""
    found = [each.dtype for each in module.tensors.values() if each.dtype.startswith(_COMPUTED)]
    return " and ".join(dict.fromkeys(sorted(found)))


_COMPUTED: Final = ("float", "bfloat", "complex")


def _trained(module: _Module, _ours: LiveNetwork, _theirs: LiveNetwork) -> Iterator[_OneState]:
    ours, theirs = module.candidate.tensors, module.reference.tensors
    both = [
        (each.trained, theirs[name].trained) for name, each in ours.items() if _is_trainable(each, theirs.get(name))
    ]
    for a, b in dict.fromkeys(both):
        if a != b:
            what = live(setting(TRAINED, a, b))
            yield _OneState("AD401", Effect.TRAINING, what, TRAINED, (a, b))


def _is_trainable(a: HeldTensor, b: HeldTensor | None) -> bool:
    return b is not None and a.role == b.role == "parameter" and a.dtype.startswith(_COMPUTED)


# Train and eval mode


def _whole_mode(candidate: LiveNetwork, reference: LiveNetwork) -> Iterator[Draft]:
    ours, theirs = candidate.mode, reference.mode
    if ours and theirs and ours != theirs:
        both = root_place(candidate.sized, ours), root_place(reference.sized, theirs)
        yield Draft("AD301", Effect.STATE, message("whole-mode", ours=ours, theirs=theirs), "setting", *both, MODE)


def _modes(module: _Module, candidate: LiveNetwork, reference: LiveNetwork) -> Iterator[_OneState]:
    """A part that is in another mode than its network, on one side only."""
    both = ((module.candidate, candidate, module.paths[0]), (module.reference, reference, module.paths[1]))
    odd = [bool(held.mode) for held, _, _ in both]
    if odd[0] == odd[1] or not any(_knows_modes(side.printed(path)) for _, side, path in both if path is not None):
        return
    held, side, _ = both[odd.index(True)]
    values = [own.mode or of.mode for own, of, _ in both]
    where = "candidate" if odd[0] else "reference"
    what = message("part-in-mode", side=where, mode=held.mode, network=side.mode)
    effect = Effect.TRAINING if held.mode == "eval" else Effect.INFERENCE
    yield _OneState("AD401" if effect is Effect.TRAINING else "AD301", effect, what, MODE, (values[0], values[1]))


def _knows_modes(layer: Layer | None) -> bool:
    """Whether a layer may compute something else in training; nothing is known of a class of somebody."""
    kind = kinds.of_layer(layer) if layer else None
    if layer is None or kind is None:
        return layer is not None and (not layer.children or forward(layer) is Forward.SOMEBODY)
    draws = Trait.DROPS in kind.traits or Trait.DROPS in kind.traits_if or kind.name == "rrelu"
    return draws or any(field.effect in (Effect.TRAINING, Effect.INFERENCE) for field in kind.fields)


# Hooks


def _hooks(module: _Module, _ours: LiveNetwork, _theirs: LiveNetwork) -> Iterator[_OneState]:
    ours, theirs = module.candidate.hooks, module.reference.hooks
    if ours == theirs:
        return
    if sorted(ours, key=str) == sorted(theirs, key=str):
        what = live(message("hooks-in-another-order"))
        values = tuple(", ".join(str(each[1]) for each in hooks if isinstance(each, tuple)) for hooks in (ours, theirs))
        yield _OneState("AD301", Effect.UNKNOWN, what, f"{HOOK}s", (values[0], values[1]))
    for side, own, others in (("candidate", ours, theirs), ("reference", theirs, ours)):
        left = [*others]
        for each in own:
            if each in left:
                left.remove(each)
            elif isinstance(each, tuple):
                when, name = map(str, each)
                values = (name, NONE) if side == "candidate" else (NONE, name)
                what = message("hook-only-in", side=side, when=when, name=name)
                yield _OneState("AD301", Effect.UNKNOWN, what, f"{when}_{HOOK}", values)


_COMPARED: Final[tuple[_Compare, ...]] = (_dtypes, _trained, _modes, _hooks)
