"""Two networks to a key map and what is done with it: what `archdiff keys` shows.

Loads torch only for a live module and to write a checkpoint.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from archdiff.diff import Comparison, describe
from archdiff.execute.keys import blocks, from_print, lora, packing, ties
from archdiff.execute.keys.keymap import KeyMap, Leftover, NetworkKeys, Packings, StoredTensor
from archdiff.execute.keys.match import key_map
from archdiff.execute.tree import walk_expanded
from archdiff.execute.with_torch import load_torch
from archdiff.infer import Sized
from archdiff.model.effects import Effect
from archdiff.model.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor, nn

    from archdiff.execute.keys.alternatives import MakesKeyMap, TestedMap
    from archdiff.execute.live.global_state import Changes

_LIVE: Final = "name both as package.module:factory"
_BEFORE: Final = "load the checkpoint into the plain network, and add the adapter then"


class KeyOptions(NamedTuple):
    """What is done with a key map."""

    live: tuple[str, str] = ("", "")  # addresses of live modules, "" for texts
    files: tuple[str, str] | None = None  # a checkpoint to read and one to write
    partial: bool = False  # write what there is, too, where the map is not complete
    verify: bool = False  # run both networks with the mapped weights
    input_shape: tuple[int, ...] | None = None  # for that, without the batch
    packed: tuple[str, ...] = ()  # how projections are packed: "qkv=k,q,v"


@dataclass(frozen=True, slots=True)
class KeyTransfer:
    """A key map, and what came of it.

    Attributes:
        key_map: how the reference's tensors are made of the candidate's.
        read_from: the checkpoint that was read, "" where none was.
        written_to: the one that is to be written.
        written: tensors in the file that was written; None where none was.
        unknown: keys of the file that was read which the map does not know.
        clashes: keys of one tensor of the reference that would hold different numbers.
        tested: what running both showed; None without --verify.
        notes: what the code of live modules changed outside of them.
    """

    key_map: KeyMap
    read_from: str = ""
    written_to: str = ""
    written: int | None = None
    unknown: tuple[Leftover, ...] = ()
    clashes: tuple[Leftover, ...] = ()
    tested: TestedMap | None = None
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

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain values.

        Returns:
            What `archdiff keys --format json` prints, schema `archdiff/keys/1`.
        """
        key_map, tested = self.key_map, self.tested
        return {
            "schema": "archdiff/keys/1",
            "complete": self.complete,
            "candidate": key_map.candidate.to_dict(),
            "reference": key_map.reference.to_dict(),
            "keys": [mapped.to_dict() for mapped in key_map.mapped],
            **{
                name: [left._asdict() for left in found]
                for name, found in (
                    ("kept", key_map.kept),
                    ("dropped", key_map.dropped),
                    ("missing", key_map.missing),
                    ("unused", key_map.unused),
                    ("unknown", self.unknown),
                    ("clashes", self.clashes),
                )
            },
            "taken_for_granted": [*key_map.forwards, *key_map.packed, *key_map.squares, *key_map.gates],
            "tested": None if tested is None else tested._asdict(),
            "difference": None if tested is None or tested.of_another_map else tested.difference,
            "tried_in_order": tested.difference if tested is not None and tested.of_another_map else None,
            "written": self.written,
            "notes": list(self.notes),
        }


def transfer(candidate: Sized, reference: Sized, found: Comparison, options: KeyOptions) -> KeyTransfer:
    """The key map of two networks that were compared, and what is done with it.

    Args:
        candidate: with all that follows from its print.
        reference: the same of the reference.
        found: their comparison, along whose pairs keys are mapped.
        options: which of the two are live, and what is done.

    Returns:
        The map, and what was written and measured with it.

    Raises:
        UsageError: a LoRA adapter cannot be merged; a file is no checkpoint of the candidate; nothing to run.
        BuildError: a network cannot take the input.
    """
    if options.verify and not all(options.live):
        raise UsageError("--verify: runs both networks, and a print holds no forward", way_out=_LIVE)
    packings = packing.read_packings(options.packed)
    live = list(_live_modules(options.live))
    modules = [each[0] if each else None for each in live]
    changes = [each[1] for each in live if each]
    whole = [_side(sized, module) for sized, module in zip((candidate, reference), modules, strict=True)]
    _check_keys(whole)
    held = _opened(options.files, whole[0]) if options.files else {}
    if held and not whole[0].live:
        whole[0] = _with_file(whole[0], held)
    plain = _without_adapters(whole, modules[0])
    networks = [replace(plain.side if plain else whole[0], packings=packings), replace(whole[1], packings=packings)]
    packing.check(packings, networks)
    make = _maker(networks, (candidate, reference), found, modules, plain, whole[0])
    candidate_module, reference_module = modules
    if options.verify and candidate_module is not None and reference_module is not None:
        live_pair, sized = (candidate_module, reference_module), (candidate, reference)
        answer = _tested(make, networks, live_pair, sized, options.input_shape, changes)
    else:
        answer = KeyTransfer(make(False, ({}, {})))
    notes = [note for sized in (candidate, reference) for note in describe.source_notes(sized.network)]
    notes += [note for each in changes for note in each.notes]
    answer = replace(answer, clashes=answer.key_map.clashes, notes=tuple(dict.fromkeys(notes)))
    return _written(answer, held, reference_module, options) if options.files else answer


def _maker(
    networks: Sequence[NetworkKeys],
    sized: tuple[Sized, Sized],
    found: Comparison,
    modules: Sequence[nn.Module | None],
    plain: lora.MergedAdapter | None,
    whole: NetworkKeys,
) -> MakesKeyMap:
    """What maps the keys of two networks, under the assumptions that it is called with."""
    constants: Iterable[str] = ()
    if modules[0] is not None and modules[1] is not None:
        from archdiff.execute.keys import from_module

        constants = from_module.constants(modules[0], modules[1])
    pairs, containers = _paired(networks, sized, found)
    counted = [each for each in found.findings if each.is_difference and each.effect is Effect.FUNCTION]
    differences = sum(plain is None or not (each.setting or "").startswith(lora.SETTINGS) for each in counted)

    def make(in_order: bool, packings: tuple[Packings, Packings]) -> KeyMap:
        candidate, reference = (
            replace(side, packings={**side.packings, **more}) for side, more in zip(networks, packings, strict=True)
        )
        made = key_map(candidate, reference, pairs, containers, constants, differences, in_order)
        if plain is not None:
            return plain.translated(made, whole)
        if _are_alike(made):  # what wraps adapters has another name and runs the network as it is
            texts = filter(None, (each.assumes for each in found.findings if each.rule == "AD107"))
            made = replace(made, forwards=tuple(dict.fromkeys(text.removeprefix("if ") for text in texts)))
        return made

    return make


def _are_alike(key_map: KeyMap) -> bool:
    """Whether two tensors of one size and one container have other names, so that nothing shows which is which."""
    tensors = key_map.reference.by_key
    found = Counter(
        (container, stored.name, stored.shape)
        for each in key_map.mapped
        if (stored := tensors.get(each.key)) is not None and len(each.parts) == 1
        for container, _, name in [stored.layer.rpartition(".")]
        if each.parts[0].key.rpartition(".")[0].rpartition(".")[2] != name
    )
    return any(count > 1 for count in found.values())


def _tested(
    make: MakesKeyMap,
    networks: Sequence[NetworkKeys],
    modules: tuple[nn.Module, nn.Module],
    sized: Sequence[Sized],
    input_shape: tuple[int, ...] | None,
    changes: Sequence[Changes],
) -> KeyTransfer:
    from archdiff.execute.keys import alternatives, verify

    def trial(key_map: KeyMap) -> verify.Trial:
        tied = {stored.key for stored in key_map.candidate.stored if stored.tied}
        constants = {left.key for left in key_map.dropped} - tied
        same = ties.equal_sources(key_map)
        return verify.Trial(*modules, verify.input_for(sized, input_shape), same, constants, changes=changes)

    found, shown = alternatives.find_tested(make, networks, modules, trial)
    return KeyTransfer(found, tested=shown)


def _opened(files: tuple[str, str], candidate: NetworkKeys) -> dict[str, Tensor]:
    load_torch("--apply")
    from archdiff.execute.keys import apply

    apply.check_target(*files)
    return apply.open_checkpoint(files[0], {each.key for each in candidate.stored})


def _with_file(side: NetworkKeys, held: Mapping[str, Tensor]) -> NetworkKeys:
    """A print holds fewer keys than a checkpoint of its network, which has their sizes, too."""
    known = side.by_key
    extra = [_of_tensor(key, value) for key, value in held.items() if key not in known]
    sized = [each._replace(shape=tuple(held[each.key].shape)) if each.key in held else each for each in side.stored]
    return replace(side, stored=(*sized, *extra), from_file=True)


def _of_tensor(key: str, value: Tensor) -> StoredTensor:
    whole = not (value.is_floating_point() or value.is_complex())
    return StoredTensor(key, tuple(value.shape), buffer=whole, counts=whole, known=False)


def _written(
    answer: KeyTransfer, held: dict[str, Tensor], reference: nn.Module | None, options: KeyOptions
) -> KeyTransfer:
    assert options.files, "checked before"
    from archdiff.execute.keys import apply

    own = {} if reference is None else reference.state_dict()
    done = apply.write(answer.key_map, held, options.files, own, options.partial)
    source, target = options.files
    answer = replace(answer, read_from=source, written_to=target, written=done.tensors)
    return replace(answer, unknown=done.unknown, clashes=done.clashes)


def _live_modules(addresses: Iterable[str]) -> Iterator[tuple[nn.Module, Changes] | None]:
    """Each live module, and what gets the changes of its code; None for a text."""
    for address in addresses:
        if not address:
            yield None
            continue
        from archdiff.execute.live import importing
        from archdiff.execute.live.global_state import Changes

        changes = Changes(address)
        yield importing.load_module(address, changes=changes), changes


def _side(sized: Sized, module: nn.Module | None) -> NetworkKeys:
    network = sized.network
    covering, chains = from_print.covering(sized), from_print.chains(network)
    classes = {path: layer.class_name for path, layer in walk_expanded(network.root) if layer.children}
    if module is None:
        held, unknown = from_print.tensors_of_print(network)
        held = tuple([each._replace(covers=each.name == "weight" and each.layer in covering) for each in held])
        return NetworkKeys(network.source, network.label, False, held, unknown, chains=chains, classes=classes)
    from archdiff.execute.keys import from_module

    held = from_module.tensors_of_module(
        module, from_print.columns(network), covering, from_print.known_layers(network)
    )
    return NetworkKeys(network.source, network.label, True, held, chains=chains, classes=classes)


def _paired(
    networks: Sequence[NetworkKeys], sized: Sequence[Sized], found: Comparison
) -> tuple[blocks.Pairs, blocks.Pairs]:
    """The pairs of layers and of blocks."""
    roots = [each.network.root for each in sized]
    pairs = [(a, b) for a, b in found.pairs if a is not None and b is not None]
    if networks[0].adapted:
        pairs = [(lora.without_adapter(a), b) for a, b in pairs]
    first, second = (blocks.find_blocks(root, side.stored) for root, side in zip(roots, networks, strict=True))
    return blocks.consistent_pairs(pairs, first, second)


def _check_keys(networks: Iterable[NetworkKeys]) -> None:
    """A print of classes that archdiff does not know, or a table, answers nothing."""
    for name, side in zip(("candidate", "reference"), networks, strict=True):
        if side.unknown_classes and not side.stored:
            classes = ", ".join(side.unknown_classes)
            way_out = "package.module:factory gives every key"
            raise UsageError(f"the print of the {name} holds no keys: {classes}", source=side.source, way_out=way_out)


def _without_adapters(networks: Sequence[NetworkKeys], module: nn.Module | None) -> lora.MergedAdapter | None:
    """The candidate with its adapters merged, where it alone has some."""
    candidate, reference = (side.adapter for side in networks)
    if reference and not candidate:
        raise UsageError(f"the reference holds a LoRA adapter ({reference}), and the candidate none", way_out=_BEFORE)
    return lora.merge_adapter(networks[0], module) if candidate and not reference else None
