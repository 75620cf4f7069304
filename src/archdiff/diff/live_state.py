"""What two live modules hold beside settings: bare tensors, dtypes, what is trained, hooks, train or eval mode.

Tensors that the kind of a layer implies are compared by its print, and only what no print shows is compared here. What
one side alone registers is of unknown effect, since what the forward does with it is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from archdiff.diff.draft import Draft, root_place
from archdiff.diff.live_attributes import live
from archdiff.diff.live_causes import Evidence, evidence, printed_cause
from archdiff.diff.live_modules import NOTHING, LiveModule, LiveNetwork
from archdiff.diff.messages import setting
from archdiff.model.effects import Effect
from archdiff.model.facts import HeldTensor
from archdiff.model.message import Message, message
from archdiff.model.network import Layer, Value, join
from archdiff.semantics import kinds
from archdiff.semantics.containers import Forward, forward
from archdiff.semantics.kinds import Trait

MODE: Final = "training"
DTYPE: Final = "dtype"
TRAINED: Final = "requires_grad"
HOOK: Final = "hook"
#: in place of the value of the side that has none
NONE: Final = "none"


class _Module(NamedTuple):
    """Two modules that correspond to each other."""

    paths: tuple[str, str]
    candidate: LiveModule
    reference: LiveModule


class _Held(NamedTuple):
    """A difference at one place; equal ones at other places are one finding."""

    rule: str
    effect: Effect
    what: Message
    setting: str | None
    values: tuple[Value, Value]
    group: str = ""  # the class of a module, where each has a finding of its own


_Compare: TypeAlias = "Callable[[_Module, LiveNetwork, LiveNetwork], Iterator[_Held]]"


def drafts(
    candidate: LiveNetwork, reference: LiveNetwork, pairs: Iterable[tuple[str, str]], printed: Sequence[Draft]
) -> list[Draft]:
    """A draft for each difference, with all its places.

    Args:
        candidate: One network.
        reference: The other; both are live.
        pairs: Modules that correspond to each other.
        printed: What the prints show to differ; a shape that follows from one of these becomes its consequence.
    """
    modules = [
        _Module(paths, *(side.modules.get(path, NOTHING) for side, path in zip(sides, paths, strict=True)))
        for sides in ((candidate, reference),)
        for paths in pairs
    ]
    groups: dict[object, tuple[_Held, list[tuple[str, str]]]] = {}
    for module in modules:
        for compare in _COMPARED:
            for each in compare(module, candidate, reference):
                key = each.rule, each.setting, each.group, each.what
                groups.setdefault(key, (each, []))[1].append(module.paths)
    found = [_drafted(candidate, reference, *group) for group in groups.values()]
    shown = [*evidence(printed)]
    for draft in _bare(modules, candidate, reference):
        cause = _cause(draft, shown)
        if cause is None:
            found.append(draft)
        else:
            cause.consequences.append(draft.frozen())
    return [*found, *_whole_mode(candidate, reference)]


def _cause(draft: Draft, shown: Sequence[Evidence]) -> Draft | None:
    """The printed width that another shape of a tensor follows from."""
    if draft.effect is not Effect.FUNCTION or draft.candidate is None or draft.reference is None:
        return None
    values = draft.candidate.value, draft.reference.value
    return printed_cause(draft.setting or "", values, draft.candidate.path, shown)


def _drafted(candidate: LiveNetwork, reference: LiveNetwork, each: _Held, paths: Sequence[tuple[str, str]]) -> Draft:
    ours, theirs = each.values
    places = tuple((candidate.place(a, ours), reference.place(b, theirs)) for a, b in paths)
    several = places if len(places) > 1 else ()
    return Draft(each.rule, each.effect, each.what, "setting", *places[0], each.setting, "", len(places), several)


# Precision, and what is trained


def _dtypes(module: _Module, _ours: LiveNetwork, _theirs: LiveNetwork) -> Iterator[_Held]:
    ours, theirs = _dtype(module.candidate), _dtype(module.reference)
    if ours and theirs and ours != theirs:
        what = message("remarked", what=setting(DTYPE, ours, theirs), remark=message("other-precision"))
        yield _Held("AD301", Effect.FUNCTION, what, DTYPE, (ours, theirs))


def _dtype(module: LiveModule) -> str:
    """Of what a layer computes with: whole numbers count or point to places."""
    found = [each.dtype for each in module.tensors.values() if each.dtype.startswith(_COMPUTED)]
    return " and ".join(dict.fromkeys(sorted(found)))


_COMPUTED: Final = ("float", "bfloat", "complex")


def _trained(module: _Module, _ours: LiveNetwork, _theirs: LiveNetwork) -> Iterator[_Held]:
    ours, theirs = module.candidate.tensors, module.reference.tensors
    both = [
        (each.trained, theirs[name].trained) for name, each in ours.items() if _is_trainable(each, theirs.get(name))
    ]
    for a, b in dict.fromkeys(both):
        if a != b:
            what = live(setting(TRAINED, a, b))
            yield _Held("AD401", Effect.TRAINING, what, TRAINED, (a, b))


def _is_trainable(a: HeldTensor, b: HeldTensor | None) -> bool:
    return b is not None and a.role == b.role == "parameter" and a.dtype.startswith(_COMPUTED)


# Train and eval mode


def _whole_mode(candidate: LiveNetwork, reference: LiveNetwork) -> Iterator[Draft]:
    ours, theirs = candidate.mode, reference.mode
    if ours != theirs:
        places = root_place(candidate.sized, ours), root_place(reference.sized, theirs)
        yield Draft("AD301", Effect.STATE, message("whole-mode", ours=ours, theirs=theirs), "setting", *places, MODE)


def _modes(module: _Module, candidate: LiveNetwork, reference: LiveNetwork) -> Iterator[_Held]:
    """A part that is in another mode than its network, on one side only."""
    both = ((module.candidate, candidate, module.paths[0]), (module.reference, reference, module.paths[1]))
    odd = [bool(held.mode) for held, _, _ in both]
    if odd[0] == odd[1] or not any(_knows_modes(side.printed(path)) for _, side, path in both):
        return
    held, side, _ = both[odd.index(True)]
    values = [own.mode or of.mode for own, of, _ in both]
    where = "candidate" if odd[0] else "reference"
    what = message("part-in-mode", side=where, mode=held.mode, network=side.mode)
    effect = Effect.TRAINING if held.mode == "eval" else Effect.INFERENCE
    yield _Held("AD401" if effect is Effect.TRAINING else "AD301", effect, what, MODE, (values[0], values[1]))


def _knows_modes(layer: Layer | None) -> bool:
    """Whether a layer may compute something else in training; nothing is known of a class of somebody."""
    kind = kinds.of_layer(layer) if layer else None
    if layer is None or kind is None:
        return layer is not None and (not layer.children or forward(layer) is Forward.SOMEBODY)
    draws = Trait.DROPS in kind.traits or Trait.DROPS in kind.traits_if or kind.name == "rrelu"
    return draws or any(field.effect in (Effect.TRAINING, Effect.INFERENCE) for field in kind.fields)


# Hooks


def _hooks(module: _Module, _ours: LiveNetwork, _theirs: LiveNetwork) -> Iterator[_Held]:
    ours, theirs = module.candidate.hooks, module.reference.hooks
    if ours == theirs:
        return
    for side, own, others in (("candidate", ours, theirs), ("reference", theirs, ours)):
        left = [*others]
        for each in own:
            if each in left:
                left.remove(each)
            elif isinstance(each, tuple):
                when, name = map(str, each)
                values = (name, NONE) if side == "candidate" else (NONE, name)
                what = message("hook-only-in", side=side, when=when, name=name)
                yield _Held("AD301", Effect.UNKNOWN, what, f"{when}_{HOOK}", values)


_COMPARED: Final[tuple[_Compare, ...]] = (_dtypes, _trained, _modes, _hooks)


# Tensors that no print shows


class _Left(NamedTuple):
    """A bare tensor that the corresponding module does not hold."""

    tensor: HeldTensor
    module: _Module
    side: int  # 0 of the candidate

    @property
    def path(self) -> str:
        return join(self.module.paths[self.side], self.tensor.name)

    def form(self) -> tuple[str, tuple[int, ...]]:
        """What it keeps where it is only called otherwise."""
        return self.tensor.role, self.tensor.shape


def _bare(modules: Iterable[_Module], candidate: LiveNetwork, reference: LiveNetwork) -> Iterator[Draft]:
    groups: dict[object, tuple[_Held, list[tuple[str, str]]]] = {}
    renamed: list[tuple[_Left, _Left]] = []
    left: list[_Left] = []
    for module in modules:
        if module.candidate.tensors == module.reference.tensors:  # as of nearly all
            continue
        for shape in _other_shapes(module):
            groups.setdefault(shape[2:4], (shape, []))[1].append(module.paths)
        own = _left_over(module)
        if [each.side for each in own] == [0, 1] and own[0].form() == own[1].form():
            renamed.append((own[0], own[1]))
        else:
            left += own
    moved = _moved(left)
    gone = {each for pair in moved for each in map(id, pair)}
    for each in left:
        if id(each) not in gone and each.tensor.role != "constant":
            held = _one_sided(each, (candidate, reference))
            groups.setdefault((held.what, held.group), (held, []))[1].append(each.module.paths)
    for group in groups.values():
        yield _drafted(candidate, reference, *group)
    if renamed or moved:
        yield _renamed([*renamed, *moved], candidate, reference)


def _other_shapes(module: _Module) -> Iterator[_Held]:
    for name, ours in module.candidate.tensors.items():
        theirs = module.reference.tensors.get(name)
        if theirs is not None and (ours.bare or theirs.bare) and ours.shape != theirs.shape:
            what = live(setting(name, ours.shape, theirs.shape))
            constant = "constant" in (ours.role, theirs.role)  # a cache may be as long as it likes
            effect = Effect.UNKNOWN if constant else Effect.FUNCTION
            yield _Held("AD301", effect, what, name, (ours.shape, theirs.shape))


def _left_over(module: _Module) -> list[_Left]:
    """The bare tensors that only one of two modules holds, the candidate's first."""
    both = module.candidate.tensors, module.reference.tensors
    return [
        _Left(tensor, module, side)
        for side, (own, others) in enumerate((both, both[::-1]))
        for name, tensor in own.items()
        if tensor.bare and name not in others
    ]


def _moved(left: Iterable[_Left]) -> list[tuple[_Left, _Left]]:
    """Those of one name and shape that each side holds in another module, where there is one of them on each side."""
    found: dict[object, list[_Left]] = {}
    for each in left:
        found.setdefault((each.tensor.name, *each.form()), []).append(each)
    pairs = [sorted(group, key=lambda each: each.side) for group in found.values() if len(group) == 2]
    return [(a, b) for a, b in pairs if (a.side, b.side) == (0, 1)]


def _one_sided(each: _Left, sides: Sequence[LiveNetwork]) -> _Held:
    name, shape = each.tensor.name, each.tensor.shape
    side, values = ("reference", (NONE, shape)) if each.side else ("candidate", (shape, NONE))
    layer = sides[each.side].printed(each.module.paths[each.side])
    class_name = layer.class_name if layer else ""
    what = message("tensor-only-in", side=side, role=each.tensor.role, name=name, shape=shape, class_name=class_name)
    return _Held("AD301", Effect.UNKNOWN, what, name, values, class_name)


def _renamed(pairs: Sequence[tuple[_Left, _Left]], candidate: LiveNetwork, reference: LiveNetwork) -> Draft:
    names = tuple([message("is", ours_path=a.path, theirs_path=b.path) for a, b in pairs])
    places = tuple((candidate.place(a.path, None), reference.place(b.path, None)) for a, b in pairs)
    several = places if len(places) > 1 else ()
    what = live(message("renamed", names=names))
    return Draft("AD107", Effect.COSMETIC, what, "name", *places[0], count=len(places), places=several)
