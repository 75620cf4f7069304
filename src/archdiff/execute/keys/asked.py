"""Two networks to a key map and what is done with it: the answer to `archdiff keys`.

Loads torch where a live module is asked for or a checkpoint is written, and not else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from archdiff.diff import Comparison, describe, messages
from archdiff.execute.keys import blocks, lora, packing, shared, stored
from archdiff.execute.keys.keymap import KeyMap, Layouts, Left, Side, Stored
from archdiff.execute.keys.match import key_map
from archdiff.execute.tree import Tree
from archdiff.execute.with_torch import load_torch
from archdiff.infer import Sized
from archdiff.model.effects import Effect
from archdiff.model.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor, nn

    from archdiff.execute.keys.tried import Maker, Tested
    from archdiff.execute.state import Changes

_LIVE: Final = "name both as package.module:factory"
_BEFORE: Final = "load the checkpoint into the plain network, and add the adapter then"


class Asked(NamedTuple):
    """What is done with a key map."""

    live: tuple[str, str] = ("", "")  # addresses of live modules, "" for texts
    files: tuple[str, str] | None = None  # a checkpoint to read and one to write
    partial: bool = False  # write what there is, too, where the map is not complete
    verify: bool = False  # run both networks with the mapped weights
    input_shape: tuple[int, ...] | None = None  # for that, without the batch
    packed: tuple[str, ...] = ()  # how projections are packed: "qkv=k,q,v"


@dataclass(frozen=True, slots=True)
class Answer:
    """A key map, and what came of it.

    written: tensors in the file that was written; None where none was. unknown: keys of the file that was read which
    the map does not know. clashes: keys of one tensor of the reference that would hold different numbers. tested: what
    running both showed; None where that was not asked for. notes: what live modules changed that is not their own.
    """

    key_map: KeyMap
    read_from: str = ""
    written_to: str = ""
    written: int | None = None
    unknown: tuple[Left, ...] = ()
    clashes: tuple[Left, ...] = ()
    tested: Tested | None = None
    notes: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing is left over, and the outputs are equal where both were run."""
        whole = not (self.key_map.missing or self.key_map.unused or self.clashes or self.unknown)
        return whole and (self.tested is None or self.tested.equal)

    @property
    def verified(self) -> bool:
        """Whether both were run and are equal."""
        return self.tested is not None and self.tested.difference is not None and self.tested.equal


def answered(candidate: Sized, reference: Sized, found: Comparison, asked: Asked) -> Answer:
    """The key map of two networks that were compared, and what is done with it.

    Args:
        candidate, reference: both with all that follows from their prints.
        found: their comparison, along whose pairs keys are mapped.
        asked: which of the two are live, and what is done.

    Raises:
        UsageError: a LoRA adapter cannot be merged; a file is no checkpoint of the candidate; nothing to run.
        BuildError: a network cannot take the input.
    """
    if asked.verify and not all(asked.live):
        raise UsageError("--verify: runs both networks, and a print holds no forward", way_out=_LIVE)
    layouts = packing.given(asked.packed)
    changes = _changes(asked.live)
    modules = [_module(address, made) if made is not None else None for address, made in changes]
    whole = [_side(sized, module) for sized, module in zip((candidate, reference), modules, strict=True)]
    _check_keys(whole)
    held = _opened(asked.files, whole[0]) if asked.files else {}
    if held and not whole[0].live:
        whole[0] = _with_file(whole[0], held)
    plain = _without_adapters(whole, modules[0])
    sides = [replace(plain.side if plain else whole[0], layouts=layouts), replace(whole[1], layouts=layouts)]
    packing.check(layouts, sides)
    make = partial(_key_map, sides, (candidate, reference), found, modules, plain, whole[0])
    ours, theirs = modules
    if asked.verify and ours is not None and theirs is not None:
        sample = partial(_input, (candidate, reference), asked.input_shape)
        answer = _tested(make, sides, (ours, theirs), sample, [made for _, made in changes if made is not None])
    else:
        answer = Answer(make())
    notes = [note for sized in (candidate, reference) for note in describe.changes(sized.network)]
    notes += [note for _, made in changes if made is not None for note in made.notes]
    answer = replace(answer, clashes=answer.key_map.clashes, notes=tuple(dict.fromkeys(notes)))
    return _written(answer, held, modules[1], asked) if asked.files else answer


def _key_map(
    sides: Sequence[Side],
    sized: tuple[Sized, Sized],
    found: Comparison,
    modules: Sequence[nn.Module | None],
    plain: lora.Merged | None,
    whole: Side,
    in_order: bool = False,
    layouts: tuple[Layouts, Layouts] = ({}, {}),
) -> KeyMap:
    constants: Iterable[str] = ()
    if modules[0] is not None and modules[1] is not None:
        from archdiff.execute.keys import live as of_modules

        constants = of_modules.constants(modules[0], modules[1])
    ours, theirs = (replace(side, layouts={**side.layouts, **more}) for side, more in zip(sides, layouts, strict=True))
    pairs, containers = _as_printed((ours, theirs), sized, found)
    counted = [each for each in found.findings if each.is_difference and each.effect is Effect.FUNCTION]
    differences = sum(plain is None or not (each.setting or "").startswith(lora.SETTINGS) for each in counted)
    made = key_map(ours, theirs, pairs, containers, constants, differences, in_order)
    if plain is None and _are_alike(made):  # what wraps adapters has another name and runs the network as it is
        texts = filter(None, (messages.assumed(each.what) for each in found.findings if each.rule == "AD107"))
        made = replace(made, forwards=tuple(dict.fromkeys(text.removeprefix("if ") for text in texts)))
    return plain.translated(made, whole) if plain else made


def _are_alike(key_map: KeyMap) -> bool:
    """Whether two tensors of one size and one container have other names, so that nothing shows which is which."""
    tensors = {stored.key: stored for stored in key_map.reference.stored}
    found = Counter(
        (container, stored.name, stored.shape)
        for each in key_map.mapped
        if (stored := tensors.get(each.key)) is not None and len(each.parts) == 1
        for container, _, name in [stored.layer.rpartition(".")]
        if each.parts[0].key.rpartition(".")[0].rpartition(".")[2] != name
    )
    return any(count > 1 for count in found.values())


def _tested(
    make: Maker,
    sides: Sequence[Side],
    modules: tuple[nn.Module, nn.Module],
    sample: Callable[[], Tensor],
    changes: Sequence[Changes],
) -> Answer:
    from archdiff.execute.keys import tried, verify

    def trial(key_map: KeyMap) -> verify.Trial:
        tied = {stored.key for stored in key_map.candidate.stored if stored.tied}
        constants = {left.key for left in key_map.dropped} - tied
        same = shared.equal_sources(key_map)
        return verify.Trial(*modules, sample(), same, constants, changes=changes)

    found, shown = tried.tested(make, sides, modules, trial)
    return Answer(found, tested=shown)


def _input(sized: Sequence[Sized], shape: tuple[int, ...] | None) -> Tensor:
    from archdiff.execute.keys import verify

    return verify.an_input(sized, shape)


def _opened(files: tuple[str, str], candidate: Side) -> dict[str, Tensor]:
    load_torch("--apply")
    from archdiff.execute.keys import apply

    apply.check_target(*files)
    return apply.opened(files[0], {each.key for each in candidate.stored})


def _with_file(side: Side, held: Mapping[str, Tensor]) -> Side:
    """A print holds fewer keys than a checkpoint of its network, which has their sizes, too."""
    known = {each.key: each for each in side.stored}
    extra = [_of_tensor(key, value) for key, value in held.items() if key not in known]
    sized = [each._replace(shape=tuple(held[each.key].shape)) if each.key in held else each for each in side.stored]
    return replace(side, stored=(*sized, *extra), from_file=True)


def _of_tensor(key: str, value: Tensor) -> Stored:
    whole = not (value.is_floating_point() or value.is_complex())
    return Stored(key, tuple(value.shape), buffer=whole, counts=whole, known=False)


def _written(answer: Answer, held: dict[str, Tensor], reference: nn.Module | None, asked: Asked) -> Answer:
    assert asked.files, "asked before"
    from archdiff.execute.keys import apply

    own = {} if reference is None else reference.state_dict()
    done = apply.write(answer.key_map, held, asked.files, own, asked.partial)
    source, target = asked.files
    answer = replace(answer, read_from=source, written_to=target, written=done.tensors)
    return replace(answer, unknown=done.unknown, clashes=done.clashes)


def _changes(addresses: Iterable[str]) -> list[tuple[str, Changes | None]]:
    """For each live module, what gets the changes of its code; None for a text."""
    if not any(addresses):
        return [(address, None) for address in addresses]
    from archdiff.execute.state import Changes

    return [(address, Changes(address) if address else None) for address in addresses]


def _module(address: str, changes: Changes) -> nn.Module:
    from archdiff.execute import live

    return live.module(address, changes=changes)


def _side(sized: Sized, module: nn.Module | None) -> Side:
    network = sized.network
    covering, chains = stored.covering(sized), stored.chains(network)
    classes = {path: layer.class_name for path, layer in stored.placed(network.root) if layer.children}
    if module is None:
        held, unknown = stored.printed(network)
        held = tuple([each._replace(covers=each.name == "weight" and each.layer in covering) for each in held])
        return Side(network.source, network.label, False, held, unknown, chains=chains, classes=classes)
    from archdiff.execute.keys import live as of_modules

    held = of_modules.stored(module, stored.columns(network), covering, stored.known(network))
    return Side(network.source, network.label, True, held, chains=chains, classes=classes)


def _as_printed(sides: Sequence[Side], sized: Sequence[Sized], found: Comparison) -> tuple[blocks.Pairs, blocks.Pairs]:
    """The pairs of layers and of blocks by the paths that they have in the prints, which are where keys begin."""
    roots = [each.network.root for each in sized]
    ours, theirs = (Tree(root).raw for root in roots)
    pairs = [(ours.get(a, a), theirs.get(b, b)) for a, b in found.pairs if a is not None and b is not None]
    if sides[0].adapted:
        pairs = [(lora.without(a), b) for a, b in pairs]
    first, second = (blocks.repeated(root, side.stored) for root, side in zip(roots, sides, strict=True))
    return blocks.steadied(pairs, first, second)


def _check_keys(sides: Iterable[Side]) -> None:
    """A print of classes that nobody knows, or a table, answers nothing."""
    for name, side in zip(("candidate", "reference"), sides, strict=True):
        if side.untold and not side.stored:
            told = ", ".join(side.untold)
            way_out = "package.module:factory gives every key"
            raise UsageError(f"the print of the {name} holds no keys: {told}", source=side.source, way_out=way_out)


def _without_adapters(sides: Sequence[Side], module: nn.Module | None) -> lora.Merged | None:
    """The candidate with its adapters merged, where it alone has some."""
    ours, theirs = map(lora.key_of, sides)
    if theirs and not ours:
        raise UsageError(f"the reference holds a LoRA adapter ({theirs}), and the candidate none", way_out=_BEFORE)
    return lora.merged(sides[0], module) if ours and not theirs else None
